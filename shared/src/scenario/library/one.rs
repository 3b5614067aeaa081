//! Presets with a few clients, of which one is the matter.

use super::{LOOPS, TASKS, micros, millis, scenario, send};
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
        "Three clients",
        "Three clients speak when they like: look where the server waits, and how it learns which of them has spoken.",
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
        "Head-of-line blocking",
        "Two clients have spoken, and a server that reads from each in turn sleeps in the recv of the first, \
         which is silent: they wait 50 ms for a stranger.",
        Program::Sequential,
        vec![ClientSpec::one(micros(100), silent), ClientSpec::many(2, micros(300), micros(50), ready)],
    )
    .suits(&[&[Program::Sequential, Program::Pool], TASKS, LOOPS])
}

pub(super) fn missed_edge() -> Scenario {
    let steps = vec![Step::SendLines { lines: 50, bytes: 64 }, Step::Await, Step::Close];
    scenario(
        "The missed edge",
        "3,200 bytes arrive and are told of once: a program that reads 1,024 of them and waits for the next edge \
         waits for ever, with the rest in the tube.",
        Program::EpollEt,
        vec![ClientSpec::one(micros(100), steps)],
    )
    .suits(&[TASKS, LOOPS])
    .with(Quirks::STOP_EARLY)
}

pub(super) fn ghost() -> Scenario {
    let steps = vec![send("boo\n"), Step::Await, Step::Close];
    let mut scenario = scenario(
        "Closed, but still in the set",
        "The server closes a descriptor of which a dup is left: the connection stays open and in the interest \
         list, epoll reports it for ever under a number that is gone, and nothing can take it out.",
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
        "One slow reader",
        "One client sends and does not read: its tubes fill, the server stops reading from it, nothing is \
         lost, and the other client does not notice.",
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
        "One fast sender",
        "One client has sixteen megabytes to say, and a loop that reads until there is no more has no time for \
         anybody else: the other's short line waits until all of it is said, and under one that takes a piece a turn \
         it does not.",
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
    let mut scenario = scenario(
        "Nagle's 40 ms",
        "The second of two small answers is held back until the first is acknowledged, and the client delays the \
         acknowledgement in the hope of something to send with it: both wait 40 ms, with nothing to do.",
        Program::Fork,
        vec![client],
    )
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
    let mut scenario = scenario(
        "A page is fetched",
        "A client that blocks waits in four places, for the name, the connection, the room to send (its request is \
         longer than the send buffer) and the answer, and can do nothing else meanwhile.",
        Program::Client,
        Vec::new(),
    )
    .suits(&[&[Program::Client]]);
    scenario.hosts = vec![host];
    // Room for a part of the request: the rest goes when that has been acknowledged.
    scenario.network.send_buffer = 128;
    scenario.settings.url = format!("http://www.example.com/search?q={}", "event+loop+".repeat(20));
    scenario.network.latency = millis(10);
    scenario
}
