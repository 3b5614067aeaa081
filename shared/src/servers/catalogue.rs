//! The rows of the catalogue: every program, every source, and which function is which program.
//!
//! A program is entered in three places of this file, and named once in [`super::Program`].

use super::{Entry, Program, Serves, Settings, Source, Systems};
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Clock, Epoll, Select, Selector, Sockets, Tasks};

/// Every program, in the order of the chapter's story.
pub const PROGRAMS: &[Entry] = &[
    Entry {
        program: Program::Select,
        name: "select",
        idea: "three sets of bits, rebuilt for each call",
        lesson: "The whole sets go down into the kernel and come back changed, every time: the cost grows with \
                 the highest descriptor, not with the work.",
        needs: &["Sockets", "Select"],
        serves: Serves::Everyone,
        systems: Systems::Unix,
        observed: true,
        source: "servers/select.rs",
    },
    Entry {
        program: Program::Epoll,
        name: "epoll",
        idea: "the interest list stays in the kernel, level-triggered",
        lesson: "Only what is ready comes up: the cost grows with the work, not with the number of connections.",
        needs: &["Sockets", "Epoll"],
        serves: Serves::Everyone,
        systems: Systems::Linux,
        observed: true,
        source: "servers/epoll.rs",
    },
    Entry {
        program: Program::Mio,
        name: "mio",
        idea: "edge-triggered, over epoll or kqueue",
        lesson: "Told once when something arrives, it must go on until there is no more: what a careful \
                 engineer ships.",
        needs: &["Sockets", "Selector"],
        serves: Serves::Everyone,
        systems: Systems::LinuxAndBsd,
        observed: true,
        source: "servers/mio.rs",
    },
];

/// The sources that calls are made from, in the order of [`crate::event::Place::source`].
pub const SOURCES: &[Source] = &[
    Source { name: "servers/select.rs", text: include_str!("select.rs") },
    Source { name: "servers/epoll.rs", text: include_str!("epoll.rs") },
    Source { name: "servers/mio.rs", text: include_str!("mio.rs") },
];

/// All that the programs ask of a kernel, taken together.
pub trait Everything: Sockets + Tasks + Clock + Select + Epoll + Selector + 'static {}

impl<K: Sockets + Tasks + Clock + Select + Epoll + Selector + 'static> Everything for K {}

/// Runs a program to its end.
///
/// # Errors
/// What a call failed with for which the program has no answer; `ENOSYS` if this kernel lacks what it needs.
pub async fn serve<K: Everything>(
    program: Program,
    k: &K,
    listener: Fd,
    settings: &Settings,
) -> Result<(), Errno> {
    match program {
        Program::Select => super::select::serve(k, listener, settings).await,
        Program::Epoll => super::epoll::serve(k, listener, settings).await,
        Program::Mio => super::mio::serve(k, listener, settings).await,
    }
}
