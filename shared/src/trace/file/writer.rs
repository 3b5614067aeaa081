//! Traces on their way into a file.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::chunk::{HEAD_BYTES, Head, Kind};
use super::cutter::{Chunk, Cutter};
use super::{Header, checksum, preamble};
use crate::event::Event;
use crate::trace::Batch;
use crate::world::World;

/// How many bytes come last: where the closing is, and the sum of that.
pub(super) const TRAILER_BYTES: usize = 12;

/// How many bytes the index takes for a span: where it is, and its head.
pub(super) const ENTRY_BYTES: usize = 8 + HEAD_BYTES;

/// What is said at the end of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Closing {
    /// Why it ended, in words.
    pub why: String,
}

/// Writes a trace. What was written is good, whatever comes later: if the next write fails, everything up to the
/// last span is in the file.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    cutter: Cutter,
    /// How many bytes were written.
    bytes: u64,
    /// How many events are in them.
    events: u64,
    /// The spans that were written.
    index: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins a file. Events go on from the world that is given.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn new(mut out: W, header: &Header, base: World) -> io::Result<Self> {
        let body = serde_json::to_vec(header)?;
        out.write_all(&preamble())?;
        out.write_all(&Head::plain(Kind::Header, &body).to_bytes())?;
        out.write_all(&body)?;
        let bytes = (preamble().len() + HEAD_BYTES + body.len()) as u64;
        Ok(Self { out, cutter: Cutter::new(base), bytes, events: 0, index: Vec::new() })
    }

    /// Adds an event.
    ///
    /// # Errors
    /// If a span that was full with it cannot be written.
    pub fn push(&mut self, event: &Event, payload: &[u8]) -> io::Result<()> {
        match self.cutter.push(event, payload) {
            Some(chunk) => self.put(&chunk),
            None => Ok(()),
        }
    }

    /// Adds events. Their numbers follow those of the ones before; use [`Self::jump`] if some are missing.
    ///
    /// # Errors
    /// As [`Self::push`].
    pub fn extend(&mut self, batch: &Batch) -> io::Result<()> {
        batch.iter().try_for_each(|(event, payload)| self.push(event, payload))
    }

    /// Goes on from another world, because what led to it is not known.
    ///
    /// # Errors
    /// As [`Self::cut`].
    pub fn jump(&mut self, world: World) -> io::Result<()> {
        match self.cutter.jump(world) {
            Some(chunk) => self.put(&chunk),
            None => Ok(()),
        }
    }

    /// Ends a span here, so that all that has come is in the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn cut(&mut self) -> io::Result<()> {
        if let Some(chunk) = self.cutter.cut() {
            self.put(&chunk)?;
        }
        self.out.flush()
    }

    /// Adds a span that was cut elsewhere. Its numbers must not be below those of the ones before.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn put(&mut self, chunk: &Chunk) -> io::Result<()> {
        if chunk.is_too_large() {
            return Err(io::Error::other("there are too many connections at once for a trace file"));
        }
        let head = chunk.head.to_bytes();
        self.out.write_all(&head)?;
        self.out.write_all(&chunk.body)?;
        self.index.extend(self.bytes.to_le_bytes());
        self.index.extend(head);
        self.bytes += (HEAD_BYTES + chunk.body.len()) as u64;
        self.events += u64::from(chunk.head.events);
        Ok(())
    }

    /// How many bytes were written. What came since the last span is not among them.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many bytes are still to be written at most, if the file is to be ended now with so long a reason.
    pub fn pending(&self, why: usize) -> u64 {
        let closing = 2 * HEAD_BYTES + why + self.index.len() + ENTRY_BYTES + TRAILER_BYTES;
        self.cutter.pending() + closing as u64
    }

    /// Where it is written to.
    pub fn get_ref(&self) -> &W {
        &self.out
    }

    /// How many events were written.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The world after the last event.
    pub fn world(&self) -> &World {
        self.cutter.world()
    }

    /// Ends the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(mut self, closing: &Closing) -> io::Result<W> {
        self.cut()?;
        self.seal(closing)
    }

    /// Ends the file without what came since the last span.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn seal(mut self, closing: &Closing) -> io::Result<W> {
        let said = serde_json::to_vec(closing)?;
        let mut body = (said.len() as u32).to_le_bytes().to_vec();
        body.extend(said);
        body.extend(&self.index);
        self.out.write_all(&Head::plain(Kind::Closing, &body).to_bytes())?;
        self.out.write_all(&body)?;
        let place = self.bytes.to_le_bytes();
        self.out.write_all(&place)?;
        self.out.write_all(&checksum(&place).to_le_bytes())?;
        self.out.flush()?;
        Ok(self.out)
    }
}
