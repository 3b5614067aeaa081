//! The back-end over `poll(2)`: a list of ours, which the kernel goes through in every wait.

use super::Watch;
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Mask, Poll, PollFd, Timeout, after};
use crate::reactor::{On, ReactorKernel};
use crate::sorted::SortedMap;
use crate::time::Nanos;

#[derive(Debug)]
pub(crate) struct Watcher {
    fds: Vec<PollFd>,
    /// Where in `fds` each descriptor is.
    places: SortedMap<Fd, usize>,
}

impl Watcher {
    /// Nothing needs to be opened; a call with an empty list says whether the system has it.
    pub(super) async fn open<K: Poll>(k: &K) -> Result<Self, Errno> {
        k.poll(&mut [], after(Nanos::ZERO)).await?;
        Ok(Self { fds: Vec::new(), places: SortedMap::new() })
    }

    fn remove(&mut self, fd: Fd) {
        let Some(place) = self.places.remove(&fd) else { return };
        self.fds.swap_remove(place);
        if let Some(moved) = self.fds.get(place) {
            self.places.insert(moved.fd, place);
        }
    }
}

impl Watch for Watcher {
    async fn change<K: ReactorKernel>(&mut self, _k: &K, fd: Fd, _old: On, new: On) -> Result<(), Errno> {
        let mut wanted = Mask::empty();
        wanted.set(Mask::IN, new.contains(On::READ));
        wanted.set(Mask::OUT, new.contains(On::WRITE));
        if wanted.is_empty() {
            self.remove(fd);
        } else if let Some(place) = self.places.get(&fd) {
            self.fds[*place].events = wanted;
        } else {
            self.places.insert(fd, self.fds.len());
            self.fds.push(PollFd::new(fd, wanted));
        }
        Ok(())
    }

    fn forget(&mut self, fd: Fd) {
        self.remove(fd);
    }

    async fn wait<K: ReactorKernel>(
        &mut self,
        k: &K,
        ready: &mut Vec<(Fd, On)>,
        timeout: Timeout,
    ) -> Result<(), Errno> {
        k.poll(&mut self.fds, timeout).await?;
        let told = self.fds.iter().filter(|entry| !entry.revents.is_empty());
        ready.extend(told.map(|entry| (entry.fd, On::of(entry.revents))));
        Ok(())
    }
}
