//! `epoll(7)`: the three calls, and what they cost.

use std::future::Future;

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{CtlOp, Epoll, EpollEvent, Timeout};
use crate::sim::cost;
use crate::sim::kernel::{SimKernel, nothing};
use crate::sim::machine::Machine;
use crate::time::Nanos;

impl Epoll for SimKernel {
    fn epoll_create(&self) -> impl Future<Output = Result<Fd, Errno>> {
        self.simple(nothing, |machine| machine.epoll_create())
    }

    fn epoll_ctl(
        &self,
        epoll: Fd,
        op: CtlOp,
        fd: Fd,
        event: EpollEvent,
    ) -> impl Future<Output = Result<(), Errno>> {
        self.simple(|costs| Nanos(costs.ctl_ns), move |machine| machine.epoll_ctl(epoll, op, fd, event))
    }

    fn epoll_wait(
        &self,
        epoll: Fd,
        events: &mut Vec<EpollEvent>,
        most: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let cost = move |machine: &mut Machine| {
            let listed = machine.ready_len(epoll).min(most);
            cost::each(machine.costs.ready_item_ns, listed)
        };
        self.call_on(epoll, timeout, cost, move |machine, file, over| {
            machine.epoll_wait(file, events, most, over)
        })
    }
}
