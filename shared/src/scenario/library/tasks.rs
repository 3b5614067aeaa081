//! Presets about processes and threads.

use super::{LOOPS, TASKS, micros, millis, scenario, send};
use crate::messages;
use crate::quirks::Quirks;
use crate::scenario::{ClientSpec, Scenario, Step};
use crate::servers::Program;

pub(super) fn fork_bomb() -> Scenario {
    let steps = vec![send("one process for me, please\n"), Step::Await, Step::Think(millis(40)), Step::Close];
    scenario(
        messages::preset_fork_bomb(),
        messages::preset_fork_bomb_look_for(),
        Program::Fork,
        vec![ClientSpec::many(200, micros(100), micros(10), steps)],
    )
    .suits(&[TASKS, LOOPS])
}

pub(super) fn zombies() -> Scenario {
    let steps = vec![send("brains\n"), Step::Await, Step::Close];
    scenario(
        messages::preset_zombies(),
        messages::preset_zombies_look_for(),
        Program::Fork,
        vec![ClientSpec::many(20, micros(100), millis(1), steps)],
    )
    .suits(&[&[Program::Fork]])
    .with(Quirks::NO_WAIT | Quirks::LEAK_DESCRIPTOR)
}

/// Loops that watch the one listener.
const LOOPS_COUNT: u32 = 4;

fn in_turn() -> Vec<ClientSpec> {
    let steps = vec![send("who is there?\n"), Step::Await, Step::Close];
    vec![ClientSpec::many(10, millis(1), millis(1), steps)]
}

pub(super) fn herd() -> Scenario {
    let mut scenario =
        scenario(messages::preset_herd(), messages::preset_herd_look_for(), Program::Epoll, in_turn())
            .suits(&[&[Program::Epoll]])
            .with(Quirks::HERD);
    scenario.settings.loops = LOOPS_COUNT;
    // On one CPU the first to run would have taken the client before the others look.
    scenario.machine.cpus = LOOPS_COUNT;
    scenario
}

pub(super) fn herd_exclusive() -> Scenario {
    let mut scenario = scenario(
        messages::preset_herd_exclusive(),
        messages::preset_herd_exclusive_look_for(),
        Program::Epoll,
        in_turn(),
    )
    .suits(&[&[Program::Epoll]]);
    scenario.settings.loops = LOOPS_COUNT;
    // On one CPU the first to run would have taken the client before the others look.
    scenario.machine.cpus = LOOPS_COUNT;
    scenario
}
