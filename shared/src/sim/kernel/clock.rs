//! The clock, and sleeping by it.

use std::future::Future;

use crate::kernel::{Clock, after};
use crate::sim::kernel::SimKernel;
use crate::sim::machine::Attempt;
use crate::time::Nanos;

impl Clock for SimKernel {
    fn now(&self) -> Nanos {
        self.machine.borrow().now()
    }

    fn sleep(&self, span: Nanos) -> impl Future<Output = ()> {
        let slept = self.call::<()>(
            after(span),
            |_| Nanos::ZERO,
            |_, over| match over {
                true => Attempt::Done(Ok(())),
                false => Attempt::Sleep,
            },
        );
        async move {
            // It cannot fail: the attempt above knows no error.
            let _ = slept.await;
        }
    }
}
