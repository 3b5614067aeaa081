//! Trace files as the commands meet them: by a path.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use loopscope_shared::probe::Level;
use loopscope_shared::scenario::Scenario;
use loopscope_shared::trace::file::{Header, Machine, Reader};

/// Opens a trace.
///
/// # Errors
/// If there is no such file, or it is no trace that this version reads.
pub fn open(path: &Path) -> Result<Reader<File>> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    Reader::open(file).with_context(|| format!("cannot open {}", path.display()))
}

/// Makes a file for a trace. One that is there already is left alone: a recording cannot be made again.
///
/// # Errors
/// If there is one of that name, or none can be made.
pub fn create(path: &Path) -> Result<File> {
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{} is there already: delete it, or choose another name", path.display())
        }
        file => file.with_context(|| format!("cannot write {}", path.display())),
    }
}

/// This machine, as a trace says on which one it was recorded.
pub fn this_machine() -> Machine {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Machine {
        system: std::env::consts::OS.to_owned(),
        kernel: rustix::system::uname().release().to_string_lossy().into_owned(),
        architecture: std::env::consts::ARCH.to_owned(),
        processors: u32::try_from(processors).unwrap_or(u32::MAX),
    }
}

/// What is said of a program on the simulated kernel.
pub fn simulated(mut header: Header, scenario: &Scenario) -> Header {
    header.scenario = Some(scenario.clone());
    // It tells of its buffers itself, without being asked.
    header.level = Some(Level::Buffers);
    header.clock = "virtual time, from the beginning of the run".to_owned();
    header
}
