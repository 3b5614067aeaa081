//! The loop on the simulated kernel: what is called when, and that it is the same over every back-end.

mod buffered;

use std::cell::RefCell;
use std::rc::Rc;

use super::*;
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Clock as _, FOREVER, Mode, Sockets as _, after};
use crate::scenario::{ClientSpec, Network, Scenario, Step};
use crate::sim::{Simulation, TracedSim};
use crate::time::Nanos;
use crate::world::{TaskState, World};

/// How a test names its callbacks.
type Name = &'static str;

/// What a test writes down while it runs.
#[derive(Clone, Default)]
struct Diary(Rc<RefCell<Vec<String>>>);

impl Diary {
    fn note(&self, what: impl Into<String>) {
        self.0.borrow_mut().push(what.into());
    }

    fn read(&self) -> Vec<String> {
        self.0.borrow().clone()
    }
}

/// A program that is one function: all its callbacks come to it.
struct Program<F>(F);

fn program<F>(callback: F) -> Program<F>
where
    F: AsyncFnMut(&TracedSim, &mut EventBase<Name>, Due<Name>) -> Result<(), Errno>,
{
    Program(callback)
}

impl<F> Callbacks<TracedSim, Name> for Program<F>
where
    F: AsyncFnMut(&TracedSim, &mut EventBase<Name>, Due<Name>) -> Result<(), Errno>,
{
    async fn call(&mut self, k: &TracedSim, base: &mut EventBase<Name>, due: Due<Name>) -> Result<(), Errno> {
        (self.0)(k, base, due).await
    }
}

fn millis(millis: u64) -> Nanos {
    Nanos::from_millis(millis)
}

/// Runs a test's program to its end on the simulated kernel; it must get there without an error.
fn simulate<F>(clients: Vec<ClientSpec>, test: F)
where
    F: AsyncFnOnce(TracedSim, Fd) -> Result<(), Errno> + 'static,
{
    simulate_over(Network::default(), clients, test);
}

fn simulate_over<F>(network: Network, clients: Vec<ClientSpec>, test: F)
where
    F: AsyncFnOnce(TracedSim, Fd) -> Result<(), Errno> + 'static,
{
    let scenario = Scenario { clients, network, ..Scenario::default() };
    let mut simulation = Simulation::of(&scenario, &[], "test", async move |k: TracedSim, listener| {
        k.set_nonblocking(listener, true).await?;
        test(k, listener).await
    });
    let mut world = World::new();
    for (event, payload) in simulation.run(100_000).iter() {
        world.apply(event, payload);
    }
    let first = &world.tasks[&crate::ids::TaskId::FIRST];
    assert_eq!(first.state, TaskState::Ended(0), "the program came to its end");
}

#[test]
fn every_back_end_gives_the_same_callbacks() {
    let diaries = Backend::ALL.map(|backend| {
        let diary = Diary::default();
        let own = diary.clone();
        let client = |start, steps| ClientSpec::one(millis(start), steps);
        let send = |text: &str| Step::Send(text.to_owned());
        let clients = vec![
            client(1, vec![send("one\n"), Step::Think(millis(4)), send("two\n"), Step::Close]),
            client(2, vec![Step::Think(millis(1)), send("three\n"), Step::HalfClose]),
            client(4, vec![send("four\n"), Step::Think(millis(3)), Step::Reset]),
        ];
        simulate(clients, async move |k, listener| {
            let mut base = EventBase::new(&k, backend).await?;
            assert_eq!(base.backend(), backend);
            let accept = base.event(listener, On::READ | On::PERSIST, "accept");
            base.add(&k, accept, after(millis(20))).await?;
            // Both directions of one descriptor are two events, and each comes for itself.
            let mut clients: Vec<Fd> = Vec::new();
            let mut each = program(async |k, base, due| {
                let who = clients.iter().rposition(|fd| *fd == due.fd);
                own.note(format!("{} {who:?} {:?}", due.callback, due.on));
                match due.callback {
                    "accept" if due.on == On::TIMEOUT => base.free(k, due.event).await?,
                    "accept" => {
                        let fd = k.accept(due.fd, Mode::NonBlocking).await?.fd;
                        clients.push(fd);
                        let read = base.event(fd, On::READ | On::PERSIST, "read");
                        base.add(k, read, FOREVER).await?;
                        let write = base.event(fd, On::WRITE, "write");
                        base.add(k, write, FOREVER).await?;
                    }
                    "read" => match k.recv(due.fd, &mut [0; 64]).await {
                        Ok(0) | Err(Errno::ECONNRESET) => base.close_fd(k, due.fd).await?,
                        other => own.note(format!("{other:?}")),
                    },
                    _ => {}
                }
                Ok(())
            });
            base.dispatch(&k, &mut each).await?;
            base.close(&k).await
        });
        diary.read()
    });
    assert!(diaries[0].len() > 15 && diaries[0].iter().any(|line| line.starts_with("write Some(2)")));
    for (diary, backend) in diaries.iter().zip(Backend::ALL) {
        assert_eq!(*diary, diaries[0], "{}", backend.name());
    }
}

#[test]
fn the_best_back_end_is_the_first_of_those_there_are() {
    simulate(vec![], async |k, _| {
        let base = EventBase::<Name>::new(&k, Backend::Best).await?;
        assert_eq!(base.backend(), Backend::Epoll);
        base.close(&k).await
    });
}

#[test]
fn an_event_that_persists_comes_again_and_one_that_does_not_comes_once() {
    let diary = Diary::default();
    let own = diary.clone();
    simulate(vec![ClientSpec::one(Nanos(1), vec![])], async move |k, listener| {
        let mut base = EventBase::new(&k, Backend::Best).await?;
        // Nobody accepts: the listener is ready all the time.
        let once = base.event(listener, On::READ, "once");
        let again = base.event(listener, On::READ | On::PERSIST, "again");
        base.add(&k, once, FOREVER).await?;
        base.add(&k, again, FOREVER).await?;
        let mut rounds = 0;
        let mut each = program(async |k, base, due| {
            own.note(due.callback);
            assert_eq!(base.is_added(due.event), due.callback == "again");
            if due.callback == "again" {
                rounds += 1;
                if rounds == 3 {
                    base.del(k, again).await?;
                }
            }
            Ok(())
        });
        base.dispatch(&k, &mut each).await?;
        assert!(!base.is_added(once) && !base.is_added(again), "no event is left, so it came back");
        base.close(&k).await
    });
    assert_eq!(diary.read(), ["once", "again", "again", "again"]);
}

#[test]
fn timeouts_come_in_their_order_and_not_before_their_time() {
    let diary = Diary::default();
    let own = diary.clone();
    simulate(vec![], async move |k, listener| {
        let mut base = EventBase::new(&k, Backend::Best).await?;
        let late = base.event(listener, On::READ, "late");
        let early = base.event(listener, On::empty(), "early");
        let given_up = base.event(listener, On::empty(), "given up");
        let every = base.event(listener, On::PERSIST, "every");
        base.add(&k, late, after(millis(7))).await?;
        base.add(&k, early, after(millis(100))).await?;
        base.add(&k, early, after(millis(3))).await?;
        base.add(&k, given_up, after(millis(5))).await?;
        base.add(&k, every, after(millis(2))).await?;
        let mut each = program(async |k, base, due| {
            assert_eq!(due.on, On::TIMEOUT);
            let now = k.now().0 / millis(1).0;
            own.note(format!("{} at {now}", due.callback));
            match due.callback {
                "early" => base.del(k, given_up).await,
                "late" => base.del(k, every).await,
                _ => Ok(()),
            }
        });
        base.dispatch(&k, &mut each).await?;
        base.close(&k).await
    });
    assert_eq!(diary.read(), ["every at 2", "early at 3", "every at 4", "every at 6", "late at 7"]);
}

#[test]
fn the_most_urgent_is_called_first_and_the_others_after_another_look() {
    let diary = Diary::default();
    let own = diary.clone();
    simulate(vec![], async move |k, listener| {
        let mut base = EventBase::new(&k, Backend::Best).await?;
        base.set_priorities(3);
        for (name, priority) in [("low", 2), ("middle", 1), ("second middle", 1), ("high", 0)] {
            let event = base.event(listener, On::empty(), name);
            base.set_priority(event, priority);
            base.activate(event, On::TIMEOUT);
        }
        let late = base.event(listener, On::empty(), "high, too late");
        base.set_priority(late, 0);
        let mut each = program(async |_, base: &mut EventBase<Name>, due| {
            own.note(due.callback);
            if due.callback == "middle" {
                base.activate(late, On::TIMEOUT);
            }
            Ok(())
        });
        base.dispatch(&k, &mut each).await?;
        base.close(&k).await
    });
    assert_eq!(diary.read(), ["high", "middle", "second middle", "high, too late", "low"]);
}

#[test]
fn stop_ends_at_once_and_exit_after_what_has_come() {
    let diary = Diary::default();
    let own = diary.clone();
    simulate(vec![], async move |k, listener| {
        let mut base = EventBase::new(&k, Backend::Best).await?;
        let events = ["stop", "exit", "last"].map(|name| base.event(listener, On::empty(), name));
        let mut each = program(async |_, base: &mut EventBase<Name>, due| {
            own.note(due.callback);
            match due.callback {
                "stop" => base.stop(),
                "exit" => base.exit(),
                _ => {}
            }
            Ok(())
        });
        let never = base.event(listener, On::READ, "never");
        base.add(&k, never, FOREVER).await?;
        for event in events {
            base.activate(event, On::TIMEOUT);
        }
        base.dispatch(&k, &mut each).await?;
        own.note("stopped");
        base.dispatch(&k, &mut each).await?;
        own.note("left");
        assert!(base.is_added(never));
        base.close(&k).await
    });
    assert_eq!(diary.read(), ["stop", "stopped", "exit", "last", "left"]);
}

#[test]
fn what_was_taken_back_or_closed_is_not_called_though_it_had_come() {
    let diary = Diary::default();
    let own = diary.clone();
    let talker = |start| ClientSpec::one(millis(start), vec![Step::Send("x\n".to_owned())]);
    simulate(vec![talker(1), talker(1), talker(1)], async move |k, listener| {
        k.sleep(millis(5)).await;
        let mut base = EventBase::new(&k, Backend::Best).await?;
        let mut fds = Vec::new();
        for name in ["first", "second"] {
            let fd = k.accept(listener, Mode::NonBlocking).await?.fd;
            let read = base.event(fd, On::READ | On::PERSIST, name);
            base.add(&k, read, FOREVER).await?;
            fds.push(fd);
        }
        let mut each = program(async |k, base, due| {
            own.note(due.callback);
            if due.callback == "first" {
                // The second is ready, too; its number goes to another, who is watched in the same way.
                base.close_fd(k, fds[1]).await?;
                let fd = k.accept(listener, Mode::NonBlocking).await?.fd;
                assert_eq!(fd, fds[1]);
                let read = base.event(fd, On::READ | On::PERSIST, "third");
                base.add(k, read, FOREVER).await?;
            }
            base.close_fd(k, due.fd).await
        });
        base.dispatch(&k, &mut each).await?;
        base.close(&k).await
    });
    assert_eq!(diary.read(), ["first", "third"]);
}

#[test]
fn a_descriptor_that_the_back_end_has_no_room_for_is_refused() {
    simulate(vec![], async |k, _| {
        let mut base = EventBase::new(&k, Backend::Select).await?;
        let high = base.event(Fd(1024), On::READ, "high");
        assert_eq!(base.add(&k, high, FOREVER).await, Err(Errno::EINVAL));
        assert!(!base.is_added(high));
        base.free(&k, high).await?;
        assert_eq!(base.add(&k, high, FOREVER).await, Err(Errno::ENOENT));
        base.close(&k).await
    });
}
