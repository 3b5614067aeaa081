//! `loopscope servers`: the catalogue, for people and for programs.

use std::io::{self, Write as _};

use anyhow::{Context as _, Result};
use loopscope_shared::errno::Errno;
use loopscope_shared::servers::{
    Entry, NOT_OBSERVED, PROGRAMS, Program, QUIRKS, Quirk, Quirks, Serves, Settings, Setup,
};
use serde::Serialize;

/// The servers that run on the real kernel of this system.
pub fn run_here() -> impl Iterator<Item = Program> {
    let here = PROGRAMS.iter().filter(|entry| entry.systems.contain(std::env::consts::OS));
    here.filter(|entry| entry.serves != Serves::Nobody).map(|entry| entry.program)
}

/// Whether a server runs on the real kernel of this system.
pub fn runs_here(program: Program) -> bool {
    run_here().any(|runs| runs == program)
}

/// What runs if that is asked for. Where the kernel refuses rings, it is the next best thing to `io-uring`, and why.
pub fn next_best(setup: &Setup) -> (Setup, Option<String>) {
    let Some(errno) = refusal(setup.program) else { return (setup.clone(), None) };
    let program = Program::Epoll;
    let quirks = setup.settings.quirks & Quirks::of(program.name());
    let settings = Settings { quirks, ..setup.settings.clone() };
    let why = format!(
        "io-uring cannot run: the system lets it make no rings ({errno}); where it is Linux 5.19 or later, the sysctl \
         kernel.io_uring_disabled or a sandbox forbids it: {} serves in its place",
        program.name()
    );
    (Setup { program, settings }, Some(why))
}

#[cfg(target_os = "linux")]
fn refusal(program: Program) -> Option<Errno> {
    let refused = (program == Program::IoUring).then(crate::os::rings::allowed)?.err()?;
    // Whatever else fails is no refusal, and is told where it happens.
    matches!(refused, Errno::EPERM | Errno::ENOSYS).then_some(refused)
}

/// Elsewhere there is no such program.
#[cfg(not(target_os = "linux"))]
fn refusal(_: Program) -> Option<Errno> {
    None
}

/// What `loopscope servers --json` says of a program.
#[derive(Debug, Serialize)]
struct Listed {
    #[serde(flatten)]
    entry: &'static Entry,
    quirks: Vec<ListedQuirk>,
}

/// A mistake that a program can make on purpose.
#[derive(Debug, Serialize)]
struct ListedQuirk {
    name: &'static str,
    mistake: &'static str,
    seen: &'static str,
}

impl Listed {
    fn of(entry: &'static Entry) -> Self {
        let listed = |quirk: &Quirk| {
            let Quirk { name, mistake, seen, .. } = *quirk;
            ListedQuirk { name, mistake: mistake(), seen: seen() }
        };
        Self { entry, quirks: quirks_of(entry).map(listed).collect() }
    }
}

fn quirks_of(entry: &'static Entry) -> impl Iterator<Item = &'static Quirk> {
    QUIRKS.iter().filter(|quirk| quirk.programs.contains(&entry.name))
}

/// Prints what servers there are.
///
/// # Errors
/// If standard output takes no more.
pub fn print(json: bool) -> Result<()> {
    let mut out = io::stdout().lock();
    if json {
        let listed: Vec<Listed> = PROGRAMS.iter().map(Listed::of).collect();
        serde_json::to_writer_pretty(&mut out, &listed).context("cannot write to standard output")?;
        return writeln!(out).context("cannot write to standard output");
    }
    for entry in PROGRAMS {
        writeln!(out, "{:<8} {}", entry.name, (entry.idea)())
            .and_then(|()| writeln!(out, "         {}", (entry.lesson)()))
            .and_then(|()| {
                writeln!(out, "         needs {}; runs on {}", entry.needs.join(", "), entry.systems)
            })
            .and_then(|()| match entry.observed {
                true => Ok(()),
                false => writeln!(out, "         simulated as {NOT_OBSERVED}"),
            })
            .context("cannot write to standard output")?;
        for quirk in quirks_of(entry) {
            writeln!(out, "         --quirks {}: {}", quirk.name, (quirk.mistake)())
                .context("cannot write to standard output")?;
        }
    }
    Ok(())
}
