//! `cargo xtask test`: everything that CI checks, the quick things first. It stops at the first failure.

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::command::{ask, cargo, run};
use crate::tools::{self, WASM};
use crate::{build, python, screenshots};

/// Crates that do input or output, run tasks or know a browser: the model must not see them, not even through
/// another crate.
const NOT_FOR_SHARED: &[&str] = &[
    "async-std",
    "axum",
    "futures-executor",
    "getrandom",
    "gloo",
    "hyper",
    "js-sys",
    "libc",
    "mio",
    "nix",
    "rustix",
    "smol",
    "socket2",
    "tokio",
    "wasm-bindgen",
    "web-sys",
    "yew",
];

/// One thing to check.
struct Step {
    title: &'static str,
    /// Whether the tool that it runs counts tests of its own.
    counts_itself: bool,
    check: fn() -> Result<()>,
}

const STEPS: &[Step] = &[
    Step { title: "Formatting", counts_itself: false, check: formatting },
    Step { title: "Lints", counts_itself: false, check: lints },
    Step { title: "Lints of what runs in the browser", counts_itself: false, check: lints_for_the_browser },
    Step { title: "Lints on the BSDs and macOS", counts_itself: false, check: lints_for_other_systems },
    Step { title: "Documentation", counts_itself: false, check: documentation },
    Step { title: "The model sees no system", counts_itself: false, check: the_model_sees_no_system },
    Step { title: "Tests of all crates", counts_itself: true, check: tests },
    Step { title: "The page", counts_itself: false, check: build::page },
    Step { title: "The release binary", counts_itself: false, check: build::binary },
];

const BROWSER_STEP: Step = Step { title: "Browser tests", counts_itself: true, check: browser };

/// Checks everything, or with `quick` everything but the page in a browser.
///
/// # Errors
/// If a tool is missing and cannot be installed, or a check fails.
pub(crate) fn test(quick: bool) -> Result<()> {
    let began = Instant::now();
    heading("Tools");
    tools::for_the_page()?;
    let mut needed = vec![];
    if cfg!(target_os = "linux") {
        needed.push(tools::STRACE);
        needed.extend(tools::PROGRAMS);
    }
    needed.extend((!quick).then_some(tools::CHROMEDRIVER));
    tools::from_the_system(&needed)?;
    if !quick {
        tools::axe()?;
    }
    let mut passed = 0;
    for step in STEPS.iter().chain((!quick).then_some(&BROWSER_STEP)) {
        heading(step.title);
        if let Err(error) = (step.check)() {
            let failed = u32::from(!step.counts_itself);
            println!("\n{passed} passed, {failed} failed");
            return Err(error.context(format!("the step \"{}\" failed", step.title)));
        }
        passed += u32::from(!step.counts_itself);
    }
    println!(
        "\nEverything passed, in {} s. Beside the tests above, these checks:",
        began.elapsed().as_secs()
    );
    println!("{passed} passed, 0 failed");
    Ok(())
}

fn heading(title: &str) {
    println!("\n== {title} ==");
}

fn formatting() -> Result<()> {
    run(cargo().args(["fmt", "--all", "--", "--check"]))
}

fn lints() -> Result<()> {
    // The first to compile, and so the one to notice a Cargo.lock that was not kept up.
    let what = ["clippy", "--locked", "--workspace", "--all-targets", "--all-features"];
    run(cargo().args(what).args(["--", "-D", "warnings"]))
}

fn lints_for_the_browser() -> Result<()> {
    let what = ["clippy", "--package", "loopscope-shared", "--package", "loopscope-web", "--target", WASM];
    run(cargo().args(what).args(["--", "-D", "warnings"]))
}

/// Systems that no test runs on. There the compiler says at least that the program can be built.
const OTHER_SYSTEMS: &[&str] = &["x86_64-unknown-freebsd", "aarch64-apple-darwin"];

fn lints_for_other_systems() -> Result<()> {
    for target in OTHER_SYSTEMS {
        tools::target(target)?;
        let what = ["clippy", "--package", "loopscope", "--target", target];
        run(cargo().args(what).args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

fn documentation() -> Result<()> {
    // Who reads it works on the project, and wants to follow a link to a private item too.
    let what = ["doc", "--workspace", "--no-deps", "--document-private-items"];
    run(cargo().args(what).env("RUSTDOCFLAGS", "-D warnings"))
}

fn the_model_sees_no_system() -> Result<()> {
    let mut tree = cargo();
    tree.args(["tree", "--package", "loopscope-shared", "--edges", "normal", "--target", "all"]);
    let tree = ask(tree.args(["--prefix", "none", "--format", "{p}"]))?;
    let seen = seen(&tree, NOT_FOR_SHARED);
    ensure!(
        seen.is_empty(),
        "`shared` depends on {}: see `cargo tree --package loopscope-shared --invert NAME`",
        seen.join(", ")
    );
    println!("{} crates, none of them for input, output, tasks or a browser", tree.lines().count());
    Ok(())
}

/// Which of these crates are in the output of `cargo tree --prefix none`.
fn seen<'a>(tree: &str, names: &[&'a str]) -> Vec<&'a str> {
    let in_tree = |name: &str| tree.lines().any(|line| line.split(' ').next() == Some(name));
    names.iter().copied().filter(|name| in_tree(name)).collect()
}

fn tests() -> Result<()> {
    let mut test = cargo();
    // What is exported is read back by tools from PyPI.
    test.args(["test", "--workspace", "--features", "loopscope/export-tests"]);
    run(test.env("LOOPSCOPE_PYTHON", python::with_packages()?))
}

fn browser() -> Result<()> {
    run(&mut screenshots::browser_tests()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_seen_by_its_whole_name() {
        let tree = "loopscope-shared v0.1.0\nserde v1.0.0\nmio v1.2.0 (*)\ntokio-util v0.7.0\n";
        assert_eq!(seen(tree, &["mio", "tokio", "serde_json"]), ["mio"]);
    }
}
