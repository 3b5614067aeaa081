//! What the ways to wait make visible: how many calls of which kind a line costs under each.

use std::collections::BTreeMap;

use loopscope_shared::event::What;
use loopscope_shared::scenario::{ClientSpec, Network, Scenario, Step};
use loopscope_shared::servers::{Program, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::time::Nanos;
use loopscope_shared::world::World;

/// How many lines the one client sends, each after the answer to the one before.
const LINES: usize = 50;

/// How often each call is made while the client gets its answers.
fn calls(program: Program) -> BTreeMap<&'static str, usize> {
    let mut steps = Vec::new();
    for _ in 0..LINES {
        steps.extend([Step::Send("Hello, World!\n".to_owned()), Step::Await]);
    }
    let clients = vec![ClientSpec::one(Nanos(1), steps)];
    let network = Network { nagle: false, ..Network::default() };
    let scenario = Scenario { clients, network, ..Scenario::default() };
    let mut simulation = Simulation::new(program, &Settings::default(), &scenario, &[]);
    let (mut world, mut calls) = (World::new(), BTreeMap::new());
    for (event, payload) in simulation.run(100_000).iter() {
        world.apply(event, payload);
        if let What::Enter { call, .. } = event.what {
            *calls.entry(call.name()).or_insert(0) += 1;
        }
    }
    assert_eq!(world.violations, [], "{}", program.name());
    assert_eq!(simulation.complaints(), [] as [String; 0], "{}", program.name());
    assert_eq!(world.tally.lines, LINES as u64, "{}", program.name());
    calls
}

/// Whether that call is made once for each line, give or take those that begin and end.
#[track_caller]
fn once_a_line(calls: &BTreeMap<&'static str, usize>, name: &str) {
    let count = calls.get(name).copied().unwrap_or(0);
    assert!((LINES..=LINES + 5).contains(&count), "{name} is called {count} times: {calls:?}");
}

fn total(calls: &BTreeMap<&'static str, usize>) -> usize {
    calls.values().sum()
}

#[test]
fn kqueue_says_what_it_wants_in_the_call_in_which_it_waits() {
    let calls = calls(Program::Kqueue);
    for name in ["kevent", "recv", "send"] {
        once_a_line(&calls, name);
    }
    // One to listen, one to make the queue: the rest is the connection's and the lines'.
    assert!(total(&calls) <= 3 * LINES + 10, "{calls:?}");
}

#[test]
fn an_event_port_is_told_again_after_each_event() {
    let calls = calls(Program::EventPorts);
    once_a_line(&calls, "port_getn");
    once_a_line(&calls, "port_associate");
}

#[test]
fn dev_poll_is_written_to_when_something_changes_and_not_for_a_line() {
    let calls = calls(Program::DevPoll);
    once_a_line(&calls, "ioctl");
    assert!(calls["write"] <= 3, "{calls:?}");
}

#[test]
fn rings_need_fewer_calls_than_epoll_and_none_that_moves_data() {
    let (rings, epoll) = (calls(Program::IoUring), calls(Program::Epoll));
    assert!(total(&rings) < total(&epoll), "{rings:?} {epoll:?}");
    assert!(!rings.contains_key("recv") && !rings.contains_key("send") && !rings.contains_key("accept4"));
}

#[test]
fn each_overlapped_operation_is_started_by_a_call_of_its_own() {
    let calls = calls(Program::Iocp);
    once_a_line(&calls, "WSARecv");
    once_a_line(&calls, "WSASend");
    assert!(calls["GetQueuedCompletionStatusEx"] >= LINES, "{calls:?}");
}
