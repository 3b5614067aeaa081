//! The figures for Prometheus: exact, whatever is lost on the way, and over the ends of servers.

use std::io::Write as _;
use std::time::Instant;

use loopscope_shared::probe::Level;
use loopscope_shared::servers::{Program, Settings, Setup};
use loopscope_shared::trace::wire::ToGateway;
use loopscope_shared::world::World;
use rustix::process::Signal;
use serde_json::Value;

use crate::client::{connect, expect};
use crate::process::{PATIENCE, check_failure, children, run, signal_to};
use crate::refusals::get;
use crate::viewer::{Gateway, Viewer};

/// What the gateway tells Prometheus.
fn text(gateway: &Gateway) -> String {
    get(gateway.page, "/metrics", &gateway.page.to_string(), "")
}

/// The value of a figure, its labels among its name; 0 if it is not there.
fn value(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix("loopscope_")?.strip_prefix(name));
    line.map_or(0.0, |rest| rest.trim().parse().unwrap())
}

/// Asks until the figures are as wanted: the server's counts come a moment after what they count.
#[track_caller]
fn until(gateway: &Gateway, wanted: impl Fn(&str) -> bool) -> String {
    let began = Instant::now();
    loop {
        let text = text(gateway);
        if wanted(&text) {
            return text;
        }
        assert!(began.elapsed() < PATIENCE, "the figures stay otherwise: {text}");
    }
}

fn exchange(gateway: &Gateway, lines: usize) {
    let mut client = connect(gateway.rot13);
    for _ in 0..lines {
        client.write_all(b"counted\n").unwrap();
        expect(&mut client, b"counted\n");
    }
}

#[test]
fn counts_are_exact_when_events_are_lost() {
    let gateway = Gateway::start(&["--server", "epoll", "--ring-bytes", "16384"]);
    // While the gateway does not run, nobody takes what the server tells, and most of it is lost.
    gateway.process.signal(Signal::STOP);
    for _ in 0..4 {
        exchange(&gateway, 1_000);
    }
    gateway.process.signal(Signal::CONT);
    let closes = "calls_total{name=\"close\",result=\"ok\"}";
    let text = until(&gateway, |text| value(text, "lines_total") >= 4_000.0 && value(text, closes) >= 4.0);
    assert!(text.contains("content-type: text/plain; version=0.0.4\r\n"), "{text}");
    for (name, expected) in [
        ("lines_total", 4_000.0),
        ("received_bytes_total", 32_000.0),
        ("sent_bytes_total", 32_000.0),
        ("connections_accepted_total", 4.0),
        ("calls_total{name=\"send\",result=\"ok\"}", 4_000.0),
        ("calls_total{name=\"accept\",result=\"ok\"}", 4.0),
        (closes, 4.0),
        ("line_latency_seconds_count", 4_000.0),
        ("accepts_refused_total", 0.0),
        ("server_up{program=\"epoll\"}", 1.0),
    ] {
        assert_eq!(value(&text, name), expected, "{name}");
    }
    assert!(value(&text, "events_dropped_total") > 0.0, "{text}");
    assert!(value(&text, "calls_total{name=\"recv\",result=\"ok\"}") >= 4_000.0, "{text}");
    let waits = value(&text, "calls_total{name=\"epoll_wait\",result=\"ok\"}");
    assert_eq!(value(&text, "wakeups_total"), waits);
    let turns = value(&text, "loop_turn_seconds_count");
    assert!((waits - 1.0..=waits).contains(&turns), "{turns} turns of {waits} wake-ups");
}

#[tokio::test]
async fn a_picture_counts_exactly_when_events_are_lost() {
    const LINES: usize = 40_000;
    let gateway = Gateway::start(&["--server", "epoll", "--ring-bytes", "16384", "--burst-bytes", "2048"]);
    let mut viewer = Viewer::join(gateway.page).await;
    viewer.until_running().await;
    let rot13 = gateway.rot13;
    let load = tokio::task::spawn_blocking(move || {
        let mut client = connect(rot13);
        for _ in 0..LINES / 100 {
            client.write_all(&b"counted\n".repeat(100)).unwrap();
            expect(&mut client, &b"counted\n".repeat(100));
        }
        client
    });
    viewer.until_world(|world| world.tally.lines >= LINES as u64).await;
    let _client = load.await.unwrap();
    // The last word of the server, which waits now, and then what it has counted.
    let text = text(&gateway);
    let calls = |name: &str| {
        let of = |result| value(&text, &format!("calls_total{{name=\"{name}\",result=\"{result}\"}}"));
        of("ok") + of("EAGAIN")
    };
    assert!(value(&text, "events_dropped_total") > 0.0, "{text}");
    let of = |world: &World, name: &str| world.tally.calls_by_name.get(name).copied().unwrap_or(0) as f64;
    viewer
        .until_world(|world| {
            ["recv", "send", "epoll_wait"].map(|name| of(world, name))
                == ["recv", "send", "epoll_wait"].map(calls)
        })
        .await;
    let tally = &viewer.world.tally;
    assert_eq!((tally.lines, tally.received, tally.sent), (40_000, 320_000, 320_000));
    assert_eq!(tally.dropped as f64, value(&text, "events_dropped_total"));
    assert!(tally.lines_told < tally.lines, "{} were told", tally.lines_told);
    assert_eq!((tally.unasked, viewer.world.violations.as_slice()), (0, &[][..]));
    let waits = |world: &World| {
        world.tasks.values().any(|task| task.call.as_ref().is_some_and(|open| open.call.is_wait()))
    };
    assert!(waits(&viewer.world), "the server rests, and is shown to");
}

#[tokio::test]
async fn counts_go_on_over_a_restart_and_a_switch() {
    let gateway = Gateway::start(&["--server", "select"]);
    let mut viewer = Viewer::join(gateway.page).await;
    let (pid, _) = viewer.until_running().await;
    exchange(&gateway, 5);
    until(&gateway, |text| value(text, "lines_total") == 5.0 && value(text, "viewers") == 1.0);
    signal_to(pid, Signal::KILL);
    until(&gateway, |text| value(text, "server_up{program=\"select\"}") == 0.0);
    until(&gateway, |text| value(text, "server_up{program=\"select\"}") == 1.0);
    exchange(&gateway, 3);
    until(&gateway, |text| value(text, "lines_total") == 8.0);
    let setup = Setup { program: Program::Fork, settings: Settings::default() };
    viewer.ask(&ToGateway::Switch(setup)).await;
    until(&gateway, |text| value(text, "server_up{program=\"fork\"}") == 1.0);
    // The counts of children are among them.
    exchange(&gateway, 2);
    let text = until(&gateway, |text| value(text, "lines_total") == 10.0);
    assert_eq!((value(&text, "server_restarts_total"), value(&text, "server_switches_total")), (1.0, 1.0));
}

#[test]
fn what_the_gateway_logs_is_json_if_that_is_asked_for() {
    let mut gateway = Gateway::start(&["--log-format", "json", "--server", "select"]);
    let server = children(gateway.process.pid())[0];
    signal_to(server, Signal::KILL);
    until(&gateway, |text| value(text, "server_restarts_total") == 1.0);
    gateway.process.signal(Signal::TERM);
    gateway.process.wait();
    let log = gateway.process.stderr();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let with = |level: &str, words: &str| {
        let found = lines.iter().find(|line| {
            line["level"] == level && line["message"].as_str().is_some_and(|message| message.contains(words))
        });
        found.unwrap_or_else(|| panic!("no {level} {words} in {log}"))
    };
    assert_eq!(with("INFO", "the server runs")["pid"], server);
    let ended = with("WARN", "SIGKILL");
    assert_eq!((&ended["program"], &ended["restart_ms"]), (&"select".into(), &250.into()));
}

#[test]
fn the_level_of_the_log_is_kept_and_what_the_server_says_is_in_it() {
    // The server says on standard error that a client does not end.
    let client_stays = |level: &str| {
        let mut gateway = Gateway::start(&[
            "--log",
            level,
            "--log-format",
            "json",
            "--server",
            "select",
            "--drain-ms",
            "50",
        ]);
        let mut client = connect(gateway.rot13);
        client.write_all(b"here\n").unwrap();
        expect(&mut client, b"here\n");
        gateway.process.signal(Signal::TERM);
        gateway.process.wait();
        gateway.process.stderr()
    };
    let log = client_stays("warn");
    assert!(log.contains("server: loopscope: some clients did not end") && !log.contains("INFO"), "{log}");
    assert_eq!(client_stays("off"), "");
    let refused = run(&["serve", "--log", "loud"], b"");
    check_failure(&refused, 2, &["--log", "debug"]);
}

#[tokio::test]
async fn nothing_is_counted_while_nothing_is_told() {
    let gateway = Gateway::start(&["--server", "epoll", "--level", "off"]);
    exchange(&gateway, 10);
    let mut viewer = Viewer::join(gateway.page).await;
    viewer.until_running().await;
    viewer.ask(&ToGateway::Level(Level::Calls)).await;
    // The order takes its way through two processes.
    let mut sent = 10.0;
    let text = loop {
        exchange(&gateway, 1);
        sent += 1.0;
        let text = text(&gateway);
        if value(&text, "lines_total") > 0.0 {
            break text;
        }
    };
    assert!(value(&text, "lines_total") <= sent - 10.0, "{text}");
    assert!(text.contains("while its level is not off"), "{text}");
}
