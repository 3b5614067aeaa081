//! `cargo xtask run`: everything up to a working page.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;

use anyhow::{Context, Result};

use crate::command::{command, shown};
use crate::{build, tools};

/// Builds what is not built yet and becomes `loopscope serve`, with these arguments. It prints the addresses.
///
/// # Errors
/// If something cannot be installed, built or started.
pub(crate) fn run(args: &[OsString]) -> Result<()> {
    tools::for_the_page()?;
    build::page()?;
    build::binary()?;
    let binary = build::binary_path()?;
    let mut serve = command(&binary.to_string_lossy());
    serve.arg("serve").args(args);
    println!("$ {}", shown(&serve));
    // Taking this process's place, and not a child of it, it alone gets the Ctrl-C and ends as it likes.
    Err(serve.exec()).with_context(|| format!("cannot start {}", binary.display()))
}
