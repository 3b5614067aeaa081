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
use crate::ids::{Fd, TaskId};
use crate::probe::Traced;
use crate::scenario::{Injection, Scenario};
use crate::servers::{self, Program, Settings};
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
    pub fn new(program: Program, settings: &Settings, scenario: &Scenario, injections: &[Injection]) -> Self {
        let settings = settings.clone();
        let serving =
            async move |k: TracedSim, listener| servers::serve(program, &k, listener, &settings).await;
        Self::of(scenario, injections, program.name(), serving)
    }

    /// A run of any program.
    fn of<F>(scenario: &Scenario, injections: &[Injection], name: &'static str, program: F) -> Self
    where
        F: AsyncFnOnce(TracedSim, Fd) -> Result<(), Errno> + 'static,
    {
        let log = SharedLog::default();
        let machine = Rc::new(RefCell::new(Machine::new(log.clone(), scenario, injections)));
        let kernel = SimKernel::new(machine.clone(), TaskId::FIRST);
        let k = Traced::new(kernel, SimSink::new(log.clone()), TaskId::FIRST);
        let backlog = scenario.network.backlog;
        let first = Box::pin(async move {
            k.begin(TaskId::KERNEL, false, name);
            let listener = k.kernel().install_listener();
            k.listening(listener, backlog);
            let result = program(k.clone(), listener).await;
            k.end(i32::from(result.is_err()));
        });
        Self { machine, log, tasks: vec![(TaskId::FIRST, first)] }
    }

    /// Goes on for some `most` events and returns what happened. Empty once the run is over: nothing will
    /// happen any more.
    pub fn run(&mut self, most: usize) -> Batch {
        while self.log.lock().len() < most && self.step() {}
        self.log.lock().take()
    }

    /// What the clients have to complain of: each compares what it gets with what it should. To be asked when
    /// the run is over, since an answer may still be on its way before.
    pub fn complaints(&self) -> Vec<String> {
        self.machine.borrow().complaints()
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

/// The kernel that a simulated program is given.
type TracedSim = Traced<SimKernel, SimSink>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Call, What};
    use crate::kernel::{Clock, FdSets, Mode, Select, Shutdown, Sockets, Tasks, after};
    use crate::scenario::{ClientSpec, Step, preset};
    use crate::world::{TaskState, World};

    fn nobody() -> Scenario {
        Scenario { clients: Vec::new(), ..preset("three-clients").expect("it is a preset") }
    }

    fn world_of(mut simulation: Simulation) -> World {
        let mut world = World::new();
        for (event, payload) in simulation.run(10_000).iter() {
            world.apply(event, payload);
        }
        assert_eq!(world.violations, []);
        world
    }

    #[test]
    fn a_sleep_and_a_timeout_take_their_time() {
        let world = world_of(Simulation::of(&nobody(), &[], "sleeper", async |k, listener| {
            k.sleep(Nanos::from_millis(3)).await;
            let mut sets = FdSets::new();
            sets.read.insert(listener)?;
            assert_eq!(k.select(&mut sets, after(Nanos::from_millis(2))).await, Ok(0));
            assert!(k.now() >= Nanos::from_millis(5) && k.now() < Nanos::from_micros(5_010));
            assert_eq!(
                k.accept(listener, Mode::NonBlocking).await.map(|client| client.fd),
                Err(Errno::EAGAIN)
            );
            Ok(())
        }));
        assert_eq!(world.tasks[&TaskId::FIRST].state, TaskState::Ended(0));
    }

    #[test]
    fn two_threads_take_turns_on_one_cpu() {
        let world = world_of(Simulation::of(&nobody(), &[], "parent", async |k, _| {
            k.spawn_thread(async |own: TracedSim| {
                own.sleep(Nanos::from_millis(1)).await;
            })
            .await?;
            k.sleep(Nanos::from_millis(2)).await;
            Ok(())
        }));
        assert_eq!(world.tasks[&TaskId(2)].state, TaskState::Ended(0));
        assert_eq!(world.tasks[&TaskId(2)].process, TaskId::FIRST);
        assert_eq!(world.tasks[&TaskId::FIRST].state, TaskState::Ended(0));
        assert!(world.now < Nanos::from_micros(2_010), "they slept at the same time: {}", world.now);
    }

    #[test]
    fn a_listener_that_is_shut_down_is_ready_and_accepts_no_more() {
        world_of(Simulation::of(&nobody(), &[], "stopped", async |k, listener| {
            k.shutdown(listener, Shutdown::Read).await?;
            let mut sets = FdSets::new();
            sets.read.insert(listener)?;
            assert_eq!(k.select(&mut sets, crate::kernel::FOREVER).await, Ok(1));
            assert_eq!(
                k.accept(listener, Mode::NonBlocking).await.map(|client| client.fd),
                Err(Errno::EINVAL)
            );
            Ok(())
        }));
    }

    #[test]
    fn a_server_that_is_stopped_answers_says_goodbye_and_returns() {
        for entry in servers::PROGRAMS {
            let text = "answered\nunfinished".to_owned();
            let steps = vec![Step::Send(text), Step::Await, Step::Think(Nanos::from_millis(5)), Step::Close];
            let scenario = Scenario { clients: vec![ClientSpec::one(Nanos(1), steps)], ..nobody() };
            let mut simulation = Simulation::of(&scenario, &[], entry.name, async move |k, listener| {
                k.spawn_thread(async move |own: TracedSim| {
                    own.sleep(Nanos::from_millis(1)).await;
                    let _ = own.shutdown(listener, Shutdown::Both).await;
                })
                .await?;
                servers::serve(entry.program, &k, listener, &Settings::default()).await
            });
            let mut world = World::new();
            for (event, payload) in simulation.run(10_000).iter() {
                world.apply(event, payload);
            }
            assert_eq!(world.violations, [], "{}", entry.name);
            assert_eq!(simulation.complaints(), [] as [String; 0], "{}", entry.name);
            assert_eq!(world.tasks[&TaskId::FIRST].state, TaskState::Ended(0), "{}", entry.name);
            assert_eq!((world.tally.lines, world.tally.closed), (1, 1), "{}", entry.name);
            assert!(world.now > Nanos::from_millis(5), "{} did not wait for its client", entry.name);
        }
    }

    #[test]
    fn a_client_that_resets_leaves_its_bytes_and_one_error() {
        let steps = vec![Step::Send("abc".to_owned()), Step::Reset];
        let scenario = Scenario { clients: vec![ClientSpec::one(Nanos(1), steps)], ..nobody() };
        let world = world_of(Simulation::of(&scenario, &[], "reader", async |k, listener| {
            k.sleep(Nanos::from_millis(1)).await;
            let client = k.accept(listener, Mode::NonBlocking).await?;
            let mut buffer = [0; 8];
            assert_eq!(k.recv(client.fd, &mut buffer).await, Ok(3));
            assert_eq!(k.recv(client.fd, &mut buffer).await, Err(Errno::ECONNRESET));
            assert_eq!(k.recv(client.fd, &mut buffer).await, Ok(0));
            assert_eq!(k.send(client.fd, b"x").await, Err(Errno::EPIPE));
            k.close(client.fd).await
        }));
        assert_eq!(world.tally.closed, 1);
    }

    #[test]
    fn a_call_is_told_with_the_line_that_made_it() {
        let mut simulation = Simulation::new(Program::Select, &Settings::default(), &nobody(), &[]);
        let batch = simulation.run(100);
        let place = batch.events.iter().find_map(|event| match event.what {
            What::Enter { call: Call::Select { .. }, place } => Some(place),
            _ => None,
        });
        let place = place.expect("the server begins with a select");
        let source = &servers::SOURCES[usize::from(place.source)];
        assert_eq!(source.name, "servers/select.rs");
        let line = source.text.lines().nth(place.line as usize - 1).unwrap_or_default();
        assert!(line.contains("k.select("), "line {}: {line}", place.line);
    }
}
