//! A simulated kernel: virtual time, one CPU, stream sockets, `select` and `epoll`, and clients that follow
//! a script.
//!
//! - [`kernel`](self): `SimKernel`, the handle that a program holds; each call is a future that is pending
//!   while virtual time passes or the task sleeps.
//! - `machine`: the state, the list of what is due, and the only place where time moves.
//! - `sched`: who has the CPU. `files`: descriptors. `net`: what crosses the network. `tcp`: one end of a
//!   connection. `waitq`: who is told of what. `select`, `epoll`: one interface each. `peers`: the clients.
//!   `cost`: what a call costs.
//!
//! Everything is a function of program, scenario and seed: the same three give the same trace everywhere.
//!
//! What it leaves out, so far: segments and bandwidth (bytes arrive as they were sent, after the network's
//! latency), Nagle's algorithm and delayed acknowledgement (every program here switches them off), `TIME_WAIT`,
//! urgent data, signals. Costs are estimates (see `cost`).

mod cost;
mod epoll;
mod files;
mod kernel;
mod machine;
mod net;
mod peers;
mod sched;
mod select;
mod tcp;
mod waitq;

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::errno::Errno;
use crate::ids::TaskId;
use crate::probe::Traced;
use crate::scenario::{Injection, Scenario};
use crate::servers::{self, Program};
use crate::time::Nanos;
use crate::trace::Batch;

use kernel::SimKernel;
use machine::{Life, Machine, SharedLog, SimSink, Step};

/// A run of a program on a scenario, as far as it has been simulated.
pub struct Simulation {
    machine: Rc<RefCell<Machine>>,
    log: SharedLog,
    tasks: Vec<(TaskId, Life)>,
}

impl Simulation {
    /// A run that has not begun. The injections are added to what the scenario's clients do.
    pub fn new(program: Program, scenario: &Scenario, injections: &[Injection]) -> Self {
        let log = SharedLog::default();
        let machine = Rc::new(RefCell::new(Machine::new(log.clone(), scenario, injections)));
        let kernel = SimKernel::new(machine.clone(), TaskId::FIRST);
        let traced = Traced::new(kernel, SimSink::new(log.clone()), TaskId::FIRST);
        let first = Box::pin(main_task(traced, program, scenario.network.backlog));
        Self { machine, log, tasks: vec![(TaskId::FIRST, first)] }
    }

    /// Goes on for some `most` events and returns what happened. Empty once the run is over: nothing will
    /// happen any more.
    pub fn run(&mut self, most: usize) -> Batch {
        while self.log.lock().len() < most && self.step() {}
        self.log.lock().take()
    }

    /// The virtual time that has passed.
    pub fn now(&self) -> Nanos {
        self.machine.borrow().now()
    }

    /// Does the next thing: something that is due, or a task's next move. False if nothing is left to do.
    fn step(&mut self) -> bool {
        let step = self.machine.borrow_mut().step();
        match step {
            Step::Idle => false,
            Step::Done => true,
            Step::Poll(task) => {
                self.poll(task);
                let spawned = std::mem::take(&mut self.machine.borrow_mut().spawned);
                for (id, start) in spawned {
                    self.tasks.push((id, start(SimKernel::new(self.machine.clone(), id))));
                }
                true
            }
        }
    }

    fn poll(&mut self, task: TaskId) {
        let Some(place) = self.tasks.iter().position(|(id, _)| *id == task) else { return };
        let mut context = Context::from_waker(Waker::noop());
        if let Poll::Ready(()) = self.tasks[place].1.as_mut().poll(&mut context) {
            drop(self.tasks.swap_remove(place));
            self.machine.borrow_mut().task_ended(task);
        }
    }
}

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulation").field("now", &self.now()).field("tasks", &self.tasks.len()).finish()
    }
}

/// The first task: the program, from its beginning to its end.
async fn main_task(k: Traced<SimKernel, SimSink>, program: Program, backlog: u32) {
    k.begin(TaskId::KERNEL, false, program.name());
    let listener = k.kernel().install_listener();
    k.listening(listener, backlog);
    let result: Result<(), Errno> = match program {
        Program::Select => servers::select::serve(&k, listener).await,
        Program::Epoll => servers::epoll::serve(&k, listener).await,
        Program::Mio => servers::mio::serve(&k, listener).await,
    };
    k.end(i32::from(result.is_err()));
}
