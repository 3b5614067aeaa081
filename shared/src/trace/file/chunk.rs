//! The head of a chunk: what it is, how long, and between which instants it lies.
//!
//! All numbers are little-endian. The head has a checksum of its own, so that one can go from head to head without
//! reading what lies between.

use super::checksum;
use crate::ids::Seq;
use crate::time::Nanos;

/// How many bytes a head takes.
pub const HEAD_BYTES: usize = 52;

/// What a chunk holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The header.
    Header,
    /// Events, and the world before them.
    Span,
    /// The end: how the recording ended, and an index.
    Closing,
}

/// The kinds, and the four letters by which a file names each.
const LETTERS: [(Kind, [u8; 4]); 3] =
    [(Kind::Header, *b"HEAD"), (Kind::Span, *b"SPAN"), (Kind::Closing, *b"LAST")];

/// The head of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// What the chunk holds.
    pub kind: Kind,
    /// How many bytes follow the head.
    pub len: u32,
    /// The number of the first event, and the one after the last. Lost events have numbers, too.
    pub first: Seq,
    /// See [`Self::first`].
    pub next: Seq,
    /// The instant of the world before the first event, and of the one after the last.
    pub from: Nanos,
    /// See [`Self::from`].
    pub to: Nanos,
    /// How many events there are.
    pub events: u32,
    /// The checksum of what follows: CRC-32, as in PNG and Ethernet.
    pub sum: u32,
}

impl Head {
    /// The head of a chunk that holds no events.
    pub(super) fn plain(kind: Kind, body: &[u8]) -> Self {
        let (first, from) = (Seq(0), Nanos::ZERO);
        let sum = checksum(body);
        Self { kind, len: body.len() as u32, first, next: first, from, to: from, events: 0, sum }
    }

    /// The bytes of it.
    pub fn to_bytes(self) -> [u8; HEAD_BYTES] {
        let letters =
            LETTERS.iter().find(|(kind, _)| *kind == self.kind).map_or([0; 4], |(_, letters)| *letters);
        let mut bytes = Vec::with_capacity(HEAD_BYTES);
        bytes.extend(letters);
        bytes.extend(self.len.to_le_bytes());
        for number in [self.first.0, self.next.0, self.from.0, self.to.0] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(self.events.to_le_bytes());
        bytes.extend(self.sum.to_le_bytes());
        bytes.extend(checksum(&bytes).to_le_bytes());
        bytes.try_into().expect("the lengths of the fields add up to HEAD_BYTES")
    }

    /// Reads a head; `None` if these bytes are none, or damaged.
    pub fn from_bytes(bytes: &[u8; HEAD_BYTES]) -> Option<Self> {
        let (fields, sum) = bytes.split_last_chunk()?;
        if checksum(fields) != u32::from_le_bytes(*sum) {
            return None;
        }
        let mut fields = Fields(fields);
        let letters = fields.take()?;
        let kind = LETTERS.iter().find(|(_, known)| *known == letters)?.0;
        let len = fields.u32()?;
        let (first, next) = (Seq(fields.u64()?), Seq(fields.u64()?));
        let (from, to) = (Nanos(fields.u64()?), Nanos(fields.u64()?));
        let (events, sum) = (fields.u32()?, fields.u32()?);
        let sound = first <= next && from <= to && u64::from(events) <= next.0 - first.0;
        sound.then_some(Self { kind, len, first, next, from, to, events, sum })
    }

    /// Whether these are the bytes that follow this head.
    pub fn fits(&self, body: &[u8]) -> bool {
        body.len() as u64 == u64::from(self.len) && checksum(body) == self.sum
    }
}

/// Little-endian numbers, one behind the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    pub(super) fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }
}
