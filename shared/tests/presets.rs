//! Every program runs every preset that suits it, the same way each time.

use loopscope_shared::quirks::Quirks;
use loopscope_shared::scenario::{PRESETS, Scenario, Step, preset};
use loopscope_shared::servers::{PROGRAMS, Program, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::trace::Hash;
use loopscope_shared::world::World;

/// More than any preset needs: a run that goes on beyond it does not end.
const EVENTS_MAX: u64 = 3_000_000;

/// Runs it to its end: the hash of the trace, how many events it has, and what the clients complain of.
fn run(program: Program, scenario: &Scenario, world: Option<&mut World>) -> (Hash, u64, Vec<String>) {
    let mut simulation = Simulation::new(program, &scenario.settings, scenario, &[]);
    let (mut hash, mut events, mut world) = (Hash::default(), 0, world);
    loop {
        let batch = simulation.run(4_096);
        if batch.is_empty() {
            return (hash, events, simulation.complaints());
        }
        events += batch.events.len() as u64;
        assert!(events < EVENTS_MAX, "{} on {} goes on and on", program.name(), scenario.name);
        hash.extend(&batch);
        if let Some(world) = &mut world {
            batch.iter().for_each(|(event, payload)| world.apply(event, payload));
        }
    }
}

/// The preset without the mistakes that it shows, if it shows one.
fn careful(scenario: &Scenario) -> Scenario {
    let settings = Settings { quirks: Quirks::empty(), ..scenario.settings.clone() };
    Scenario { settings, ..scenario.clone() }
}

/// Ten thousand clients under one program are seen in `lessons.rs`; here a tenth of them under each keeps the
/// tests quick.
fn smaller(mut scenario: Scenario) -> Scenario {
    for clients in &mut scenario.clients {
        clients.count = clients.count.min(1_000);
    }
    scenario
}

fn each(mut check: impl FnMut(Program, &Scenario, &str)) {
    for name in PRESETS {
        let scenario = preset(name).unwrap();
        for program in scenario.programs() {
            let scenario = smaller(scenario.clone());
            check(program, &scenario, &format!("{} on {name}", program.name()));
        }
    }
}

#[test]
fn every_program_runs_every_preset_that_suits_it_the_same_way_each_time() {
    each(|program, scenario, who| {
        let mut world = World::new();
        let (first, events, complaints) = run(program, scenario, Some(&mut world));
        let (second, ..) = run(program, scenario, None);
        assert_eq!(first, second, "{who}");
        assert!(events > 10, "{who}");
        assert_eq!(world.violations, [], "{who}");
        assert_eq!(world.check(), [] as [String; 0], "{who}");
        if scenario.settings.quirks.is_empty() {
            all_is_answered(program, scenario, &world, &complaints, who);
        }
    });
    let other = Scenario { seed: 2, ..preset("burst").unwrap() };
    assert_ne!(run(Program::Epoll, &other, None), run(Program::Epoll, &preset("burst").unwrap(), None));
}

#[test]
fn without_its_mistakes_a_preset_loses_nothing() {
    each(|program, scenario, who| {
        if !scenario.settings.quirks.is_empty() {
            let mut world = World::new();
            let (_, _, complaints) = run(program, &careful(scenario), Some(&mut world));
            assert_eq!(world.violations, [], "{who}");
            assert_eq!(world.check(), [] as [String; 0], "{who}");
            all_is_answered(program, scenario, &world, &complaints, who);
        }
    });
}

/// Whether a client goes without waiting for its answers.
fn somebody_leaves(scenario: &Scenario) -> bool {
    scenario.clients.iter().any(|spec| {
        let last = spec.steps.iter().rev().find(|step| !matches!(step, Step::Close));
        spec.steps.contains(&Step::Close)
            && last != Some(&Step::Await)
            && !matches!(last, Some(Step::Think(_)))
    })
}

/// All that came in is answered: the clients of the presets send whole lines.
fn all_is_answered(program: Program, scenario: &Scenario, world: &World, complaints: &[String], who: &str) {
    assert_eq!(complaints, [] as [String; 0], "{who}");
    assert_eq!(world.tally.unasked, 0, "{who}");
    if program != Program::Client {
        assert!(world.tally.lines > 0, "{who}");
    }
    if program != Program::Client && !somebody_leaves(scenario) {
        assert_eq!(world.tally.received, world.tally.sent, "{who}");
        assert_eq!(world.tally.latency.count(), world.tally.lines, "{who}");
    }
}

#[test]
fn every_program_has_a_preset_that_suits_it() {
    for entry in PROGRAMS {
        let suits = |name: &&&str| preset(name).unwrap().programs().any(|program| program == entry.program);
        assert!(PRESETS.iter().filter(suits).count() > 0, "{}", entry.name);
    }
}
