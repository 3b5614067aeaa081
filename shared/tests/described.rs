//! The trace of the smallest preset, told sentence by sentence: what a reader steps through, as a picture that
//! shows every change.

use loopscope_shared::event::describe;
use loopscope_shared::scenario::preset;
use loopscope_shared::servers::{PROGRAMS, Program, Serves, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::world::World;

/// The first so many events: two clients are served by then.
const EVENTS: usize = 120;

fn told(program: Program) -> String {
    let scenario = preset("three-clients").unwrap();
    let batch = Simulation::new(program, &Settings::default(), &scenario, &[]).run(EVENTS);
    let mut world = World::new();
    let mut text = String::new();
    for (event, payload) in batch.iter().take(EVENTS) {
        let seq = world.seq;
        world.apply(event, payload);
        text += &format!("{seq:>3}  {:>9}  {}\n", event.at.to_string(), describe(event, payload, &world));
    }
    text
}

#[test]
fn three_clients_sentence_by_sentence() {
    for entry in PROGRAMS.iter().filter(|entry| entry.serves != Serves::Nobody) {
        insta::assert_snapshot!(format!("three_clients_{}", entry.name), told(entry.program));
    }
}
