//! I/O completion ports: their calls, and what they cost.

use std::future::Future;

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Completed, CompletionPort, Operation, Submission, Timeout};
use crate::scenario::Costs;
use crate::sim::cost;
use crate::sim::kernel::{SimKernel, nothing};
use crate::sim::machine::Machine;
use crate::time::Nanos;

impl CompletionPort for SimKernel {
    fn completion_port_create(&self, concurrency: u32) -> impl Future<Output = Result<Fd, Errno>> {
        self.simple(nothing, move |machine| machine.completion_port_create(concurrency))
    }

    fn completion_port_associate(&self, port: Fd, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        let act = move |machine: &mut Machine| machine.completion_port_associate(port, fd);
        self.simple(|costs| Nanos(costs.ctl_ns), act)
    }

    fn completion_port_start(&self, submission: Submission) -> impl Future<Output = Result<(), Errno>> {
        let copied = match &submission.operation {
            Operation::Send { bytes, .. } => bytes.len(),
            _ => 0,
        };
        let mut submission = Some(submission);
        let cost = move |costs: &Costs| Nanos(costs.submit_ns) + cost::copy(costs, copied);
        self.simple(cost, move |machine| match submission.take() {
            Some(submission) => machine.completion_port_start(submission),
            // A call that never sleeps is attempted once.
            None => Err(Errno::EINVAL),
        })
    }

    fn completion_port_get(
        &self,
        port: Fd,
        completions: &mut Vec<Completed>,
        most: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let cost = move |machine: &mut Machine| machine.completion_port_cost(port, most);
        self.call(timeout, cost, move |machine, over| {
            machine.completion_port_get(port, completions, most, over)
        })
    }
}
