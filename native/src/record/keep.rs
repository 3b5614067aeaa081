//! Where a recording goes: into a file as it comes, or, of the last seconds alone, into memory until the end.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};

use loopscope_shared::event::Event;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::file::{Chunk, Closing, Cutter, Header, Writer};
use loopscope_shared::world::World;

/// The longest reason for an end, in bytes: a sentence or two.
const WHY_MAX: usize = 400;

/// A recording that goes on.
#[derive(Debug)]
pub(super) enum Keep {
    /// All of it.
    All(Box<Writer<File>>),
    /// The end of it.
    Last(Box<Ring>),
}

/// The last spans, in memory.
#[derive(Debug)]
pub(super) struct Ring {
    cutter: Cutter,
    chunks: VecDeque<Chunk>,
    /// How many bytes they have.
    bytes: u64,
    /// How long back, and how many bytes, are kept.
    last: Nanos,
    bytes_max: u64,
    file: File,
    header: Header,
}

impl Keep {
    /// Begins a file.
    pub(super) fn all(file: File, header: &Header, base: World) -> io::Result<Self> {
        Ok(Self::All(Box::new(Writer::new(file, header, base)?)))
    }

    /// Begins to remember so much of what happened last, in at most so many bytes.
    pub(super) fn last(file: File, header: &Header, base: World, last: Nanos, bytes_max: u64) -> Self {
        let (cutter, header) = (Cutter::new(base), header.clone());
        Self::Last(Box::new(Ring {
            cutter,
            chunks: VecDeque::new(),
            bytes: 0,
            last,
            bytes_max,
            file,
            header,
        }))
    }

    /// Takes an event.
    pub(super) fn push(&mut self, event: &Event, payload: &[u8]) -> io::Result<()> {
        match self {
            Self::All(writer) => writer.push(event, payload),
            Self::Last(ring) => {
                ring.cutter.push(event, payload).into_iter().for_each(|chunk| ring.push(chunk));
                Ok(())
            }
        }
    }

    /// Goes on from there, because events were missed.
    pub(super) fn jump(&mut self, world: World) -> io::Result<()> {
        match self {
            Self::All(writer) => writer.jump(world),
            Self::Last(ring) => {
                ring.cutter.jump(world).into_iter().for_each(|chunk| ring.push(chunk));
                Ok(())
            }
        }
    }

    /// Brings what has come to safety.
    pub(super) fn cut(&mut self) -> io::Result<()> {
        match self {
            Self::All(writer) => writer.cut(),
            Self::Last(ring) => {
                ring.cutter.cut().into_iter().for_each(|chunk| ring.push(chunk));
                Ok(())
            }
        }
    }

    /// The world after the last event.
    pub(super) fn world(&self) -> &World {
        match self {
            Self::All(writer) => writer.world(),
            Self::Last(ring) => ring.cutter.world(),
        }
    }

    /// How many bytes are kept. What came since the last cut is not among them.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::All(writer) => writer.bytes(),
            Self::Last(ring) => ring.bytes,
        }
    }

    /// Whether the file, ended now, might have so many bytes or more.
    pub(super) fn is_full(&self, full: u64) -> bool {
        match self {
            Self::All(writer) => writer.bytes() + writer.pending(WHY_MAX) >= full,
            Self::Last(_) => false,
        }
    }

    /// Ends the file.
    pub(super) fn finish(self, closing: &Closing) -> io::Result<u64> {
        let file = match self {
            Self::All(writer) => writer.finish(closing)?,
            Self::Last(ring) => ring.write(closing)?,
        };
        file.sync_all()?;
        Ok(file.metadata()?.len())
    }

    /// Ends a file to which no more could be written: cuts off what is not whole, and closes it if there is room.
    pub(super) fn rescue(self, closing: &Closing) -> io::Result<u64> {
        let Self::All(writer) = self else { return Ok(0) };
        let (good, mut file) = (writer.bytes(), writer.get_ref().try_clone()?);
        file.set_len(good)?;
        file.seek(SeekFrom::Start(good))?;
        if writer.seal(closing).is_err() {
            // Spans are found without an index, too.
            file.set_len(good)?;
        }
        Ok(file.metadata()?.len())
    }
}

impl Ring {
    fn push(&mut self, chunk: Chunk) {
        self.bytes += chunk.body.len() as u64;
        self.chunks.push_back(chunk);
        let oldest = self.cutter.world().now - self.last;
        while let Some(first) = self.chunks.front()
            && (first.head.to < oldest || self.bytes > self.bytes_max && self.chunks.len() > 1)
        {
            self.bytes -= first.body.len() as u64;
            self.chunks.pop_front();
        }
    }

    fn write(mut self, closing: &Closing) -> io::Result<File> {
        self.cutter.cut().into_iter().for_each(|chunk| self.push(chunk));
        let mut writer = Writer::new(self.file, &self.header, World::new())?;
        self.chunks.iter().try_for_each(|chunk| writer.put(chunk))?;
        writer.seal(closing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loopscope_shared::scenario::preset;
    use loopscope_shared::servers::{Program, Settings};
    use loopscope_shared::sim::Simulation;
    use loopscope_shared::trace::file::{Origin, Reader};

    #[track_caller]
    fn check(name: &str, last: Nanos, bytes_max: u64) {
        let path = std::env::temp_dir().join(format!("loopscope-{name}-{}", std::process::id()));
        let header = Header::of(Origin::Recorded, Program::Epoll, &Settings::default());
        let file = File::create(&path).unwrap();
        let mut keep = Keep::last(file, &header, World::new(), last, bytes_max);
        let scenario = preset("burst").unwrap();
        let mut run = Simulation::new(Program::Epoll, &Settings::default(), &scenario, &[]);
        let mut truth = World::new();
        loop {
            let batch = run.run(200);
            if batch.is_empty() {
                break;
            }
            for (event, payload) in batch.iter() {
                truth.apply(event, payload);
                keep.push(event, payload).unwrap();
            }
            keep.cut().unwrap();
            assert!(keep.bytes() <= bytes_max, "{}", keep.bytes());
        }
        keep.finish(&Closing::default()).unwrap();
        let mut reader = Reader::open(File::open(&path).unwrap()).unwrap();
        reader.check().unwrap();
        assert_eq!(reader.damage(), []);
        assert!(reader.numbers().0.0 > 0 && reader.events() > 0, "the beginning is forgotten");
        assert_eq!(reader.world_at(truth.seq).unwrap(), truth, "the end is there");
        let (from, to) = reader.instants();
        assert!(bytes_max < u64::MAX || to.since(from) >= last, "{from} to {to}");
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn the_last_are_kept_for_as_long_as_they_are_wanted() {
        check("ring-of-time", Nanos::from_micros(500), u64::MAX);
    }

    #[test]
    fn the_last_are_kept_as_far_as_there_is_room() {
        check("ring-of-bytes", Nanos(u64::MAX), 10_000);
    }
}
