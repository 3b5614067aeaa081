//! Exports are read back by tools that are not ours: protobuf's own decoder with the schema that Perfetto publishes, and
//! DuckDB. `cargo xtask test` installs them from PyPI and says in `LOOPSCOPE_PYTHON` where.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use loopscope_shared::event::{Event, Inside, What};
use loopscope_shared::scenario::preset;
use loopscope_shared::servers::{Program, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::trace::file::{Closing, Header, Origin, Reader, Writer};
use loopscope_shared::world::World;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// What a trace holds, by our own reader.
struct Truth {
    events: Vec<Event>,
    end: World,
    payload: usize,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

/// A simulated run as a trace.
fn simulated(program: Program, scenario: &str) -> PathBuf {
    let path = folder().join(format!("export-{}-{scenario}.loopscope", program.name()));
    let _ = std::fs::remove_file(&path);
    run(&["sim", "--server", program.name(), "--scenario", scenario, "--record", text(&path)]);
    path
}

fn truth(path: &Path) -> Truth {
    let mut reader = Reader::open(File::open(path).unwrap()).unwrap();
    let pieces: Vec<_> = reader.pieces().map(Result::unwrap).collect();
    let payload = pieces.iter().map(|piece| piece.batch.payloads.len()).sum();
    let events = pieces.into_iter().flat_map(|piece| piece.batch.events).collect();
    Truth { events, payload, end: reader.world_at(reader.numbers().1).unwrap() }
}

impl Truth {
    fn count(&self, is: impl Fn(&What) -> bool) -> usize {
        self.events.iter().filter(|event| is(&event.what)).count()
    }

    /// How many calls were made of each name.
    fn made(&self) -> BTreeMap<String, u64> {
        let mut made = BTreeMap::new();
        for event in &self.events {
            if let What::Enter { call, .. } = event.what {
                *made.entry(call.name().to_owned()).or_default() += 1;
            }
        }
        made
    }

    /// How many calls returned.
    fn returned(&self) -> BTreeMap<String, u64> {
        self.end.tally.calls_by_name.iter().map(|(name, count)| (name.clone(), *count)).collect()
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("cargo's folder has a name in UTF-8")
}

#[track_caller]
fn run(arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_loopscope")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Exports a trace, and returns where to.
fn export(trace: &Path, to: &str) -> PathBuf {
    let out = trace.with_extension(to);
    let _ = std::fs::remove_file(&out);
    run(&["export", text(trace), "--to", to, "--out", text(&out)]);
    out
}

/// What another tool finds in files.
#[track_caller]
fn read_back(what: &str, files: &[&Path]) -> Value {
    let python = std::env::var_os("LOOPSCOPE_PYTHON")
        .expect("LOOPSCOPE_PYTHON is a Python with the packages of native/tests/exports/requirements.txt");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/exports/read_back.py");
    let output = Command::new(python).args([script, what]).args(files).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn counts(value: &Value) -> BTreeMap<String, u64> {
    serde_json::from_value(value.clone()).unwrap()
}

#[track_caller]
fn check_perfetto(program: Program, scenario: &str) {
    let trace = simulated(program, scenario);
    let (truth, found) = (truth(&trace), read_back("perfetto", &[&export(&trace, "perfetto")]));
    assert_eq!(found["unknown_fields"], 0);
    assert_eq!(found["problems"], Value::Array(vec![]), "{found}");
    assert_eq!(counts(&found["calls"]), truth.made(), "{found}");
    // A task is in one call at a time, and calls that did not return stay open.
    assert_eq!(found["deepest"], 1, "{found}");
    let open = truth.made().values().sum::<u64>() - truth.returned().values().sum::<u64>();
    let descriptors = truth.end.tally.fds_opened - truth.end.tally.fds_closed;
    assert_eq!(found["still_open"].as_array().unwrap().len() as u64, open + descriptors, "{found}");
    assert_eq!(found["lives"], truth.end.tally.fds_opened, "{found}");
    assert_eq!(
        found["threads"].as_array().unwrap().len(),
        truth.count(|what| matches!(what, What::TaskBegin { .. }))
    );
    assert_eq!(found["counters"]["descriptors"]["last"], descriptors, "{found}");
    let connections = truth.end.tally.accepted - truth.end.tally.closed;
    assert_eq!(found["counters"]["connections"]["last"], connections, "{found}");
    assert!(found["counters"]["bytes waiting to be received"]["most"].as_u64() > Some(0), "{found}");
    // An arrow for each waking.
    let wakings = truth.count(|what| matches!(what, What::Inside(Inside::Woken { .. })));
    assert_eq!((&found["flows"], &found["flows_match"]), (&wakings.into(), &true.into()), "{found}");
    assert!(wakings > 0);
}

#[test]
fn perfetto_reads_tasks_descriptors_counters_and_wakings() {
    check_perfetto(Program::Epoll, "three-clients");
    check_perfetto(Program::Select, "burst");
    check_perfetto(Program::Fork, "three-clients");
    check_perfetto(Program::Threads, "three-clients");
    check_perfetto(Program::IoUring, "burst");
}

#[test]
fn what_a_real_server_did_is_read_too() {
    use std::io::{BufRead as _, BufReader};
    let path = folder().join("export-recorded.loopscope");
    let _ = std::fs::remove_file(&path);
    let mut command = Command::new(env!("CARGO_BIN_EXE_loopscope"));
    command.args(["record", "--server", "epoll", "--server-listen", "127.0.0.1:0", "--out", text(&path)]);
    let mut recorder = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(recorder.stdout.take().unwrap()).lines().map(Result::unwrap);
    let first = lines.next().expect("it says where the server listens");
    run(&["send", "--to", first.strip_prefix("rot13: ").unwrap(), "--conns", "3", "--lines", "60"]);
    kill_process(Pid::from_child(&recorder), Signal::INT).unwrap();
    assert!(recorder.wait().unwrap().success(), "{:?}", lines.collect::<Vec<_>>());
    let (truth, found) = (truth(&path), read_back("perfetto", &[&export(&path, "perfetto")]));
    assert_eq!(found["problems"], Value::Array(vec![]), "{found}");
    assert_eq!(counts(&found["calls"]), truth.made(), "{found}");
    assert_eq!(found["counters"]["connections"]["most"], 3, "{found}");
    // Nobody outside a kernel knows what woke a task.
    assert_eq!(found["flows"], 0);
    let rows = read_back("parquet", &[&export(&path, "parquet")]);
    assert_eq!(counts(&rows["calls"]), truth.returned());
    assert_eq!(rows["received"], 60 * 64, "{rows}");
}

#[test]
fn duckdb_reads_the_table() {
    let trace = simulated(Program::Epoll, "burst");
    let (truth, found) = (truth(&trace), read_back("parquet", &[&export(&trace, "parquet")]));
    let events = truth.events.len() as u64;
    assert_eq!(found["rows"], serde_json::json!([events, 0, events - 1, 1]));
    assert_eq!(counts(&found["calls"]), truth.returned());
    let tally = &truth.end.tally;
    assert_eq!(
        (&found["eagain"], &found["received"]),
        (&tally.eagain.into(), &tally.received.into()),
        "{found}"
    );
    assert_eq!(found["payload"], truth.payload);
    assert_eq!(found["sources"], serde_json::json!(["servers/epoll.rs"]));
    assert_eq!(
        (&found["about"]["scenario"]["name"], &found["about"]["program"]),
        (&"burst".into(), &"epoll".into())
    );
    assert!(found["said"].as_str().unwrap().contains("begins"), "{found}");
}

#[test]
fn many_traces_are_asked_at_once() {
    let traces =
        [Program::Epoll, Program::Poll, Program::Mio].map(|program| simulated(program, "three-clients"));
    let tables = traces.each_ref().map(|trace| export(trace, "parquet"));
    let found = read_back("parquet", &tables.each_ref().map(PathBuf::as_path));
    let events: usize = traces.iter().map(|trace| truth(trace).events.len()).sum();
    assert_eq!((&found["rows"][0], &found["rows"][3]), (&events.into(), &3.into()));
}

#[test]
fn a_table_is_written_in_groups() {
    // More rows than are held in memory.
    let trace = folder().join("export-groups.loopscope");
    let _ = std::fs::remove_file(&trace);
    run(&[
        "sim",
        "--server",
        "epoll",
        "--scenario",
        "c10k",
        "--events-max",
        "70000",
        "--record",
        text(&trace),
    ]);
    let (truth, found) = (truth(&trace), read_back("parquet", &[&export(&trace, "parquet")]));
    assert!(truth.events.len() > 2 * 32_768, "{}", truth.events.len());
    assert_eq!(found["rows"][0], truth.events.len());
    assert_eq!(counts(&found["calls"]), truth.returned());
}

#[test]
fn where_events_are_missing_nothing_is_made_up() {
    let path = folder().join("export-gap.loopscope");
    let scenario = preset("burst").unwrap();
    let header = Header::of(Origin::Simulated, Program::Epoll, &Settings::default());
    let events = Simulation::new(Program::Epoll, &Settings::default(), &scenario, &[]).run(2_000);
    let mut writer = Writer::new(File::create(&path).unwrap(), &header, World::new()).unwrap();
    let mut world = World::new();
    for (index, (event, payload)) in events.iter().enumerate() {
        world.apply(event, payload);
        match index {
            0..500 | 1_001.. => writer.push(event, payload).unwrap(),
            1_000 => writer.jump(world.clone()).unwrap(),
            _ => {}
        }
    }
    writer.finish(&Closing::default()).unwrap();
    let found = read_back("perfetto", &[&export(&path, "perfetto")]);
    assert_eq!(found["problems"], Value::Array(vec![]), "{found}");
    assert_eq!(found["deepest"], 1, "{found}");
    let open = world.tally.fds_opened - world.tally.fds_closed;
    assert_eq!(found["counters"]["descriptors"]["last"], open, "{found}");
    let rows = read_back("parquet", &[&export(&path, "parquet")]);
    assert_eq!(rows["rows"][0].as_u64(), Some(events.events.len() as u64 - 501), "{rows}");
}
