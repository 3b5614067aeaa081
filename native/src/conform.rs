//! `loopscope conform`: scripts of system calls on either kernel, compared with what is expected, or with each
//! other.

mod cases;
#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
pub mod random;
#[cfg(target_os = "linux")]
mod system;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use loopscope_shared::conformance::{Case, Miss, Verdict};
use loopscope_shared::sim::lab;

use cases::Found;
#[cfg(not(target_os = "linux"))]
use elsewhere as system;

/// A case fails on the real kernel only if it fails so many times. Its waits end after some tenths of a second,
/// and on a machine that has other things to do the next step may come later than that.
const TIMES: u32 = 3;

/// Which kernel the cases are run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// The simulated one.
    Sim,
    /// The one of the system that this runs on.
    Os,
}

/// What became of a case, as it is printed.
enum Line {
    Ok,
    Fail(String),
    Skip(&'static str),
}

/// Runs the cases of these files and folders, one line each, and a sum at the end. The exit code is 1 if one
/// failed.
///
/// # Errors
/// If standard output takes no more.
pub fn run(kernel: Kernel, cases: &[Found]) -> Result<ExitCode> {
    let mut out = io::stdout().lock();
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for case in cases {
        let (name, line) = match case.read() {
            Ok(case) => (case.name.clone(), check(kernel, &case)),
            Err(why) => (case.path.display().to_string(), Line::Fail(why)),
        };
        match line {
            Line::Ok => {
                passed += 1;
                writeln!(out, "ok   {name}")
            }
            Line::Fail(why) => {
                failed += 1;
                writeln!(out, "FAIL {name}: {why}")
            }
            Line::Skip(why) => {
                skipped += 1;
                writeln!(out, "skip {name}: {why}")
            }
        }
        .context(NO_OUTPUT)?;
    }
    writeln!(out, "{passed} passed, {failed} failed, {skipped} skipped").context(NO_OUTPUT)?;
    Ok(ExitCode::from(u8::from(failed > 0)))
}

const NO_OUTPUT: &str = "cannot write to standard output";

/// The cases in these files and folders.
///
/// # Errors
/// What cannot be read, and why.
pub fn find(paths: &[PathBuf]) -> Result<Vec<Found>> {
    cases::find(paths)
}

fn check(kernel: Kernel, case: &Case) -> Line {
    let times = match kernel {
        Kernel::Sim => 1,
        Kernel::Os => TIMES,
    };
    if kernel == Kernel::Sim
        && let Some(why) = case.beyond_the_simulator()
    {
        return Line::Skip(why);
    }
    let mut failure = String::new();
    for _ in 0..times {
        let replies = match kernel {
            Kernel::Sim => lab::run(&case.steps, lab::Setup::default()),
            Kernel::Os => system::run(case.steps.clone()),
        };
        match case.judge(&replies) {
            Verdict::Passed => return Line::Ok,
            Verdict::Failed(Miss { step, what, expected, got }) => {
                failure = format!("step {step} {what}: expected {expected}, got {got}");
            }
        }
    }
    Line::Fail(failure)
}
