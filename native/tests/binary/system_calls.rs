//! What a line costs in system calls, counted by strace from outside: the figure that no noise blurs.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Command;

use loopscope_shared::servers::Program;
use rustix::process::Signal;

use crate::client::{connect, expect, lines};
use crate::process::{LOOPSCOPE, Process, children};

/// How many exchanges are made: so many that what happens once does not count.
const EXCHANGES: usize = 300;

/// What the beginning and the end may add to the calls of the exchanges, shared among them.
const ONCE: f64 = 0.15;

/// What the kernel's work may add for a ring: that a send is done may be told with the line that comes next, or by
/// itself, which is a call.
const RING_MORE: f64 = 1.0;

/// What an exchange costs a program: of one line, and of a hundred lines that are sent at once.
const FIGURES: &[(&str, usize, usize)] = &[
    ("sequential --clients 1", 2, 2),
    ("fork", 2, 2),
    ("threads", 2, 2),
    ("pool", 2, 2),
    ("select", 3, 3),
    ("poll", 3, 3),
    ("epoll", 3, 3),
    ("epoll-et", 4, 4),
    ("io-uring", 1, 1),
    ("event", 3, 3),
    ("bufferevent", 3, 3),
    ("mio --workers 1", 3, 3),
    ("fork --quirks all", 17, 1_700),
    ("select --quirks all", 5, 5),
    ("event --quirks all", 7, 7),
];

/// What is told of the figures.
const DOCUMENT: &str = include_str!("../../../docs/system-calls.md");

#[test]
fn epoll_needs_three_calls_for_a_line_and_for_a_hundred() {
    count("epoll");
}

#[test]
fn mio_needs_three_calls_for_a_line_and_for_a_hundred() {
    count("mio --workers 1");
}

#[test]
fn event_needs_three_calls_for_a_line_and_for_a_hundred() {
    count("event");
}

#[test]
fn bufferevent_needs_three_calls_for_a_line_and_for_a_hundred() {
    count("bufferevent");
}

#[test]
fn the_others_need_what_is_documented() {
    let own = ["epoll", "mio --workers 1", "event", "bufferevent"];
    for (server, ..) in FIGURES.iter().filter(|(server, ..)| !own.contains(server)) {
        count(server);
    }
}

/// All but the one that makes calls for as long as there is time.
#[test]
fn every_program_has_its_figure_and_the_document_has_it_too() {
    let names = || FIGURES.iter().map(|(server, ..)| server.split(' ').next().unwrap());
    for program in loopscope::catalogue::run_here().map(Program::name) {
        // One is no server, and one never sleeps.
        assert!(
            ["client", "busy-poll"].contains(&program) || names().any(|name| name == program),
            "{program}"
        );
    }
    for (server, one, hundred) in FIGURES {
        let row = format!("| `{server}` | {one} | {hundred} |");
        assert!(DOCUMENT.contains(&row), "docs/system-calls.md lacks {row:?}");
    }
}

fn count(server: &str) {
    let (_, one, hundred) = FIGURES.iter().find(|(name, ..)| *name == server).expect("it has figures");
    for (lines_in_flight, due) in [(1, *one), (100, *hundred)] {
        let calls = calls_of_exchanges(server, lines_in_flight);
        let all: usize = calls.values().sum();
        let each = all as f64 / EXCHANGES as f64;
        let most = due as f64 + ONCE + if server == "io-uring" { RING_MORE } else { 0.0 };
        assert!(
            (due as f64..=most).contains(&each),
            "{server} makes {each:.2} calls for an exchange of {lines_in_flight} lines, not {due}: {calls:?}"
        );
    }
}

/// The calls that the serving thread makes while one client has its lines answered, again and again.
fn calls_of_exchanges(server: &str, lines_in_flight: usize) -> BTreeMap<String, usize> {
    let log =
        std::env::temp_dir().join(format!("loopscope-{}-{server}-{lines_in_flight}", std::process::id()));
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", "signal=none", "-o"]).arg(&log);
    command.args([LOOPSCOPE, "server"]).args(server.split(' ')).args(["--listen", "127.0.0.1:0"]);
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
    // One that blocks serves until its client ends.
    drop(client);
    let server = children(strace.pid());
    crate::process::signal_to(*server.first().expect("strace runs the server"), Signal::TERM);
    strace.wait();
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::remove_file(&log).unwrap();
    serving_calls(&text)
}

/// Counts the calls of the task that serves, from when the server is ready on: `PID CALL(…` a line, or two lines
/// where another task came between. The task that serves is the one that makes most of the calls.
fn serving_calls(log: &str) -> BTreeMap<String, usize> {
    let lines = log.lines().filter_map(|line| line.split_once(' '));
    let calls = lines.map(|(task, call)| (task, call.trim_start()));
    let ready = |call: &str| call.starts_with("accept4(") || call.starts_with("io_uring_setup(");
    let mut counted = BTreeMap::<&str, BTreeMap<String, usize>>::new();
    for (task, call) in calls.skip_while(|(_, call)| !ready(call)) {
        if let Some((name, _)) = call.split_once('(')
            && !name.starts_with(['<', '+'])
        {
            *counted.entry(task).or_default().entry(name.to_owned()).or_insert(0) += 1;
        }
    }
    let serving = counted.into_values().max_by_key(|calls| calls.values().sum::<usize>());
    serving.expect("a client was served")
}
