//! Presets with many clients at once.

use super::{LOOPS, TASKS, micros, millis, scenario, send};
use crate::messages;
use crate::quirks::Quirks;
use crate::scenario::{ClientSpec, Scenario, Step};
use crate::servers::Program;
use crate::time::Nanos;

/// One that talks, a line at a time, and then leaves.
fn talking(start: Nanos, lines: usize, pause: Nanos) -> ClientSpec {
    let mut steps = Vec::new();
    for _ in 0..lines {
        steps.extend([send("still here\n"), Step::Await, Step::Think(pause)]);
    }
    steps.push(Step::Close);
    ClientSpec::one(start, steps)
}

pub(super) fn many_idle() -> Scenario {
    let idle = ClientSpec::many(300, micros(100), micros(2), Vec::new());
    scenario(
        messages::preset_many_idle(),
        messages::preset_many_idle_look_for(),
        Program::Select,
        vec![idle, talking(millis(5), 20, micros(200))],
    )
    .suits(&[&[Program::Threads], LOOPS])
}

pub(super) fn long_march() -> Scenario {
    let idle = ClientSpec::many(1_000, micros(100), micros(5), Vec::new());
    scenario(
        messages::preset_long_march(),
        messages::preset_long_march_look_for(),
        Program::Select,
        // The programs that go through all of them let nobody in before long.
        vec![idle, talking(millis(200), 20, micros(500))],
    )
    .suits(&[LOOPS])
}

pub(super) fn eagain_storm() -> Scenario {
    let idle = ClientSpec::many(20, micros(100), micros(10), Vec::new());
    let mut scenario = scenario(
        messages::preset_eagain_storm(),
        messages::preset_eagain_storm_look_for(),
        Program::BusyPoll,
        vec![idle, talking(millis(1), 5, millis(1))],
    )
    .suits(&[&[Program::BusyPoll], LOOPS]);
    // It would go round for ever.
    scenario.until = Some(millis(15));
    scenario
}

/// So many clients, within so many microseconds, that say one thing and leave.
fn at_once(count: u32, within: u64) -> ClientSpec {
    let steps = vec![send("ping\n"), Step::Await, Step::Close];
    ClientSpec { jitter: micros(within), ..ClientSpec::many(count, micros(100), Nanos::ZERO, steps) }
}

pub(super) fn burst() -> Scenario {
    let mut scenario = scenario(
        messages::preset_burst(),
        messages::preset_burst_look_for(),
        Program::Epoll,
        vec![at_once(40, 30)],
    )
    .suits(&[&[Program::Pool], TASKS, LOOPS]);
    scenario.network.backlog = 16;
    scenario
}

pub(super) fn backlog_overflow() -> Scenario {
    let mut scenario = scenario(
        messages::preset_backlog_overflow(),
        messages::preset_backlog_overflow_look_for(),
        Program::Event,
        vec![at_once(500, 1_200)],
    )
    .suits(&[&[Program::Threads], LOOPS])
    .with(Quirks::ONE_ACCEPT);
    scenario.network.backlog = 16;
    scenario
}

pub(super) fn emfile() -> Scenario {
    let steps = vec![send("let me in\n"), Step::Await, Step::Think(millis(30)), Step::Close];
    let mut scenario = scenario(
        messages::preset_emfile(),
        messages::preset_emfile_look_for(),
        Program::Event,
        vec![ClientSpec::many(30, micros(100), micros(20), steps)],
    )
    .suits(&[LOOPS])
    .with(Quirks::EMFILE_SPIN);
    scenario.machine.descriptors_max = 20;
    scenario
}

pub(super) fn c10k() -> Scenario {
    let steps = vec![send("hello\n"), Step::Await, Step::Think(millis(300)), send("again\n"), Step::Await];
    let mut scenario = scenario(
        messages::preset_c10k(),
        messages::preset_c10k_look_for(),
        Program::Epoll,
        vec![ClientSpec { jitter: millis(20), ..ClientSpec::many(10_000, micros(100), micros(20), steps) }],
    )
    .suits(&[&[
        Program::Epoll,
        Program::EpollEt,
        Program::Kqueue,
        Program::EventPorts,
        Program::DevPoll,
        Program::IoUring,
        Program::Iocp,
        Program::Event,
        Program::Mio,
    ]]);
    scenario.machine.descriptors_max = 20_000;
    scenario
}
