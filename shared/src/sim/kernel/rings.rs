//! `io_uring(7)`: its calls, and what they cost.

use std::future::Future;

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Completed, Rings, Submission, Timeout};
use crate::sim::kernel::{SimKernel, nothing};
use crate::sim::machine::{Attempt, Machine};

impl Rings for SimKernel {
    fn ring_setup(&self, entries: u32) -> impl Future<Output = Result<Fd, Errno>> {
        self.simple(nothing, move |machine| machine.ring_setup(entries))
    }

    async fn ring_enter(
        &self,
        ring: Fd,
        submissions: &mut Vec<Submission>,
        completions: &mut Vec<Completed>,
        at_least: usize,
        timeout: Timeout,
    ) -> Result<usize, Errno> {
        // Both the cost and the call look at them; none is left after the first attempt.
        let submissions = std::cell::RefCell::new(submissions);
        let cost = |machine: &mut Machine| machine.ring_cost(ring, &submissions.borrow());
        let attempt = |machine: &mut Machine, over| {
            if let Err(errno) = machine.ring_submit(ring, &mut submissions.borrow_mut()) {
                return Attempt::Done(Err(errno));
            }
            machine.ring_take(ring, completions, at_least, over)
        };
        self.call(timeout, cost, attempt).await
    }
}
