//! `cargo xtask screenshots`: pictures of the page, wide and narrow, light and dark, simulated and live, and a
//! still of every program.
//! The browser tests take them on their way, since they drive the page through all of that anyway.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{cargo, run};
use crate::{build, tools};

/// Where the pictures go.
const FOLDER: &str = "artefacts";

/// Takes the pictures.
///
/// # Errors
/// If a tool is missing and cannot be installed, something does not compile, or the page does not work.
pub(crate) fn screenshots() -> Result<()> {
    tools::for_the_page()?;
    tools::from_the_system(&[tools::CHROMEDRIVER])?;
    build::page()?;
    build::binary()?;
    std::fs::create_dir_all(FOLDER).with_context(|| format!("cannot make {FOLDER}"))?;
    let folder = Path::new(FOLDER).canonicalize().with_context(|| format!("cannot find {FOLDER}"))?;
    run(browser_tests()?.args(["pictures::", "stills::"]).env("LOOPSCOPE_PICTURES", folder))?;
    println!("the pictures are in {FOLDER}/");
    Ok(())
}

/// Measures how fast the page is, and prints it beside the goals.
///
/// # Errors
/// As [`screenshots`].
pub(crate) fn measure() -> Result<()> {
    tools::for_the_page()?;
    tools::from_the_system(&[tools::CHROMEDRIVER])?;
    build::page()?;
    build::binary()?;
    // One after the other: they would measure each other.
    let alone = ["speed::", "--ignored", "--nocapture", "--test-threads", "1"];
    run(browser_tests()?.args(alone))
}

/// The command that runs the browser tests on the release binary.
///
/// # Errors
/// If cargo does not tell where the binary is.
pub(crate) fn browser_tests() -> Result<Command> {
    let mut test = cargo();
    test.args(["test", "--package", "loopscope", "--features", "browser-tests", "--test", "browser", "--"]);
    test.env("LOOPSCOPE_BIN", build::binary_path()?);
    Ok(test)
}
