//! The programs: the same ROT13 line server, each time over another way to wait.
//!
//! Every program is one async function over the traits of [`crate::kernel`]; siblings have the same functions
//! in the same order, so that the difference of two files is the lesson. This file says what a program is to the
//! rest; `catalogue` has a row for each.

pub mod bufferevent;
pub mod busy_poll;
mod catalogue;
pub mod client;
pub mod dev_poll;
pub mod epoll;
pub mod epoll_et;
pub mod event;
pub mod event_ports;
pub mod fork;
pub mod io_uring;
pub mod iocp;
pub mod kqueue;
pub mod mio;
pub mod poll;
pub mod pool;
pub mod select;
pub mod sequential;
mod settings;
pub mod threads;

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

pub use catalogue::{Everything, PROGRAMS, SOURCES, serve};
pub use settings::{DEFAULT_URL, Settings, Setup};

pub use crate::quirks::{QUIRKS, Quirk, Quirks, UnknownQuirk};
pub use crate::reactor::Backend;
use crate::time::Nanos;

/// The port on which the service is offered unless told otherwise: the chapter's.
pub const DEFAULT_PORT: u16 = 40713;

/// How many connections may wait to be accepted unless told otherwise. The chapter uses 16, and with it the
/// last of 500 clients that come at once is in after 15 seconds: each dropped SYN costs a second.
pub const DEFAULT_BACKLOG: u32 = 1024;

/// What is said of a program that waits with an interface which Linux, where the rest was compared with the real
/// kernel, does not have.
pub const NOT_OBSERVED: &str = "documented, not observed";

/// How long a server that may open no more descriptors waits before it tries to accept again.
pub const ACCEPT_PAUSE: Nanos = Nanos::from_millis(100);

/// A program of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Program {
    /// An HTTP client: [`client::serve`].
    Client,
    /// A few clients, each in its turn: [`sequential::serve`].
    Sequential,
    /// A process a connection: [`fork::serve`].
    Fork,
    /// A thread a connection: [`threads::serve`].
    Threads,
    /// A fixed number of threads: [`pool::serve`].
    Pool,
    /// Every socket is tried, for ever: [`busy_poll::serve`].
    BusyPoll,
    /// `select(2)`: [`select::serve`].
    Select,
    /// `poll(2)`: [`poll::serve`].
    Poll,
    /// `epoll(7)`, level-triggered: [`epoll::serve`].
    Epoll,
    /// `epoll(7)`, edge-triggered: [`epoll_et::serve`].
    EpollEt,
    /// `kqueue(2)`: [`kqueue::serve`].
    Kqueue,
    /// Event ports of Solaris: [`event_ports::serve`].
    EventPorts,
    /// `/dev/poll` of Solaris: [`dev_poll::serve`].
    DevPoll,
    /// `io_uring(7)`: [`io_uring::serve`].
    IoUring,
    /// Completion ports of Windows: [`iocp::serve`].
    Iocp,
    /// An event loop of our own: [`event::serve`].
    Event,
    /// Connections with buffers, over that loop: [`bufferevent::serve`].
    Bufferevent,
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
    #[serde(serialize_with = "said")]
    pub idea: fn() -> &'static str,
    /// What it makes visible, in one sentence.
    #[serde(serialize_with = "said")]
    pub lesson: fn() -> &'static str,
    /// The capabilities that it asks of a kernel: traits of [`crate::kernel`].
    pub needs: &'static [&'static str],
    /// Whom it serves: which scenarios suit it.
    pub serves: Serves,
    /// Where it runs natively. Simulated, all of them run everywhere.
    pub systems: Systems,
    /// What the simulated kernel does for it was compared with a real kernel. Otherwise it is as documented.
    pub observed: bool,
    /// The name of its source among [`SOURCES`].
    pub source: &'static str,
}

/// Writes what is said in the current language.
fn said<S: Serializer>(text: &fn() -> &'static str, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(text())
}

/// Whom a program serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Serves {
    /// Whoever comes. Nobody waits for anybody.
    Everyone,
    /// As many at a time as it has workers ([`Settings::workers`]); the next waits until one of them leaves.
    AFew,
    /// A number that is settled beforehand ([`Settings::clients`]), each when it is its turn: one that is
    /// silent holds up the others.
    InTurn,
    /// Nobody: it is a client itself.
    Nobody,
}

/// The systems on which a program runs natively.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Systems {
    /// All that have sockets.
    Unix,
    /// Linux.
    Linux,
    /// Linux, the BSDs and macOS.
    LinuxAndBsd,
    /// The BSDs and macOS.
    Bsd,
    /// None: it runs on the simulated kernel alone.
    Simulated,
}

impl Systems {
    /// Whether a system is among them; `system` is [`std::env::consts::OS`] there.
    pub fn contain(self, system: &str) -> bool {
        let bsd = ["freebsd", "openbsd", "netbsd", "dragonfly", "macos"].contains(&system);
        match self {
            Self::Unix => system != "windows",
            Self::Linux => system == "linux",
            Self::LinuxAndBsd => system == "linux" || bsd,
            Self::Bsd => bsd,
            Self::Simulated => false,
        }
    }
}

impl fmt::Display for Systems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unix => "any Unix",
            Self::Linux => "Linux",
            Self::LinuxAndBsd => "Linux, the BSDs, macOS",
            Self::Bsd => "the BSDs, macOS",
            Self::Simulated => "the simulated kernel alone",
        })
    }
}

impl Serialize for Systems {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A source text that the page shows.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// Its path below `shared/src/`.
    pub name: &'static str,
    /// The text, as it was compiled. It is empty in a browser, where the page fetches the few that are shown.
    pub text: &'static str,
    /// What tells it from the text of another build ([`stamp_of`]).
    pub stamp: u64,
}

/// A number that another text hardly has: its hash by FNV-1a.
pub const fn stamp_of(text: &[u8]) -> u64 {
    let (mut stamp, mut at) = (0xcbf2_9ce4_8422_2325, 0);
    while at < text.len() {
        stamp = (stamp ^ text[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    stamp
}

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

    /// The sources in which it makes its calls, by their indices in [`SOURCES`]: its own, and for those that run on our
    /// event loop, the loop's.
    pub fn sources(self) -> impl Iterator<Item = usize> {
        let reacts = matches!(self, Self::Event | Self::Bufferevent);
        let is_part = move |name: &str| name == self.entry().source || reacts && name.starts_with("reactor/");
        (0..SOURCES.len()).filter(move |index| is_part(SOURCES[*index].name))
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
    fn the_programs_are_in_the_order_of_the_story() {
        let order = PROGRAMS.iter().map(|entry| entry.program).collect::<Vec<_>>();
        assert!(order.is_sorted(), "those of `Program` and of PROGRAMS differ");
        assert_eq!(
            names(),
            "client, sequential, fork, threads, pool, busy-poll, select, poll, epoll, epoll-et, kqueue, \
             event-ports, dev-poll, io-uring, iocp, event, bufferevent, mio"
        );
        assert!(Program::named("event-ports").is_some() && Program::named("dev-poll").is_some());
        assert!(Program::named("io-uring").is_some() && Program::named("iocp").is_some());
    }

    #[test]
    fn every_program_has_one_entry_and_its_source() {
        for program in PROGRAMS.iter().map(|entry| entry.program) {
            assert_eq!(PROGRAMS.iter().filter(|entry| entry.program == program).count(), 1);
            assert_eq!(Program::named(program.name()), Some(program));
            assert!(program.source().text.contains("pub async fn serve"));
            let index = source_index(&format!("shared/src/{}", program.entry().source));
            assert_eq!(SOURCES[usize::from(index)].name, program.entry().source);
        }
        assert_eq!(source_index("shared/src/probe.rs"), u8::MAX);
    }
}
