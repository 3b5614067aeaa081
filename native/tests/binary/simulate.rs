//! `loopscope sim`, `loopscope scenarios` and `loopscope calibrate`, as they are typed.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::process::{check_failure, run};

/// A file of this test's own, in cargo's folder for such.
fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("cargo's folder has a name in UTF-8")
}

/// What a command prints, which succeeds.
#[track_caller]
pub(crate) fn said(arguments: &[&str]) -> String {
    let output = run(arguments, b"");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_run_prints_its_figures_and_the_same_hash_each_time() {
    let arguments = ["sim", "--server", "select", "--scenario", "three-clients", "--json"];
    let figures: Value = serde_json::from_str(&said(&arguments)).unwrap();
    assert_eq!(figures["lines"], 6);
    assert_eq!(figures["ended"], "all-done");
    assert_eq!(figures["complaints"], Value::Array(vec![]));
    assert_eq!(figures["calls_by_name"]["recv"].as_u64().unwrap() % 2, 0, "{figures}");
    let again: Value = serde_json::from_str(&said(&arguments)).unwrap();
    assert_eq!(figures["trace_hash"], again["trace_hash"]);
    let words = said(&arguments[..5]);
    for part in ["select on three-clients", "6 answered", figures["trace_hash"].as_str().unwrap()] {
        assert!(words.contains(part), "{words}");
    }
}

#[test]
fn a_scenario_is_printed_changed_and_run() {
    let toml = said(&["scenarios", "burst"]);
    let changed = file("changed.toml", &toml.replace("count = 40", "count = 4"));
    let figures = said(&["sim", "--scenario", text(&changed), "--server", "epoll", "--json"]);
    let figures: Value = serde_json::from_str(&figures).unwrap();
    assert_eq!((&figures["accepted"], &figures["syns_dropped"]), (&4.into(), &0.into()));
    let list = said(&["scenarios"]);
    assert!(list.contains("head-of-line") && list.contains("best with sequential"), "{list}");
    let list: Value = serde_json::from_str(&said(&["scenarios", "--json"])).unwrap();
    assert!(list.as_array().unwrap().iter().any(|preset| preset["name"] == "c10k"), "{list}");
}

#[test]
fn what_a_file_says_wrongly_is_told_with_its_place() {
    let wrong = file("wrong.toml", "[network]\nlatency_ms = 3\n");
    let output = run(&["sim", "--scenario", text(&wrong)], b"");
    check_failure(&output, 2, &["wrong.toml", "line 2", "latency_ms", "latency_us"]);
    let many = file("many.json", "{ \"clients\": [{ \"count\": 1000000000 }] }");
    let output = run(&["sim", "--scenario", text(&many)], b"");
    check_failure(&output, 2, &["many.json", "clients.count", "CLIENTS_MAX"]);
    check_failure(&run(&["sim", "--scenario", "nonsense"], b""), 2, &["nonsense", "three-clients"]);
}

#[test]
fn a_client_that_complains_is_a_failure_unless_a_mistake_was_asked_for() {
    // The server takes two clients, and there is one who speaks and one who never does.
    let steps = "steps = [{ send = \"anybody?\\n\" }, \"await\"]";
    let waits = format!("[settings]\nclients = 2\n[[clients]]\n[[clients]]\nstart_us = 500\n{steps}\n");
    let waits = file("waits.toml", &waits);
    let output = run(&["sim", "--scenario", text(&waits), "--server", "sequential"], b"");
    check_failure(&output, 1, &["1 of the clients complain"]);
    let figures: Value =
        serde_json::from_str(&said(&["sim", "--scenario", "missed-edge", "--json"])).unwrap();
    assert_eq!(figures["complaints"].as_array().map(Vec::len), Some(1), "{figures}");
    said(&["sim", "--scenario", "missed-edge", "--server", "epoll"]);
}

#[test]
fn what_only_clients_know_is_in_the_figures() {
    let figures = |arguments: &[&str]| -> Value { serde_json::from_str(&said(arguments)).unwrap() };
    let longest = |figures: &Value| figures["waits"]["max_ns"].as_u64().unwrap();
    let with = figures(&["sim", "--scenario", "nagle", "--json"]);
    let without = figures(&["sim", "--scenario", "nagle", "--quirks", "", "--json"]);
    assert!(longest(&with) > 10 * longest(&without), "{with}");
    assert_eq!(with["quirks"][0], "no-nodelay");
    let greedy = figures(&["sim", "--scenario", "starvation", "--server", "epoll-et", "--json"]);
    let fair = figures(&["sim", "--scenario", "starvation", "--server", "epoll", "--json"]);
    assert!(longest(&greedy["groups"][1]) > 10 * longest(&fair["groups"][1]), "{greedy}");
    let asleep = figures(&["sim", "--scenario", "fetch", "--json"]);
    for call in ["getaddrinfo", "connect", "send", "recv"] {
        assert!(asleep["sleeps"][call]["asleep_ns"].as_u64().unwrap() > 1_000_000, "{asleep}");
    }
    assert_eq!((&asleep["fate"], &asleep["lines"]), (&"returned".into(), &0.into()));
}

#[test]
fn a_program_that_fails_is_told_of() {
    let alone = file("alone.toml", "machine.tasks_max = 1\n[[clients]]\n");
    let output = run(&["sim", "--scenario", text(&alone), "--server", "pool"], b"");
    check_failure(&output, 1, &["has failed with EAGAIN"]);
    let output = run(&["sim", "--scenario", "fetch", "--url", "http://nobody.example/"], b"");
    check_failure(&output, 1, &["has failed with ENOENT"]);
    let output = run(&["sim", "--scenario", "fetch", "--url", "x"], b"");
    check_failure(&output, 2, &["--url", "http://"]);
}

#[test]
fn what_was_not_observed_and_what_does_not_suit_is_said() {
    let kqueue = said(&["sim", "--scenario", "three-clients", "--server", "kqueue"]);
    assert!(kqueue.contains("documented, not observed"), "{kqueue}");
    let epoll = said(&["sim", "--scenario", "three-clients", "--server", "epoll"]);
    assert!(!epoll.contains("not observed") && !epoll.contains("beware"), "{epoll}");
    let other = said(&["sim", "--scenario", "zombies", "--server", "epoll"]);
    assert!(other.contains("zombies does not suit epoll"), "{other}");
    let servers = said(&["servers"]);
    assert_eq!(servers.matches("documented, not observed").count(), 4, "{servers}");
    assert!(servers.contains("--quirks stop-early"), "{servers}");
}

#[test]
fn a_run_is_cut_where_it_is_told() {
    let figures = said(&["sim", "--scenario", "many-idle", "--until", "1ms", "--json"]);
    let figures: Value = serde_json::from_str(&figures).unwrap();
    assert_eq!(figures["ended"], "stopped");
    assert!(figures["virtual_time_ns"].as_u64().unwrap() <= 1_100_000, "{figures}");
    let figures = said(&["sim", "--scenario", "many-idle", "--events-max", "500", "--json"]);
    assert!(figures.contains("\"cut-short\""), "{figures}");
}

#[test]
fn costs_that_were_measured_are_used() {
    let costs = Path::new(env!("CARGO_TARGET_TMPDIR")).join("costs.toml");
    said(&["calibrate", "--rounds", "2", "--out", text(&costs)]);
    let measured = ["sim", "--scenario", "three-clients", "--costs", text(&costs), "--json"];
    let (measured, usual) = (said(&measured), said(&["sim", "--scenario", "three-clients", "--json"]));
    let [measured, usual]: [Value; 2] = [measured, usual].map(|text| serde_json::from_str(&text).unwrap());
    assert_eq!(measured["lines"], usual["lines"]);
    assert_ne!(measured["trace_hash"], usual["trace_hash"]);
    let wrong = file("wrong-costs.toml", "call_ns = 100\ncall_us = 1\n");
    let output = run(&["sim", "--scenario", "burst", "--costs", text(&wrong)], b"");
    check_failure(&output, 2, &["wrong-costs.toml", "line 2", "call_us"]);
}
