//! What a line costs in system calls, counted by strace from outside: the figure that no noise blurs.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Command;

use rustix::process::Signal;

use crate::client::{connect, expect, lines};
use crate::process::{LOOPSCOPE, Process, children};

/// How many exchanges are made: so many that what happens once does not count.
const EXCHANGES: usize = 300;

/// What an exchange may cost: a wait, a receive and a send.
const CALLS_MAX: f64 = 3.0;

/// What the beginning and the end may add to the calls of the exchanges, shared among them.
const ONCE: f64 = 0.1;

#[test]
fn epoll_needs_three_calls_for_a_line_and_for_a_hundred() {
    count("epoll");
}

#[test]
fn mio_needs_three_calls_for_a_line_and_for_a_hundred() {
    count("mio");
}

#[test]
fn event_needs_three_calls_for_a_line_and_for_a_hundred() {
    count("event");
}

#[test]
fn bufferevent_needs_three_calls_for_a_line_and_for_a_hundred() {
    count("bufferevent");
}

fn count(server: &str) {
    for lines_in_flight in [1, 100] {
        let calls = calls_of_exchanges(server, lines_in_flight);
        let all: usize = calls.values().sum();
        let each = all as f64 / EXCHANGES as f64;
        assert!(
            each <= CALLS_MAX + ONCE,
            "{server} makes {each:.2} calls for an exchange of {lines_in_flight} lines: {calls:?}"
        );
        // strace did count: each exchange needs one of each at least.
        let of = |name: &str| {
            calls.iter().filter(|(call, _)| call.starts_with(name)).map(|(_, count)| count).sum()
        };
        let counts: [usize; 3] = [of("epoll_"), of("recv"), of("send")];
        assert!(counts.iter().all(|count| *count >= EXCHANGES), "{calls:?}");
    }
}

/// The calls that the serving thread makes while one client has its lines answered, again and again.
fn calls_of_exchanges(server: &str, lines_in_flight: usize) -> BTreeMap<String, usize> {
    let log =
        std::env::temp_dir().join(format!("loopscope-{}-{server}-{lines_in_flight}", std::process::id()));
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", "signal=none", "-o"]).arg(&log);
    command.args([LOOPSCOPE, "server", server, "--listen", "127.0.0.1:0"]);
    assert!(
        Command::new("strace").arg("-V").output().is_ok(),
        "this test counts system calls with strace: install strace"
    );
    let mut strace = Process::of(command);
    let mut client = connect(strace.address("listening on "));
    let bytes = lines(lines_in_flight * 16, 15);
    for _ in 0..EXCHANGES {
        client.write_all(&bytes).unwrap();
        expect(&mut client, &bytes);
    }
    let server = children(strace.pid());
    crate::process::signal_to(*server.first().expect("strace runs the server"), Signal::TERM);
    strace.wait();
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::remove_file(&log).unwrap();
    serving_calls(&text)
}

/// Counts the calls of the thread that serves, from the first connection on: `PID CALL(…` a line, or two
/// lines where another thread came between.
fn serving_calls(log: &str) -> BTreeMap<String, usize> {
    let lines = log.lines().filter_map(|line| line.split_once(' '));
    let mut calls = lines.map(|(thread, call)| (thread, call.trim_start()));
    let (serving, _) = calls.find(|(_, call)| call.starts_with("accept4(")).expect("a client was accepted");
    let mut counted = BTreeMap::new();
    for (thread, call) in calls {
        if thread == serving
            && let Some((name, _)) = call.split_once('(')
            && !name.starts_with(['<', '+'])
        {
            *counted.entry(name.to_owned()).or_insert(0) += 1;
        }
    }
    counted
}
