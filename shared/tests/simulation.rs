//! Every program on every preset: deterministic, without a violation, and with every byte answered.

use loopscope_shared::event::{Event, Inside, What};
use loopscope_shared::ids::PeerId;
use loopscope_shared::scenario::{ClientSpec, Injection, Network, Scenario, Step, preset};
use loopscope_shared::servers::{PROGRAMS, Program, Serves, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::{Batch, Timeline};
use loopscope_shared::world::{TaskState, World};

/// More than any preset needs: a run that goes on beyond it does not end.
const EVENTS_MAX: usize = 200_000;

fn run(program: Program, scenario: &Scenario, injections: &[Injection]) -> Batch {
    let mut scenario = scenario.clone();
    if program == Program::BusyPoll {
        // It makes its calls while anything is still due, and an acknowledgement may take 40 ms.
        scenario.until = Some(Nanos::from_millis(5));
    }
    let mut simulation = Simulation::new(program, &scenario.settings, &scenario, injections);
    let mut all = simulation.run(EVENTS_MAX);
    let more = simulation.run(1);
    assert!(more.is_empty(), "{} on {} goes on and on", program.name(), scenario.name);
    assert_eq!(simulation.complaints(), [] as [String; 0], "{} on {}", program.name(), scenario.name);
    all.events.shrink_to_fit();
    all
}

fn fold(batch: &Batch) -> World {
    let mut world = World::new();
    for (event, payload) in batch.iter() {
        world.apply(event, payload);
    }
    world
}

/// The servers that serve whoever comes. `busy-poll` is left to tests of its own, where a run must be short: it
/// makes its calls for all of it.
fn servers() -> impl Iterator<Item = Program> {
    let everyone = PROGRAMS.iter().filter(|entry| entry.serves == Serves::Everyone);
    everyone.map(|entry| entry.program).filter(|program| *program != Program::BusyPoll)
}

fn each(mut check: impl FnMut(Program, &Scenario)) {
    for program in servers() {
        for name in ["three-clients", "slow-reader", "burst", "many-idle"] {
            check(program, &preset(name).unwrap());
        }
    }
    let short = preset("three-clients").unwrap();
    let rest =
        PROGRAMS.iter().map(|entry| entry.program).filter(|program| servers().all(|one| one != *program));
    for program in rest.filter(|program| program.entry().serves != Serves::Nobody) {
        check(program, &short);
    }
}

#[test]
fn every_client_gets_every_answer_and_nothing_else() {
    each(|program, scenario| {
        let world = fold(&run(program, scenario, &[]));
        let who = format!("{} on {}", program.name(), scenario.name);
        assert_eq!(world.violations, [], "{who}");
        assert_eq!(world.check(), [] as [String; 0], "{who}");
        for (id, peer) in &world.peers {
            assert_eq!(peer.received, peer.sent, "{who}: client {id} sends whole lines only");
        }
        assert_eq!(world.tally.received, world.tally.sent, "{who}");
        assert!(world.tally.lines > 0, "{who}");
        assert_eq!(world.tally.latency.count(), world.tally.lines, "{who}");
        let busy = program == Program::BusyPoll;
        // The last child of `fork` has ended, and its parent sleeps in accept.
        let rests = |state| matches!(state, TaskState::Blocked | TaskState::Ended(0) | TaskState::Zombie(0));
        assert_eq!(world.tasks.values().all(|task| rests(task.state)), !busy, "{who}: it sleeps in the end");
    });
}

#[test]
fn the_invariants_hold_after_each_event() {
    for entry in PROGRAMS.iter().filter(|entry| entry.serves != Serves::Nobody) {
        let mut world = World::new();
        for (event, payload) in run(entry.program, &preset("three-clients").unwrap(), &[]).iter() {
            world.apply(event, payload);
            assert_eq!(world.check(), [] as [String; 0], "{} after event {}", entry.name, world.seq);
        }
        assert_eq!(world.violations, [], "{}", entry.name);
    }
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    each(|program, scenario| assert_eq!(run(program, scenario, &[]), run(program, scenario, &[])));
    let other = Scenario { seed: 2, ..preset("burst").unwrap() };
    assert_ne!(run(Program::Epoll, &other, &[]), run(Program::Epoll, &preset("burst").unwrap(), &[]));
}

#[test]
fn a_run_in_pieces_is_the_run() {
    let scenario = preset("three-clients").unwrap();
    let whole = fold(&run(Program::Select, &scenario, &[]));
    let mut simulation = Simulation::new(Program::Select, &Settings::default(), &scenario, &[]);
    let mut timeline = Timeline::default();
    loop {
        let batch = simulation.run(7);
        if batch.is_empty() {
            break;
        }
        assert_eq!(batch.first, timeline.next());
        timeline.extend(&batch);
    }
    assert_eq!(*timeline.latest(), whole);
}

#[test]
fn what_the_reader_adds_is_answered_and_changes_nothing_before_it() {
    let scenario = preset("three-clients").unwrap();
    let at = Nanos::from_micros(450);
    let plain = run(Program::Epoll, &scenario, &[]);
    for client in [1, 9] {
        let step = Step::Send("abc\n".to_owned());
        let changed = run(Program::Epoll, &scenario, &[Injection { at, client, step }]);
        let before = |batch: &Batch| batch.events.iter().take_while(|event| event.at < at).count();
        assert_eq!(before(&plain), before(&changed));
        assert_eq!(plain.events[..before(&plain)], changed.events[..before(&changed)]);
        let world = fold(&changed);
        assert_eq!(world.violations, []);
        let peer = &world.peers[&PeerId(client)];
        assert_eq!(peer.received, peer.sent);
        assert!(fold(&plain).peers.get(&PeerId(client)).is_none_or(|plain| plain.sent + 4 == peer.sent));
    }
}

#[test]
fn what_is_added_for_a_client_that_is_still_to_come_is_its_first_word() {
    let scenario = preset("three-clients").unwrap();
    let at = Nanos::from_micros(50);
    let add = |text: &str| Injection { at, client: 1, step: Step::Send(text.to_owned()) };
    let world = fold(&run(Program::Select, &scenario, &[add("first "), add("word\n")]));
    assert_eq!(world.violations, []);
    let peer = &world.peers[&PeerId(1)];
    assert!(peer.heard.starts_with(b"svefg jbeq\nUryyb, Jbeyq!\n"), "{}", peer.heard.escape_ascii());
}

#[test]
fn a_wake_up_names_the_event_that_caused_it() {
    let batch = run(Program::Select, &preset("three-clients").unwrap(), &[]);
    let mut causes = 0;
    for event in &batch.events {
        let What::Inside(Inside::Woken { cause }) = event.what else { continue };
        let cause: &Event = &batch.events[cause.0 as usize];
        assert!(
            matches!(
                cause.what,
                What::Inside(Inside::Queued { .. } | Inside::Arrived { .. } | Inside::InputEnded { .. })
            ),
            "woken by {cause:?}"
        );
        assert!(cause.at <= event.at);
        causes += 1;
    }
    assert!(causes > 5);
}

#[test]
fn select_pays_for_idle_clients_and_epoll_does_not() {
    let scanned = |program, idle: u32| {
        let mut scenario = preset("many-idle").unwrap();
        scenario.clients[0].count = idle;
        // What it takes to let the clients in is not what a line costs.
        let mut world = World::new();
        let mut before = 0;
        for (event, payload) in run(program, &scenario, &[]).iter() {
            if world.tally.lines == 0 {
                before = world.tally.scanned;
            }
            world.apply(event, payload);
        }
        let median = world.tally.latency.quantile(0.5).unwrap();
        ((world.tally.scanned - before) as f64 / world.tally.lines as f64, median)
    };
    let (few, many) = (scanned(Program::Select, 100), scanned(Program::Select, 300));
    assert!(many.0 / few.0 > 2.5, "select looks at {} with 100 idle clients, at {} with 300", few.0, many.0);
    assert!(many.1.0 as f64 / few.1.0 as f64 > 1.5, "select takes {} and {}", few.1, many.1);
    for program in [Program::Epoll, Program::Mio] {
        let (few, many) = (scanned(program, 100), scanned(program, 300));
        assert!(many.0 < 3.0);
        assert_eq!(few, many);
    }
}

#[test]
fn a_slow_reader_is_not_read_from_and_its_neighbour_does_not_notice() {
    for program in servers() {
        let scenario = preset("slow-reader").unwrap();
        let mut world = World::new();
        let mut fullest = 0;
        for (event, payload) in run(program, &scenario, &[]).iter() {
            world.apply(event, payload);
            let waiting = world.peers.get(&PeerId(1)).is_some_and(|peer| !peer.reading);
            let neighbour = world.peers.get(&PeerId(2)).map_or(0, |peer| peer.lines);
            if waiting && neighbour == 5 {
                fullest = fullest.max(world.peers[&PeerId(1)].sent);
            }
        }
        // The neighbour was done while the slow one, having filled every buffer on the way, could not go on.
        assert!(fullest > 0, "{}: the neighbour waited for the slow reader", program.name());
        assert!(fullest < 384_000, "{}: nothing held the slow reader back", program.name());
        assert_eq!(world.peers[&PeerId(1)].received, 384_000);
    }
}

/// A server that stopped reading, since too much waited to be written, goes on when it is written, even if all of
/// it goes out at once: then the kernel will never say again that there is room, and what is to be read came
/// long ago.
#[test]
fn what_was_held_back_is_read_when_the_answers_are_out() {
    for program in servers() {
        let steps = vec![
            Step::Read(false),
            Step::SendLines { lines: 10_000, bytes: 64 },
            Step::Think(Nanos::from_millis(20)),
            Step::Read(true),
            Step::Await,
            Step::Close,
        ];
        let clients = vec![ClientSpec::one(Nanos::from_micros(100), steps)];
        let network = Network { recv_buffer: 32_768, send_buffer: 300_000, ..Network::default() };
        let scenario = Scenario { clients, network, ..Scenario::default() };
        let world = fold(&run(program, &scenario, &[]));
        assert_eq!(world.peers[&PeerId(1)].received, 640_000, "{}", program.name());
    }
}

#[test]
fn a_burst_overflows_the_accept_queue_and_costs_a_second() {
    let batch = run(Program::Epoll, &preset("burst").unwrap(), &[]);
    let world = fold(&batch);
    assert!(world.tally.syns_dropped > 0);
    assert_eq!(world.tally.accepted, 40);
    assert!(world.now > Nanos::from_millis(1_000));
}
