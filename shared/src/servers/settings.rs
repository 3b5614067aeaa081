//! What can be set of a program, whichever it is; each takes what concerns it.

use serde::{Deserialize, Serialize};

use super::{DEFAULT_BACKLOG, Program};
use crate::quirks::Quirks;
use crate::reactor::Backend;

/// What `client` asks for unless told otherwise.
pub const DEFAULT_URL: &str = "http://www.example.com/";

/// A program, and what is set of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// The program.
    pub program: Program,
    /// What is set.
    pub settings: Settings,
}

/// What can be set of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How many clients `sequential` takes before it serves the first.
    pub clients: u32,
    /// How many threads `pool` has.
    pub workers: u32,
    /// How many loops `epoll` and `mio` have, each in a thread of its own.
    pub loops: u32,
    /// How many clients `mio` has at once; others wait in the accept queue. 0 is as many as there are descriptors.
    pub connections_max: u32,
    /// After how long `mio` ends a connection on which nothing has moved. 0 is never.
    pub idle_timeout_ms: u64,
    /// How many connections may wait at each listener that a program makes. Not written down: whoever runs the
    /// program sets it to what the listener has that it hands over.
    #[serde(skip)]
    pub backlog: u32,
    /// What the event loop of `event` and `bufferevent` waits with.
    pub backend: Backend,
    /// What `client` asks for: `http://host[:port]/path`.
    pub url: String,
    /// Which mistakes of the chapter's printed programs are made on purpose.
    pub quirks: Quirks,
}

impl Settings {
    /// Whether what a program waits with, set like this, was compared with a real kernel.
    pub fn is_observed(&self, program: Program) -> bool {
        let reacts = matches!(program, Program::Event | Program::Bufferevent);
        program.entry().observed && !(reacts && self.backend == Backend::Kqueue)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            clients: 3,
            workers: 4,
            loops: 1,
            connections_max: 0,
            idle_timeout_ms: 0,
            backlog: DEFAULT_BACKLOG,
            backend: Backend::Best,
            url: DEFAULT_URL.to_owned(),
            quirks: Quirks::empty(),
        }
    }
}
