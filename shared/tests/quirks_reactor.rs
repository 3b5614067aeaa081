//! The mistakes of the chapter's programs over libevent, made on purpose by `event` and `bufferevent`: each
//! bites in a scenario of its own, and without it nothing is lost there.

use loopscope_shared::event::{Call, What};
use loopscope_shared::ids::{Fd, PeerId, TaskId};
use loopscope_shared::kernel::Note;
use loopscope_shared::line::{HIGH_WATER, MAX_LINE};
use loopscope_shared::scenario::{ClientSpec, MachineSpec, Network, Scenario, Step};
use loopscope_shared::servers::{Backend, Program, Quirks, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::time::Nanos;
use loopscope_shared::world::{TaskState, World};

/// More than any of these scenarios needs: a run that goes on beyond it does not end.
const EVENTS_MAX: usize = 2_000_000;

const BOTH: [Program; 2] = [Program::Event, Program::Bufferevent];

struct Outcome {
    world: World,
    /// What the clients have to complain of.
    complaints: Vec<String>,
    /// The most that the program itself held for one connection to be sent, in bytes, as far as it told.
    output_max: u32,
    /// How often the program waited.
    waits: usize,
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

fn run(program: Program, quirks: Quirks, scenario: &Scenario) -> Outcome {
    run_over(Backend::Best, program, quirks, scenario)
}

fn run_over(backend: Backend, program: Program, quirks: Quirks, scenario: &Scenario) -> Outcome {
    let settings = Settings { quirks, backend, ..Settings::default() };
    let mut simulation = Simulation::new(program, &settings, scenario, &[]);
    let mut world = World::new();
    let (mut output_max, mut waits, mut events, mut answered) = (0, 0, 0, Nanos::ZERO);
    loop {
        let batch = simulation.run(10_000);
        if batch.is_empty() {
            break;
        }
        events += batch.events.len();
        assert!(events < EVENTS_MAX, "{} with {quirks} goes on and on", program.name());
        for (event, payload) in batch.iter() {
            let lines = world.tally.lines;
            world.apply(event, payload);
            if world.tally.lines > lines {
                answered = event.at;
            }
            match event.what {
                What::Note { note: Note::Buffered { output, .. }, .. } => output_max = output_max.max(output),
                What::Enter { call: Call::EpollWait { .. } | Call::Select { .. }, .. } => waits += 1,
                _ => {}
            }
        }
    }
    Outcome { world, complaints: simulation.complaints(), output_max, waits, answered }
}

/// Runs the program without the mistake, when all must be well, and with it.
#[track_caller]
fn without_and_with(program: Program, quirks: Quirks, scenario: &Scenario) -> [Outcome; 2] {
    let without = run(program, Quirks::empty(), scenario);
    assert_eq!(without.complaints, [] as [String; 0], "{} without {quirks}", program.name());
    assert_eq!(without.world.violations, [], "{} without {quirks}", program.name());
    [without, run(program, quirks, scenario)]
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

#[test]
fn drop_overflow_loses_all_but_the_first_lines() {
    let scenario = one(vec![Step::SendLines { lines: 1024, bytes: 64 }]);
    let [without, with] = without_and_with(Program::Event, Quirks::DROP_OVERFLOW, &scenario);
    assert_eq!(without.peer(1).received, 65_536);
    assert!(with.peer(1).received < 65_536, "{} bytes came back", with.peer(1).received);
    assert_ne!(with.complaints, [] as [String; 0]);
    // The line feed of a line that is too long is dropped, too: it gets no answer at all.
    let scenario = one(vec![send(line(20_000))]);
    let [without, with] = without_and_with(Program::Event, Quirks::DROP_OVERFLOW, &scenario);
    assert_eq!((without.peer(1).received, with.peer(1).lines), (20_000, 0));
}

#[test]
fn creeping_indices_bring_a_connection_to_a_stand() {
    let part = format!("{}yyyyyyyyy", line(50));
    let steps = (0..400).flat_map(|_| [send(part.clone()), Step::Think(millis(1))]).collect();
    let scenario = one(steps);
    let [_, with] = without_and_with(Program::Event, Quirks::CREEPING_INDICES, &scenario);
    assert!(with.peer(1).received <= MAX_LINE as u64, "{} bytes came back", with.peer(1).received);
    assert_ne!(with.complaints, [] as [String; 0]);
}

#[test]
fn reset_to_one_loses_a_byte_of_the_buffer() {
    let full = line(MAX_LINE);
    let scenario = one(vec![send(full.clone()), Step::Await, Step::Think(millis(1)), send(full)]);
    // The buffer of one line is what makes it matter; alone, it is large enough for these.
    let enough = run(Program::Event, Quirks::DROP_OVERFLOW, &scenario);
    assert_eq!(enough.peer(1).received, 2 * MAX_LINE as u64);
    let quirks = Quirks::DROP_OVERFLOW | Quirks::RESET_TO_ONE;
    let [_, with] = without_and_with(Program::Event, quirks, &scenario);
    assert!(with.peer(1).received < 2 * MAX_LINE as u64);
    assert_ne!(with.complaints, [] as [String; 0]);
}

#[test]
fn read_on_swallows_what_nobody_takes_answers_to() {
    let scenario = one(vec![Step::Read(false), Step::SendLines { lines: 4_000, bytes: 250 }]);
    let [without, with] = without_and_with(Program::Event, Quirks::READ_ON, &scenario);
    assert!(without.world.tally.received < 300_000, "{} bytes", without.world.tally.received);
    assert_eq!(with.world.tally.received, 1_000_000);
}

#[test]
fn unlimited_output_grows_with_what_a_client_sends() {
    let scenario = one(vec![Step::Read(false), Step::SendLines { lines: 4_000, bytes: 250 }]);
    let [without, with] = without_and_with(Program::Bufferevent, Quirks::UNLIMITED_OUTPUT, &scenario);
    assert!(without.output_max as usize <= HIGH_WATER + 2 * MAX_LINE, "{} bytes", without.output_max);
    assert!(with.output_max > 800_000, "{} bytes", with.output_max);
}

#[test]
fn free_on_eof_loses_what_was_still_to_be_sent() {
    for program in BOTH {
        // With room enough for the whole input, and not for the answers.
        let network = Network { send_buffer: 10_000, recv_buffer: 20_000, ..Network::default() };
        let steps = vec![
            Step::Read(false),
            Step::SendLines { lines: 100, bytes: 500 },
            Step::HalfClose,
            Step::Think(millis(20)),
            Step::Read(true),
        ];
        let scenario = Scenario { network, ..one(steps) };
        let [without, with] = without_and_with(program, Quirks::FREE_ON_EOF, &scenario);
        assert_eq!(without.peer(1).received, 50_000, "{}", program.name());
        assert!(with.peer(1).received < 50_000, "{}", program.name());
        assert_ne!(with.complaints, [] as [String; 0], "{}", program.name());
    }
}

#[test]
fn leak_descriptor_keeps_what_nobody_uses_until_nobody_gets_in() {
    let come_and_go = ClientSpec::many(20, millis(1), millis(1), vec![send("x\n"), Step::Await, Step::Close]);
    let scenario = clients(vec![come_and_go]);
    let [without, with] = without_and_with(Program::Event, Quirks::LEAK_DESCRIPTOR, &scenario);
    assert_eq!(with.open(), without.open() + 20);
    let machine = MachineSpec { descriptors_max: 12, ..MachineSpec::default() };
    let scenario = Scenario { machine, until: Some(millis(500)), ..scenario };
    let [without, with] = without_and_with(Program::Event, Quirks::LEAK_DESCRIPTOR, &scenario);
    assert_eq!(without.world.tally.lines, 20);
    assert!(with.world.tally.lines < 12, "{} were answered", with.world.tally.lines);
}

#[test]
fn off_by_one_takes_a_client_that_select_cannot_watch() {
    let come = ClientSpec::many(1_030, millis(1), Nanos::ZERO, vec![]);
    let machine = MachineSpec { descriptors_max: 2_000, ..MachineSpec::default() };
    let network = Network { backlog: 2_000, ..Network::default() };
    let scenario = Scenario { machine, network, ..clients(vec![come]) };
    for program in BOTH {
        let is_open = |quirks| {
            let outcome = run_over(Backend::Select, program, quirks, &scenario);
            let fds = &outcome.world.tables[&TaskId::FIRST].fds;
            assert!(!fds.contains_key(&Fd(1_025)));
            (fds.contains_key(&Fd(1_023)), fds.contains_key(&Fd(1_024)))
        };
        assert_eq!(is_open(Quirks::empty()), (true, false), "{}: it is turned away", program.name());
        assert_eq!(is_open(Quirks::OFF_BY_ONE), (true, true), "{}: it waits for ever", program.name());
    }
}

#[test]
fn one_accept_makes_each_client_wait_a_round() {
    let scenario = clients(vec![ClientSpec::many(50, millis(1), Nanos::ZERO, vec![])]);
    for program in BOTH {
        let [without, with] = without_and_with(program, Quirks::ONE_ACCEPT, &scenario);
        assert!(with.waits >= 50, "{}: {} waits", program.name(), with.waits);
        assert!(without.waits <= 10, "{}: {} waits", program.name(), without.waits);
    }
}

#[test]
fn emfile_spin_burns_the_cpu() {
    let machine = MachineSpec { descriptors_max: 10, ..MachineSpec::default() };
    let stay = ClientSpec::many(20, millis(1), Nanos::ZERO, vec![send("x\n")]);
    let scenario = Scenario { machine, until: Some(millis(300)), ..clients(vec![stay]) };
    for program in BOTH {
        let refused = |quirks| run(program, quirks, &scenario).world.tally.accepts_refused;
        let (without, with) = (refused(Quirks::empty()), refused(Quirks::EMFILE_SPIN));
        assert!((1..=4).contains(&without), "{}: once a pause, not {without} times", program.name());
        assert!(with > 100, "{}: {with} times", program.name());
    }
}

#[test]
fn write_interest_first_makes_six_calls_of_three() {
    let steps = (0..100).flat_map(|_| [send("one line\n"), Step::Await]).collect();
    let scenario = one(steps);
    for program in BOTH {
        let [without, with] = without_and_with(program, Quirks::WRITE_INTEREST_FIRST, &scenario);
        let calls = |outcome: &Outcome| outcome.world.tally.calls as f64 / 100.0;
        assert!(calls(&without) < 3.2, "{}: {}", program.name(), calls(&without));
        assert!(calls(&with) > 5.9, "{}: {}", program.name(), calls(&with));
    }
    // Reading on until there is no more, as the printed program does, is the seventh.
    let printed = Quirks::WRITE_INTEREST_FIRST | Quirks::READ_ON;
    let calls = run(Program::Event, printed, &scenario).world.tally.calls;
    assert!(calls > 690, "{calls} calls for 100 lines");
}

#[test]
fn no_nodelay_waits_for_an_acknowledgement_that_waits_for_data() {
    // The second line is on its way before the first answer comes: nothing of the client's carries an ACK.
    let two = [send("one\n"), Step::Think(Nanos::from_micros(500)), send("two\n"), Step::Await];
    let network = Network { latency: millis(1), ..Network::default() };
    let scenario = Scenario { network, ..one(std::iter::repeat_n(two, 40).flatten().collect()) };
    for program in BOTH {
        let [without, with] = without_and_with(program, Quirks::NO_NODELAY, &scenario);
        assert_eq!(with.complaints, [] as [String; 0], "nothing is lost but time");
        assert!(without.answered < millis(160), "{}: {}", program.name(), without.answered);
        assert!(with.answered > millis(600), "{}: {}", program.name(), with.answered);
    }
}

#[test]
fn flush_overlong_adds_line_feeds() {
    let scenario = one(vec![send(line(20_001))]);
    let [without, with] = without_and_with(Program::Bufferevent, Quirks::FLUSH_OVERLONG, &scenario);
    assert_eq!(without.peer(1).received, 20_001);
    assert_eq!(with.peer(1).received, 20_002);
    assert_eq!((without.peer(1).lines, with.peer(1).lines), (1, 2));
}

#[test]
fn sigpipe_takes_everybody_down_with_the_one_who_left() {
    let leaves = ClientSpec::one(millis(1), vec![Step::SendLines { lines: 4_000, bytes: 50 }, Step::Close]);
    let stays = ClientSpec::one(Nanos::ZERO, vec![Step::Think(millis(100)), send("are you there?\n")]);
    let scenario = clients(vec![stays, leaves]);
    let [without, with] = without_and_with(Program::Bufferevent, Quirks::SIGPIPE, &scenario);
    assert_eq!(without.peer(1).received, 15);
    assert_eq!(with.peer(1).received, 0);
    assert_eq!(with.world.tasks[&TaskId::FIRST].state, TaskState::Ended(128 + 13));
}

#[test]
fn every_quirk_of_the_two_programs_has_its_test_here() {
    let source = include_str!("quirks_reactor.rs");
    for name in (Quirks::of("event") | Quirks::of("bufferevent")).names() {
        let test = format!("fn {}", name.replace('-', "_"));
        assert!(source.contains(&test), "no test for {name}");
    }
}
