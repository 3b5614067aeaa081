//! A Python of the project's own, with the tools from PyPI that read our exports back.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::command::{command, find, run};

/// Where it is.
const FOLDER: &str = "target/python";

/// What is installed into it, with the versions.
const REQUIREMENTS: &str = "native/tests/exports/requirements.txt";

/// Sees to it, and returns its interpreter.
///
/// # Errors
/// If there is no Python, or the packages cannot be installed; the message says what to do.
pub(crate) fn with_packages() -> Result<PathBuf> {
    let python = Path::new(FOLDER).join("bin/python");
    let wanted =
        std::fs::read_to_string(REQUIREMENTS).with_context(|| format!("cannot read {REQUIREMENTS}"))?;
    // Written when all is there, so that what was interrupted is begun again.
    let done = Path::new(FOLDER).join("installed.txt");
    if std::fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
        return absolute(&python);
    }
    if find("python3").is_none() {
        bail!("the tests of exports need Python 3 with `venv` (Debian: `sudo apt-get install python3-venv`)");
    }
    println!("installing into {FOLDER}, once: {}", wanted.split_whitespace().collect::<Vec<_>>().join(", "));
    run(command("python3").args(["-m", "venv", "--clear", FOLDER]))
        .context("cannot make a virtual environment: on Debian run `sudo apt-get install python3-venv`")?;
    let mut install = std::process::Command::new(&python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--requirement",
        REQUIREMENTS,
    ]);
    run(&mut install).context("cannot install from PyPI: is there a way to it?")?;
    std::fs::write(&done, wanted).with_context(|| format!("cannot write {}", done.display()))?;
    absolute(&python)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    // Not canonical: the interpreter is a link, and what it leads to knows nothing of the packages.
    std::path::absolute(path).with_context(|| format!("cannot find {}", path.display()))
}
