//! Presets with a few clients, of which one is the matter.

use super::{LOOPS, TASKS, micros, millis, scenario, send};
use crate::messages;
use crate::quirks::Quirks;
use crate::scenario::{ClientSpec, HostSpec, Scenario, Step};
use crate::servers::Program;

pub(super) fn three_clients() -> Scenario {
    let quick = vec![
        send("Hello, World!\n"),
        Step::Await,
        Step::Think(micros(400)),
        send("bye\n"),
        Step::Await,
        Step::Close,
    ];
    let typing = vec![
        Step::Think(micros(120)),
        send("wor"),
        Step::Think(micros(500)),
        send("ld peace\n"),
        Step::Await,
        Step::Close,
    ];
    let leaving =
        vec![Step::Think(micros(250)), send("one\ntwo\nthree\n"), Step::HalfClose, Step::Await, Step::Close];
    scenario(
        messages::preset_three_clients(),
        messages::preset_three_clients_look_for(),
        Program::Select,
        vec![
            ClientSpec::one(micros(100), quick),
            ClientSpec::one(micros(180), typing),
            ClientSpec::one(micros(260), leaving),
        ],
    )
    .suits(&[&[Program::Sequential, Program::Pool, Program::BusyPoll], TASKS, LOOPS])
}

/// The one that comes first says nothing for that long.
const SILENCE_MS: u64 = 50;

pub(super) fn head_of_line() -> Scenario {
    let silent = vec![Step::Think(millis(SILENCE_MS)), send("at last\n"), Step::Await, Step::Close];
    let ready = vec![send("I am ready\n"), Step::Await, Step::Close];
    scenario(
        messages::preset_head_of_line(),
        messages::preset_head_of_line_look_for(),
        Program::Sequential,
        vec![ClientSpec::one(micros(100), silent), ClientSpec::many(2, micros(300), micros(50), ready)],
    )
    .suits(&[&[Program::Sequential, Program::Pool], TASKS, LOOPS])
}

pub(super) fn missed_edge() -> Scenario {
    let steps = vec![Step::SendLines { lines: 50, bytes: 64 }, Step::Await, Step::Close];
    scenario(
        messages::preset_missed_edge(),
        messages::preset_missed_edge_look_for(),
        Program::EpollEt,
        vec![ClientSpec::one(micros(100), steps)],
    )
    .suits(&[TASKS, LOOPS])
    .with(Quirks::STOP_EARLY)
}

pub(super) fn ghost() -> Scenario {
    let steps = vec![send("boo\n"), Step::Await, Step::Close];
    let mut scenario = scenario(
        messages::preset_ghost(),
        messages::preset_ghost_look_for(),
        Program::Epoll,
        vec![ClientSpec::many(3, micros(100), micros(400), steps)],
    )
    .suits(&[LOOPS])
    .with(Quirks::DUP_GHOST);
    // It would go round for ever.
    scenario.until = Some(millis(5));
    scenario
}

pub(super) fn slow_reader() -> Scenario {
    let slow = vec![
        Step::Read(false),
        Step::SendLines { lines: 6_000, bytes: 64 },
        Step::Think(millis(4)),
        Step::Read(true),
        Step::Await,
        Step::Close,
    ];
    let mut chatty = Vec::new();
    for word in ["alpha\n", "beta\n", "gamma\n", "delta\n", "epsilon\n"] {
        chatty.extend([send(word), Step::Await, Step::Think(micros(600))]);
    }
    chatty.push(Step::Close);
    let mut scenario = scenario(
        messages::preset_slow_reader(),
        messages::preset_slow_reader_look_for(),
        Program::Epoll,
        vec![ClientSpec::one(micros(100), slow), ClientSpec::one(micros(200), chatty)],
    )
    .suits(&[&[Program::Pool, Program::BusyPoll], TASKS, LOOPS]);
    scenario.network.recv_buffer = 32_768;
    scenario.network.send_buffer = 32_768;
    scenario
}

pub(super) fn starvation() -> Scenario {
    let fast = vec![Step::SendLines { lines: 250_000, bytes: 64 }, Step::Await, Step::Close];
    let steps = vec![send("may I?\n"), Step::Await, Step::Think(micros(60))];
    let modest = ClientSpec { repeat: 20, ..ClientSpec::one(micros(300), steps) };
    let mut scenario = scenario(
        messages::preset_starvation(),
        messages::preset_starvation_look_for(),
        Program::EpollEt,
        vec![ClientSpec::one(micros(100), fast), modest],
    )
    .suits(&[TASKS, LOOPS]);
    // Large enough, and near enough, that there is always more.
    scenario.network.latency = micros(5);
    scenario.network.recv_buffer = 1 << 20;
    scenario.network.send_buffer = 1 << 20;
    scenario
}

pub(super) fn nagle() -> Scenario {
    // The second line is on its way before the first answer comes, so nothing of the client's carries an
    // acknowledgement.
    let two = [send("first\n"), Step::Think(micros(500)), send("second\n"), Step::Await];
    let client = ClientSpec { repeat: 8, ..ClientSpec::one(micros(100), two.to_vec()) };
    let mut scenario =
        scenario(messages::preset_nagle(), messages::preset_nagle_look_for(), Program::Fork, vec![client])
            .suits(&[&[Program::Pool], TASKS, LOOPS])
            .with(Quirks::NO_NODELAY);
    scenario.network.latency = millis(1);
    scenario
}

pub(super) fn fetch() -> Scenario {
    let steps = vec![
        Step::Await,
        Step::Think(millis(5)),
        send("HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n"),
        Step::Think(millis(10)),
        Step::SendLines { lines: 6, bytes: 64 },
        Step::Think(millis(10)),
        send("the end\n"),
        Step::Close,
    ];
    let host =
        HostSpec { name: "www.example.com".to_owned(), lookup: millis(20), steps, ..HostSpec::default() };
    let mut scenario =
        scenario(messages::preset_fetch(), messages::preset_fetch_look_for(), Program::Client, Vec::new())
            .suits(&[&[Program::Client]]);
    scenario.hosts = vec![host];
    // Room for a part of the request: the rest goes when that has been acknowledged.
    scenario.network.send_buffer = 128;
    scenario.settings.url = format!("http://www.example.com/search?q={}", "event+loop+".repeat(20));
    scenario.network.latency = millis(10);
    scenario
}
