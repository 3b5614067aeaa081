//! The simulated kernel answers as the real one was seen to answer, and the suite would notice if it did not.

use std::fs;
use std::path::Path;

use loopscope_shared::conformance::{Case, Reply, Verdict, random};
use loopscope_shared::sim::Flip;
use loopscope_shared::sim::lab::{self, Setup};

/// So many random scripts are run with each rule flipped, on top of the cases.
const SCRIPTS: u64 = 400;

/// The cases that were observed on a real kernel, and those that came from random scripts.
fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    let mut paths: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &Path| Case::parse(&fs::read_to_string(path).unwrap()).unwrap();
    paths
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| read(path))
        .collect()
}

fn passes(case: &Case, replies: &[Reply]) -> bool {
    matches!(case.judge(replies), Verdict::Passed)
}

#[test]
fn every_case_passes_or_is_left_out_by_name() {
    let cases = cases();
    assert!(cases.len() >= 127, "{} cases", cases.len());
    let mut left_out = Vec::new();
    for case in &cases {
        if case.beyond_the_simulator().is_some() {
            left_out.push(case.name.as_str());
            continue;
        }
        if let Verdict::Failed(miss) = case.judge(&lab::run(&case.steps, Setup::default())) {
            panic!("{}: {miss:?}", case.name);
        }
    }
    assert_eq!(left_out, ["opt-oob-recv", "select-except-oob"]);
}

#[test]
fn a_case_is_written_as_it_is_read() {
    for case in cases() {
        let again = Case::parse(&case.to_text()).unwrap();
        assert_eq!(again.steps, case.steps, "{}", case.name);
        assert_eq!((again.name, again.why), (case.name, case.why));
    }
}

#[test]
fn a_wrong_expectation_in_any_step_is_noticed() {
    for case in cases() {
        if case.beyond_the_simulator().is_some() {
            continue;
        }
        let replies = lab::run(&case.steps, Setup::default());
        for place in 0..case.steps.len() {
            let mut wrong = case.clone();
            if wrong.steps[place].expect.is_none() {
                continue;
            }
            wrong.steps[place].expect = Some(serde_json::json!({ "errno": "EWRONG" }));
            assert!(!passes(&wrong, &replies), "{}: step {place}", case.name);
        }
    }
}

/// The negative control: of a simulator that breaks one rule, and keeps all others, the suite complains.
#[test]
fn each_rule_that_is_broken_is_noticed() {
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.beyond_the_simulator().is_none()).collect();
    let scripts: Vec<_> = (0..SCRIPTS).map(|number| random::script(1, number)).collect();
    let kept: Vec<_> = scripts.iter().map(|steps| lab::run(steps, Setup::default())).collect();
    let mut unnoticed = Vec::new();
    for (name, flip) in Flip::all().iter_names() {
        let setup = Setup { flip, ..Setup::default() };
        let failed: Vec<&str> = cases
            .iter()
            .filter(|case| !passes(case, &lab::run(&case.steps, setup)))
            .map(|case| case.name.as_str())
            .collect();
        let differ =
            scripts.iter().zip(&kept).filter(|(steps, kept)| lab::run(steps, setup) != **kept).count();
        // To be read with `--nocapture`: which cases hold which rule.
        eprintln!("{name}: {} cases {failed:?}, {differ} of {SCRIPTS} scripts", failed.len());
        if failed.is_empty() && differ == 0 {
            unnoticed.push(name);
        }
    }
    assert_eq!(unnoticed, [] as [&str; 0], "the suite notices nothing of these");
}
