//! One connection of the ROT13 line service, without input or output of its own: bytes in, bytes out, and
//! what it wants next.
//!
//! The rules (the chapter's programs break most of them):
//!
//! - nothing is answered until a line feed arrives; then the whole line is, line feed and all;
//! - a line longer than [`MAX_LINE`] is answered as it comes: nothing is dropped, nothing added;
//! - after the end of input every complete line is still answered; an unfinished one is no line;
//! - while [`HIGH_WATER`] bytes or more wait to be sent, nothing more is read, so that a client that does
//!   not read cannot make the server's memory grow.
//!
//! All bytes of a connection lie in one buffer, in three regions with a border between each two:
//!
//! ```text
//!   sent        answers ready to be sent      a line not yet complete        room
//! |-----------|-----------------------------|-----------------------------|---------|
//!           sent                          ready                        filled
//! ```
//!
//! A connection can be made to break these rules as the chapter's programs do ([`Line::with`]): each place that
//! keeps a rule says how.

use std::ops::Range;

use crate::quirks::Quirks;
use crate::rot13;

/// The longest line that is answered in one piece, line feed not counted, in bytes.
pub const MAX_LINE: usize = 16_384;

/// How much room one read is offered, in bytes. It is as large as a line may be, so that one call empties
/// the kernel's buffer in all but the heaviest exchanges.
pub const READ_CHUNK: usize = 16_384;

/// No more is read while this many bytes or more wait to be sent. Four chunks: enough to keep a fast
/// client busy, and a bound on memory of `HIGH_WATER + READ_CHUNK + MAX_LINE` for each connection.
pub const HIGH_WATER: usize = 65_536;

/// The state of one connection.
#[derive(Debug, Default)]
pub struct Line {
    buffer: Vec<u8>,
    /// Everything before this has been sent.
    sent: usize,
    /// Everything before this may be sent.
    ready: usize,
    /// Everything before this has been received.
    filled: usize,
    /// No more input will come.
    ended: bool,
    /// No more input is taken, though it may come.
    stopped: bool,
    /// The client is to be told, or has been told, that nothing more follows.
    goodbye: bool,
    /// What was thrown away by mistake, and not asked for yet.
    lost: Lost,
    /// The mistakes that are made on purpose.
    quirks: Quirks,
}

/// Received bytes that were thrown away though their answers were owed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// How many.
    pub bytes: u32,
    /// How many line feeds were among them.
    pub lines: u32,
}

impl Line {
    /// A connection on which nothing has happened yet. It holds no memory until something does.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with these mistakes.
    pub fn with(quirks: Quirks) -> Self {
        Self { quirks, ..Self::default() }
    }

    /// Whether more input is wanted now.
    pub fn wants_read(&self) -> bool {
        let drained = self.quirks.contains(Quirks::READ_ON) || self.output().len() < HIGH_WATER;
        // A buffer that crept to its end has no room until all of it was answered.
        let room = self.filled < self.limit() || self.sent == self.filled;
        !self.ended && (self.stopped || drained && (room || self.drops()))
    }

    /// Whether the next read is to follow at once, before anything is sent. Never, but with mistakes that come
    /// from it: the chapter's programs read until there is no more, and only then think of writing.
    pub fn reads_on(&self) -> bool {
        self.quirks.intersects(Quirks::DROP_OVERFLOW | Quirks::READ_ON | Quirks::FREE_ON_EOF)
    }

    /// Whether there is something to be sent.
    pub fn wants_write(&self) -> bool {
        let given_up = self.ended && self.quirks.contains(Quirks::FREE_ON_EOF);
        self.sent < self.ready && !given_up
    }

    /// Whether all that was to be done has been done: the input has ended and every answer is sent.
    pub fn is_finished(&self) -> bool {
        self.ended && !self.wants_write()
    }

    /// Room for the next read: [`READ_CHUNK`] bytes.
    pub fn room(&mut self) -> &mut [u8] {
        self.reclaim();
        let most = if self.stopped || self.drops() { usize::MAX } else { self.limit() };
        let wanted = (self.filled + READ_CHUNK).min(most);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        &mut self.buffer[self.filled..wanted]
    }

    /// Takes notice that a read put `count` bytes into [`Line::room`].
    ///
    /// # Panics
    /// If `count` is more than the room there was: the caller's arithmetic is wrong.
    pub fn received(&mut self, count: usize) {
        let fresh = self.filled..self.filled + count;
        assert!(fresh.end <= self.buffer.len(), "a read of {count} bytes does not fit the room for it");
        if self.stopped {
            return;
        }
        // The cipher leaves line feeds alone, so the order of these two does not matter.
        rot13::rotate_in_place(&mut self.buffer[fresh.clone()]);
        // What is beyond the limit of a buffer that has one is dropped, line feeds and all.
        if let Some(last) = memchr::memrchr(b'\n', &self.buffer[fresh.clone()]) {
            self.ready = (fresh.start + last + 1).min(self.limit());
        }
        self.filled = fresh.end.min(self.limit());
        self.lose(self.filled.max(fresh.start)..fresh.end);
        if self.filled - self.ready >= MAX_LINE && !self.drops() {
            self.ready = self.filled;
        }
    }

    /// Takes notice that the client sends no more (`recv` returned 0). The unfinished last line is dropped.
    pub fn end_of_input(&mut self) {
        self.ended = true;
        self.filled = self.ready;
        if self.quirks.contains(Quirks::FREE_ON_EOF) {
            self.lose(self.sent..self.ready);
        }
    }

    /// What was thrown away by mistake since this was asked last, if anything. What the rules throw away, such as
    /// an unfinished line at the end, is not counted.
    pub fn take_lost(&mut self) -> Option<Lost> {
        let lost = std::mem::take(&mut self.lost);
        (lost.bytes > 0).then_some(lost)
    }

    /// Takes no more: what was received is answered up to its last line feed, and what still comes is thrown
    /// away until the client ends, too. To close at once would be a reset, if there is anything unread, and a
    /// reset throws away the answers that are still on their way (RFC 9293, 3.10.4; RFC 2525, 2.17).
    pub fn stop(&mut self) {
        self.stopped = true;
        self.filled = self.ready;
    }

    /// Whether it is time to tell the client that nothing more follows (`shutdown(SHUT_WR)`). True once: after
    /// [`Line::stop`], when the last answer has been sent.
    pub fn take_goodbye(&mut self) -> bool {
        let due = self.stopped && !self.ended && !self.wants_write();
        due && !std::mem::replace(&mut self.goodbye, true)
    }

    /// The answers that wait to be sent.
    pub fn output(&self) -> &[u8] {
        &self.buffer[self.sent..self.ready]
    }

    /// Takes notice that the first `count` bytes of [`Line::output`] were sent.
    ///
    /// # Panics
    /// If `count` is more than the output there was: the caller's arithmetic is wrong.
    pub fn sent(&mut self, count: usize) {
        assert!(count <= self.output().len(), "{count} bytes sent are more than there were");
        self.sent += count;
    }

    /// The bytes of memory held for the connection.
    pub fn memory(&self) -> usize {
        self.buffer.capacity()
    }

    /// Moves what is still needed to the front, where that makes room and costs little: nothing at all, or
    /// no more than was sent since the last time.
    fn reclaim(&mut self) {
        let needed = self.filled - self.sent;
        let due = match self.quirks.contains(Quirks::CREEPING_INDICES) {
            true => needed == 0,
            false => self.sent >= needed || self.drops(),
        };
        if due {
            let slip = self.quirks.contains(Quirks::RESET_TO_ONE) && needed == 0 && self.filled > 0;
            let front = usize::from(slip);
            self.buffer.copy_within(self.sent..self.filled, front);
            self.ready = self.ready - self.sent + front;
            self.filled = needed + front;
            self.sent = front;
        }
    }

    /// Counts what is thrown away.
    fn lose(&mut self, lost: Range<usize>) {
        self.lost.bytes += lost.len() as u32;
        self.lost.lines += memchr::memchr_iter(b'\n', &self.buffer[lost]).count() as u32;
    }

    /// Whether what finds no room is thrown away.
    fn drops(&self) -> bool {
        self.quirks.contains(Quirks::DROP_OVERFLOW)
    }

    /// Where the buffer ends: nowhere, since it grows, but with mistakes that come from one that does not.
    fn limit(&self) -> usize {
        let fixed = self.quirks.intersects(Quirks::DROP_OVERFLOW | Quirks::CREEPING_INDICES);
        if fixed { MAX_LINE } else { usize::MAX }
    }
}

#[cfg(test)]
mod tests;
