//! The back-end over `epoll(7)`: the kernel keeps the list; each change is a call, a wait carries nothing down.

use super::{EVENTS_MAX, Watch};
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{CtlOp, Epoll, EpollEvent, Mask, Timeout};
use crate::reactor::{On, ReactorKernel};

#[derive(Debug)]
pub(crate) struct Watcher {
    epoll: Fd,
    events: Vec<EpollEvent>,
}

impl Watcher {
    pub(super) async fn open<K: Epoll>(k: &K) -> Result<Self, Errno> {
        Ok(Self { epoll: k.epoll_create().await?, events: Vec::with_capacity(EVENTS_MAX) })
    }

    pub(super) fn fd(&self) -> Fd {
        self.epoll
    }
}

impl Watch for Watcher {
    async fn change<K: ReactorKernel>(&mut self, k: &K, fd: Fd, old: On, new: On) -> Result<(), Errno> {
        // With an empty mask it would still tell of errors, so nothing wanted is taken off the list.
        let op = match (old.is_empty(), new.is_empty()) {
            (true, _) => CtlOp::Add,
            (false, false) => CtlOp::Mod,
            (false, true) => CtlOp::Del,
        };
        let mut wanted = Mask::empty();
        wanted.set(Mask::IN, new.contains(On::READ));
        wanted.set(Mask::OUT, new.contains(On::WRITE));
        k.epoll_ctl(self.epoll, op, fd, EpollEvent::of(fd, wanted)).await
    }

    fn forget(&mut self, _fd: Fd) {
        // Closing the last descriptor of a file takes it off the list.
    }

    async fn wait<K: ReactorKernel>(
        &mut self,
        k: &K,
        ready: &mut Vec<(Fd, On)>,
        timeout: Timeout,
    ) -> Result<(), Errno> {
        k.epoll_wait(self.epoll, &mut self.events, EVENTS_MAX, timeout).await?;
        ready.extend(self.events.iter().map(|event| (event.fd(), On::of(event.events))));
        Ok(())
    }
}
