//! The programs: the same ROT13 line server, each time over another way to wait.
//!
//! Every program is one async function over the traits of [`crate::kernel`]; siblings have the same functions
//! in the same order, so that the difference of two files is the lesson. This file is their catalogue.

pub mod epoll;
pub mod mio;
pub mod select;
mod settings;

use serde::{Deserialize, Serialize};

pub use settings::{Backend, Quirks, Settings};

use crate::time::Nanos;

/// The port on which the service is offered unless told otherwise: the chapter's.
pub const DEFAULT_PORT: u16 = 40713;

/// How many connections may wait to be accepted unless told otherwise. The chapter uses 16, and with it the
/// last of 500 clients that come at once is in after 15 seconds: each dropped SYN costs a second.
pub const DEFAULT_BACKLOG: u32 = 1024;

/// How long a server that may open no more descriptors waits before it tries to accept again.
pub const ACCEPT_PAUSE: Nanos = Nanos::from_millis(100);

/// A program of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Program {
    /// `select(2)`: [`select::serve`].
    Select,
    /// `epoll(7)`, level-triggered: [`epoll::serve`].
    Epoll,
    /// mio, edge-triggered: [`mio::serve`].
    Mio,
}

/// What the catalogue says of a program.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Entry {
    /// Which program.
    #[serde(skip)]
    pub program: Program,
    /// The name by which it is asked for.
    pub name: &'static str,
    /// What it is, in a few words.
    pub idea: &'static str,
    /// What it makes visible, in one sentence.
    pub lesson: &'static str,
    /// The capabilities that it asks of a kernel: traits of [`crate::kernel`].
    pub needs: &'static [&'static str],
    /// Where it runs natively.
    pub systems: &'static str,
    /// The name of its source among [`SOURCES`].
    pub source: &'static str,
}

/// A source text that the page shows.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Its path below `shared/src/`.
    pub name: &'static str,
    /// The text, as it was compiled.
    pub text: &'static str,
}

/// Every program, in the order of the chapter's story.
pub const PROGRAMS: &[Entry] = &[
    Entry {
        program: Program::Select,
        name: "select",
        idea: "three sets of bits, rebuilt for each call",
        lesson: "The whole sets go down into the kernel and come back changed, every time: the cost grows with \
                 the highest descriptor, not with the work.",
        needs: &["Sockets", "Select"],
        systems: "any Unix",
        source: "servers/select.rs",
    },
    Entry {
        program: Program::Epoll,
        name: "epoll",
        idea: "the interest list stays in the kernel, level-triggered",
        lesson: "Only what is ready comes up: the cost grows with the work, not with the number of connections.",
        needs: &["Sockets", "Epoll"],
        systems: "Linux",
        source: "servers/epoll.rs",
    },
    Entry {
        program: Program::Mio,
        name: "mio",
        idea: "edge-triggered, over epoll or kqueue",
        lesson: "Told once when something arrives, it must go on until there is no more: what a careful \
                 engineer ships.",
        needs: &["Sockets", "Selector"],
        systems: "Linux, the BSDs, macOS",
        source: "servers/mio.rs",
    },
];

/// The sources that calls are made from, in the order of [`crate::event::Place::source`].
pub const SOURCES: &[Source] = &[
    Source { name: "servers/select.rs", text: include_str!("servers/select.rs") },
    Source { name: "servers/epoll.rs", text: include_str!("servers/epoll.rs") },
    Source { name: "servers/mio.rs", text: include_str!("servers/mio.rs") },
];

/// The index in [`SOURCES`] of a file as the compiler names it, or `u8::MAX` if it is none of them.
pub fn source_index(file: &str) -> u8 {
    let found = SOURCES.iter().position(|source| file.ends_with(source.name));
    found.and_then(|index| u8::try_from(index).ok()).unwrap_or(u8::MAX)
}

impl Program {
    /// What the catalogue says of it.
    pub fn entry(self) -> &'static Entry {
        PROGRAMS
            .iter()
            .find(|entry| entry.program == self)
            .expect("a test holds that every program has an entry")
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// Its source.
    pub fn source(self) -> &'static Source {
        let name = self.entry().source;
        SOURCES
            .iter()
            .find(|source| source.name == name)
            .expect("a test holds that every program has a source")
    }

    /// The program of that name.
    pub fn named(name: &str) -> Option<Self> {
        PROGRAMS.iter().find(|entry| entry.name == name).map(|entry| entry.program)
    }
}

/// The names of all programs, for a message: `select, epoll, mio`.
pub fn names() -> String {
    PROGRAMS.iter().map(|entry| entry.name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_has_one_entry_and_its_source() {
        for program in [Program::Select, Program::Epoll, Program::Mio] {
            assert_eq!(PROGRAMS.iter().filter(|entry| entry.program == program).count(), 1);
            assert_eq!(Program::named(program.name()), Some(program));
            assert!(program.source().text.contains("pub async fn serve"));
            let index = source_index(&format!("shared/src/{}", program.entry().source));
            assert_eq!(SOURCES[usize::from(index)].name, program.entry().source);
        }
        assert_eq!(source_index("shared/src/probe.rs"), u8::MAX);
    }
}
