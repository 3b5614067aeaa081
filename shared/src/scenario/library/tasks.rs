//! Presets about processes and threads.

use super::{LOOPS, TASKS, micros, millis, scenario, send};
use crate::quirks::Quirks;
use crate::scenario::{ClientSpec, Scenario, Step};
use crate::servers::Program;

pub(super) fn fork_bomb() -> Scenario {
    let steps = vec![send("one process for me, please\n"), Step::Await, Step::Think(millis(40)), Step::Close];
    scenario(
        "The fork bomb of good intentions",
        "Two hundred clients come, and each is given a process of its own: the server spends its time forking, \
         and the clients wait for that, not for their answers; it takes notice of children only after an accept, so \
         those that end after the last stay zombies.",
        Program::Fork,
        vec![ClientSpec::many(200, micros(100), micros(10), steps)],
    )
    .suits(&[TASKS, LOOPS])
}

pub(super) fn zombies() -> Scenario {
    let steps = vec![send("brains\n"), Step::Await, Step::Close];
    scenario(
        "Zombies and leaked descriptors",
        "Twenty clients have come and gone: each has left a process that nobody waits for, and a descriptor that \
         the parent never closed.",
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
    let mut scenario = scenario(
        "The thundering herd",
        "Four loops on four CPUs sleep on one listener: each client wakes all four, one gets it, and three hear EAGAIN and \
         go back to sleep.",
        Program::Epoll,
        in_turn(),
    )
    .suits(&[&[Program::Epoll]])
    .with(Quirks::HERD);
    scenario.settings.loops = LOOPS_COUNT;
    // On one CPU the first to run would have taken the client before the others look.
    scenario.machine.cpus = LOOPS_COUNT;
    scenario
}

pub(super) fn herd_exclusive() -> Scenario {
    let mut scenario = scenario(
        "The herd asleep",
        "Four loops on four CPUs sleep on one listener and say EPOLLEXCLUSIVE: each client wakes one of them, and it is always \
         the same while that one keeps up.",
        Program::Epoll,
        in_turn(),
    )
    .suits(&[&[Program::Epoll]]);
    scenario.settings.loops = LOOPS_COUNT;
    // On one CPU the first to run would have taken the client before the others look.
    scenario.machine.cpus = LOOPS_COUNT;
    scenario
}
