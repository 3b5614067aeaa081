//! The back-end over `select(2)`: sets of ours, copied for each wait, since the kernel writes over them.

use super::Watch;
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{FdSets, Select, Timeout, after};
use crate::reactor::{On, ReactorKernel};
use crate::time::Nanos;

#[derive(Debug)]
pub(crate) struct Watcher {
    asked: Box<FdSets>,
}

impl Watcher {
    /// Nothing needs to be opened; a call with empty sets says whether the system has it.
    pub(super) async fn open<K: Select>(k: &K) -> Result<Self, Errno> {
        k.select(&mut FdSets::new(), after(Nanos::ZERO)).await?;
        Ok(Self { asked: Box::new(FdSets::new()) })
    }
}

impl Watch for Watcher {
    /// `EINVAL` for a descriptor that the sets have no room for.
    async fn change<K: ReactorKernel>(&mut self, _k: &K, fd: Fd, _old: On, new: On) -> Result<(), Errno> {
        for (bit, set) in [(On::READ, &mut self.asked.read), (On::WRITE, &mut self.asked.write)] {
            match new.contains(bit) {
                true => set.insert(fd)?,
                false => set.remove(fd),
            }
        }
        Ok(())
    }

    fn forget(&mut self, fd: Fd) {
        self.asked.read.remove(fd);
        self.asked.write.remove(fd);
    }

    async fn wait<K: ReactorKernel>(
        &mut self,
        k: &K,
        ready: &mut Vec<(Fd, On)>,
        timeout: Timeout,
    ) -> Result<(), Errno> {
        let mut sets = *self.asked;
        k.select(&mut sets, timeout).await?;
        ready.extend(sets.read.iter().map(|fd| (fd, On::READ)));
        ready.extend(sets.write.iter().map(|fd| (fd, On::WRITE)));
        Ok(())
    }
}
