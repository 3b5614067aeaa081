//! Programs that try one thing of the simulated machine each.

mod completion;
mod kqueue;
mod pairs;
mod ports;
mod sharing;
mod tasks;

use super::*;
use crate::event::{Call, What};
use crate::kernel::{Clock, FdSets, Mode, Select, Shutdown, Sockets, Tasks, after};
use crate::scenario::{ClientSpec, Step, preset};
use crate::servers::{self, Serves};
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
        k.set_nonblocking(listener, true).await?;
        assert_eq!(k.accept(listener, Mode::NonBlocking).await.map(|client| client.fd), Err(Errno::EAGAIN));
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
    assert!(world.now < Nanos::from_micros(2_020), "they slept at the same time: {}", world.now);
}

#[test]
fn a_listener_that_is_shut_down_is_ready_and_accepts_no_more() {
    world_of(Simulation::of(&nobody(), &[], "stopped", async |k, listener| {
        k.shutdown(listener, Shutdown::Read).await?;
        let mut sets = FdSets::new();
        sets.read.insert(listener)?;
        assert_eq!(k.select(&mut sets, crate::kernel::FOREVER).await, Ok(1));
        assert_eq!(k.accept(listener, Mode::NonBlocking).await.map(|client| client.fd), Err(Errno::EINVAL));
        Ok(())
    }));
}

#[test]
fn a_server_that_is_stopped_answers_says_goodbye_and_returns() {
    for entry in servers::PROGRAMS.iter().filter(|entry| entry.serves != Serves::Nobody) {
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
        for (event, payload) in simulation.run(100_000).iter() {
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
