//! What can be set of a program, whichever it is; each takes what concerns it.

use serde::{Deserialize, Serialize};

/// What can be set of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How many clients `sequential` takes before it serves the first.
    pub clients: u32,
    /// How many threads `pool` has, and how many loops `mio`.
    pub workers: u32,
    /// What the event loop of `event` and `bufferevent` waits with.
    pub backend: Backend,
    /// Which mistakes of the chapter's printed programs are made on purpose.
    pub quirks: Quirks,
}

impl Default for Settings {
    fn default() -> Self {
        Self { clients: 3, workers: 4, backend: Backend::Best, quirks: Quirks::empty() }
    }
}

/// What an event loop waits with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// The first that the system has of epoll, kqueue, poll and select.
    #[default]
    Best,
    /// `epoll(7)`.
    Epoll,
    /// `kqueue(2)`.
    Kqueue,
    /// `poll(2)`.
    Poll,
    /// `select(2)`.
    Select,
}

bitflags::bitflags! {
    /// Mistakes of the chapter's printed programs. None is made unless it is asked for.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(transparent)]
    pub struct Quirks: u32 {
        /// `drop-overflow`: reading goes on while the buffer is full, and what does not fit is thrown away.
        const DROP_OVERFLOW = 1 << 0;
    }
}
