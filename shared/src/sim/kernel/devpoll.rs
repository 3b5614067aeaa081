//! `/dev/poll`: its calls, and what they cost.

use std::future::Future;

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{DevPoll, PollFd, Timeout};
use crate::sim::cost;
use crate::sim::kernel::{SimKernel, nothing};
use crate::sim::machine::Machine;

impl DevPoll for SimKernel {
    fn devpoll_open(&self) -> impl Future<Output = Result<Fd, Errno>> {
        self.simple(nothing, |machine| machine.devpoll_open())
    }

    fn devpoll_write(&self, dev: Fd, entries: &[PollFd]) -> impl Future<Output = Result<(), Errno>> {
        let count = entries.len();
        let cost = move |costs: &crate::scenario::Costs| cost::each(costs.ctl_ns, count);
        self.simple(cost, move |machine| machine.devpoll_write(dev, entries))
    }

    fn devpoll_wait(
        &self,
        dev: Fd,
        ready: &mut Vec<PollFd>,
        most: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let cost = move |machine: &mut Machine| {
            let hints = machine.devpoll_len(dev);
            cost::each(machine.costs.ready_item_ns, hints)
        };
        self.call(timeout, cost, move |machine, over| machine.devpoll_wait(dev, ready, most, over))
    }
}
