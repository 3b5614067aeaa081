//! The mistakes of the chapter's printed programs, and three that its advice is meant to prevent, each with a
//! name by which it can be made on purpose.
//!
//! Our programs make none of them unless they are asked to. What was seen of each was measured on the printed
//! programs, compiled as they stand, over loopback on Linux.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::messages;

bitflags::bitflags! {
    /// Which of the mistakes are made: none, unless asked for. [`QUIRKS`] describes each.
    ///
    /// Written as text they are names with commas between them: `drop-overflow,free-on-eof`, or `all`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(into = "String", try_from = "String")]
    pub struct Quirks: u32 {
        /// `drop-overflow`: the buffer has room for one line, and what does not fit is thrown away.
        const DROP_OVERFLOW = 1 << 0;
        /// `creeping-indices`: room in the buffer is won back only when all of it has been answered.
        const CREEPING_INDICES = 1 << 1;
        /// `reset-to-one`: the indices of an empty buffer go back to 1 instead of 0.
        const RESET_TO_ONE = 1 << 2;
        /// `read-on`: nothing stops reading when nothing can be written.
        const READ_ON = 1 << 3;
        /// `free-on-eof`: the end of input ends everything, answers that are still owed included.
        const FREE_ON_EOF = 1 << 4;
        /// `leak-descriptor`: the state of a connection is freed, its descriptor is not closed.
        const LEAK_DESCRIPTOR = 1 << 5;
        /// `off-by-one`: `fd > FD_SETSIZE` where `fd >= FD_SETSIZE` is meant.
        const OFF_BY_ONE = 1 << 6;
        /// `no-wait`: nobody waits for the children.
        const NO_WAIT = 1 << 7;
        /// `byte-reads`: a `recv` for each byte.
        const BYTE_READS = 1 << 8;
        /// `no-nodelay`: Nagle's algorithm is left on.
        const NO_NODELAY = 1 << 9;
        /// `one-accept`: one client is accepted for each time that the listener is ready.
        const ONE_ACCEPT = 1 << 10;
        /// `emfile-spin`: a listener that cannot be accepted from is asked again at once, for ever.
        const EMFILE_SPIN = 1 << 11;
        /// `write-interest-first`: the kernel is asked whether a socket is writable before a send is tried.
        const WRITE_INTEREST_FIRST = 1 << 12;
        /// `flush-overlong`: a line that is too long is answered in pieces, each with a line feed added.
        const FLUSH_OVERLONG = 1 << 13;
        /// `unlimited-output`: reading goes on however much waits to be written.
        const UNLIMITED_OUTPUT = 1 << 14;
        /// `sigpipe`: a send to a client that has gone ends the whole program.
        const SIGPIPE = 1 << 15;
        /// `stop-early`: one accept or one read an edge, and the rest is left for an edge that never comes.
        const STOP_EARLY = 1 << 16;
        /// `herd`: every loop is told of every client.
        const HERD = 1 << 17;
        /// `dup-ghost`: a second descriptor of each connection is never closed.
        const DUP_GHOST = 1 << 18;
    }
}

/// What is known of a quirk.
#[derive(Clone, Copy, Debug)]
pub struct Quirk {
    /// Which.
    pub quirk: Quirks,
    /// The name by which it is asked for.
    pub name: &'static str,
    /// The mistake, in a few words.
    pub mistake: fn() -> &'static str,
    /// What was measured on the printed program.
    pub seen: fn() -> &'static str,
    /// The names of our programs that can make it.
    pub programs: &'static [&'static str],
}

/// Every quirk.
pub const QUIRKS: &[Quirk] = &[
    Quirk {
        quirk: Quirks::DROP_OVERFLOW,
        name: "drop-overflow",
        mistake: messages::quirk_drop_overflow,
        seen: messages::quirk_drop_overflow_seen,
        programs: &["fork", "select", "event"],
    },
    Quirk {
        quirk: Quirks::CREEPING_INDICES,
        name: "creeping-indices",
        mistake: messages::quirk_creeping_indices,
        seen: messages::quirk_creeping_indices_seen,
        programs: &["select", "event"],
    },
    Quirk {
        quirk: Quirks::RESET_TO_ONE,
        name: "reset-to-one",
        mistake: messages::quirk_reset_to_one,
        seen: messages::quirk_reset_to_one_seen,
        programs: &["event"],
    },
    Quirk {
        quirk: Quirks::READ_ON,
        name: "read-on",
        mistake: messages::quirk_read_on,
        seen: messages::quirk_read_on_seen,
        programs: &["select", "event"],
    },
    Quirk {
        quirk: Quirks::FREE_ON_EOF,
        name: "free-on-eof",
        mistake: messages::quirk_free_on_eof,
        seen: messages::quirk_free_on_eof_seen,
        programs: &["select", "event", "bufferevent"],
    },
    Quirk {
        quirk: Quirks::LEAK_DESCRIPTOR,
        name: "leak-descriptor",
        mistake: messages::quirk_leak_descriptor,
        seen: messages::quirk_leak_descriptor_seen,
        programs: &["fork", "event"],
    },
    Quirk {
        quirk: Quirks::OFF_BY_ONE,
        name: "off-by-one",
        mistake: messages::quirk_off_by_one,
        seen: messages::quirk_off_by_one_seen,
        programs: &["select", "event", "bufferevent"],
    },
    Quirk {
        quirk: Quirks::NO_WAIT,
        name: "no-wait",
        mistake: messages::quirk_no_wait,
        seen: messages::quirk_no_wait_seen,
        programs: &["fork"],
    },
    Quirk {
        quirk: Quirks::BYTE_READS,
        name: "byte-reads",
        mistake: messages::quirk_byte_reads,
        seen: messages::quirk_byte_reads_seen,
        programs: &["fork"],
    },
    Quirk {
        quirk: Quirks::NO_NODELAY,
        name: "no-nodelay",
        mistake: messages::quirk_no_nodelay,
        seen: messages::quirk_no_nodelay_seen,
        programs: &["fork", "select", "event", "bufferevent"],
    },
    Quirk {
        quirk: Quirks::ONE_ACCEPT,
        name: "one-accept",
        mistake: messages::quirk_one_accept,
        seen: messages::quirk_one_accept_seen,
        programs: &["select", "event", "bufferevent"],
    },
    Quirk {
        quirk: Quirks::EMFILE_SPIN,
        name: "emfile-spin",
        mistake: messages::quirk_emfile_spin,
        seen: messages::quirk_emfile_spin_seen,
        programs: &["fork", "select", "event", "bufferevent"],
    },
    Quirk {
        quirk: Quirks::WRITE_INTEREST_FIRST,
        name: "write-interest-first",
        mistake: messages::quirk_write_interest_first,
        seen: messages::quirk_write_interest_first_seen,
        programs: &["select", "event", "bufferevent"],
    },
    Quirk {
        quirk: Quirks::FLUSH_OVERLONG,
        name: "flush-overlong",
        mistake: messages::quirk_flush_overlong,
        seen: messages::quirk_flush_overlong_seen,
        programs: &["bufferevent"],
    },
    Quirk {
        quirk: Quirks::UNLIMITED_OUTPUT,
        name: "unlimited-output",
        mistake: messages::quirk_unlimited_output,
        seen: messages::quirk_unlimited_output_seen,
        programs: &["bufferevent"],
    },
    Quirk {
        quirk: Quirks::SIGPIPE,
        name: "sigpipe",
        mistake: messages::quirk_sigpipe,
        seen: messages::quirk_sigpipe_seen,
        programs: &["bufferevent"],
    },
    Quirk {
        quirk: Quirks::STOP_EARLY,
        name: "stop-early",
        mistake: messages::quirk_stop_early,
        seen: messages::quirk_stop_early_seen,
        programs: &["epoll-et"],
    },
    Quirk {
        quirk: Quirks::HERD,
        name: "herd",
        mistake: messages::quirk_herd,
        seen: messages::quirk_herd_seen,
        programs: &["epoll"],
    },
    Quirk {
        quirk: Quirks::DUP_GHOST,
        name: "dup-ghost",
        mistake: messages::quirk_dup_ghost,
        seen: messages::quirk_dup_ghost_seen,
        programs: &["epoll"],
    },
];

impl Quirks {
    /// Those that the program of that name can make.
    pub fn of(program: &str) -> Self {
        let its = QUIRKS.iter().filter(|quirk| quirk.programs.contains(&program));
        its.fold(Self::empty(), |all, quirk| all | quirk.quirk)
    }

    /// The names, in the order of [`QUIRKS`].
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        QUIRKS.iter().filter(move |quirk| self.contains(quirk.quirk)).map(|quirk| quirk.name)
    }
}

/// The names with commas between them; nothing for none.
impl fmt::Display for Quirks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().collect::<Vec<_>>().join(","))
    }
}

/// A name that is no quirk's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no quirk `{name}`; there are {}, or `all`", Quirks::all().names().collect::<Vec<_>>().join(", "))]
pub struct UnknownQuirk {
    /// The name.
    pub name: String,
}

/// Names with commas between them, or `all`; none for an empty text.
impl FromStr for Quirks {
    type Err = UnknownQuirk;

    fn from_str(text: &str) -> Result<Self, UnknownQuirk> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(quirk_named).try_fold(Self::empty(), |all, quirk| Ok(all | quirk?))
    }
}

fn quirk_named(name: &str) -> Result<Quirks, UnknownQuirk> {
    if name == "all" {
        return Ok(Quirks::all());
    }
    let found = QUIRKS.iter().find(|quirk| quirk.name == name).map(|quirk| quirk.quirk);
    found.ok_or_else(|| UnknownQuirk { name: name.to_owned() })
}

impl From<Quirks> for String {
    fn from(quirks: Quirks) -> Self {
        quirks.to_string()
    }
}

impl TryFrom<String> for Quirks {
    type Error = UnknownQuirk;

    fn try_from(text: String) -> Result<Self, UnknownQuirk> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quirks_are_read_as_they_are_written() {
        for quirks in [Quirks::empty(), Quirks::NO_WAIT, Quirks::DROP_OVERFLOW | Quirks::FREE_ON_EOF] {
            assert_eq!(quirks.to_string().parse(), Ok(quirks));
        }
        assert_eq!("free-on-eof, drop-overflow".parse(), Ok(Quirks::DROP_OVERFLOW | Quirks::FREE_ON_EOF));
        assert_eq!("all".parse(), Ok(Quirks::all()));
        assert_eq!(Quirks::all().to_string().parse(), Ok(Quirks::all()));
    }

    #[test]
    fn an_unknown_name_is_answered_with_those_there_are() {
        let error = "drop-overflow,typo".parse::<Quirks>().unwrap_err().to_string();
        assert!(error.contains("`typo`") && error.contains("drop-overflow, creeping-indices"), "{error}");
    }

    #[test]
    fn every_quirk_is_described_once() {
        assert_eq!(QUIRKS.len(), Quirks::all().iter().count());
        for quirk in Quirks::all() {
            assert_eq!(QUIRKS.iter().filter(|entry| entry.quirk == quirk).count(), 1, "{quirk}");
        }
        assert_eq!(Quirks::of("mio"), Quirks::empty());
        assert!(Quirks::of("fork").contains(Quirks::NO_WAIT | Quirks::BYTE_READS));
    }
}
