//! `loopscope import`: what strace has written of any program becomes a trace.

mod inputs;

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use loopscope_shared::import::{Import as Importer, Report, Source, Times};
use loopscope_shared::trace::Batch;
use loopscope_shared::trace::file::{Closing, EXTENSION, Header, Origin, Writer};
use loopscope_shared::world::World;
use serde_json::{Value, json};

use crate::traces;
use inputs::Input;

/// How much of a log is read at once, in bytes.
const PIECE: usize = 1 << 17;

/// After so many events a trace begins, though it is not known which program it is of: a log that does not begin
/// with the program does not say it later either.
const EVENTS_BEFORE: usize = 4_096;

/// What is imported, and where to.
#[derive(Clone, Debug)]
pub struct Import {
    /// The logs: files, directories, `-`.
    pub logs: Vec<PathBuf>,
    /// The trace.
    pub out: Option<PathBuf>,
    /// The report as JSON.
    pub json: bool,
}

/// Imports, and prints what was read.
///
/// # Errors
/// If a log cannot be opened or read, none of them has anything of strace's, or the trace cannot be written. A
/// line that cannot be read is no error: it is named.
pub fn run(config: &Import) -> Result<()> {
    let since = Instant::now();
    let mut inputs = inputs::of(&config.logs)?;
    let path = config.out.clone().unwrap_or_else(|| default_name(&config.logs));
    let mut trace = Trace { path: &path, writer: None, waiting: Vec::new(), begun: false };
    let outcome = import(&mut inputs, &mut trace);
    if outcome.is_err() && trace.begun {
        // It is a part of what was asked for, and looks like all of it. If it cannot be removed, it stays.
        let _ = std::fs::remove_file(&path);
    }
    let (report, events) = outcome?;
    let seconds = since.elapsed().as_secs_f64();
    let text = match config.json {
        true => serde_json::to_string_pretty(&as_json(&report, &path, events, seconds))? + "\n",
        false => format!("{report}{}: {events} events, in {seconds:.2} s\n", path.display()),
    };
    io::stdout().lock().write_all(text.as_bytes()).context("cannot write to standard output")
}

fn import(inputs: &mut [Input], trace: &mut Trace<'_>) -> Result<(Report, u64)> {
    let mut importer = Importer::new();
    let sources: Vec<Source> = inputs.iter().map(|input| importer.source(&input.name())).collect();
    let mut piece = vec![0; PIECE];
    while let Some(wanted) = importer.wants() {
        let place = sources.iter().position(|source| *source == wanted);
        let Some(input) = place.and_then(|place| inputs.get_mut(place)) else { break };
        let count = input.read(&mut piece).with_context(|| format!("cannot read {}", input.name()))?;
        match piece.get(..count) {
            None | Some([]) => importer.end(wanted),
            Some(bytes) => importer.feed(wanted, bytes),
        }
        trace.add(importer.take(), importer.report())?;
    }
    let (last, report) = importer.finish();
    if report.calls == 0 {
        bail!(
            "there is no call of strace's in {} lines: write a log with `strace -f -ttt -T -yy -e \
             trace=desc,network,process -o LOG PROGRAM`",
            report.lines
        );
    }
    let events = trace.finish(last, &report)?;
    Ok((report, events))
}

/// A trace that is being written. It begins when it is known which program it is of.
struct Trace<'a> {
    path: &'a Path,
    writer: Option<Writer<io::BufWriter<File>>>,
    waiting: Vec<Batch>,
    begun: bool,
}

impl Trace<'_> {
    fn add(&mut self, batch: Batch, report: &Report) -> Result<()> {
        self.waiting.push(batch);
        let waiting: usize = self.waiting.iter().map(|batch| batch.events.len()).sum();
        match self.writer.is_some() || !report.command.is_empty() && waiting > 0 || waiting > EVENTS_BEFORE {
            true => self.write(report),
            false => Ok(()),
        }
    }

    fn write(&mut self, report: &Report) -> Result<()> {
        let path = self.path;
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let file = io::BufWriter::new(traces::create(path)?);
                self.begun = true;
                let writer = Writer::new(file, &header(report), World::new());
                none.insert(writer.with_context(|| format!("cannot write {}", path.display()))?)
            }
        };
        for batch in self.waiting.drain(..) {
            writer.extend(&batch).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    /// Ends the trace; how many events are in it.
    fn finish(&mut self, last: Batch, report: &Report) -> Result<u64> {
        self.waiting.push(last);
        self.write(report)?;
        let Some(writer) = self.writer.take() else { return Ok(0) };
        let why = match report.unread_count {
            0 => "the log is at its end".to_owned(),
            1 => "the log is at its end; one line could not be read".to_owned(),
            lines => format!("the log is at its end; {lines} lines could not be read"),
        };
        let closed = |out: io::BufWriter<File>| out.into_inner().map_err(io::IntoInnerError::into_error);
        let events = writer.world().seq.0;
        let out = writer.finish(&Closing { why }).and_then(closed).and_then(|file| file.sync_all());
        out.with_context(|| format!("cannot write {}", self.path.display()))?;
        Ok(events)
    }
}

/// What the trace says of itself.
fn header(report: &Report) -> Header {
    let command = report.command.join(" ");
    let program = report.command.first().map_or("a program", |word| word.rsplit('/').next().unwrap_or(word));
    let origin = Origin::Imported { tool: "strace".to_owned(), command: command.clone() };
    let clock = match report.times {
        Times::None => "none: the lines of the log, a microsecond apart",
        Times::Relative => "strace's, from line to line (-r), from the first",
        Times::Day => "strace's, the time of day (-t), from the first line",
        Times::Epoch => "strace's, since 1970 (-ttt), from the first line",
    };
    let durations = if report.durations { "" } else { "; how long calls took is not known" };
    let clock = format!("{clock}{durations}");
    Header { clock, began_unix_ns: report.began, ..Header::named(origin, program) }
}

/// The first log's name, in the current directory, as a trace.
fn default_name(logs: &[PathBuf]) -> PathBuf {
    let name = logs.first().and_then(|log| log.file_name()).filter(|name| *name != "-");
    let mut name = name.unwrap_or_else(|| "strace".as_ref()).to_owned();
    name.push(".");
    name.push(EXTENSION);
    PathBuf::from(name)
}

fn as_json(report: &Report, path: &Path, events: u64, seconds: f64) -> Value {
    let unread = report.unread.iter().map(|unread| {
        json!({ "log": report.sources.get(unread.source), "line": unread.line, "reason": unread.reason.text() })
    });
    json!({
        "trace": path.display().to_string(),
        "events": events,
        "seconds": seconds,
        "lines": report.lines,
        "calls": report.calls,
        "signals": report.signals,
        "tasks": report.tasks,
        "command": report.command,
        "kept_as_written": report.others,
        "cut_strings": report.cut_strings,
        "guessed": report.guessed(),
        "unread_count": report.unread_count,
        "unread": unread.collect::<Vec<_>>(),
    })
}
