//! `loopscope findings`, as it is typed, and its exit codes.

use std::fs::File;
use std::path::{Path, PathBuf};

use loopscope_shared::quirks::Quirks;
use loopscope_shared::scenario::preset;
use loopscope_shared::servers::{Program, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::trace::file::{Closing, Header, Origin, Writer};
use loopscope_shared::world::World;
use serde_json::Value;

use crate::process::run;

/// A recording of `epoll` on the preset about the herd, with the mistake or without.
fn recording(name: &str, quirks: Quirks) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let scenario = preset("herd").unwrap();
    let settings = Settings { quirks, ..scenario.settings.clone() };
    let mut simulation = Simulation::new(Program::Epoll, &settings, &scenario, &[]);
    let header = Header::of(Origin::default(), Program::Epoll, &settings);
    let mut writer = Writer::new(File::create(&path).unwrap(), &header, World::new()).unwrap();
    loop {
        let batch = simulation.run(1_000);
        if batch.is_empty() {
            break;
        }
        writer.extend(&batch).unwrap();
    }
    writer.finish(&Closing { why: "all done".to_owned() }).unwrap();
    path
}

/// What is printed, and the exit code.
fn findings(arguments: &[&str]) -> (String, Option<i32>) {
    let output = run(&[&["findings"], arguments].concat(), b"");
    (String::from_utf8(output.stdout).unwrap(), output.status.code())
}

fn text_of(path: &Path) -> &str {
    path.to_str().expect("cargo's folder has a name in UTF-8")
}

#[test]
fn what_is_found_is_printed_and_the_exit_code_says_so() {
    let herd = recording("herd.loopscope", Quirks::HERD);
    let (words, code) = findings(&[text_of(&herd)]);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("(thundering-herd)") && words.contains("SO_REUSEPORT"), "{words}");
    assert!(words.contains("servers/epoll.rs:"), "{words}");

    let (json, code) = findings(&[text_of(&herd), "--json", "--only", "thundering-herd"]);
    assert_eq!(code, Some(1));
    let json: Value = serde_json::from_str(&json).unwrap();
    let [found] = json["findings"].as_array().unwrap().as_slice() else { panic!("{json}") };
    assert_eq!((&found["kind"], &found["count"]), (&"thundering-herd".into(), &30.into()), "{json}");
    let calls = found["worst"]["calls"].as_array().unwrap();
    assert!(calls.iter().any(|call| call["call"] == "accept(3) = EAGAIN"), "{json}");
}

#[test]
fn a_threshold_that_is_typed_counts() {
    let herd = recording("herd-thresholds.loopscope", Quirks::HERD);
    assert_eq!(findings(&[text_of(&herd), "--min-count", "31"]), ("nothing was found\n".to_owned(), Some(0)));
    assert_eq!(findings(&[text_of(&herd), "--min-count", "30", "--only", "thundering-herd"]).1, Some(1));
}

#[test]
fn a_trace_without_trouble_gives_0_and_one_that_cannot_be_read_2() {
    let calm = recording("calm.loopscope", Quirks::empty());
    assert_eq!(findings(&[text_of(&calm)]), ("nothing was found\n".to_owned(), Some(0)));
    let missing = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-such-file");
    assert_eq!(findings(&[text_of(&missing)]).1, Some(2));
    let nonsense = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nonsense");
    std::fs::write(&nonsense, [0; 1_000]).unwrap();
    assert_eq!(findings(&[text_of(&nonsense)]).1, Some(2));
}

#[test]
fn what_is_left_of_a_trace_that_was_cut_off_is_searched() {
    let herd = recording("herd-cut.loopscope", Quirks::HERD);
    let bytes = std::fs::read(&herd).unwrap();
    std::fs::write(&herd, &bytes[..bytes.len() - 10]).unwrap();
    let output = run(&["findings", text_of(&herd)], b"");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.starts_with("note: "), "{said}");
}

#[test]
fn a_log_of_strace_is_searched_as_it_is() {
    let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join("storm.log");
    let mut text =
        String::from("10 1700000000.000000 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 5 <0.000010>\n");
    for call in 1..=100 {
        let none = "recvfrom(5, 0x7f00, 4096, 0, NULL, NULL) = -1 EAGAIN (Try again)";
        text += &format!("10 1700000000.{:06} {none} <0.000010>\n", call * 20);
    }
    std::fs::write(&log, text).unwrap();
    let (words, code) = findings(&[text_of(&log), "--only", "eagain-storm"]);
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("98 times more"), "{words}");
}

#[test]
fn what_is_looked_for_is_listed() {
    let (words, code) = findings(&["--list"]);
    assert_eq!(code, Some(0));
    assert!(words.contains("closed-registered") && words.contains("needs: "), "{words}");
    let (json, _) = findings(&["--list", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert!(json["findings"].as_array().unwrap().len() >= 14, "{json}");
}

#[test]
fn a_simulation_prints_them_on_request() {
    let arguments = ["sim", "--scenario", "herd", "--findings", "--json"];
    let json: Value = serde_json::from_slice(&run(&arguments, b"").stdout).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), 2, "{json}");
    assert!(json["lines"].is_u64(), "the figures are there too: {json}");
}
