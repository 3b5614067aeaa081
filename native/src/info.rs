//! `loopscope info`: what is in a trace.

use std::fmt;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use loopscope_shared::event::What;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::file::{FileError, Header, Origin, Reader};
use loopscope_shared::world::World;
use serde::Serialize;

use crate::traces;

/// How many of the calls are named.
const CALLS_SHOWN: usize = 8;

/// Which trace, and how it is told.
#[derive(Clone, Debug)]
pub struct Info {
    /// The file.
    pub path: PathBuf,
    /// As JSON.
    pub json: bool,
}

/// Reads the whole trace, and prints what is in it.
///
/// # Errors
/// If it cannot be opened, or parts of it are damaged: what there is was printed then.
pub fn run(config: &Info) -> Result<()> {
    let mut reader = traces::open(&config.path)?;
    let facts = Facts::of(&mut reader)?;
    let text = match config.json {
        true => serde_json::to_string_pretty(&facts)? + "\n",
        false => facts.to_string(),
    };
    io::stdout().lock().write_all(text.as_bytes()).context("cannot write to standard output")?;
    match facts.damage.len() {
        0 => Ok(()),
        1 => bail!("the trace is damaged in one place"),
        places => bail!("the trace is damaged in {places} places"),
    }
}

/// What is in a trace.
#[derive(Debug, Serialize)]
pub struct Facts {
    header: Header,
    /// Why the recording ended; none if the file was cut off.
    ended: Option<String>,
    bytes: u64,
    spans: usize,
    events: u64,
    /// The number of the first event, and the one after the last.
    first: u64,
    next: u64,
    from_ns: Nanos,
    to_ns: Nanos,
    /// Events that were lost when it was recorded, and that the file says to be missing between its spans.
    lost: u64,
    not_recorded: u64,
    tasks: u64,
    connections: u64,
    received: u64,
    sent: u64,
    calls: u64,
    calls_by_name: Vec<(String, u64)>,
    violations: u64,
    damage: Vec<String>,
}

impl Facts {
    /// Reads a trace from its beginning to its end.
    ///
    /// # Errors
    /// If the system cannot read the file.
    pub fn of(reader: &mut Reader<File>) -> Result<Self> {
        let (mut tasks, mut not_recorded, mut next) = (0, 0, None);
        for index in 0..reader.spans().len() {
            let head = reader.spans()[index].head;
            not_recorded += next.map_or(0, |next| head.first.0 - next);
            next = Some(head.next.0);
            let batch = match reader.batch(index) {
                Err(FileError::Damaged(_)) => continue,
                batch => batch?,
            };
            tasks += batch.events.iter().filter(|event| matches!(event.what, What::TaskBegin { .. })).count();
        }
        let last = (0..reader.spans().len()).rev().find_map(|index| last_of(reader, index));
        let World { tally, violations, .. } = last.unwrap_or_default();
        let mut calls_by_name: Vec<(String, u64)> = tally.calls_by_name.into_iter().collect();
        calls_by_name.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), name.clone()));
        let ((first, next), (from_ns, to_ns)) = (reader.numbers(), reader.instants());
        Ok(Self {
            header: reader.header().clone(),
            ended: reader.closing().map(|closing| closing.why.clone()),
            bytes: reader.bytes(),
            spans: reader.spans().len(),
            events: reader.events(),
            first: first.0,
            next: next.0,
            from_ns,
            to_ns,
            lost: tally.dropped,
            not_recorded,
            tasks: tasks as u64,
            connections: tally.accepted,
            received: tally.received,
            sent: tally.sent,
            calls: tally.calls,
            calls_by_name,
            violations: violations.len() as u64,
            damage: reader.damage().iter().map(ToString::to_string).collect(),
        })
    }
}

/// The world at the end of a span, if that is whole.
fn last_of(reader: &mut Reader<File>, index: usize) -> Option<World> {
    let piece = reader.read(index).ok()?;
    let mut world = piece.before;
    piece.batch.iter().for_each(|(event, payload)| world.apply(event, payload));
    Some(world)
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = &self.header;
        let mut line = |name: &str, value: String| writeln!(f, "{name:<12} {value}");
        let program = if header.program.is_empty() { "not said" } else { &header.program };
        line("program", program.to_owned())?;
        line("origin", origin(header))?;
        if let Some(settings) = &header.settings
            && !settings.quirks.is_empty()
        {
            line("mistakes", settings.quirks.to_string())?;
        }
        if let Some(scenario) = &header.scenario {
            line("scenario", format!("{}, seed {}", scenario.name, scenario.seed))?;
        }
        if let Some(machine) = &header.machine {
            let processors = machine.processors;
            let on = format!("{} {}, {}", machine.system, machine.kernel, machine.architecture);
            line("machine", format!("{on}, {processors} processors"))?;
        }
        for (name, value) in [("clock", &header.clock), ("written by", &header.written_by)] {
            if !value.is_empty() {
                line(name, value.clone())?;
            }
        }
        line("ended", self.ended.clone().unwrap_or_else(|| "not said: the file was cut off".to_owned()))?;
        line("file", format!("{} bytes in {} spans", self.bytes, self.spans))?;
        let numbers = match self.events {
            0 => String::new(),
            _ => format!(", numbers {} to {}", self.first + 1, self.next),
        };
        line("events", format!("{}{numbers}", self.events))?;
        if self.lost + self.not_recorded > 0 {
            line("lost", format!("{} for want of room, {} not recorded", self.lost, self.not_recorded))?;
        }
        let span = self.to_ns.since(self.from_ns);
        line("span", format!("{span}, from {} to {}", self.from_ns, self.to_ns))?;
        line("tasks", format!("{} began", self.tasks))?;
        line("connections", format!("{} accepted", self.connections))?;
        line("bytes", format!("{} received, {} sent", self.received, self.sent))?;
        let calls = self.calls_by_name.iter().take(CALLS_SHOWN);
        let calls: Vec<String> = calls.map(|(name, count)| format!("{name} {count}")).collect();
        line("calls", format!("{}: {}", self.calls, calls.join(", ")))?;
        if self.violations > 0 {
            line("beware", format!("{} things in it cannot be so", self.violations))?;
        }
        self.damage.iter().try_for_each(|damage| line("damage", damage.clone()))
    }
}

fn origin(header: &Header) -> String {
    match &header.origin {
        Origin::Unknown => "not said".to_owned(),
        Origin::Simulated => "simulated".to_owned(),
        Origin::Recorded => "recorded on a real kernel".to_owned(),
        Origin::Imported { tool, command } => format!("imported from {tool}: {command}"),
    }
}
