//! What is looked for: one table.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::findings::look::Look;
use crate::findings::{
    Finding, Settings, accepts, blocking, bytes, closed, ctl, drained, edges, herd, idle, inherited, leaks,
    lost, starved, storm, turns, words, writes,
};
use crate::messages;

/// The kinds of trouble, in the order in which they are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A loop wakes up and has nothing to do. Of its wake-ups.
    IdleWakeups,
    /// `EAGAIN` again and again, unasked. Of the calls at that line; weight: how many in a row.
    EagainStorm,
    /// `accept` fails for want of descriptors and is tried again at once. Of the accepts; weight: how many in a
    /// row.
    EmfileLoop,
    /// After a short read another one, to hear `EAGAIN`. Of the reads.
    NeedlessEagain,
    /// A read for each byte. Of the reads; weight: how many in a row.
    ByteReads,
    /// Room to write is reported and nobody needs it. Of the waits; weight: how many in a row.
    WriteInterest,
    /// Not all was read after an edge. Weight: bytes or connections left behind.
    UndrainedEdge,
    /// Closed, and still in an interest list. Of the closes; weight: how often it was reported since.
    ClosedRegistered,
    /// A turn of a loop took long and others waited. Of the turns; weight: how long it took, in nanoseconds.
    LongTurn,
    /// Changes of what is watched that could have been saved. Of those changes.
    WastedCtl,
    /// Connections that are over and stay open. Weight: for how long, in nanoseconds.
    FdLeak,
    /// One descriptor is served while another waits. Weight: how many calls the one had in that turn.
    Starvation,
    /// One client wakes several. Of the accepts.
    ThunderingHerd,
    /// A connection goes on in another program.
    MissingCloexec,
    /// A call may block a loop over many descriptors.
    MissingNonblock,
    /// Received bytes were thrown away. Weight: how many until then.
    Lost,
}

/// How grave something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It costs calls and CPU, and no more.
    Waste,
    /// Somebody waits who need not.
    Delay,
    /// It is wrong: something is lost, leaks, hangs or spins.
    Fault,
}

/// What is known of a kind.
#[derive(Clone, Copy)]
pub struct Entry {
    /// Which.
    pub kind: Kind,
    /// The name by which it is asked for.
    pub name: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// How often it has to happen before it is told, unless the settings say otherwise: once is chance where it
    /// costs a call, and enough where it is wrong.
    pub min_count: u64,
    /// On how many percent of its occasions, unless the settings say otherwise: a habit, not an exception.
    pub min_percent: u64,
    /// It needs the times of calls.
    pub timed: bool,
    /// What it is, in one line.
    pub lesson: fn() -> &'static str,
    /// What to do about it, in one sentence.
    pub advice: fn() -> &'static str,
    /// What has to be known of a program for it to be found.
    pub needs: fn() -> &'static str,
    /// What was found, in one sentence.
    pub(super) says: fn(&Finding) -> String,
    /// What looks for it.
    pub(super) look: fn(&Settings) -> Box<dyn Look>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("kind", &self.kind).field("name", &self.name).finish_non_exhaustive()
    }
}

/// A row of the table, of which the texts have the name of the kind.
macro_rules! entries {
    (@timed) => { true };
    (@any) => { false };
    ($($kind:ident $name:literal $severity:ident $count:literal $percent:literal $timed:ident
       $lesson:ident $advice:ident $needs:ident $says:path, $look:path;)*) => {
        &[$(Entry {
            kind: Kind::$kind,
            name: $name,
            severity: Severity::$severity,
            min_count: $count,
            min_percent: $percent,
            timed: entries!(@$timed),
            lesson: messages::$lesson,
            advice: messages::$advice,
            needs: messages::$needs,
            says: $says,
            look: $look,
        }),*]
    };
}

/// Every kind, in the order of [`Kind`]. What is waste is told from some twenty times and a fifth of the occasions
/// on: less is no habit. What is wrong is told from the first time on, unless the first time can be chance.
pub const CATALOGUE: &[Entry] = entries! {
    IdleWakeups "idle-wakeups" Waste 20 20 any
        finding_idle_lesson finding_idle_advice finding_idle_needs words::idle, idle::Idle::look;
    EagainStorm "eagain-storm" Waste 50 20 timed
        finding_storm_lesson finding_storm_advice finding_storm_needs words::storm, storm::Storm::look;
    EmfileLoop "emfile-loop" Fault 10 0 timed
        finding_emfile_lesson finding_emfile_advice finding_emfile_needs words::emfile, accepts::Accepts::look;
    NeedlessEagain "needless-eagain" Waste 20 20 any
        finding_needless_lesson finding_needless_advice finding_needless_needs
        words::needless, drained::Drained::look;
    ByteReads "byte-reads" Waste 20 20 any
        finding_bytes_lesson finding_bytes_advice finding_bytes_needs words::bytes, bytes::Bytes::look;
    WriteInterest "write-interest" Waste 20 20 any
        finding_room_lesson finding_room_advice finding_room_needs words::room, writes::Writes::look;
    UndrainedEdge "undrained-edge" Fault 1 0 any
        finding_edge_lesson finding_edge_advice finding_edge_needs words::edge, edges::Edges::look;
    ClosedRegistered "closed-registered" Fault 1 0 any
        finding_closed_lesson finding_closed_advice finding_closed_needs words::closed, closed::Closed::look;
    LongTurn "long-turn" Delay 1 0 timed
        finding_turn_lesson finding_turn_advice finding_turn_needs words::turn, turns::Turns::look;
    WastedCtl "wasted-ctl" Waste 20 20 any
        finding_ctl_lesson finding_ctl_advice finding_ctl_needs words::ctl, ctl::Ctl::look;
    FdLeak "fd-leak" Fault 5 0 timed
        finding_leak_lesson finding_leak_advice finding_leak_needs words::leak, leaks::Leaks::look;
    Starvation "starvation" Delay 1 0 any
        finding_starved_lesson finding_starved_advice finding_starved_needs
        words::starved, starved::Starved::look;
    ThunderingHerd "thundering-herd" Waste 10 20 any
        finding_herd_lesson finding_herd_advice finding_herd_needs words::herd, herd::Herd::look;
    MissingCloexec "missing-cloexec" Fault 1 0 any
        finding_cloexec_lesson finding_cloexec_advice finding_cloexec_needs
        words::cloexec, inherited::Inherited::look;
    MissingNonblock "missing-nonblock" Fault 1 0 any
        finding_nonblock_lesson finding_nonblock_advice finding_nonblock_needs
        words::nonblock, blocking::Blocking::look;
    Lost "lost" Fault 1 0 any
        finding_lost_lesson finding_lost_advice finding_lost_needs words::lost, lost::Lost::look;
};

impl Kind {
    /// What is known of it.
    pub fn entry(self) -> &'static Entry {
        // The table has the order of the kinds, which a test holds.
        &CATALOGUE[self as usize]
    }

    /// The name by which it is asked for.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// What to do about it, in one sentence.
    pub fn advice(self) -> &'static str {
        (self.entry().advice)()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Severity {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waste => "waste",
            Self::Delay => "delay",
            Self::Fault => "fault",
        }
    }
}

/// A name that is no kind's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no finding `{name}`; there are {}", CATALOGUE.iter().map(|entry| entry.name).collect::<Vec<_>>().join(", "))]
pub struct UnknownKind {
    /// The name.
    pub name: String,
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        let found = CATALOGUE.iter().find(|entry| entry.name == name).map(|entry| entry.kind);
        found.ok_or_else(|| UnknownKind { name: name.to_owned() })
    }
}
