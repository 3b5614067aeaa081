//! The back-end over `kqueue(2)`: changes are gathered, and go down with the next wait in one call.

use super::{EVENTS_MAX, Watch};
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Filter, Kevent, KeventFlags, Kqueue, Timeout};
use crate::reactor::{On, ReactorKernel};

#[derive(Debug)]
pub(crate) struct Watcher {
    kqueue: Fd,
    /// What is to be told to the kernel.
    changes: Vec<Kevent>,
    events: Vec<Kevent>,
}

impl Watcher {
    pub(super) async fn open<K: Kqueue>(k: &K) -> Result<Self, Errno> {
        Ok(Self { kqueue: k.kqueue().await?, changes: Vec::new(), events: Vec::with_capacity(EVENTS_MAX) })
    }

    pub(super) fn fd(&self) -> Fd {
        self.kqueue
    }
}

impl Watch for Watcher {
    async fn change<K: ReactorKernel>(&mut self, _k: &K, fd: Fd, old: On, new: On) -> Result<(), Errno> {
        // Reading and writing are two filters, registered each for itself.
        for (bit, filter) in [(On::READ, Filter::Read), (On::WRITE, Filter::Write)] {
            let flags = match (old.contains(bit), new.contains(bit)) {
                (false, true) => KeventFlags::ADD,
                (true, false) => KeventFlags::DELETE,
                _ => continue,
            };
            // A change that was not told yet is undone by its opposite: neither needs to be told.
            let told = self.changes.len();
            self.changes.retain(|change| (change.fd, change.filter) != (fd, filter));
            if self.changes.len() == told {
                self.changes.push(Kevent::change(fd, filter, flags));
            }
        }
        Ok(())
    }

    fn forget(&mut self, fd: Fd) {
        // Closing ends what is registered; what was not told yet would be about whoever gets the number next.
        self.changes.retain(|change| change.fd != fd);
    }

    async fn wait<K: ReactorKernel>(
        &mut self,
        k: &K,
        ready: &mut Vec<(Fd, On)>,
        timeout: Timeout,
    ) -> Result<(), Errno> {
        let waited = k.kevent(self.kqueue, &self.changes, &mut self.events, EVENTS_MAX, timeout).await;
        self.changes.clear();
        waited?;
        for event in &self.events {
            if event.flags.contains(KeventFlags::ERROR) && event.data != 0 {
                return Err(event.error.unwrap_or(Errno::Other(event.data as i32)));
            }
            let on = match event.filter {
                Filter::Read => On::READ,
                Filter::Write => On::WRITE,
            };
            ready.push((event.fd, on));
        }
        Ok(())
    }
}
