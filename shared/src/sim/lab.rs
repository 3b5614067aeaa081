//! A simulated machine as a laboratory: scripts of system calls without any client, over a network that takes
//! no time, and a look at what is under way.

use std::cell::RefCell;
use std::rc::Rc;

use super::Simulation;
use super::kernel::SimKernel;
use super::machine::{Due, Life, Machine, SharedLog};
use super::rules::Flip;
use super::slab::Slab;
use crate::conformance::{self, Reply, Step};
use crate::ids::TaskId;
use crate::scenario::{Network, Scenario};
use crate::time::Nanos;

/// What is due within this time is under way; what is due later is a second attempt, which nobody waits for: the
/// first is made after a second.
const UNDER_WAY: Nanos = Nanos::from_millis(250);

/// The shortest time between two looks at the machine.
pub(super) const LOOK_AGAIN: Nanos = Nanos::from_micros(1);

/// How many events are kept before they are thrown away: nobody looks at them here.
const EVENTS_KEPT: usize = 4_096;

/// How a machine for a script is set up.
#[derive(Clone, Copy, Debug, Default)]
pub struct Setup {
    /// Sockets are bound to ports of their own, as random scripts are on the real kernel, and not to any.
    pub own_ports: bool,
    /// The rules that the machine does not keep: for a negative control.
    pub flip: Flip,
}

/// Carries a script out on a simulated machine of its own and returns what each step returned. There are fewer
/// replies than steps if a step waits for something that never comes.
pub fn run(steps: &[Step], setup: Setup) -> Vec<Reply> {
    let network = Network { latency: Nanos::ZERO, ..Network::default() };
    let scenario = Scenario { network, ..Scenario::default() };
    let log = SharedLog::default();
    let mut machine = Machine::new(log.clone(), &scenario, &[]);
    machine.flip = setup.flip;
    machine.ports.own = setup.own_ports;
    machine.patient = true;
    let machine = Rc::new(RefCell::new(machine));
    let replies = Rc::new(RefCell::new(Vec::with_capacity(steps.len())));
    let (k, steps, told) = (SimKernel::new(machine.clone()), steps.to_vec(), replies.clone());
    let first: Life = Box::pin(async move {
        conformance::run(&k, &steps, |reply| told.borrow_mut().push(reply)).await;
        0
    });
    let mut lives = Slab::default();
    lives.insert(TaskId::FIRST, first);
    let mut simulation = Simulation { machine, log, lives, returned: Rc::default() };
    while !simulation.run(EVENTS_KEPT).events.is_empty() {}
    replies.take()
}

impl Machine {
    /// How long to wait for what is under way on the network or in other tasks; `None` if nothing is.
    pub(super) fn until_quiet(&self) -> Option<Nanos> {
        if self.others_run() {
            return Some(LOOK_AGAIN);
        }
        let soon = self.clock + UNDER_WAY;
        let crossing = |due: &Due| !matches!(due, Due::Timeout { .. } | Due::Thought(_) | Due::Inject(_));
        let under_way = self.due.iter().filter(|(at, due)| *at <= soon && crossing(due));
        under_way.map(|(at, _)| at).min().map(|at| (at - self.clock).max(LOOK_AGAIN))
    }
}
