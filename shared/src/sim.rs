//! A simulated kernel: virtual time, CPUs, processes and threads, stream sockets, every interface to wait by, and
//! clients that follow a script.
//!
//! A program holds a `SimKernel` (`kernel`). Each of its calls is a future that is pending while virtual time
//! passes or the task sleeps. [`Simulation`] polls the future of whichever task has a CPU and is done with what it
//! did there (`sched`), and in between does what is due (`machine`, the only place where time moves).
//!
//! Everything is a function of program, scenario and seed: the same three give the same trace everywhere.
//!
//! ARCHITECTURE.md has a map of the modules, and says what is left out, and why.

mod acks;
mod addresses;
mod agenda;
mod connect;
mod cost;
mod devpoll;
mod endings;
mod epoll;
mod files;
mod hosts;
mod iocp;
mod kernel;
mod kqueue;
pub mod lab;
mod machine;
mod net;
mod operations;
mod options;
mod peers;
mod pipe;
mod poll;
mod ports;
mod process;
mod rings;
mod rules;
mod sched;
mod script;
mod select;
mod slab;
mod table;
mod tcp;
mod waitq;
mod waits;
mod watchers;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::errno::Errno;
use crate::ids::{Fd, TaskId};
use crate::probe::Traced;
use crate::scenario::{Injection, Scenario};
use crate::servers::{self, Program, Settings};
use crate::time::Nanos;
use crate::trace::Batch;

pub use rules::Flip;
pub use waits::Waits;

use kernel::SimKernel;
use machine::{Life, Machine, SharedLog, SimSink, Step};
use slab::Slab;

/// More than most steps tell.
const EVENTS_A_STEP: usize = 16;

/// A run of a program on a scenario, as far as it has been simulated.
pub struct Simulation {
    machine: Rc<RefCell<Machine>>,
    log: SharedLog,
    /// What each task does. A task that is making its move is not in it.
    lives: Slab<TaskId, Life>,
    /// What the program has returned.
    returned: Rc<Cell<Option<Result<(), Errno>>>>,
}

/// How it stands with a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It still runs, or sleeps.
    Runs,
    /// It has done what it had to do.
    Returned,
    /// It gave up: a call failed in a way for which it has no answer.
    Failed(Errno),
    /// This signal has ended it.
    Killed(i32),
}

impl Simulation {
    /// A run that has not begun. The injections are added to what the scenario's clients do.
    pub fn new(program: Program, settings: &Settings, scenario: &Scenario, injections: &[Injection]) -> Self {
        let settings = Settings { backlog: scenario.network.backlog, ..settings.clone() };
        let serving =
            async move |k: TracedSim, listener| servers::serve(program, &k, listener, &settings).await;
        Self::of(scenario, injections, program.name(), serving)
    }

    /// A run of any program.
    pub(crate) fn of<F>(scenario: &Scenario, injections: &[Injection], name: &'static str, program: F) -> Self
    where
        F: AsyncFnOnce(TracedSim, Fd) -> Result<(), Errno> + 'static,
    {
        let log = SharedLog::default();
        let machine = Rc::new(RefCell::new(Machine::new(log.clone(), scenario, injections)));
        let kernel = SimKernel::new(machine.clone());
        let k = Traced::new(kernel, SimSink::new(log.clone()), TaskId::FIRST);
        let backlog = scenario.network.backlog;
        let returned = Rc::new(Cell::new(None));
        let returns = returned.clone();
        let first: Life = Box::pin(async move {
            k.begin(TaskId::KERNEL, false, name);
            let listener = k.kernel().install_listener();
            k.listening(listener, backlog);
            let result = program(k.clone(), listener).await;
            returns.set(Some(result));
            let status = i32::from(result.is_err());
            k.end(status);
            status
        });
        let mut lives = Slab::default();
        lives.insert(TaskId::FIRST, first);
        Self { machine, log, lives, returned }
    }

    /// Goes on for some `most` events and returns what happened. Empty once the run is over: nothing will
    /// happen any more.
    pub fn run(&mut self, most: usize) -> Batch {
        let mut room = most;
        while room > 0 {
            // To look at the log after each step would cost more than some steps do.
            for _ in 0..room.div_ceil(EVENTS_A_STEP) {
                if !self.step() {
                    return self.log.lock().take();
                }
            }
            room = most.saturating_sub(self.log.lock().len());
        }
        self.log.lock().take()
    }

    /// What the clients have to complain of: each compares what it gets with what it should. To be asked when
    /// the run is over, since an answer may still be on its way before.
    pub fn complaints(&self) -> Vec<String> {
        self.machine.borrow().complaints()
    }

    /// How long the clients waited, for each entry of the scenario's list of them.
    pub fn waits(&self) -> Vec<Waits> {
        self.machine.borrow().waits()
    }

    /// How it stands with the program: with its first task, and where a signal ends a process, with that.
    pub fn fate(&self) -> Fate {
        match (self.returned.get(), self.machine.borrow().ended) {
            (Some(Ok(())), _) => Fate::Returned,
            (Some(Err(errno)), _) => Fate::Failed(errno),
            (None, Some(status)) => Fate::Killed(status - kernel::BY_SIGNAL),
            (None, None) => Fate::Runs,
        }
    }

    /// Whether a run that has ended was cut at [`Scenario::until`], with more to come.
    pub fn is_cut(&self) -> bool {
        self.machine.borrow().is_cut()
    }

    /// How long CPUs were with tasks until now, all CPUs together.
    pub fn cpu_time(&self) -> Nanos {
        let machine = self.machine.borrow();
        machine.sched.busy(machine.now())
    }

    /// The virtual time that has passed.
    pub fn now(&self) -> Nanos {
        self.machine.borrow().now()
    }

    /// Does the next thing: something that is due, or a task's next move. False if nothing is left to do.
    fn step(&mut self) -> bool {
        let step = self.machine.borrow_mut().step();
        match step {
            Step::Over => false,
            Step::Done => true,
            Step::Poll(task) => {
                self.poll(task);
                true
            }
        }
    }

    /// A task makes its next move: up to its next call, or to the end of the attempt at the one it is in.
    fn poll(&mut self, task: TaskId) {
        // While it moves, it is not in the list: a program that panics leaves no half of itself behind.
        let life = self.lives.remove(task);
        let mut life = life.expect("the program panicked in an earlier move: its simulation cannot go on");
        let mut context = Context::from_waker(Waker::noop());
        let moved = life.as_mut().poll(&mut context);
        let mut machine = self.machine.borrow_mut();
        match moved {
            Poll::Ready(status) => machine.task_returned(task, status),
            Poll::Pending => self.lives.insert(task, life),
        }
        let dead = std::mem::take(&mut machine.dead);
        let spawned = std::mem::take(&mut machine.spawned);
        drop(machine);
        for task in dead {
            self.lives.remove(task);
        }
        for (task, start) in spawned {
            self.lives.insert(task, start(SimKernel::new(self.machine.clone())));
        }
    }
}

impl fmt::Debug for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulation").field("now", &self.now()).field("tasks", &self.lives.len()).finish()
    }
}

/// The kernel that a simulated program is given.
pub(crate) type TracedSim = Traced<SimKernel, SimSink>;

#[cfg(test)]
mod tests;
