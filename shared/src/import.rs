//! Events out of what `strace(1)` has written of any program.
//!
//! An [`Import`] takes the bytes of one log or of several (`strace -ff`), in any pieces, and gives batches of
//! events in the order of time, and in the end a [`Report`]: what was read, and which lines could not be, with
//! their numbers and reasons. Nothing stops it: of a line that cannot be read, the rest of the log is used.
//!
//! What strace cannot know is not told: the events begin with [`crate::event::What::Outside`], after which the
//! world leaves blank what the kernel's buffers hold and what the program keeps.
//!
//! Where a log does not say how long calls took (`-T`), a call that may sleep ends when the next line begins, and
//! any other ends at once; where it has no times, its lines are put a microsecond apart. The report says both.
//!
//! A program's own number in an epoll instance (`epoll_data_t`) is told as the descriptor that it was registered
//! for, as our own programs use it; -1 if that is not known.

mod clock;
mod decode;
mod emit;
mod join;
mod label;
mod line;
mod order;
mod report;
mod signals;
mod value;

pub use clock::Times;
pub use line::Reason;
pub use report::{Report, UNREAD_MAX, Unread};

use crate::trace::Batch;
use crate::world::World;

use join::Join;

/// The longest line, in bytes: `strace -s` may ask for long strings, and a file that is no log at all may have
/// no line feed.
pub const LINE_MAX: usize = 4 << 20;

/// One of the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source(usize);

/// Makes events of logs.
#[derive(Debug)]
pub struct Import {
    sources: Vec<Log>,
    join: Join,
}

/// A log, as far as it is not about what it tells.
#[derive(Debug, Default)]
struct Log {
    /// The beginning of a line of which the end has not come.
    pending: Vec<u8>,
    /// The line is too long, and is passed over.
    too_long: bool,
    ended: bool,
}

impl Default for Import {
    fn default() -> Self {
        Self::new()
    }
}

impl Import {
    /// One that has read nothing.
    pub fn new() -> Self {
        Self { sources: Vec::new(), join: Join::new() }
    }

    /// A log is to be read, of that name. All must be named before the first is read to its end. A name that ends
    /// in a point and a number (`strace -ff`) says which task it is about.
    pub fn source(&mut self, name: &str) -> Source {
        self.sources.push(Log::default());
        self.join.add_source(name);
        Source(self.sources.len() - 1)
    }

    /// The log that should be read from next, so that as little as possible waits; `None` when all have ended.
    pub fn wants(&self) -> Option<Source> {
        let open = self.sources.iter().enumerate().filter(|(_, log)| !log.ended);
        open.min_by_key(|(index, _)| self.join.now(*index)).map(|(index, _)| Source(index))
    }

    /// Reads bytes of a log: lines, cut anywhere.
    pub fn feed(&mut self, source: Source, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(feed) = rest.iter().position(|byte| *byte == b'\n') {
            self.part(source, &rest[..feed], true);
            rest = &rest[feed + 1..];
        }
        self.part(source, rest, false);
    }

    /// A log is at its end. A last line without a line feed counts.
    pub fn end(&mut self, source: Source) {
        let Some(log) = self.sources.get_mut(source.0).filter(|log| !log.ended) else { return };
        log.ended = true;
        if log.too_long || !log.pending.is_empty() {
            self.part(source, &[], true);
        }
        self.join.end_source(source.0);
    }

    /// The events that have become certain since they were taken last.
    pub fn take(&mut self) -> Batch {
        self.join.take()
    }

    /// The world after the events so far.
    pub fn world(&self) -> &World {
        self.join.world()
    }

    /// What has been read so far.
    pub fn report(&self) -> &Report {
        self.join.report()
    }

    /// Ends all logs that have not ended, and gives the last events and the report.
    pub fn finish(mut self) -> (Batch, Report) {
        for source in 0..self.sources.len() {
            self.end(Source(source));
        }
        self.join.finish()
    }

    /// A part of a line, and whether the line ends there.
    fn part(&mut self, source: Source, part: &[u8], ends: bool) {
        let Some(log) = self.sources.get_mut(source.0) else { return };
        if log.pending.len() + part.len() > LINE_MAX {
            log.too_long = true;
            log.pending = Vec::new();
        }
        let whole = log.pending.is_empty() && ends && !log.too_long;
        if !whole && !log.too_long {
            log.pending.extend_from_slice(part);
        }
        if !ends {
            return;
        }
        if std::mem::take(&mut log.too_long) {
            self.join.too_long(source.0);
        } else if whole {
            self.join.line(source.0, part);
        } else {
            let mut line = std::mem::take(&mut log.pending);
            self.join.line(source.0, &line);
            line.clear();
            self.sources[source.0].pending = line;
        }
    }
}

/// Whether a file that begins with these bytes may be strace's: one of its first lines can be read.
pub fn looks_like_strace(bytes: &[u8]) -> bool {
    const LOOKED_AT: usize = 20;
    let lines = bytes.split(|byte| *byte == b'\n').take(LOOKED_AT);
    lines.filter_map(|line| line::read(line).ok()).any(|line| !matches!(line.body, line::Body::Aside))
}

#[cfg(test)]
mod tests;
