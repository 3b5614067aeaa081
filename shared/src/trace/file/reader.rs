//! Traces out of files, of any size and in any state.

mod damage;
mod index;

use std::io::{Read, Seek, SeekFrom};

pub use damage::{Damage, Why};

use super::chunk::{HEAD_BYTES, Head, Kind};
use super::span::{self, Piece};
use super::{Closing, FileError, Header, LAYOUT_VERSION, PREAMBLE_BYTES, checksum, preamble};
use crate::ids::Seq;
use crate::time::Nanos;
use crate::trace::wire::PROTOCOL_VERSION;
use crate::trace::{Batch, Timeline};
use crate::world::World;

/// The longest header that is read, in bytes: sources and a scenario, many times over.
const HEADER_MAX: u32 = 16 << 20;

/// A trace in a file, or in memory as a [`std::io::Cursor`]. It holds where the spans are, and reads what it is
/// asked for.
#[derive(Debug)]
pub struct Reader<R> {
    source: R,
    /// How many bytes the source has.
    len: u64,
    header: Header,
    closing: Option<Closing>,
    spans: Vec<Located>,
    damage: Vec<Damage>,
}

/// Where a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located {
    /// The byte at which its head begins.
    pub at: u64,
    /// Its head.
    pub head: Head,
}

impl Located {
    /// The byte after its last one.
    fn end(&self) -> u64 {
        self.at + HEAD_BYTES as u64 + u64::from(self.head.len)
    }
}

impl<R: Read + Seek> Reader<R> {
    /// Opens a trace. What can be read of a damaged one is opened, and [`Self::damage`] says what is missing;
    /// whether each span is whole is seen when it is read, or all at once by [`Self::check`].
    ///
    /// # Errors
    /// If it is no trace, one of another version, or cannot be read at all.
    pub fn open(mut source: R) -> Result<Self, FileError> {
        let len = source.seek(SeekFrom::End(0))?;
        let mut reader =
            Self { source, len, header: Header::default(), closing: None, spans: vec![], damage: vec![] };
        let versions = reader.preamble()?;
        let spans_at = reader.read_header()?;
        if versions != (LAYOUT_VERSION, PROTOCOL_VERSION) {
            let by = match reader.header.written_by.as_str() {
                "" => "another version of Loopscope".to_owned(),
                by => by.to_owned(),
            };
            return Err(FileError::Version { layout: versions.0, events: versions.1, by });
        }
        match index::read(&mut reader, spans_at)? {
            Some((closing, spans)) => (reader.closing, reader.spans) = (Some(closing), spans),
            None => index::rebuild(&mut reader, spans_at)?,
        }
        Ok(reader)
    }

    /// What the trace says of itself. Blank if that part is damaged.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What was said at the end. None if the file was cut off.
    pub fn closing(&self) -> Option<&Closing> {
        self.closing.as_ref()
    }

    /// The spans, in order.
    pub fn spans(&self) -> &[Located] {
        &self.spans
    }

    /// What is known to be damaged, in the order of the file.
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// How many bytes the file has.
    pub fn bytes(&self) -> u64 {
        self.len
    }

    /// How many events there are.
    pub fn events(&self) -> u64 {
        self.spans.iter().map(|span| u64::from(span.head.events)).sum()
    }

    /// The number of the first event, and the one after the last.
    pub fn numbers(&self) -> (Seq, Seq) {
        let ends = self.spans.first().zip(self.spans.last());
        ends.map_or((Seq(0), Seq(0)), |(first, last)| (first.head.first, last.head.next))
    }

    /// The instants between which the trace lies.
    pub fn instants(&self) -> (Nanos, Nanos) {
        let ends = self.spans.first().zip(self.spans.last());
        ends.map_or((Nanos::ZERO, Nanos::ZERO), |(first, last)| (first.head.from, last.head.to))
    }

    /// Reads every span and compares it with its checksum, so that [`Self::damage`] is complete.
    ///
    /// # Errors
    /// If the system cannot read the file.
    pub fn check(&mut self) -> Result<(), FileError> {
        for index in 0..self.spans.len() {
            match self.body(index) {
                Ok(_) | Err(FileError::Damaged(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Reads a span.
    ///
    /// # Errors
    /// If it is damaged, or the system cannot read it.
    ///
    /// # Panics
    /// If there is no such span.
    pub fn read(&mut self, index: usize) -> Result<Piece, FileError> {
        self.parsed(index, span::read)
    }

    /// Reads the events of a span alone, which is quicker.
    ///
    /// # Errors
    /// As [`Self::read`].
    ///
    /// # Panics
    /// As [`Self::read`].
    pub fn batch(&mut self, index: usize) -> Result<Batch, FileError> {
        self.parsed(index, span::read_batch)
    }

    /// Every span in order. One that is damaged is an error, and the next one is good again.
    pub fn pieces(&mut self) -> impl Iterator<Item = Result<Piece, FileError>> {
        (0..self.spans.len()).map(|index| self.read(index))
    }

    /// The world before the event of that number, so that those below it have happened. Numbers outside the trace
    /// give its nearest end, and those that were not recorded the last world before.
    ///
    /// # Errors
    /// As [`Self::read`], for the span in which that number lies.
    pub fn world_at(&mut self, seq: Seq) -> Result<World, FileError> {
        let index = self.spans.partition_point(|span| span.head.first <= seq).saturating_sub(1);
        self.fold(index, |world, _| world.seq < seq)
    }

    /// The world at that instant: what happened until then, or then, has happened.
    ///
    /// # Errors
    /// As [`Self::read`], for the span in which that instant lies.
    pub fn world_when(&mut self, at: Nanos) -> Result<World, FileError> {
        let index = self.spans.partition_point(|span| span.head.from <= at).saturating_sub(1);
        self.fold(index, |world, event| world.now.max(event) <= at)
    }

    /// Those spans in memory, to move about in. Damaged ones leave a gap.
    ///
    /// # Errors
    /// If the system cannot read the file.
    pub fn timeline(&mut self, spans: std::ops::Range<usize>) -> Result<Timeline, FileError> {
        let mut timeline: Option<Timeline> = None;
        for index in spans.start..spans.end.min(self.spans.len()) {
            let Piece { before, batch } = match self.read(index) {
                Err(FileError::Damaged(_)) => continue,
                piece => piece?,
            };
            let timeline = timeline.get_or_insert_with(|| Timeline::new(before.clone()));
            if *timeline.latest() != before {
                timeline.jump(before);
            }
            timeline.extend(&batch);
        }
        Ok(timeline.unwrap_or_default())
    }

    /// Folds the events of a span for as long as that is wanted, given the world and the instant of the next event.
    fn fold(&mut self, index: usize, wanted: impl Fn(&World, Nanos) -> bool) -> Result<World, FileError> {
        if self.spans.is_empty() {
            return Ok(World::new());
        }
        let Piece { mut before, batch } = self.read(index)?;
        for (event, payload) in batch.iter() {
            if !wanted(&before, event.at) {
                break;
            }
            before.apply(event, payload);
        }
        Ok(before)
    }

    fn parsed<T>(&mut self, index: usize, parse: fn(&Head, &[u8]) -> Option<T>) -> Result<T, FileError> {
        let body = self.body(index)?;
        let span = self.spans[index];
        parse(&span.head, &body).ok_or_else(|| self.broken(span, Why::Contents))
    }

    /// Reads the bytes of a span and compares them with their sum.
    fn body(&mut self, index: usize) -> Result<Vec<u8>, FileError> {
        let span = self.spans[index];
        let head = self.head(span.at)?;
        let body = self.bytes_at(span.at + HEAD_BYTES as u64, u64::from(span.head.len))?;
        match body {
            Some(body) if head == Some(span.head) && span.head.fits(&body) => Ok(body),
            _ => Err(self.broken(span, Why::Sum)),
        }
    }

    /// Takes notice of a damaged span.
    fn broken(&mut self, span: Located, why: Why) -> FileError {
        let Head { first, next, .. } = span.head;
        let damage = Damage { at: span.at, why, missing: Some((first, Some(next))) };
        self.notice(damage);
        FileError::Damaged(damage)
    }

    fn notice(&mut self, damage: Damage) {
        if let Err(place) = self.damage.binary_search_by_key(&damage.at, |known| known.at) {
            self.damage.insert(place, damage);
        }
    }

    /// The versions of the layout and of the contents.
    fn preamble(&mut self) -> Result<(u16, u16), FileError> {
        let bytes = self.bytes_at(0, PREAMBLE_BYTES as u64)?.ok_or(FileError::NotATrace)?;
        let (fields, sum) = bytes.split_last_chunk().ok_or(FileError::NotATrace)?;
        if fields[..8] != preamble()[..8] || checksum(fields) != u32::from_le_bytes(*sum) {
            return Err(FileError::NotATrace);
        }
        let version = |at: usize| u16::from_le_bytes([fields[at], fields[at + 1]]);
        Ok((version(8), version(10)))
    }

    /// Reads the header, and says where the spans begin, if that can be known.
    fn read_header(&mut self) -> Result<Option<u64>, FileError> {
        let at = PREAMBLE_BYTES as u64;
        let head = self.head(at)?.filter(|head| head.kind == Kind::Header && head.len <= HEADER_MAX);
        let Some(head) = head else {
            self.notice(Damage { at, why: Why::Header, missing: None });
            return Ok(None);
        };
        let begin = at + HEAD_BYTES as u64;
        let body = self.bytes_at(begin, u64::from(head.len))?.filter(|body| head.fits(body));
        match body.and_then(|body| serde_json::from_slice(&body).ok()) {
            Some(header) => self.header = header,
            None => self.notice(Damage { at, why: Why::Header, missing: None }),
        }
        Ok(Some(begin + u64::from(head.len)))
    }

    /// The head at that byte. None if there is none, or a damaged one.
    fn head(&mut self, at: u64) -> Result<Option<Head>, FileError> {
        let bytes = self.bytes_at(at, HEAD_BYTES as u64)?;
        Ok(bytes.as_deref().and_then(|bytes| Head::from_bytes(bytes.try_into().ok()?)))
    }

    /// So many bytes from that one on. None if there are not so many: nothing is allocated for them then.
    fn bytes_at(&mut self, at: u64, len: u64) -> Result<Option<Vec<u8>>, FileError> {
        let fits = at.checked_add(len).is_some_and(|end| end <= self.len);
        let Some(len) = usize::try_from(len).ok().filter(|_| fits) else { return Ok(None) };
        self.source.seek(SeekFrom::Start(at))?;
        let mut bytes = vec![0; len];
        self.source.read_exact(&mut bytes)?;
        Ok(Some(bytes))
    }
}
