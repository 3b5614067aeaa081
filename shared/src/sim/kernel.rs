//! The handle of the simulated kernel that a program holds, and how a call passes: it takes its time, and at
//! the end of that time it has its effect, or the task sleeps and it is attempted again.
//!
//! The calls themselves are in the modules of this one, a trait of [`crate::kernel`] each.

mod clock;
mod connect;
mod descriptors;
mod devpoll;
mod epoll;
mod iocp;
mod kqueue;
mod laboratory;
mod poll;
mod ports;
mod rings;
mod select;
mod selector;
mod sockets;
mod tasks;

pub(super) use tasks::BY_SIGNAL;

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::Poll;

use crate::errno::Errno;
use crate::ids::{Fd, FileId, Seq};
use crate::kernel::{FOREVER, Gauge, Levels, Mask, Tells, Timeout};
use crate::scenario::Costs;
use crate::sim::cost;
use crate::sim::machine::{Attempt, Machine};
use crate::sim::poll::Pass;
use crate::time::Nanos;

/// The simulated kernel, as its tasks see it.
#[derive(Clone)]
pub(crate) struct SimKernel {
    machine: Rc<RefCell<Machine>>,
}

/// The cost of a call that does next to nothing.
fn nothing(_: &Costs) -> Nanos {
    Nanos::ZERO
}

/// How far a call has come.
enum Stage {
    /// Not made yet.
    Entering,
    /// Its time passes.
    Working,
    /// The task sleeps in it.
    Asleep,
}

impl SimKernel {
    pub(super) fn new(machine: Rc<RefCell<Machine>>) -> Self {
        Self { machine }
    }

    pub(super) fn install_listener(&self) -> Fd {
        self.machine.borrow_mut().install_listener()
    }

    /// A system call: it takes the time that `cost` says, and then `attempt` says how it ends. A call that
    /// has to sleep is attempted again after each wake-up, and may find nothing and sleep again; the flag
    /// says that its time is over.
    fn call<T>(
        &self,
        timeout: Timeout,
        cost: impl Fn(&mut Machine) -> Nanos,
        mut attempt: impl FnMut(&mut Machine, bool) -> Attempt<T>,
    ) -> impl Future<Output = Result<T, Errno>> {
        let mut stage = Stage::Entering;
        let mut deadline = None;
        let mut entered = Seq(0);
        poll_fn(move |_| {
            let mut machine = self.machine.borrow_mut();
            if let Stage::Entering | Stage::Asleep = stage {
                let work = cost(&mut machine);
                if let Stage::Entering = stage {
                    let call = cost::call(&machine.costs);
                    machine.charge(call + work);
                    deadline = timeout.0.map(|span| machine.now() + span);
                    entered = machine.last_seq();
                    machine.futile += 1;
                } else {
                    // Whoever is woken looks at everything again.
                    machine.charge(work);
                }
                stage = Stage::Working;
                return Poll::Pending;
            }
            // What the call does to others follows from the call.
            machine.cause = entered;
            let over = machine.is_over() || timeout.0 == Some(Nanos::ZERO);
            match attempt(&mut machine, over) {
                Attempt::Done(result) => Poll::Ready(result),
                Attempt::Sleep => {
                    // The time counts from the call, however often it wakes for nothing.
                    machine.fall_asleep(deadline);
                    stage = Stage::Asleep;
                    Poll::Pending
                }
                Attempt::Gone => Poll::Pending,
            }
        })
    }

    /// A system call on a descriptor that may sleep. It goes on with the file that the descriptor named when
    /// the task fell asleep, even if the descriptor is closed meanwhile: closing wakes nobody.
    fn call_on<T>(
        &self,
        fd: Fd,
        timeout: Timeout,
        cost: impl Fn(&mut Machine) -> Nanos,
        mut attempt: impl FnMut(&mut Machine, FileId, bool) -> Attempt<T>,
    ) -> impl Future<Output = Result<T, Errno>> {
        let mut held = None;
        self.call(timeout, cost, move |machine, over| {
            let file = match held.map_or_else(|| machine.file_of(fd), Ok) {
                Ok(file) => file,
                Err(errno) => return Attempt::Done(Err(errno)),
            };
            let result = attempt(machine, file, over);
            match result {
                Attempt::Sleep if held.is_none() => {
                    machine.hold_in_call(file);
                    held = Some(file);
                }
                Attempt::Done(_) if held.is_some() => machine.let_go(),
                _ => {}
            }
            result
        })
    }

    /// A system call on many descriptors that may sleep. `pass` looks at all of them; if it finds nothing, the task
    /// sleeps on what it looked at the first time.
    fn call_on_many(
        &self,
        timeout: Timeout,
        cost: impl Fn(&mut Machine) -> Nanos,
        mut pass: impl FnMut(&mut Machine) -> Result<Pass, Errno>,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let mut waits = None;
        self.call(timeout, cost, move |machine, over| {
            let result = match pass(machine) {
                Ok(Pass::Nothing(found)) if !over => {
                    let first = waits.is_none();
                    let waits = waits.get_or_insert(found);
                    for (file, _) in waits.iter().filter(|_| first) {
                        machine.hold_in_call(*file);
                    }
                    machine.sleep_on(waits.iter().copied());
                    return Attempt::Sleep;
                }
                Ok(Pass::Nothing(_)) => Ok(0),
                Ok(Pass::Found(count)) => Ok(count),
                Err(errno) => Err(errno),
            };
            if waits.is_some() {
                machine.let_go();
            }
            Attempt::Done(result)
        })
    }

    /// A call that never sleeps. `cost` is what it takes beyond a call that does nothing.
    fn simple<T>(
        &self,
        cost: impl Fn(&Costs) -> Nanos,
        mut act: impl FnMut(&mut Machine) -> Result<T, Errno>,
    ) -> impl Future<Output = Result<T, Errno>> {
        self.call(FOREVER, move |machine| cost(&machine.costs), move |machine, _| Attempt::Done(act(machine)))
    }
}

impl Machine {
    /// Whether the call that is under way has slept as long as it may.
    fn is_over(&mut self) -> bool {
        self.tasks.get_mut(self.current).is_some_and(|task| std::mem::take(&mut task.timed_out))
    }

    /// A file of a call in which the task falls asleep stays until the call is over.
    fn hold_in_call(&mut self, file: FileId) {
        self.hold(file);
        if let Some(task) = self.tasks.get_mut(self.current) {
            task.held.push(file);
        }
    }

    fn let_go(&mut self) {
        let held = self.tasks.get_mut(self.current).map(|task| std::mem::take(&mut task.held));
        for file in held.unwrap_or_default() {
            self.release(file);
        }
    }

    /// What cannot be done yet is waited for, unless calls on the file do not sleep.
    fn or_sleep<T>(&mut self, file: FileId, events: Mask, result: Result<T, Errno>) -> Attempt<T> {
        match result {
            Err(Errno::EAGAIN) if !self.is_nonblocking(file) => {
                self.sleep_on([(file, events)]);
                Attempt::Sleep
            }
            result => Attempt::Done(result),
        }
    }
}

/// Notes are a matter between the program and whoever traces it.
impl Tells for SimKernel {}

impl Gauge for SimKernel {
    fn levels(&self, _fd: Fd, _peek: &mut [u8]) -> Option<Levels> {
        // Nobody needs to look: this kernel tells of every byte.
        None
    }
}
