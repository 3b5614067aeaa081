//! The forms of strace's output as it really writes them: a shell with children, traced with one set of flags after
//! the other.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::traced::{LOOPSCOPE, fresh};

/// A pipe, a process in the background, an exit status, a signal: in a shell.
const SCRIPT: &str = "echo hello | cat; sleep 0.01 & wait; (exit 3); kill -USR1 $$ || true; echo there";

/// The fewest calls that it makes.
const CALLS_MIN: u64 = 100;

fn strace(flags: &[&str], log: Option<&Path>) -> Command {
    let mut command = Command::new("strace");
    command.args(flags);
    if let Some(log) = log {
        command.arg("-o").arg(log);
    }
    command.args(["sh", "-c", &format!("trap '' USR1; {SCRIPT}")]).stdin(Stdio::null()).stdout(Stdio::null());
    command
}

fn loopscope(arguments: &[&str]) -> Output {
    Command::new(LOOPSCOPE).arg("import").args(arguments).output().expect("it runs")
}

/// Imports, and returns the report. Every line is read.
fn report(log: &Path, name: &str) -> Value {
    let out = fresh(&format!("{name}.loopscope"));
    let output = loopscope(&[&log.display().to_string(), "-o", &out.display().to_string(), "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    assert_eq!(report["unread_count"], 0, "{name}: {}", report["unread"]);
    report
}

#[test]
fn every_usual_set_of_flags_is_read() {
    let sets: [&[&str]; 10] = [
        &["-f"],
        &["-f", "-t"],
        &["-f", "-tt", "-T", "-y"],
        &["-f", "-r", "-yy"],
        &["-f", "-ttt", "-T", "-yy", "-x", "-v", "-s", "1000"],
        &["-f", "-ttt", "-T", "-yy", "-xx", "-e", "trace=desc,network,process"],
        &["-f", "-tt", "-i", "-n"],
        &["-f", "-tt", "-r", "-Y"],
        &["-ttt"],
        &["-f", "--timestamps=unix,ns", "-T"],
    ];
    for (index, flags) in sets.iter().enumerate() {
        let name = format!("flags-{index}");
        let log = fresh(&format!("{name}.log"));
        assert!(strace(flags, Some(&log)).status().expect("strace runs").success(), "{flags:?}");
        let report = report(&log, &name);
        let follows = flags.contains(&"-f");
        let tasks = report["tasks"].as_array().map_or(0, Vec::len);
        assert_eq!(tasks > 1, follows, "{flags:?}: {tasks} tasks");
        let calls = report["calls"].as_u64().unwrap_or(0);
        assert!(calls >= if follows { CALLS_MIN } else { CALLS_MIN / 4 }, "{flags:?}: {calls} calls");
        assert_eq!(report["command"][0], "sh", "{flags:?}");
    }
}

#[test]
fn what_strace_writes_to_standard_error_is_read() {
    let log = fresh("stderr.log");
    let mut command = strace(&["-f", "-tt", "-T"], None);
    command.stderr(File::create(&log).expect("it can be written"));
    assert!(command.status().expect("strace runs").success());
    assert!(
        fs::read_to_string(&log).expect("it was written").contains("[pid "),
        "children have numbers there"
    );
    let report = report(&log, "stderr");
    assert!(report["tasks"].as_array().is_some_and(|tasks| tasks.len() > 3));
}

#[test]
fn a_file_a_task_is_merged_to_what_one_file_tells() {
    let directory = fresh("ff");
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).expect("a directory can be made");
    let log = directory.join("log");
    assert!(strace(&["-ff", "-ttt", "-T", "-yy"], Some(&log)).status().expect("strace runs").success());
    let files = fs::read_dir(&directory).expect("it is there").count();
    // By the name that strace was given, and by the directory.
    for (path, name) in [(log.as_path(), "ff-name"), (directory.as_path(), "ff-directory")] {
        let report = report(path, name);
        assert_eq!(report["tasks"].as_array().map(Vec::len), Some(files));
        assert_eq!(report["command"][0], "sh");
    }
    let trace = fresh("ff-world.loopscope");
    let out = trace.display().to_string();
    assert!(loopscope(&[&directory.display().to_string(), "-o", &out]).status.success());
    let mut world = loopscope_shared::world::World::new();
    for (event, payload) in crate::agree::events(&trace) {
        world.apply(&event, &payload);
    }
    assert_eq!(world.violations, []);
    let without = world.tasks.values().filter(|task| task.parent == loopscope_shared::ids::TaskId::KERNEL);
    assert_eq!(without.count(), 1, "all others have a parent");
    let _ = fs::remove_dir_all(directory);
}

#[test]
fn lines_that_cannot_be_read_are_named_and_what_is_no_log_is_refused() {
    let log = fresh("broken.log");
    fs::write(&log, "close(3) = 0\nnonsense\nread(3, \"x\nclose(4) = 0\n").expect("it can be written");
    let out = fresh("broken.loopscope");
    let (log_name, out_name) = (log.display().to_string(), out.display().to_string());
    let output = loopscope(&[&log_name, "-o", &out_name]);
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stdout);
    for line in [
        format!("{log_name}:2: not read: neither a call nor a signal nor an end\n"),
        format!("{log_name}:3: not read: the line ends inside a call\n"),
    ] {
        assert!(said.contains(&line), "{said}");
    }
    // What was written once is not written over.
    let output = loopscope(&[&log_name, "-o", &out_name]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is there already"));
    fs::write(&log, "this is\nno log\n").expect("it can be written");
    let out = fresh("none.loopscope");
    let output = loopscope(&[&log_name, "-o", &out.display().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("strace -f -ttt -T -yy"));
    assert!(!out.exists(), "nothing is left of it");
    let output = loopscope(&["nowhere.log"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot open nowhere.log"));
}
