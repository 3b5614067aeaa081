//! `loopscope export`: a trace in the formats of other tools, event by event, so that a file of any size can be
//! exported.

mod chrome;
mod jsonl;
mod parquet;
mod perfetto;
mod story;

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use loopscope_shared::event::{Event, Place};
use loopscope_shared::ids::Seq;
use loopscope_shared::servers::SOURCES;
use loopscope_shared::trace::file::{FileError, Header, Piece};
use loopscope_shared::world::World;

use crate::traces;
use story::Story;

/// Which trace, and what becomes of it.
#[derive(Clone, Debug)]
pub struct Export {
    /// The trace.
    pub path: PathBuf,
    /// What it becomes.
    pub to: Format,
    /// The file to write; `-` is standard output. Without it, the trace's own name with another ending.
    pub out: Option<PathBuf>,
}

/// The formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Perfetto's protobuf, for ui.perfetto.dev and its trace processor
    Perfetto,
    /// The JSON of Chrome's tracing, which most viewers of traces read
    ChromeJson,
    /// Each event as a line of JSON
    Jsonl,
    /// A table for DuckDB, Spark, DataFusion and others
    Parquet,
}

impl Format {
    /// What the name of such a file ends with.
    fn ending(self) -> &'static str {
        match self {
            Self::Perfetto => "perfetto-trace",
            Self::ChromeJson => "chrome.json",
            Self::Jsonl => "jsonl",
            Self::Parquet => "parquet",
        }
    }
}

/// What takes the events one by one.
trait Sink {
    /// The world before an event, which is about to happen.
    fn before(&mut self, _event: &Event, _world: &World) {}

    /// An event, with its payload and the world after it.
    fn event(&mut self, seq: Seq, event: &Event, payload: &[u8], world: &World) -> Result<()>;

    /// The events between these numbers are not in the file; it goes on with this world.
    fn missing(&mut self, from: Seq, next: Seq, world: &World) -> Result<()>;

    /// There are no more.
    fn finish(self: Box<Self>) -> Result<()>;
}

/// Exports a trace.
///
/// # Errors
/// If it cannot be read or the other file not be written; and if parts of it are missing, after the rest was
/// exported.
pub fn run(config: &Export) -> Result<()> {
    let mut reader = traces::open(&config.path)?;
    let out = config.out.clone().unwrap_or_else(|| config.path.with_extension(config.to.ending()));
    let header = reader.header().clone();
    let mut sink = sink(config.to, &out, &header)?;
    let mut world = World::new();
    for index in 0..reader.spans().len() {
        let Piece { before, batch } = match reader.read(index) {
            Err(FileError::Damaged(_)) => continue,
            piece => piece?,
        };
        let gap = world.seq < before.seq;
        let from = std::mem::replace(&mut world, before).seq;
        if gap {
            sink.missing(from, world.seq, &world).context(CANNOT_WRITE)?;
        }
        for (event, payload) in batch.iter() {
            let seq = world.seq;
            sink.before(event, &world);
            world.apply(event, payload);
            sink.event(seq, event, payload, &world).context(CANNOT_WRITE)?;
        }
    }
    sink.finish().context(CANNOT_WRITE)?;
    match reader.damage() {
        [] => Ok(()),
        [first, ..] => bail!("the trace is damaged ({first}); the rest of it was exported"),
    }
}

const CANNOT_WRITE: &str = "the export cannot be written";

fn sink(to: Format, out: &Path, header: &Header) -> Result<Box<dyn Sink>> {
    let out: Box<dyn Write + Send> = match out == Path::new("-") {
        true => Box::new(io::stdout()),
        false => Box::new(traces::create(out)?),
    };
    let out = BufWriter::new(out);
    Ok(match to {
        Format::Perfetto => Box::new(Story::new(perfetto::Perfetto::new(out)?, header)),
        Format::ChromeJson => Box::new(Story::new(chrome::Chrome::new(out, header)?, header)),
        Format::Jsonl => Box::new(jsonl::Jsonl::new(out, header)?),
        Format::Parquet => Box::new(parquet::Table::new(out, header)?),
    })
}

/// Where exports go.
type Out = BufWriter<Box<dyn Write + Send>>;

/// The sources that a trace refers to, by their index.
#[derive(Clone, Debug)]
struct Sources(Vec<String>);

impl Sources {
    fn of(header: &Header) -> Self {
        let mut names: Vec<String> = SOURCES.iter().map(|source| source.name.to_owned()).collect();
        for source in &header.sources {
            let index = usize::from(source.index);
            names.resize(names.len().max(index + 1), String::new());
            names[index].clone_from(&source.name);
        }
        Self(names)
    }

    /// The name of the source that a place is in, if it is in one.
    fn name(&self, place: Place) -> Option<&str> {
        let name = self.0.get(usize::from(place.source)).map(String::as_str);
        name.filter(|name| place != Place::ELSEWHERE && !name.is_empty())
    }

    /// A place as it is written: `servers/epoll.rs:42`.
    fn text(&self, place: Place) -> Option<String> {
        self.name(place).map(|name| format!("{name}:{}", place.line))
    }
}
