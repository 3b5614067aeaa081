//! `loopscope conform`: cases on either kernel, and random scripts on both.

use std::fs;
use std::path::PathBuf;
use std::process::Output;
use std::time::Duration;

use crate::process::{check_failure, run_within};

/// The cases of the repository.
const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/conformance");

/// Some cases wait for timers of the kernel's; ten seconds are usual for all of them.
const PATIENCE: Duration = Duration::from_secs(120);

/// The cases about urgent data, which the simulator leaves out.
const URGENT: [&str; 2] = ["opt-oob-recv", "select-except-oob"];

fn conform(args: &[&str]) -> Output {
    run_within(&[&["conform"], args].concat(), b"", PATIENCE)
}

fn lines(output: &Output) -> Vec<String> {
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

fn count() -> usize {
    fs::read_dir(CASES).unwrap().count()
}

/// A folder of a test's own, with these files in it.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    folder
}

#[test]
fn the_real_kernel_passes_every_case() {
    let output = conform(&["--kernel", "os", CASES]);
    let lines = lines(&output);
    let failed: Vec<&String> = lines.iter().filter(|line| !line.starts_with("ok ")).collect();
    assert_eq!(failed, [&format!("{} passed, 0 failed, 0 skipped", count())]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn the_simulated_kernel_passes_every_case_that_it_does_not_leave_out() {
    let output = conform(&["--kernel", "sim", CASES]);
    let lines = lines(&output);
    assert!(lines.iter().all(|line| !line.starts_with("FAIL")), "{lines:#?}");
    let skipped: Vec<&String> = lines.iter().filter(|line| line.starts_with("skip ")).collect();
    assert_eq!(skipped.len(), URGENT.len(), "{skipped:?}");
    for (line, name) in skipped.iter().zip(URGENT) {
        assert!(line.contains(name) && line.contains("urgent"), "{line}");
    }
    assert_eq!(*lines.last().unwrap(), format!("{} passed, 0 failed, 2 skipped", count() - 2));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_broken_file_and_a_wrong_expectation_fail_and_stop_nothing() {
    let good = r#"{"name": "good", "steps": [{"op": "socket", "as": "f", "expect": {"ok": true}}]}"#;
    let wrong = r#"{"name": "wrong", "steps": [{"op": "socket", "as": "f", "expect": {"errno": "EMFILE"}}]}"#;
    let lost = r#"{"name": "lost", "steps": [{"op": "close", "on": "nobody"}]}"#;
    let odd = r#"{"name": "odd", "steps": [{"op": "socket", "as": "f", "colour": "red"}]}"#;
    let files = [
        ("1.json", "{"),
        ("2.json", wrong),
        ("3.json", lost),
        ("4.json", odd),
        ("5.json", good),
        ("6.txt", ""),
    ];
    let folder = folder("broken", &files);
    for kernel in ["sim", "os"] {
        let output = conform(&["--kernel", kernel, folder.to_str().unwrap()]);
        let lines = lines(&output);
        assert_eq!(lines.len(), 6, "{lines:#?}");
        let expected = [
            &["FAIL ", "1.json", "line 1"][..],
            &["FAIL wrong", "step 0", "EMFILE", "\"ok\":true"],
            &["FAIL lost", "nobody"],
            &["FAIL ", "4.json", "colour"],
            &["ok ", "good"],
            &["1 passed, 4 failed, 0 skipped"],
        ];
        for (line, parts) in lines.iter().zip(expected) {
            assert!(line.starts_with(parts[0]) && parts.iter().all(|part| line.contains(part)), "{line}");
        }
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn a_place_without_cases_is_refused() {
    let empty = folder("empty", &[("readme.txt", "nothing here")]);
    check_failure(&conform(&["--kernel", "sim", "/no/such/place"]), 2, &["/no/such/place", "cannot read"]);
    check_failure(&conform(&["--kernel", "sim", empty.to_str().unwrap()]), 2, &["empty", "no case"]);
    check_failure(&conform(&["--kernel", "sim"]), 2, &["PATH"]);
    check_failure(&conform(&[CASES]), 2, &["--kernel"]);
}

/// A small run of what `docs/conformance.md` has the great run of.
#[test]
fn random_scripts_show_no_difference_between_the_kernels() {
    let keep = folder("differences", &[]);
    let output = conform(&["--random", "2000", "--seed", "3", "--keep", keep.to_str().unwrap()]);
    let lines = lines(&output);
    assert_eq!(lines.last().unwrap(), "differ   0", "{lines:#?}");
    assert!(lines.iter().any(|line| line.starts_with("scripts  2000")), "{lines:#?}");
    assert_eq!(output.status.code(), Some(0));
}
