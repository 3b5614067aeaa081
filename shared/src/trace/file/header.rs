//! What a trace says of itself.

use serde::{Deserialize, Serialize};

use crate::probe::Level;
use crate::scenario::Scenario;
use crate::servers::{Program, SOURCES, Settings};

/// What a trace says of itself. It is written as JSON, so that any tool can show it, and any later version read it:
/// what is not known to a reader is passed over, and what is not said is left blank.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Header {
    /// Who wrote it: `Loopscope 0.1.0`.
    pub written_by: String,
    /// Where the events come from.
    pub origin: Origin,
    /// The program, by its name: one of the catalogue's, or what was traced.
    pub program: String,
    /// What was set of a program of the catalogue.
    pub settings: Option<Settings>,
    /// The sources that the events name: [`crate::event::Place`] has the index of one.
    pub sources: Vec<SourceText>,
    /// What was simulated, with the machine and its profile of costs.
    pub scenario: Option<Scenario>,
    /// The machine on which it really ran.
    pub machine: Option<Machine>,
    /// What the instants are, in words: `virtual time`, `CLOCK_MONOTONIC, from the start of the server`.
    pub clock: String,
    /// How much was told at the beginning.
    pub level: Option<Level>,
    /// When the instant 0 of the trace was, in nanoseconds since 1970 (UTC), by the clock of whoever recorded it.
    pub began_unix_ns: Option<u64>,
}

/// Where events come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// It is not said.
    #[default]
    Unknown,
    /// A program of the catalogue, on the simulated kernel.
    Simulated,
    /// A program of the catalogue, on a real kernel.
    Recorded,
    /// Any program, seen by another tool.
    Imported {
        /// Which tool: `strace`.
        tool: String,
        /// The command line, as far as it is known.
        command: String,
    },
}

/// A source text to which events refer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceText {
    /// The index by which [`crate::event::Place`] names it.
    pub index: u8,
    /// Its name.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A real machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Machine {
    /// The operating system: `linux`.
    pub system: String,
    /// Its kernel: `6.18.0`.
    pub kernel: String,
    /// The architecture: `x86_64`.
    pub architecture: String,
    /// How many processors it has.
    pub processors: u32,
}

impl Header {
    /// The header of a trace of a program of the catalogue, written by this version; the rest is left blank.
    pub fn of(origin: Origin, program: Program, settings: &Settings) -> Self {
        Self {
            settings: Some(settings.clone()),
            sources: sources_of(program),
            ..Self::named(origin, program.name())
        }
    }

    /// The header of a trace of any program, written by this version; the rest is left blank.
    pub fn named(origin: Origin, program: &str) -> Self {
        let written_by = concat!("Loopscope ", env!("CARGO_PKG_VERSION")).to_owned();
        Self { written_by, origin, program: program.to_owned(), ..Self::default() }
    }

    /// The program of the catalogue that the trace is of, if it is of one.
    pub fn of_catalogue(&self) -> Option<Program> {
        self.settings.as_ref().and_then(|_| Program::named(&self.program))
    }
}

/// The sources in which a program makes its calls.
fn sources_of(program: Program) -> Vec<SourceText> {
    let text = |index: usize| {
        let source = &SOURCES[index];
        SourceText { index: index as u8, name: source.name.to_owned(), text: source.text.to_owned() }
    };
    program.sources().map(text).collect()
}
