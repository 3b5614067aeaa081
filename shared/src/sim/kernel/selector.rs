//! What mio waits with.

use std::future::Future;

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{CtlOp, Epoll, EpollEvent, Interest, Selector, SelectorKind, Timeout, Token};
use crate::sim::kernel::SimKernel;

/// mio on the simulated kernel is what mio is on Linux: epoll, edge-triggered.
impl Selector for SimKernel {
    fn selector_kind(&self) -> SelectorKind {
        SelectorKind::Epoll
    }

    fn selector_create(&self) -> impl Future<Output = Result<Fd, Errno>> {
        self.epoll_create()
    }

    fn selector_register(
        &self,
        selector: Fd,
        fd: Fd,
        token: Token,
        interest: Interest,
    ) -> impl Future<Output = Result<(), Errno>> {
        let event = EpollEvent { events: interest.epoll_mask(), data: token.0 };
        self.epoll_ctl(selector, CtlOp::Add, fd, event)
    }

    fn selector_deregister(&self, selector: Fd, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        self.epoll_ctl(selector, CtlOp::Del, fd, EpollEvent::default())
    }

    fn selector_wait(
        &self,
        selector: Fd,
        events: &mut Vec<EpollEvent>,
        most: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        self.epoll_wait(selector, events, most, timeout)
    }
}
