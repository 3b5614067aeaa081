//! The mistakes of the chapter's printed programs, and three that its advice is meant to prevent, each with a
//! name by which it can be made on purpose.
//!
//! Our programs make none of them unless they are asked to. What was seen of each was measured on the printed
//! programs, compiled as they stand, over loopback on Linux.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

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
    pub mistake: &'static str,
    /// What was measured on the printed program.
    pub seen: &'static str,
    /// The names of our programs that can make it.
    pub programs: &'static [&'static str],
}

/// Every quirk.
pub const QUIRKS: &[Quirk] = &[
    Quirk {
        quirk: Quirks::DROP_OVERFLOW,
        name: "drop-overflow",
        mistake: "the buffer has room for one line of 16,384 bytes, and what does not fit is thrown away",
        seen: "of 64 KiB of complete lines sent at once 16,384 bytes came back; a line of 20,000 bytes came \
               back as 16,385 (fork) or 16,384 bytes, without its line feed",
        programs: &["fork", "select", "event"],
    },
    Quirk {
        quirk: Quirks::CREEPING_INDICES,
        name: "creeping-indices",
        mistake: "room in the buffer is won back only when everything in it has been answered, so a connection \
                  that always has a part of a line in flight creeps to the end of it",
        seen: "of 400 times a line of 50 bytes with 9 bytes of the next, 23,935 of 23,991 bytes came back",
        programs: &["select", "event"],
    },
    Quirk {
        quirk: Quirks::RESET_TO_ONE,
        name: "reset-to-one",
        mistake: "the indices of an empty buffer go back to 1 instead of 0: one byte of it is never used again",
        seen: "a slip in the printed code: with drop-overflow, a line that fills the buffer loses one byte more",
        programs: &["event"],
    },
    Quirk {
        quirk: Quirks::READ_ON,
        name: "read-on",
        mistake: "nothing stops reading when nothing can be written",
        seen: "a client that never reads and sends for 1.5 s: 626 MB (select) and 532 MB (event) were \
               swallowed, and, with drop-overflow, dropped",
        programs: &["select", "event"],
    },
    Quirk {
        quirk: Quirks::FREE_ON_EOF,
        name: "free-on-eof",
        mistake: "the state is freed at the end of input, before what is owed was written",
        seen: "a line, then a half close at once, 50 times: 22 (select) and 24 (event) answers came",
        programs: &["select", "event", "bufferevent"],
    },
    Quirk {
        quirk: Quirks::LEAK_DESCRIPTOR,
        name: "leak-descriptor",
        mistake: "the state of a connection is freed and its descriptor is not closed; in fork, the parent \
                  never closes its own",
        seen: "20 connections opened and closed leave 20 descriptors; after about 1,000 nobody is answered",
        programs: &["fork", "event"],
    },
    Quirk {
        quirk: Quirks::OFF_BY_ONE,
        name: "off-by-one",
        mistake: "`fd > FD_SETSIZE` where `fd >= FD_SETSIZE` is meant: one slot past the end of the sets",
        seen: "descriptor 1024 is taken; in C that writes past the end of an array, here it is never watched",
        programs: &["select", "event", "bufferevent"],
    },
    Quirk {
        quirk: Quirks::NO_WAIT,
        name: "no-wait",
        mistake: "the parent never waits for its children",
        seen: "every connection leaves a zombie",
        programs: &["fork"],
    },
    Quirk {
        quirk: Quirks::BYTE_READS,
        name: "byte-reads",
        mistake: "one byte is asked for at a time",
        seen: "17 system calls for a line of 16 bytes, where a careful loop over epoll makes 3",
        programs: &["fork"],
    },
    Quirk {
        quirk: Quirks::NO_NODELAY,
        name: "no-nodelay",
        mistake: "Nagle's algorithm is left on, and many small sends meet the other end's delayed ACK",
        seen: "two lines an exchange: 46 lines/s (fork), 44 ms each, and 16,686 with TCP_NODELAY; 100 lines \
               at once on 50 connections: 0.11 M lines/s (bufferevent), where select does 7 M",
        programs: &["fork", "select", "event", "bufferevent"],
    },
    Quirk {
        quirk: Quirks::ONE_ACCEPT,
        name: "one-accept",
        mistake: "one client is accepted for each time that the listener is ready; the others wait a round",
        seen: "500 clients at once and a backlog of 16: the last one is in after 15 s (select)",
        programs: &["select", "event", "bufferevent"],
    },
    Quirk {
        quirk: Quirks::EMFILE_SPIN,
        name: "emfile-spin",
        mistake: "a listener that cannot be accepted from for want of descriptors is asked again at once",
        seen: "20 descriptors and 30 clients: 99 to 100 % CPU, and 3.5 to 10.8 million error lines",
        programs: &["fork", "select", "event", "bufferevent"],
    },
    Quirk {
        quirk: Quirks::WRITE_INTEREST_FIRST,
        name: "write-interest-first",
        mistake: "the kernel is asked whether a socket is writable before a send is tried",
        seen: "5 (select) and 7 (event, bufferevent) system calls for a line, where a careful loop makes 3",
        programs: &["select", "event", "bufferevent"],
    },
    Quirk {
        quirk: Quirks::FLUSH_OVERLONG,
        name: "flush-overlong",
        mistake: "a line that is too long is answered in pieces, each with a line feed added",
        seen: "a line of 20,000 bytes came back as 20,002 bytes with two line feeds",
        programs: &["bufferevent"],
    },
    Quirk {
        quirk: Quirks::UNLIMITED_OUTPUT,
        name: "unlimited-output",
        mistake: "the output buffer has no limit; the high-water mark for writing is only advice",
        seen: "a client that never reads: resident memory grew to 110 MB",
        programs: &["bufferevent"],
    },
    Quirk {
        quirk: Quirks::SIGPIPE,
        name: "sigpipe",
        mistake: "SIGPIPE is not ignored, so a send to a client that has gone ends the program",
        seen: "killed by signal 13 when clients left while it still wrote",
        programs: &["bufferevent"],
    },
    Quirk {
        quirk: Quirks::STOP_EARLY,
        name: "stop-early",
        mistake: "one accept or one read of 1,024 bytes for each edge; the rest is left for an edge that never \
                  comes",
        seen: "not the chapter's: it warns of what edges ask for; a socket that is not emptied makes no event \
               until something new arrives",
        programs: &["epoll-et"],
    },
    Quirk {
        quirk: Quirks::HERD,
        name: "herd",
        mistake: "several loops watch one listener without EPOLLEXCLUSIVE: every client wakes all of them",
        seen: "not the chapter's: with two epolls both woke for each client, and one accept failed with EAGAIN",
        programs: &["epoll"],
    },
    Quirk {
        quirk: Quirks::DUP_GHOST,
        name: "dup-ghost",
        mistake: "a second descriptor of each connection is never closed, so closing the first ends neither the \
                  connection nor its place in the interest list",
        seen: "not the chapter's: events went on under the number that was closed, and nothing could end them",
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
