//! Threads, processes and CPUs.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::errno::Errno;
use crate::event::{Doing, Inside, What};
use crate::ids::{Fd, TaskId};
use crate::kernel::{Clock, Mode, Sockets, Tasks};
use crate::scenario::{ClientSpec, MachineSpec, Scenario, Step};
use crate::sim::{Simulation, TracedSim};
use crate::time::Nanos;
use crate::trace::Batch;
use crate::world::{TaskState, World};

use super::nobody;

/// More than any program here needs.
const EVENTS_MAX: usize = 400_000;

fn on(machine: MachineSpec) -> Scenario {
    Scenario { machine, ..nobody() }
}

fn one_client(steps: Vec<Step>) -> Scenario {
    Scenario { clients: vec![ClientSpec::one(Nanos(1), steps)], ..nobody() }
}

/// Runs to the end: what happened, and what became of it.
fn run(mut simulation: Simulation) -> (Batch, World) {
    let batch = simulation.run(EVENTS_MAX);
    assert!(batch.events.len() < EVENTS_MAX, "it goes on and on");
    let mut world = World::new();
    for (event, payload) in batch.iter() {
        world.apply(event, payload);
    }
    assert_eq!(world.violations, []);
    assert_eq!(world.check(), [] as [String; 0]);
    (batch, world)
}

/// Makes calls that do nothing, until then. Something has to be due later: a run in which nothing can happen
/// any more ends.
async fn busy(k: &TracedSim, end: Nanos) {
    while k.now() < end {
        let _ = k.close(Fd(-1)).await;
    }
}

fn insides(batch: &Batch) -> impl Iterator<Item = (Nanos, TaskId, Inside)> {
    batch.events.iter().filter_map(|event| match event.what {
        What::Inside(inside) => Some((event.at, event.task, inside)),
        _ => None,
    })
}

fn two_busy_threads(machine: MachineSpec) -> (Batch, World) {
    let later = vec![ClientSpec::one(Nanos::from_millis(20), vec![])];
    run(Simulation::of(&Scenario { clients: later, ..on(machine) }, &[], "parent", async |k, _| {
        k.spawn_thread(async |own: TracedSim| busy(&own, Nanos::from_millis(10)).await).await?;
        busy(&k, Nanos::from_millis(10)).await;
        Ok(())
    }))
}

#[test]
fn one_cpu_is_taken_away_after_a_slice_if_another_task_waits() {
    let slice = Nanos::from_millis(1);
    let (batch, _) = two_busy_threads(MachineSpec { time_slice: slice, ..MachineSpec::default() });
    let mut began = Nanos::ZERO;
    let mut slices = 0;
    for (at, task, inside) in insides(&batch) {
        match inside {
            Inside::Running { cpu } => {
                assert_eq!(cpu, 0);
                began = at;
            }
            Inside::Preempted => {
                assert_eq!(at.since(began), slice, "{task} had another slice");
                slices += 1;
            }
            _ => {}
        }
    }
    assert!((9..=11).contains(&slices), "{slices} slices in 10 ms of which each task wants all");
}

#[test]
fn a_task_that_is_alone_keeps_its_cpu() {
    let later = vec![ClientSpec::one(Nanos::from_millis(20), vec![])];
    let (batch, world) =
        run(Simulation::of(&Scenario { clients: later, ..nobody() }, &[], "alone", async |k, _| {
            busy(&k, Nanos::from_millis(10)).await;
            Ok(())
        }));
    assert!(!insides(&batch).any(|(_, _, inside)| inside == Inside::Preempted));
    assert_eq!(world.tally.switches, 0);
}

#[test]
fn on_two_cpus_calls_of_two_tasks_overlap() {
    let calls = |machine| {
        let (batch, world) = two_busy_threads(machine);
        let calls = |task: TaskId| {
            let of_task = batch.events.iter().filter(move |event| event.task == task);
            of_task.filter(|event| matches!(event.what, What::Enter { .. })).count()
        };
        (calls(TaskId(1)) + calls(TaskId(2)), world)
    };
    let (one, _) = calls(MachineSpec::default());
    let (two, world) = calls(MachineSpec { cpus: 2, ..MachineSpec::default() });
    assert!(two * 20 > one * 39, "{one} calls on one CPU, {two} on two");
    assert_eq!(world.tasks[&TaskId(2)].cpu, Some(1));
}

#[test]
fn a_child_has_descriptors_of_its_own_that_name_the_same_files() {
    let steps = vec![Step::Send("x\n".to_owned())];
    let (batch, world) = run(Simulation::of(&one_client(steps), &[], "parent", async |k, listener| {
        let client = k.accept(listener, Mode::Blocking).await?.fd;
        k.fork(async move |child: TracedSim| {
            // Closed here, it is still open there.
            assert_eq!(child.close(listener).await, Ok(()));
            assert_eq!(child.close(listener).await, Err(Errno::EBADF));
            child.sleep(Nanos::from_millis(2)).await;
            let mut buffer = [0; 8];
            assert_eq!(child.recv(client, &mut buffer).await, Ok(2));
            7
        })
        .await?;
        k.close(client).await?;
        k.sleep(Nanos::from_millis(1)).await;
        k.set_nonblocking(listener, true).await?;
        assert_eq!(k.accept(listener, Mode::Blocking).await.map(|client| client.fd), Err(Errno::EAGAIN));
        assert_eq!(k.wait(Mode::Blocking).await, Ok(Some((TaskId(2), 7))));
        Ok(())
    }));
    // The parent's close was not the last: the connection ended with the child, which had read all of it.
    assert!(end_of_client(&batch) > Nanos::from_millis(2));
    assert_eq!(world.tasks[&TaskId(2)].process, TaskId(2));
}

/// When the client saw that the server had closed.
fn end_of_client(batch: &Batch) -> Nanos {
    let seen = |inside| matches!(inside, Inside::Peer { doing: Doing::SawEnd, .. });
    insides(batch).find(|(_, _, inside)| seen(*inside)).expect("the server closes").0
}

#[test]
fn a_child_that_has_ended_is_a_zombie_until_it_is_waited_for() {
    let limit = MachineSpec { tasks_max: 2, ..MachineSpec::default() };
    run(Simulation::of(&on(limit), &[], "parent", async |k, _| {
        assert_eq!(k.wait(Mode::Blocking).await, Err(Errno::ECHILD));
        let nap = async |child: TracedSim| {
            child.sleep(Nanos::from_millis(1)).await;
            3
        };
        let child = k.fork(nap).await?;
        assert_eq!(k.wait(Mode::NonBlocking).await, Ok(None));
        assert_eq!(k.fork(nap).await, Err(Errno::EAGAIN), "there may be two tasks");
        k.sleep(Nanos::from_millis(2)).await;
        assert_eq!(k.fork(nap).await, Err(Errno::EAGAIN), "a zombie counts");
        assert_eq!(k.wait(Mode::NonBlocking).await, Ok(Some((child, 3))));
        let before = k.now();
        let child = k.fork(nap).await?;
        assert_eq!(k.wait(Mode::Blocking).await, Ok(Some((child, 3))));
        assert!(k.now().since(before) > Nanos::from_millis(1), "the parent slept until the child ended");
        assert_eq!(k.wait(Mode::NonBlocking).await, Err(Errno::ECHILD));
        Ok(())
    }));
}

#[test]
fn a_child_without_a_parent_leaves_no_zombie() {
    let simulation = Simulation::of(&nobody(), &[], "parent", async |k, _| {
        k.fork(async |child: TracedSim| {
            let nap = async |grandchild: TracedSim| {
                grandchild.sleep(Nanos::from_millis(5)).await;
                0
            };
            assert!(child.fork(nap).await.is_ok());
            assert!(child.fork(async |_: TracedSim| 0).await.is_ok());
            child.sleep(Nanos::from_millis(1)).await;
            1
        })
        .await?;
        k.sleep(Nanos::from_millis(10)).await;
        Ok(())
    });
    let machine = simulation.machine.clone();
    let (_, world) = run(simulation);
    assert_eq!(world.tasks.len(), 4);
    let machine = machine.borrow();
    assert_eq!((machine.zombies, machine.tasks.len(), machine.files.len()), (0, 0, 0));
}

#[test]
fn there_are_as_many_descriptors_as_the_machine_allows() {
    let limit = MachineSpec { descriptors_max: 6, ..MachineSpec::default() };
    let client = ClientSpec { count: 4, ..ClientSpec::one(Nanos(1), vec![]) };
    let scenario = Scenario { clients: vec![client], ..on(limit) };
    run(Simulation::of(&scenario, &[], "limited", async |k, listener| {
        k.sleep(Nanos::from_millis(1)).await;
        for fd in [4, 5] {
            assert_eq!(k.accept(listener, Mode::Blocking).await.map(|client| client.fd), Ok(Fd(fd)));
        }
        assert_eq!(k.accept(listener, Mode::Blocking).await.map(|client| client.fd), Err(Errno::EMFILE));
        k.close(Fd(4)).await?;
        // The connection for which there was no number is still the first in the queue.
        assert_eq!(k.accept(listener, Mode::Blocking).await.map(|client| client.fd), Ok(Fd(4)));
        Ok(())
    }));
}

#[test]
fn threads_share_their_descriptors_and_a_process_lives_as_long_as_the_last_of_them() {
    let (batch, world) = run(Simulation::of(&nobody(), &[], "parent", async |k, listener| {
        k.spawn_thread(async move |own: TracedSim| {
            own.sleep(Nanos::from_millis(1)).await;
            assert_eq!(own.close(listener).await, Ok(()));
            assert_eq!(own.close(listener).await, Err(Errno::EBADF));
        })
        .await?;
        Ok(())
    }));
    assert!(batch.events.last().unwrap().at > Nanos::from_millis(1));
    assert!(world.tasks.values().all(|task| task.state == TaskState::Ended(0)));
}

#[test]
fn a_signal_ends_all_of_a_process_and_nothing_of_another() {
    let (_, world) = run(Simulation::of(&nobody(), &[], "parent", async |k, _| {
        k.fork(async |child: TracedSim| {
            let asleep = async |own: TracedSim| own.sleep(Nanos::from_millis(9)).await;
            assert!(child.spawn_thread(asleep).await.is_ok());
            child.raise(13).await;
            unreachable!("it has ended");
        })
        .await?;
        assert_eq!(k.wait(Mode::Blocking).await, Ok(Some((TaskId(2), 128 + 13))));
        assert!(k.now() < Nanos::from_millis(1));
        Ok(())
    }));
    let state = |task| world.tasks[&TaskId(task)].state;
    assert_eq!([state(1), state(2), state(3)], [0, 141, 141].map(TaskState::Ended));
}

#[test]
fn a_call_that_sleeps_goes_on_with_its_file_when_the_descriptor_is_closed() {
    let steps = vec![Step::Think(Nanos::from_millis(2)), Step::Send("x\n".to_owned())];
    let (batch, _) = run(Simulation::of(&one_client(steps), &[], "closer", async |k, listener| {
        let client = k.accept(listener, Mode::Blocking).await?.fd;
        k.spawn_thread(async move |own: TracedSim| {
            own.sleep(Nanos::from_millis(1)).await;
            assert_eq!(own.close(client).await, Ok(()));
        })
        .await?;
        let mut buffer = [0; 8];
        assert_eq!(k.recv(client, &mut buffer).await, Ok(2));
        assert!(k.now() > Nanos::from_millis(2));
        assert_eq!(k.recv(client, &mut buffer).await, Err(Errno::EBADF));
        Ok(())
    }));
    assert!(end_of_client(&batch) > Nanos::from_millis(2), "it was closed in the middle of the call");
}

#[test]
fn a_run_in_which_calls_change_nothing_and_nothing_is_due_is_over() {
    let mut simulation = Simulation::of(&one_client(vec![]), &[], "busy", async |k, listener| {
        k.set_nonblocking(listener, true).await?;
        loop {
            let _ = k.accept(listener, Mode::NonBlocking).await;
        }
    });
    let batch = simulation.run(EVENTS_MAX);
    assert!(simulation.run(1).is_empty());
    assert!(simulation.now() > Nanos::from_micros(100), "it went on while the client was still to come");
    let accepted = batch.events.iter().filter(|event| matches!(event.what, What::Exit { ret: Ok(4), .. }));
    assert_eq!(accepted.count(), 1);
}

#[test]
fn a_program_that_panics_is_heard_and_its_simulation_goes_no_further() {
    let mut simulation = Simulation::of(&nobody(), &[], "broken", async |k, _| {
        k.sleep(Nanos::from_millis(1)).await;
        panic!("a mistake of the program's");
    });
    for expected in ["a mistake of the program's", "the program panicked in an earlier move"] {
        let panic = catch_unwind(AssertUnwindSafe(|| simulation.run(1_000))).unwrap_err();
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap();
        assert!(said.contains(expected), "{said}");
    }
}
