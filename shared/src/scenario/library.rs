//! The presets: workloads that each show one thing.

use crate::scenario::{ClientSpec, Scenario, Step};
use crate::time::Nanos;

/// The names of the presets, in the order in which the page offers them.
pub const PRESETS: &[&str] = &["three-clients", "slow-reader", "burst", "many-idle"];

/// The preset of that name.
pub fn preset(name: &str) -> Option<Scenario> {
    match name {
        "three-clients" => Some(three_clients()),
        "slow-reader" => Some(slow_reader()),
        "burst" => Some(burst()),
        "many-idle" => Some(many_idle()),
        _ => None,
    }
}

fn micros(micros: u64) -> Nanos {
    Nanos::from_micros(micros)
}

fn send(text: &str) -> Step {
    Step::Send(text.to_owned())
}

fn scenario(name: &str, title: &str, look_for: &str, clients: Vec<ClientSpec>) -> Scenario {
    let (name, title, look_for) = (name.to_owned(), title.to_owned(), look_for.to_owned());
    Scenario { name, title, look_for, clients, seed: 1, ..Scenario::default() }
}

fn three_clients() -> Scenario {
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
        "three-clients",
        "Three clients",
        "One thread serves three clients: it sleeps until one of them is ready, and serves whoever is.",
        vec![
            ClientSpec::one(micros(100), quick),
            ClientSpec::one(micros(180), typing),
            ClientSpec::one(micros(260), leaving),
        ],
    )
}

fn slow_reader() -> Scenario {
    let slow = vec![
        Step::Read(false),
        Step::SendLines { lines: 6_000, bytes: 64 },
        Step::Think(Nanos::from_millis(4)),
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
        "slow-reader",
        "One slow reader",
        "One client sends and does not read: its tubes fill, the server stops reading from it, nothing is \
         lost, and the other client does not notice.",
        vec![ClientSpec::one(micros(100), slow), ClientSpec::one(micros(200), chatty)],
    );
    scenario.network.recv_buffer = 32_768;
    scenario.network.send_buffer = 32_768;
    scenario
}

fn burst() -> Scenario {
    let steps = vec![send("ping\n"), Step::Await, Step::Close];
    let clients = ClientSpec { jitter: micros(30), ..ClientSpec::many(40, micros(100), Nanos::ZERO, steps) };
    let mut scenario = scenario(
        "burst",
        "A burst of clients",
        "Forty clients come at once and the accept queue holds seventeen: the SYNs that find it full are \
         dropped, and those clients lose a second.",
        vec![clients],
    );
    scenario.network.backlog = 16;
    scenario
}

fn many_idle() -> Scenario {
    let idle = ClientSpec::many(300, micros(100), micros(2), Vec::new());
    let mut steps = Vec::new();
    for _ in 0..20 {
        steps.extend([send("still here\n"), Step::Await, Step::Think(micros(200))]);
    }
    steps.push(Step::Close);
    scenario(
        "many-idle",
        "Many idle, one active",
        "Three hundred clients are silent and one talks: select goes through all of them for each line, epoll \
         does not.",
        vec![idle, ClientSpec::one(Nanos::from_millis(5), steps)],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_found_by_its_name() {
        for name in PRESETS {
            assert_eq!(preset(name).map(|scenario| scenario.name).as_deref(), Some(*name));
        }
        assert_eq!(preset("nothing"), None);
    }
}
