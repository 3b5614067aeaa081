//! The descriptors: their tubes, the program's buffer for each, and what the kernel was asked to watch.

use std::fmt;
use std::net::SocketAddr;

use loopscope_shared::ids::{Fd, FileId, PeerId, TaskId};
use loopscope_shared::kernel::Mask;
use loopscope_shared::rot13;
use loopscope_shared::world::{File, FileKind, Provenance, Stream, Tube};

use super::names::name;
use super::readiness::Readiness;
use super::words::letters;
use crate::messages as m;
use crate::model::text::grouped;

/// A tube of unknown size is drawn as if it held so much: what Linux gives a new socket for receiving
/// (`tcp_rmem`, the default of 128 KiB).
const SIZE_SUPPOSED: u64 = 131_072;

/// A descriptor, as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Its number.
    pub fd: Fd,
    /// Which life of the number.
    pub generation: u32,
    /// What it names.
    pub file: FileId,
    /// Whose it is, if not of the process that the stage is about.
    pub owner: Option<TaskId>,
    /// What it is.
    pub kind: Kind,
    /// What a wait would say of it.
    pub readiness: Readiness,
    /// What is watched: by an epoll instance, or by the `select` that is under way.
    pub watched: Option<Mask>,
    /// It is on a ready list.
    pub listed: bool,
    /// Bytes wait in it, and no edge will tell of them again.
    pub stranded: bool,
    /// Bytes wait in it until its answers are taken: the edge of the room to send tells of them again.
    pub held_back: bool,
    /// Its state.
    pub state: State,
    /// The reader has chosen it.
    pub selected: bool,
    /// The latest call is about it.
    pub touched: bool,
    /// The tasks that sleep in a call about it.
    pub sleepers: Vec<TaskId>,
    /// The operations on it that the kernel carries out by itself: `recv`, `send`, `accept`.
    pub under_way: Vec<&'static str>,
    /// A registry that asks for each report anew has had its report, and was not asked again.
    pub deaf: bool,
}

/// Where a descriptor is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whose it is, if not of the process that the stage is about.
    pub owner: Option<TaskId>,
    /// Its number.
    pub fd: Fd,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.owner {
            Some(owner) => write!(f, "{owner}-{}", self.fd),
            None => write!(f, "{}", self.fd),
        }
    }
}

impl From<Fd> for Place {
    fn from(fd: Fd) -> Self {
        Self { owner: None, fd }
    }
}

/// What a descriptor is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A socket that listens.
    Listener {
        /// The clients that wait in its accept queue; nothing is known of one that is `None`.
        queue: Vec<Option<PeerId>>,
        /// How many may wait.
        room: u32,
        /// The queue can be seen: a real kernel does not show it.
        seen: bool,
        /// How many an observer last saw waiting, where the queue cannot be seen.
        sampled: Option<u32>,
    },
    /// A connection.
    Stream(Box<StreamView>),
    /// Something else, in a few words.
    Other(&'static str),
}

/// A connection, as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamView {
    /// The kernel's receive buffer.
    pub recv: TubeView,
    /// The kernel's send buffer.
    pub send: TubeView,
    /// The program's own buffer.
    pub slot: Slot,
    /// The client.
    pub peer: Option<PeerId>,
    /// The client's address.
    pub from: Option<SocketAddr>,
    /// The client has ended its direction.
    pub ended: bool,
    /// Bytes that the client has sent and that have not come; `None` where the network is not seen.
    pub coming: Option<u64>,
}

/// A buffer of the kernel's, as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct TubeView {
    /// How many bytes are in it.
    pub level: u64,
    /// How many it holds, where that is known.
    pub capacity: Option<u64>,
    /// How full it is, from 0 to 1.
    pub fill: f64,
    /// The first of the bytes, a character for each.
    pub letters: String,
    /// How its level is known.
    pub how: Provenance,
}

/// The program's buffer for one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    /// How many bytes are in it.
    pub level: u64,
    /// The first of them as the program holds them, rotated; a character for each.
    pub letters: String,
    /// Complete lines that are not yet sent.
    pub lines: u64,
    /// What is to be said of it.
    pub note: String,
    /// Bytes of the connection that the program threw away.
    pub lost: u64,
    /// What is in it cannot be known.
    pub unknown: bool,
    /// What the program itself says of its two buffers: received and not yet used, made and not yet sent.
    pub two: Option<(u32, u32)>,
    /// The kernel has written into it, and the program does not know yet.
    pub poured: bool,
}

impl Card {
    /// `7`, or `7.2` where the number has its second life.
    pub fn name(&self) -> String {
        name(self.fd, self.generation)
    }

    /// Where it is drawn.
    pub fn place(&self) -> Place {
        Place { owner: self.owner, fd: self.fd }
    }

    /// The connection, if it is one.
    pub fn stream(&self) -> Option<&StreamView> {
        match &self.kind {
            Kind::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    /// Whether there is anything in one of its buffers.
    pub fn is_busy(&self) -> bool {
        self.touched || self.stream().is_some_and(|stream| stream.recv.level + stream.send.level > 0)
    }

    /// Its state in a word or two, if its levels and its readiness do not say the same.
    pub fn notable(&self) -> Option<&'static str> {
        use State::{Answering, Data, Full, Idle, Plain};
        (!matches!(self.state, Plain | Idle | Data | Answering | Full)).then(|| self.state.text())
    }

    /// All that the card shows, in one sentence.
    pub fn sentence(&self) -> String {
        let name = self.name();
        let ready = match (self.readiness.readable(), self.readiness.writable()) {
            (None, None) => m::stage_ready_unknown(),
            (Some(true), Some(true)) => m::stage_ready_both(),
            (Some(true), _) => m::stage_ready_read(),
            (_, Some(true)) => m::stage_ready_write(),
            _ => m::stage_ready_nothing(),
        };
        match &self.kind {
            Kind::Listener { queue, room, seen: true, .. } => {
                m::stage_card_listener(name, queue.len(), room, ready)
            }
            Kind::Listener { .. } => m::stage_card_listens(name, ready),
            Kind::Stream(stream) => {
                m::stage_card_stream(name, stream.recv.text(), stream.send.text(), ready, self.state.text())
            }
            Kind::Other(what) => m::stage_card_other(name, what),
        }
    }
}

/// What is to be said of a descriptor beside its levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is said in a word or two by `text`")]
pub enum State {
    Plain,
    Idle,
    Data,
    Answering,
    Full,
    Stranded,
    HeldBack,
    Reset,
    EndSeen,
    EndCame,
    NotLookedAt,
}

impl State {
    pub(super) fn of(file: &File, readiness: Readiness) -> Self {
        let FileKind::Stream(stream) = &file.kind else { return Self::Plain };
        let full = stream.send.level > 0
            && stream.send.provenance == Provenance::Told
            && readiness.writable() == Some(false);
        match () {
            () if stream.reset => Self::Reset,
            () if full => Self::Full,
            () if stream.end_seen => Self::EndSeen,
            () if stream.input_ended => Self::EndCame,
            () if stream.recv.level > 0 => Self::Data,
            () if stream.send.level > 0 => Self::Answering,
            () if stream.recv.provenance == Provenance::Unknown => Self::NotLookedAt,
            () => Self::Idle,
        }
    }

    /// In a word or two.
    pub fn text(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Idle => m::stage_state_idle(),
            Self::Data => m::stage_state_data(),
            Self::Answering => m::stage_state_answering(),
            Self::Full => m::stage_state_full(),
            Self::Stranded => m::stage_state_stranded(),
            Self::HeldBack => m::stage_state_held_back(),
            Self::Reset => m::stage_state_reset(),
            Self::EndSeen => m::stage_state_end_seen(),
            Self::EndCame => m::stage_state_end_came(),
            Self::NotLookedAt => m::stage_state_not_looked_at(),
        }
    }
}

impl TubeView {
    /// `6 bytes`, or that it is not known.
    pub fn text(&self) -> String {
        match self.how {
            Provenance::Unknown => m::stage_bytes_unknown().to_owned(),
            _ => m::stage_bytes(self.level),
        }
    }

    /// A tube that was empty when it was looked at, and is told to be readable now, holds nobody knows what.
    pub(super) fn beside(self, readiness: Readiness) -> Self {
        let looked = matches!(self.how, Provenance::Sampled | Provenance::Inferred);
        let stale = looked && self.level == 0 && readiness.readable() == Some(true);
        Self { how: if stale { Provenance::Unknown } else { self.how }, ..self }
    }

    pub(super) fn of(tube: &Tube) -> Self {
        let size = tube.capacity.unwrap_or(SIZE_SUPPOSED).max(1);
        Self {
            level: tube.level,
            capacity: tube.capacity,
            fill: (tube.level as f64 / size as f64).min(1.0),
            letters: letters(&tube.head),
            how: tube.provenance,
        }
    }
}

impl Slot {
    /// What the program holds of a connection; of a program that is known from outside only (`foreign`), nobody
    /// knows what it keeps.
    pub(super) fn of(stream: &Stream, foreign: bool) -> Self {
        if foreign {
            return Self { unknown: true, ..Self::default() };
        }
        if stream.taken_ahead > 0 {
            let note = m::stage_poured(grouped(stream.taken_ahead));
            let (level, letters) = (stream.taken_ahead, letters(&stream.poured));
            return Self { level, letters, note, poured: true, ..Self::default() };
        }
        let mut head = stream.program.head.clone();
        if stream.own {
            let level = stream.program.level;
            return Self { level, letters: letters(&head), two: stream.buffered, ..Self::default() };
        }
        rot13::rotate_in_place(&mut head);
        let lines = stream.lines_due.iter().map(|(_, lines)| u64::from(*lines)).sum();
        let level = stream.program.level;
        let note = match (level, lines) {
            (0, _) => String::new(),
            (_, 0) => m::stage_no_line_feed().to_owned(),
            (_, lines) => m::stage_lines_to_send(lines),
        };
        let (letters, lost) = (letters(&head), stream.lost);
        Self { level, letters, lines, note, lost, two: stream.buffered, ..Self::default() }
    }
}

#[cfg(test)]
mod tests;
