//! Opening a trace, in the worker: one of ours by its parts, so that a file of any size can be looked at, or the
//! log of strace.
//!
//! Nothing of a file is kept here but the part that is read: the page has the events.

use std::io::{Read, Seek, SeekFrom};

use loopscope_shared::ids::Seq;
use loopscope_shared::import::{Import, looks_like_strace};
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::file::{FileError, Header, Located, MAGIC, Origin, Reader};
use loopscope_shared::trace::{Batch, EVENTS_MAX};
use loopscope_shared::world::World;
use serde::{Deserialize, Serialize};

use crate::worker::{BATCH_EVENTS, Reply};

/// How many events of a file the page is given at once: as many as it keeps.
pub const PART_EVENTS_MAX: u64 = EVENTS_MAX as u64;

/// What is told of a file that is open.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// What the trace says of itself.
    pub header: Header,
    /// How many bytes the file has.
    pub bytes: u64,
    /// How many events are in it.
    pub events: u64,
    /// What was guessed in reading it, a sentence each.
    pub notes: Vec<String>,
    /// Its parts, each as large as the page can hold.
    pub parts: Vec<Part>,
    /// The index of the one that is shown.
    pub part: usize,
}

/// A part of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The index of its first span.
    pub first: usize,
    /// That of the one after its last.
    pub end: usize,
    /// The number of its first event.
    pub seq: Seq,
    /// The instant of it.
    pub from: Nanos,
    /// The instant of its last event.
    pub to: Nanos,
}

/// The parts of a file: neighbouring spans, up to so many events together, and at least one.
fn parts(spans: &[Located], most: u64) -> Vec<Part> {
    let mut parts: Vec<(u64, Part)> = Vec::new();
    for (index, Located { head, .. }) in spans.iter().enumerate() {
        let events = u64::from(head.events);
        match parts.last_mut().filter(|(held, _)| held + events <= most) {
            Some((held, part)) => {
                *held += events;
                (part.end, part.to) = (index + 1, head.to);
            }
            None => {
                let part =
                    Part { first: index, end: index + 1, seq: head.first, from: head.from, to: head.to };
                parts.push((events, part));
            }
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

/// Opens a file of that name, whatever it is, and tells of that part of it.
pub fn open<R: Read + Seek>(mut source: R, name: &str, part: usize, mut tell: impl FnMut(&Reply)) {
    let result = match begins(&mut source) {
        Ok(first) if first.starts_with(&MAGIC) => trace(source, part, &mut tell),
        Ok(first) if looks_like_strace(&first) => log(source, name, &mut tell),
        Ok(_) => Err(FileError::NotATrace),
        Err(error) => Err(error),
    };
    match result {
        Ok(cut_short) => tell(&Reply::Done { cut_short, events: 0, hash: 0 }),
        Err(error) => tell(&Reply::Failed(error.to_string())),
    }
}

/// How much of a file is looked at to tell what it is: some lines of a log.
const BEGINNING: u64 = 16 << 10;

/// What a file begins with.
fn begins<R: Read + Seek>(source: &mut R) -> Result<Vec<u8>, FileError> {
    let mut first = Vec::new();
    source.by_ref().take(BEGINNING).read_to_end(&mut first)?;
    source.seek(SeekFrom::Start(0))?;
    Ok(first)
}

/// Tells of a part of one of our traces. A span that is damaged is left out, and named.
fn trace<R: Read + Seek>(source: R, part: usize, tell: &mut impl FnMut(&Reply)) -> Result<bool, FileError> {
    let mut reader = Reader::open(source)?;
    let parts = parts(reader.spans(), PART_EVENTS_MAX);
    let part = part.min(parts.len().saturating_sub(1));
    let shown = parts.get(part).copied().unwrap_or_default();
    let (header, bytes, events) = (reader.header().clone(), reader.bytes(), reader.events());
    tell(&Reply::Opened(Box::new(About { header, bytes, events, notes: Vec::new(), parts, part })));
    let mut damage: Vec<String> = reader.damage().iter().map(ToString::to_string).collect();
    let mut before: Option<World> = None;
    for index in shown.first..shown.end {
        let piece = match reader.read(index) {
            Err(FileError::Damaged(found)) => {
                damage.push(found.to_string());
                continue;
            }
            piece => piece?,
        };
        // What led from the span before to this one may not be in the file.
        if before.as_ref() != Some(&piece.before) {
            let world = Box::new(piece.before.clone());
            tell(&if before.is_none() { Reply::Begin(world) } else { Reply::Jump(world) });
        }
        let mut world = piece.before;
        piece.batch.iter().for_each(|(event, payload)| world.apply(event, payload));
        before = Some(world);
        // A span has tens of thousands: read at once, they would keep the page from answering for a while.
        piece.batch.pieces(BATCH_EVENTS).for_each(|batch| tell(&Reply::Batch(batch)));
    }
    if !damage.is_empty() {
        tell(&Reply::Damaged(damage));
    }
    Ok(false)
}

/// How many lines that cannot be read are named to the reader; the rest is counted.
const UNREAD_NAMED: usize = 5;

/// How much of a log is read at once, in bytes.
const PIECE: usize = 256 << 10;

/// Tells of the log of strace, as far as the page can hold it. Whether it goes on after that.
fn log<R: Read + Seek>(mut source: R, name: &str, tell: &mut impl FnMut(&Reply)) -> Result<bool, FileError> {
    let bytes = source.seek(SeekFrom::End(0))?;
    source.seek(SeekFrom::Start(0))?;
    let mut import = Import::new();
    let (of, mut piece, mut events) = (import.source(name), vec![0; PIECE], 0);
    let mut hand_on = |batch: Batch| {
        events += batch.events.len() as u64;
        if !batch.is_empty() {
            tell(&Reply::Batch(batch));
        }
        events
    };
    let cut_short = loop {
        let len = source.read(&mut piece)?;
        if len == 0 {
            break false;
        }
        import.feed(of, &piece[..len]);
        if hand_on(import.take()) >= PART_EVENTS_MAX {
            break true;
        }
    };
    let (last, report) = import.finish();
    let events = hand_on(last);
    let command = report.command.join(" ");
    let program = report.command.first().map_or(name, |word| word.rsplit('/').next().unwrap_or(word));
    let header = Header {
        began_unix_ns: report.began,
        ..Header::named(Origin::Imported { tool: "strace".to_owned(), command }, program)
    };
    let notes = report.guessed().into_iter().map(str::to_owned).collect();
    tell(&Reply::Opened(Box::new(About { header, bytes, events, notes, ..About::default() })));
    if report.unread_count > 0 {
        let named = report.unread.iter().take(UNREAD_NAMED);
        let mut unread: Vec<String> =
            named.map(|one| format!("{}: {}", one.line, one.reason.text())).collect();
        unread.extend((report.unread_count > unread.len() as u64).then(|| "…".to_owned()));
        tell(&Reply::Unread(report.unread_count, unread));
    }
    Ok(cut_short)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use loopscope_shared::scenario::preset;
    use loopscope_shared::servers::Program;
    use loopscope_shared::sim::Simulation;
    use loopscope_shared::trace::file::{Closing, Writer};

    use super::*;

    /// A trace as a file, and its events.
    fn file() -> (Vec<u8>, Batch) {
        let scenario = preset("many-idle").unwrap();
        let mut simulation = Simulation::new(Program::Select, &scenario.settings, &scenario, &[]);
        let batch = simulation.run(usize::MAX);
        let header = Header::of(Origin::Simulated, Program::Select, &scenario.settings);
        let mut writer = Writer::new(Vec::new(), &header, World::new()).unwrap();
        for (index, (event, payload)) in batch.iter().enumerate() {
            writer.push(event, payload).unwrap();
            if index % 1000 == 999 {
                writer.cut().unwrap();
            }
        }
        (writer.finish(&Closing { why: "it was over".into() }).unwrap(), batch)
    }

    fn told(bytes: &[u8]) -> Vec<Reply> {
        let mut told = Vec::new();
        open(Cursor::new(bytes), "some.log", 0, |reply| told.push(reply.clone()));
        told
    }

    fn events(told: &[Reply]) -> usize {
        told.iter().map(|reply| if let Reply::Batch(batch) = reply { batch.events.len() } else { 0 }).sum()
    }

    #[test]
    fn a_trace_is_told_whole() {
        let (bytes, batch) = file();
        let told = told(&bytes);
        let Reply::Opened(about) = &told[0] else { panic!("{:?}", told[0]) };
        assert_eq!((about.events, about.header.program.as_str()), (batch.events.len() as u64, "select"));
        assert_eq!(told.iter().filter(|reply| matches!(reply, Reply::Begin(_))).count(), 1);
        assert!(!told.iter().any(|reply| matches!(reply, Reply::Jump(_) | Reply::Damaged(_))));
        assert_eq!(events(&told), batch.events.len());
        assert_eq!(told.last(), Some(&Reply::Done { cut_short: false, events: 0, hash: 0 }));
    }

    #[test]
    fn a_damaged_span_is_named_and_the_next_begins_anew() {
        let (mut bytes, batch) = file();
        let spans = Reader::open(Cursor::new(&bytes)).unwrap().spans().to_vec();
        bytes[spans[1].at as usize + loopscope_shared::trace::file::HEAD_BYTES + 7] ^= 1;
        let told = told(&bytes);
        assert!(
            told.iter().any(|reply| matches!(reply, Reply::Damaged(what) if what.len() == 1)),
            "{told:?}"
        );
        assert_eq!(told.iter().filter(|reply| matches!(reply, Reply::Jump(_))).count(), 1);
        assert_eq!(events(&told), batch.events.len() - spans[1].head.events as usize);
    }

    #[test]
    fn a_log_of_strace_is_told_and_its_broken_lines_are_named() {
        let log = "7 1700000000.000100 execve(\"/usr/bin/some\", [\"some\", \"-x\"], 0x7ffe /* 9 vars */) = 0\n\
                   7 1700000000.000200 read(0, \"hi\", 16) = 2\nthis is no line\n7 1700000000.000300 close(0) = 0\n";
        let told = told(log.as_bytes());
        assert!(events(&told) > 4, "{told:?}");
        let about =
            told.iter().find_map(|reply| if let Reply::Opened(about) = reply { Some(about) } else { None });
        let header = &about.unwrap().header;
        assert_eq!(header.program, "some");
        assert_eq!(header.origin, Origin::Imported { tool: "strace".into(), command: "some -x".into() });
        assert!(
            told.iter().any(|reply| matches!(reply, Reply::Unread(1, lines) if lines[0].starts_with("3:")))
        );
    }

    #[test]
    fn what_is_no_trace_is_refused() {
        assert!(matches!(&told(b"")[..], [Reply::Failed(why)] if why.contains("no trace")));
        assert!(matches!(&told(b"\x00\x01 whatever")[..], [Reply::Failed(_)]));
    }

    #[test]
    fn parts_are_as_large_as_the_page_can_hold() {
        let (bytes, batch) = file();
        let reader = Reader::open(Cursor::new(&bytes)).unwrap();
        let whole = parts(reader.spans(), u64::MAX);
        assert_eq!(whole.len(), 1);
        let some = parts(reader.spans(), 2000);
        assert_eq!(some.len(), batch.events.len().div_ceil(2000));
        assert!(some.windows(2).all(|pair| pair[0].end == pair[1].first && pair[0].to <= pair[1].from));
        assert_eq!(parts(reader.spans(), 1).len(), reader.spans().len(), "a span is the least");
    }
}
