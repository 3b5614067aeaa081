//! Exports as text. What is not text is read back by other tools, in `native/tests/exports/`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::process::{check_failure, run};
use crate::simulate::{said, text};

/// A trace of a preset under its usual program, and its figures.
fn trace(name: &str) -> (PathBuf, Value) {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&out);
    let figures = said(&["sim", "--scenario", "three-clients", "--record", text(&out), "--json"]);
    (out, serde_json::from_str(&figures).unwrap())
}

#[test]
fn the_events_are_written_one_a_line() {
    let (trace, figures) = trace("lines.loopscope");
    let lines = said(&["export", text(&trace), "--to", "jsonl", "--out", "-"]);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["header"]["scenario"]["name"], "three-clients");
    assert_eq!(lines.len() as u64 - 1, figures["events"].as_u64().unwrap());
    for (index, line) in lines[1..].iter().enumerate() {
        assert_eq!(line["seq"], index);
        assert!(line["says"].as_str().is_some_and(|says| !says.is_empty()), "{line}");
    }
    assert!(lines.iter().any(|line| line["payload_base64"].is_string()));
}

#[test]
fn chrome_reads_balanced_slices_and_arrows() {
    let (trace, figures) = trace("chrome.loopscope");
    let json = said(&["export", text(&trace), "--to", "chrome-json", "--out", "-"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let events = json["traceEvents"].as_array().unwrap();
    let mut open: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    let (mut ended, mut arrows) = (0, [0, 0]);
    for event in events {
        let of = |field: &str| event[field].as_u64().unwrap_or_else(|| panic!("{field}: {event}"));
        match event["ph"].as_str().unwrap() {
            "M" => assert!(event["args"]["name"].is_string(), "{event}"),
            "B" => open.entry(of("tid")).or_default().push(event["ts"].as_f64().unwrap()),
            "E" => {
                let began = open.get_mut(&of("tid")).and_then(Vec::pop).expect("what ends has begun");
                assert!(event["ts"].as_f64().unwrap() >= began, "{event}");
                ended += 1;
            }
            "s" => arrows[0] += of("id"),
            "f" => arrows[1] += of("id"),
            "b" | "n" | "e" => assert!(of("id") > 0 && event["cat"] == "descriptor", "{event}"),
            "C" => assert!(event["args"]["value"].is_u64(), "{event}"),
            "X" | "i" => assert!(event["name"].is_string(), "{event}"),
            other => panic!("{other}: {event}"),
        }
    }
    assert_eq!(figures["calls"], ended);
    assert!(arrows[0] > 0 && arrows[0] == arrows[1], "{arrows:?}");
    assert_eq!(json["otherData"]["origin"], "simulated");
}

#[test]
fn an_export_overwrites_nothing_and_says_what_was_missing() {
    let (trace, _) = trace("spoilt.loopscope");
    said(&["export", text(&trace), "--to", "jsonl", "--out", text(&trace.with_extension("copy"))]);
    let again =
        run(&["export", text(&trace), "--to", "jsonl", "--out", text(&trace.with_extension("copy"))], b"");
    check_failure(&again, 1, &["spoilt.copy is there already"]);
    std::fs::remove_file(trace.with_extension("copy")).unwrap();
    let mut bytes = std::fs::read(&trace).unwrap();
    bytes.truncate(bytes.len() - 20);
    std::fs::write(&trace, bytes).unwrap();
    let output = run(&["export", text(&trace), "--to", "jsonl", "--out", "-"], b"");
    check_failure(&output, 1, &["damaged", "the rest of it was exported"]);
    assert!(String::from_utf8(output.stdout).unwrap().lines().count() > 10);
}
