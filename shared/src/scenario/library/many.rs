//! Presets with many clients at once.

use super::{LOOPS, TASKS, micros, millis, scenario, send};
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
        "Many idle, one active",
        "Three hundred clients are silent and one talks: select goes through all of them for each line, epoll \
         does not.",
        Program::Select,
        vec![idle, talking(millis(5), 20, micros(200))],
    )
    .suits(&[&[Program::Threads], LOOPS])
}

pub(super) fn long_march() -> Scenario {
    let idle = ClientSpec::many(1_000, micros(100), micros(5), Vec::new());
    scenario(
        "The bitmap's long march",
        "A thousand clients are silent and one talks: select carries its sets down and up and goes through a \
         thousand descriptors for one line, poll its array, and epoll brings up the one that is ready.",
        Program::Select,
        // The programs that go through all of them let nobody in before long.
        vec![idle, talking(millis(200), 20, micros(500))],
    )
    .suits(&[LOOPS])
}

pub(super) fn eagain_storm() -> Scenario {
    let idle = ClientSpec::many(20, micros(100), micros(10), Vec::new());
    let mut scenario = scenario(
        "The EAGAIN storm",
        "Whoever asks every socket whether it has something, for ever, hears EAGAIN: the CPU is at 100 % and has \
         done next to nothing.",
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
        "A burst of clients",
        "Forty clients come at once and the accept queue holds seventeen: the SYNs that find it full are \
         dropped, and those clients lose a second.",
        Program::Epoll,
        vec![at_once(40, 30)],
    )
    .suits(&[&[Program::Pool], TASKS, LOOPS]);
    scenario.network.backlog = 16;
    scenario
}

pub(super) fn backlog_overflow() -> Scenario {
    let mut scenario = scenario(
        "The backlog overflows",
        "Five hundred clients come at once to a queue for seventeen: each SYN that is dropped is sent again after \
         one second, then after two, then after four, and the last client is in long after the server fell idle.",
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
        "Too many open files",
        "Thirty clients come and there are descriptors for some fifteen: the listener stays readable, accept \
         fails with EMFILE, and a loop that asks again at once does nothing else until somebody leaves.",
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
        "Ten thousand clients",
        "Ten thousand clients are connected, each of them silent nearly all the time: what a line costs does not \
         depend on how many they are.",
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
