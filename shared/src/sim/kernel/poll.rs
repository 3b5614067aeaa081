//! `poll(2)`: the call, and what it costs.

use std::future::Future;

use crate::errno::Errno;
use crate::kernel::{Poll, PollFd, Timeout};
use crate::sim::cost;
use crate::sim::kernel::SimKernel;
use crate::sim::machine::Machine;

impl Poll for SimKernel {
    fn poll(&self, fds: &mut [PollFd], timeout: Timeout) -> impl Future<Output = Result<usize, Errno>> {
        let count = fds.len();
        let scan = move |machine: &mut Machine| cost::each(machine.costs.scan_poll_ns, count);
        self.call_on_many(timeout, scan, move |machine| machine.poll(fds))
    }
}
