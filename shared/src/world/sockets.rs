//! Connections: their buffers on both sides of the line, and the clients at their far end.

use std::collections::VecDeque;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::errno::Errno;
use crate::event::CAPTURE_MAX;
use crate::ids::PeerId;
use crate::time::Nanos;

/// How a value came to be known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Provenance {
    /// Not known at all.
    #[default]
    Unknown,
    /// It follows from events that say so.
    Told,
    /// An observer looked, once; it may have changed since.
    Sampled,
    /// It follows from what the program got and gave.
    Inferred,
}

/// A buffer: how full it is, and the first of its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tube {
    /// How many bytes are in it.
    pub level: u64,
    /// How many it holds, where that is known.
    pub capacity: Option<u64>,
    /// The first bytes in it, as far as they are known, at most [`CAPTURE_MAX`].
    pub head: Vec<u8>,
    /// How its level is known.
    pub provenance: Provenance,
}

/// A connection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    /// The client, where it is known.
    pub peer: Option<PeerId>,
    /// The other end's address, where it is known.
    pub from: Option<SocketAddr>,
    /// The program has asked for it itself (`connect`): what it sends are no answers.
    pub own: bool,
    /// The program has asked for it, and it is not there yet.
    pub connecting: bool,
    /// The kernel's receive buffer.
    pub recv: Tube,
    /// The kernel's send buffer.
    pub send: Tube,
    /// What the program has received, and neither answered yet nor thrown away: its own buffer.
    pub program: Tube,
    /// What the program itself says of its buffers: received and not yet used, made and not yet sent.
    pub buffered: Option<(u32, u32)>,
    /// The other end has ended its direction.
    pub input_ended: bool,
    /// The program has read the end of input.
    pub end_seen: bool,
    /// The program has ended its direction.
    pub output_ended: bool,
    /// The connection was thrown away.
    pub reset: bool,
    /// The error that the next call will get.
    pub error: Option<Errno>,
    /// Bytes that arrived from the network, where that is told.
    pub arrived: u64,
    /// Bytes that the program received.
    pub received: u64,
    /// Bytes that the program sent.
    pub sent: u64,
    /// Bytes that the program says it has received and thrown away: nobody will be answered them.
    pub lost: u64,
    /// Bytes that left for the client, where that is told.
    pub drained: u64,
    /// Bytes that operations have taken out of the receive buffer, and of which the program does not know yet.
    pub taken_ahead: u64,
    /// The first of those bytes: they lie in the program's own buffer already.
    pub poured: Vec<u8>,
    /// Bytes that operations, and calls that sleep, have put into the send buffer, and of which it does not know
    /// yet.
    pub(super) put_ahead: u64,
    /// Since when the receive buffer has not been empty.
    pub waiting_since: Option<Nanos>,
    /// Lines that were received and not yet answered: since when, and how many.
    pub lines_due: VecDeque<(Nanos, u32)>,
}

/// A client, or a host that the program has called, as a simulated network knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Peer {
    /// What it did last.
    pub doing: crate::event::Doing,
    /// Since when.
    pub since: Nanos,
    /// How many bytes it has sent.
    pub sent: u64,
    /// How many it has read.
    pub received: u64,
    /// How many lines it has read.
    pub lines: u64,
    /// The last of the bytes that it has read, at most [`CAPTURE_MAX`].
    pub heard: Vec<u8>,
    /// Whether it reads what comes.
    pub reading: bool,
    /// It is a host that the program has called, of this name.
    pub host: Option<String>,
}

impl Tube {
    pub(super) fn told(capacity: u32) -> Self {
        Self { capacity: Some(capacity.into()), provenance: Provenance::Told, ..Self::default() }
    }

    /// Adds bytes at the end, of which the first are known.
    pub(super) fn push(&mut self, count: u64, known: &[u8]) {
        // What lies behind unknown bytes cannot be placed.
        if self.head.len() as u64 == self.level {
            let room = CAPTURE_MAX - self.head.len().min(CAPTURE_MAX);
            self.head.extend(known.iter().take(room));
        }
        self.level += count;
    }

    /// Takes bytes from the front. False if there were fewer.
    pub(super) fn pop(&mut self, count: u64) -> bool {
        let enough = count <= self.level;
        self.level = self.level.saturating_sub(count);
        self.head.drain(..self.head.len().min(usize::try_from(count).unwrap_or(usize::MAX)));
        enough
    }

    /// Takes bytes from the end, as far as there are so many.
    pub(super) fn pop_last(&mut self, count: u64) {
        self.level = self.level.saturating_sub(count);
        self.head.truncate(usize::try_from(self.level).unwrap_or(usize::MAX));
    }

    pub(super) fn sample(&mut self, level: u32, head: &[u8]) {
        self.level = level.into();
        self.head = head.to_vec();
        self.provenance = Provenance::Sampled;
    }
}
