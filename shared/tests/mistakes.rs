//! Each mistake of the chapter's programs bites in a preset that can be replayed, under every program that can make
//! it; the printed figures show it. That nothing is lost without the mistakes is held in `presets.rs`.

use loopscope_shared::ids::TaskId;
use loopscope_shared::quirks::{QUIRKS, Quirks};
use loopscope_shared::scenario::preset;
use loopscope_shared::servers::{Program, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::time::Nanos;
use loopscope_shared::world::{TaskState, World};

/// More than any of these runs needs: one that goes on beyond it does not end.
const EVENTS_MAX: usize = 3_000_000;

struct Outcome {
    world: World,
    complaints: usize,
    /// When the last line was answered.
    answered: Nanos,
}

fn run(program: Program, name: &str, quirks: Quirks) -> Outcome {
    let scenario = preset(name).unwrap();
    let settings = Settings { quirks, ..scenario.settings.clone() };
    let mut simulation = Simulation::new(program, &settings, &scenario, &[]);
    let (mut world, mut events, mut answered) = (World::new(), 0, Nanos::ZERO);
    loop {
        let batch = simulation.run(4_096);
        if batch.is_empty() {
            break;
        }
        events += batch.events.len();
        assert!(events < EVENTS_MAX, "{} on {name} goes on and on", program.name());
        for (event, payload) in batch.iter() {
            let lines = world.tally.lines;
            world.apply(event, payload);
            if world.tally.lines > lines {
                answered = event.at;
            }
        }
    }
    assert_eq!(world.violations, [], "{} on {name} with {quirks}", program.name());
    assert_eq!(world.check(), [] as [String; 0], "{} on {name} with {quirks}", program.name());
    Outcome { world, complaints: simulation.complaints().len(), answered }
}

fn complaints(outcome: &Outcome) -> u64 {
    outcome.complaints as u64
}

fn held(outcome: &Outcome) -> u64 {
    outcome.world.tally.held_most
}

fn open(outcome: &Outcome) -> u64 {
    outcome.world.tables.get(&TaskId::FIRST).map_or(0, |table| table.fds.len() as u64)
}

fn calls(outcome: &Outcome) -> u64 {
    outcome.world.tally.calls
}

fn waits(outcome: &Outcome) -> u64 {
    outcome.world.tasks.get(&TaskId::FIRST).map_or(0, |task| task.turns)
}

fn micros(outcome: &Outcome) -> u64 {
    outcome.answered.0 / 1_000
}

/// What the program ended with: 128 and the number of the signal that killed it.
fn status(outcome: &Outcome) -> u64 {
    match outcome.world.tasks.get(&TaskId::FIRST).map(|task| task.state) {
        Some(TaskState::Ended(status)) => status as u64,
        _ => 0,
    }
}

fn zombies(outcome: &Outcome) -> u64 {
    let tasks = outcome.world.tasks.values();
    tasks.filter(|task| matches!(task.state, TaskState::Zombie(_))).count() as u64
}

/// A mistake, the preset in which it bites, and the figure that shows it: with the mistake it is more than so many
/// tenths of what it is without.
type Bite = (Quirks, &'static str, fn(&Outcome) -> u64, u64);

const BITES: &[Bite] = &[
    (Quirks::DROP_OVERFLOW, "drop-overflow", complaints, 10),
    (Quirks::CREEPING_INDICES, "creeping-indices", complaints, 10),
    (Quirks::RESET_TO_ONE, "reset-to-one", complaints, 10),
    (Quirks::READ_ON, "read-on", held, 40),
    (Quirks::FREE_ON_EOF, "free-on-eof", complaints, 10),
    (Quirks::LEAK_DESCRIPTOR, "leak-descriptor", open, 30),
    (Quirks::OFF_BY_ONE, "off-by-one", open, 10),
    (Quirks::NO_WAIT, "zombies", zombies, 100),
    (Quirks::BYTE_READS, "byte-reads", calls, 40),
    (Quirks::NO_NODELAY, "nagle", micros, 30),
    (Quirks::ONE_ACCEPT, "backlog-overflow", waits, 11),
    (Quirks::EMFILE_SPIN, "emfile", |outcome| outcome.world.tally.accepts_refused, 200),
    (Quirks::WRITE_INTEREST_FIRST, "write-interest-first", calls, 12),
    (Quirks::FLUSH_OVERLONG, "flush-overlong", |outcome| outcome.world.tally.unasked, 10),
    (Quirks::UNLIMITED_OUTPUT, "unlimited-output", held, 40),
    (Quirks::SIGPIPE, "sigpipe", status, 10),
    (Quirks::STOP_EARLY, "missed-edge", complaints, 10),
    (Quirks::HERD, "herd", |outcome| outcome.world.tally.wakeups_idle, 20),
    (Quirks::DUP_GHOST, "ghost", calls, 100),
];

#[test]
fn every_mistake_bites_in_its_preset_under_every_program_that_makes_it() {
    let mut toothless = Vec::new();
    for quirk in QUIRKS {
        let (_, name, figure, tenths) = BITES.iter().find(|bite| bite.0 == quirk.quirk).expect(quirk.name);
        for program in quirk.programs.iter().map(|name| Program::named(name).unwrap()) {
            // A parent that closes its descriptors never lacks any: this mistake needs the other.
            let (name, also) = match (program, quirk.quirk) {
                (Program::Fork, Quirks::EMFILE_SPIN) => ("leak-descriptor", Quirks::LEAK_DESCRIPTOR),
                _ => (*name, Quirks::empty()),
            };
            let scenario = preset(name).unwrap();
            let with = (scenario.settings.quirks | quirk.quirk | also) & Quirks::of(program.name());
            assert!(scenario.programs().any(|suited| suited == program), "{name}: {}", program.name());
            let figures = [with, with - quirk.quirk].map(|quirks| figure(&run(program, name, quirks)));
            if figures[0] * 10 <= figures[1] * tenths {
                toothless.push(format!("{} under {}: {figures:?}", quirk.name, program.name()));
            }
        }
    }
    assert_eq!(toothless, [] as [String; 0]);
}
