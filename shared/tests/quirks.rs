//! The mistakes of the chapter's own programs, made on purpose by `select` and `fork`, and those that `epoll`
//! warns of: each bites in a scenario of its own, and without it nothing is lost there.
//!
//! Those of the programs over libevent are in `quirks_reactor.rs`.

use loopscope_shared::event::{Call, Inside, What};
use loopscope_shared::ids::{PeerId, TaskId};
use loopscope_shared::line::{HIGH_WATER, MAX_LINE};
use loopscope_shared::scenario::{ClientSpec, MachineSpec, Network, Scenario, Step};
use loopscope_shared::servers::{Program, QUIRKS, Quirks, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::time::Nanos;
use loopscope_shared::world::{TaskState, World};

/// More than any of these scenarios needs: a run that goes on beyond it does not end.
const EVENTS_MAX: usize = 2_000_000;

struct Outcome {
    world: World,
    /// What the clients have to complain of.
    complaints: Vec<String>,
    /// How many calls the program made until the last line was answered.
    calls: usize,
    /// How often in all it accepted, or tried to; how often it waited for events; how often it was woken.
    accepts: usize,
    waits: usize,
    woken: usize,
    /// When the program answered the last line.
    answered: Nanos,
}

impl Outcome {
    fn peer(&self, client: u32) -> &loopscope_shared::world::Peer {
        &self.world.peers[&PeerId(client)]
    }

    /// How many descriptors are open in the program.
    fn open(&self) -> usize {
        self.world.tables[&TaskId::FIRST].fds.len()
    }
}

fn run(program: Program, settings: &Settings, scenario: &Scenario) -> Outcome {
    let mut simulation = Simulation::new(program, settings, scenario, &[]);
    let mut world = World::new();
    let (mut events, mut made, mut accepts, mut waits, mut woken) = (0, 0, 0, 0, 0);
    let (mut calls, mut answered) = (0, Nanos::ZERO);
    loop {
        let batch = simulation.run(10_000);
        if batch.is_empty() {
            break;
        }
        events += batch.events.len();
        assert!(events < EVENTS_MAX, "{} with {} goes on and on", program.name(), settings.quirks);
        for (event, payload) in batch.iter() {
            let lines = world.tally.lines;
            world.apply(event, payload);
            if let What::Enter { call, .. } = event.what {
                made += 1;
                accepts += usize::from(matches!(call, Call::Accept { .. }));
                waits += usize::from(call.is_wait());
            }
            woken += usize::from(matches!(event.what, What::Inside(Inside::Woken { .. })));
            if world.tally.lines > lines {
                (calls, answered) = (made, event.at);
            }
        }
    }
    Outcome { world, complaints: simulation.complaints(), calls, accepts, waits, woken, answered }
}

/// Runs the program without the mistake, when all must be well, and with it.
#[track_caller]
fn without_and_with(program: Program, quirks: Quirks, scenario: &Scenario) -> [Outcome; 2] {
    with_settings(program, &Settings { quirks, ..Settings::default() }, scenario)
}

#[track_caller]
fn with_settings(program: Program, settings: &Settings, scenario: &Scenario) -> [Outcome; 2] {
    let without = Settings { quirks: Quirks::empty(), ..settings.clone() };
    let without = run(program, &without, scenario);
    let who = format!("{} without {}", program.name(), settings.quirks);
    assert_eq!(without.complaints, [] as [String; 0], "{who}");
    assert_eq!(without.world.violations, [], "{who}");
    [without, run(program, settings, scenario)]
}

fn millis(millis: u64) -> Nanos {
    Nanos::from_millis(millis)
}

fn send(text: impl Into<String>) -> Step {
    Step::Send(text.into())
}

/// A line of so many bytes, its line feed included.
fn line(bytes: usize) -> String {
    format!("{}\n", "x".repeat(bytes - 1))
}

fn clients(clients: Vec<ClientSpec>) -> Scenario {
    Scenario { clients, ..Scenario::default() }
}

fn one(steps: Vec<Step>) -> Scenario {
    clients(vec![ClientSpec::one(millis(1), steps)])
}

const NONE: [String; 0] = [];

#[test]
fn every_quirk_of_these_programs_is_bitten_by_here() {
    let here = include_str!("quirks.rs").to_owned() + include_str!("quirks_reactor.rs");
    for quirk in QUIRKS {
        let constant = format!("Quirks::{}", quirk.name.replace('-', "_").to_uppercase());
        assert!(here.contains(&constant), "no test makes {}", quirk.name);
    }
}

#[test]
fn select_drops_what_overflows() {
    let scenario = one(vec![Step::SendLines { lines: 1024, bytes: 64 }]);
    let [without, with] = without_and_with(Program::Select, Quirks::DROP_OVERFLOW, &scenario);
    assert_eq!(without.peer(1).received, 65_536);
    assert!(with.peer(1).received < 65_536, "{} bytes came back", with.peer(1).received);
    assert_ne!(with.complaints, NONE);
}

#[test]
fn fork_drops_what_overflows_line_feed_and_all() {
    let scenario = one(vec![send(line(20_000))]);
    let [without, with] = without_and_with(Program::Fork, Quirks::DROP_OVERFLOW, &scenario);
    assert_eq!((without.peer(1).received, without.peer(1).lines), (20_000, 1));
    assert_eq!((with.peer(1).received, with.peer(1).lines), (MAX_LINE as u64, 0));
}

#[test]
fn indices_that_creep_bring_a_connection_to_a_stand() {
    let part = format!("{}yyyyyyyyy", line(50));
    let steps = (0..400).flat_map(|_| [send(part.clone()), Step::Think(millis(1))]).collect();
    let scenario = one(steps);
    let [without, with] = without_and_with(Program::Select, Quirks::CREEPING_INDICES, &scenario);
    assert_eq!(without.peer(1).lines, 400);
    assert!(with.peer(1).received <= MAX_LINE as u64 && with.complaints != NONE);
    // As printed, it goes on, without what found no room.
    let both = Quirks::CREEPING_INDICES | Quirks::DROP_OVERFLOW;
    let [without, with] = without_and_with(Program::Select, both, &scenario);
    let lost = without.peer(1).received - with.peer(1).received;
    assert!((1..1_000).contains(&lost), "{lost} bytes were lost");
}

#[test]
fn select_that_reads_on_swallows_what_it_cannot_answer() {
    let scenario = one(vec![Step::Read(false), Step::SendLines { lines: 40_000, bytes: 64 }]);
    let [without, with] = without_and_with(Program::Select, Quirks::READ_ON, &scenario);
    assert_eq!(with.peer(1).sent, 40_000 * 64, "all of it is in the server's memory");
    let network = Network::default();
    let most = 2 * (network.recv_buffer + network.send_buffer) as usize + 2 * HIGH_WATER;
    assert!(without.peer(1).sent < most as u64, "{} bytes were taken", without.peer(1).sent);
}

#[test]
fn the_end_of_input_ends_what_is_owed() {
    let scenario = one(vec![send("one\n"), Step::HalfClose]);
    let [without, with] = without_and_with(Program::Select, Quirks::FREE_ON_EOF, &scenario);
    assert_eq!((without.peer(1).received, with.peer(1).received), (4, 0));
    assert_ne!(with.complaints, NONE);
}

#[test]
fn the_parent_keeps_the_descriptors_and_nobody_sees_an_end() {
    let steps = vec![send("one\n"), Step::HalfClose];
    let scenario = clients(vec![ClientSpec::many(20, millis(1), millis(10), steps)]);
    let [without, with] = without_and_with(Program::Fork, Quirks::LEAK_DESCRIPTOR, &scenario);
    assert_eq!((without.open(), with.open()), (1, 21));
    assert_eq!(with.complaints.len(), 20, "{:?}", with.complaints);
}

#[test]
fn nobody_waits_for_the_children() {
    let steps = vec![send("one\n"), Step::Await, Step::Close];
    let scenario = clients(vec![ClientSpec::many(20, millis(1), millis(10), steps)]);
    let zombies = |outcome: &Outcome| {
        outcome.world.tasks.values().filter(|task| matches!(task.state, TaskState::Zombie(_))).count()
    };
    let [without, with] = without_and_with(Program::Fork, Quirks::NO_WAIT, &scenario);
    // The last one is a zombie until the next client comes.
    assert_eq!((zombies(&without), zombies(&with)), (1, 20));
}

#[test]
fn one_slot_past_the_end_is_never_watched() {
    let steps = vec![send("one\n"), Step::Await];
    let machine = MachineSpec { descriptors_max: 2_000, ..MachineSpec::default() };
    let specs = vec![ClientSpec::many(1_100, millis(1), Nanos::from_micros(100), steps)];
    let scenario = Scenario { machine, ..clients(specs) };
    let turned_away = |quirks| {
        let outcome = run(Program::Select, &Settings { quirks, ..Settings::default() }, &scenario);
        let silent = outcome.complaints.iter().filter(|complaint| complaint.contains("not answered")).count();
        (outcome.world.peers.values().filter(|peer| peer.received == 4).count(), silent)
    };
    let (answered, _) = turned_away(Quirks::empty());
    let (with, _) = turned_away(Quirks::OFF_BY_ONE);
    assert!(answered < 1_100 && with == answered, "{answered} and {with} are answered");
    let open = |quirks| run(Program::Select, &Settings { quirks, ..Settings::default() }, &scenario).open();
    assert_eq!(open(Quirks::OFF_BY_ONE), open(Quirks::empty()) + 1, "it is taken, and never answered");
}

#[test]
fn a_byte_a_call_and_the_kernel_asked_before_each_send() {
    let steps = (0..50).flat_map(|_| [send(line(16)), Step::Await]).collect();
    let scenario = one(steps);
    let per_line = |program, quirks| {
        let [without, with] = without_and_with(program, quirks, &scenario);
        assert_eq!(with.complaints, NONE);
        (without.calls / 50, with.calls / 50)
    };
    assert_eq!(per_line(Program::Fork, Quirks::BYTE_READS), (2, 17));
    assert_eq!(per_line(Program::Select, Quirks::WRITE_INTEREST_FIRST), (3, 4));
}

#[test]
fn small_answers_wait_for_acknowledgements() {
    // Two lines an exchange, and an answer to each: the second waits for the acknowledgement of the first.
    let steps = (0..10).flat_map(|_| [send("one\ntwo\n"), Step::Await]).collect();
    let scenario = one(steps);
    let slow = Quirks::BYTE_READS | Quirks::NO_NODELAY;
    let quick = Settings { quirks: Quirks::BYTE_READS, ..Settings::default() };
    let quick = run(Program::Fork, &quick, &scenario).answered;
    let slow = run(Program::Fork, &Settings { quirks: slow, ..Settings::default() }, &scenario).answered;
    assert!(quick < millis(10) && slow > millis(200), "{quick} with TCP_NODELAY, {slow} without");
}

#[test]
fn one_accept_a_turn_lets_a_burst_overflow_the_queue() {
    // Those who are there already have something to say in each turn, and the newcomers wait.
    let steps: Vec<Step> = (0..100).flat_map(|_| [send("busy\n"), Step::Await]).collect();
    let busy = ClientSpec::many(30, millis(1), Nanos::from_micros(20), steps);
    let burst = ClientSpec::many(200, millis(3), Nanos::from_micros(20), vec![send("one\n"), Step::Await]);
    let network = Network { backlog: 16, ..Network::default() };
    let scenario = Scenario { network, ..clients(vec![busy, burst]) };
    let [without, with] = without_and_with(Program::Select, Quirks::ONE_ACCEPT, &scenario);
    assert_eq!(with.complaints, NONE);
    let dropped = (without.world.tally.syns_dropped, with.world.tally.syns_dropped);
    assert!(dropped.0 < dropped.1, "SYNs dropped: {dropped:?}");
    assert!(with.answered > millis(1_000), "the last line is answered after {}", with.answered);
}

#[test]
fn a_listener_that_cannot_be_accepted_from_is_asked_for_ever() {
    for program in [Program::Fork, Program::Select] {
        let steps = vec![send("one\n"), Step::Await, Step::Think(millis(50)), Step::Close];
        let machine = MachineSpec { descriptors_max: 6, ..MachineSpec::default() };
        let specs = vec![ClientSpec::many(12, millis(1), Nanos::ZERO, steps)];
        let scenario = Scenario { machine, ..clients(specs) };
        let quirks = Quirks::EMFILE_SPIN;
        let quirks = if program == Program::Fork { quirks | Quirks::LEAK_DESCRIPTOR } else { quirks };
        let mut limited = scenario.clone();
        limited.until = Some(millis(60));
        let with = run(program, &Settings { quirks, ..Settings::default() }, &limited);
        let without = quirks - Quirks::EMFILE_SPIN;
        let without = run(program, &Settings { quirks: without, ..Settings::default() }, &limited);
        let asked = (without.accepts, with.accepts);
        assert!(asked.1 > 100 * asked.0, "{}: {asked:?} accepts", program.name());
    }
}

#[test]
fn an_edge_that_is_not_used_up_leaves_a_client_waiting() {
    let scenario = one(vec![send(line(3_000))]);
    let [without, with] = without_and_with(Program::EpollEt, Quirks::STOP_EARLY, &scenario);
    assert_eq!((without.peer(1).received, with.peer(1).received), (3_000, 0));
    assert_ne!(with.complaints, NONE);
}

#[test]
fn a_client_wakes_one_loop_or_all_of_them() {
    let steps = vec![send("one\n"), Step::Await, Step::Close];
    let scenario = clients(vec![ClientSpec::many(20, millis(1), millis(1), steps)]);
    let settings = Settings { loops: 4, quirks: Quirks::HERD, ..Settings::default() };
    let [without, with] = with_settings(Program::Epoll, &settings, &scenario);
    assert_eq!(with.complaints, NONE);
    assert!(with.woken > 2 * without.woken, "woken {} and {} times", without.woken, with.woken);
}

#[test]
fn a_second_descriptor_keeps_a_ghost_in_the_interest_list() {
    let scenario = one(vec![send("one\n"), Step::Await, Step::HalfClose]);
    let mut limited = scenario.clone();
    limited.until = Some(millis(20));
    let [without, with] = without_and_with(Program::Epoll, Quirks::DUP_GHOST, &limited);
    assert_ne!(with.complaints, NONE, "nobody sees the end of the connection");
    let waits = (without.waits, with.waits);
    assert!(with.open() > without.open() && waits.1 > 100 * waits.0, "waited {waits:?} times");
}
