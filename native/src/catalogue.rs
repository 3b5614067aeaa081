//! `loopscope servers`: the catalogue, for people and for programs.

use std::io::{self, Write as _};

use anyhow::{Context as _, Result};
use loopscope_shared::servers::{PROGRAMS, Program, Serves};

/// The servers that run on the real kernel of this system.
pub fn run_here() -> impl Iterator<Item = Program> {
    let here = PROGRAMS.iter().filter(|entry| entry.systems.contain(std::env::consts::OS));
    here.filter(|entry| entry.serves != Serves::Nobody).map(|entry| entry.program)
}

/// Whether a server runs on the real kernel of this system.
pub fn runs_here(program: Program) -> bool {
    run_here().any(|runs| runs == program)
}

/// Prints what servers there are.
///
/// # Errors
/// If standard output takes no more.
pub fn print(json: bool) -> Result<()> {
    let mut out = io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, PROGRAMS).context("cannot write to standard output")?;
        return writeln!(out).context("cannot write to standard output");
    }
    for entry in PROGRAMS {
        writeln!(out, "{:<8} {}", entry.name, entry.idea)
            .and_then(|()| writeln!(out, "         {}", entry.lesson))
            .and_then(|()| {
                writeln!(out, "         needs {}; runs on {}", entry.needs.join(", "), entry.systems)
            })
            .context("cannot write to standard output")?;
    }
    Ok(())
}
