//! `kqueue(2)`: its two calls, and what they cost.

use std::future::Future;

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Kevent, Kqueue, Timeout};
use crate::sim::cost;
use crate::sim::kernel::{SimKernel, nothing};
use crate::sim::machine::{Attempt, Machine};

impl Kqueue for SimKernel {
    fn kqueue(&self) -> impl Future<Output = Result<Fd, Errno>> {
        self.simple(nothing, |machine| machine.kqueue())
    }

    fn kevent(
        &self,
        kqueue: Fd,
        changes: &[Kevent],
        events: &mut Vec<Kevent>,
        most: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let count = changes.len();
        let cost = move |machine: &mut Machine| {
            let active = machine.kqueue_len(kqueue).min(most);
            cost::each(machine.costs.ctl_ns, count) + cost::each(machine.costs.ready_item_ns, active)
        };
        let mut changed = false;
        self.call(timeout, cost, move |machine, over| {
            // The changes come first, and once: not again after each wake-up.
            if !std::mem::replace(&mut changed, true) {
                match machine.kevent_change(kqueue, changes, events, most) {
                    Err(errno) => return Attempt::Done(Err(errno)),
                    Ok(()) if !events.is_empty() => return Attempt::Done(Ok(events.len())),
                    Ok(()) => {}
                }
            }
            machine.kevent_take(kqueue, events, most, over)
        })
    }
}
