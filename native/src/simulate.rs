//! `loopscope sim`: a program on a scenario, headless, with its figures.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use loopscope_shared::event::{Event, describe};
use loopscope_shared::ids::Seq;
use loopscope_shared::scenario::Scenario;
use loopscope_shared::servers::{Program, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::wire::PROTOCOL_VERSION;
use loopscope_shared::world::World;
use serde::Serialize;

use crate::figures::{Count, Ended, Figures, Run, Stands};

/// How many events a run may have unless told otherwise: a minute or so of simulating.
pub const EVENTS_MAX: u64 = 50_000_000;

/// How many events are simulated before they are counted: few enough to stop soon, enough that stopping costs
/// nothing.
const PIECE: usize = 4_096;

/// How often progress is shown.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

/// A run, as it was asked for.
#[derive(Clone, Debug)]
pub struct Simulate {
    /// The program.
    pub program: Program,
    /// What is set of it.
    pub settings: Settings,
    /// The scenario, with the seed that was asked for.
    pub scenario: Scenario,
    /// Whether the end of the run was asked for, and is not the scenario's own.
    pub stopped: bool,
    /// The most events.
    pub events_max: u64,
    /// Where the events go.
    pub out: Option<PathBuf>,
    /// Whether the figures are printed as JSON.
    pub json: bool,
}

/// Runs it and prints the figures.
///
/// # Errors
/// If the program fails or clients complain, though no quirk was asked for; if the simulator contradicts itself; or if something
/// cannot be written.
pub fn run(config: &Simulate) -> Result<()> {
    let mut out = config.out.as_deref().map(|path| Lines::create(path, config)).transpose()?;
    let figures = figures(config, out.as_mut())?;
    if let Some(out) = out {
        out.finish()?;
    }
    let text = match config.json {
        true => serde_json::to_string_pretty(&figures)? + "\n",
        false => figures.to_string(),
    };
    io::stdout().lock().write_all(text.as_bytes()).context("cannot write to standard output")?;
    if !figures.violations.is_empty() {
        bail!("the simulator contradicts itself: this is a mistake in Loopscope, please report it");
    }
    if figures.quirks.is_empty() && matches!(figures.fate, Stands::Failed { .. } | Stands::Killed { .. }) {
        bail!("the program {}, though no quirk was asked for", figures.fate);
    }
    let over = matches!(figures.ended, Ended::AllDone | Ended::Until);
    if over && figures.quirks.is_empty() && !figures.complaints.is_empty() {
        bail!("{} of the clients complain, though no quirk was asked for", figures.complaints.len());
    }
    Ok(())
}

/// Runs it to its end or to a limit.
fn figures(config: &Simulate, mut out: Option<&mut Lines>) -> Result<Figures> {
    let mut simulation = Simulation::new(config.program, &config.settings, &config.scenario, &[]);
    let mut count = Count::new();
    let mut progress = Progress::new();
    let ended = loop {
        let batch = simulation.run(PIECE);
        if batch.is_empty() {
            break match (simulation.is_cut(), config.stopped) {
                (true, true) => Ended::Stopped,
                (true, false) if config.scenario.until.is_some() => Ended::Until,
                (true, false) => Ended::CutShort,
                (false, _) => Ended::AllDone,
            };
        }
        for (event, payload) in batch.iter() {
            let seq = count.world.seq;
            count.apply(event, payload);
            if let Some(out) = &mut out {
                out.write(seq, event, payload, &count.world)?;
            }
        }
        progress.show(simulation.now(), count.events());
        if count.events() >= config.events_max {
            break Ended::CutShort;
        }
    };
    progress.clear();
    let run = Run {
        program: config.program,
        observed: config.settings.is_observed(config.program),
        suits_only: suits_only(config),
        fate: simulation.fate(),
        waits: simulation.waits(),
        scenario: config.scenario.name.clone(),
        seed: config.scenario.seed,
        quirks: config.settings.quirks.names().collect(),
        cpu: simulation.cpu_time(),
        cpus: config.scenario.machine.cpus,
        ended,
        now: simulation.now(),
    };
    Ok(count.figures(run, simulation.complaints()))
}

/// The programs that the scenario says something about, if this one is none of them.
fn suits_only(config: &Simulate) -> Vec<&'static str> {
    match config.scenario.is_for(config.program) {
        true => vec![],
        false => config.scenario.programs().map(Program::name).collect(),
    }
}

/// What is shown on standard error while a long run goes on, if a person looks at it.
struct Progress {
    shown: Option<Instant>,
    began: Instant,
    terminal: bool,
}

impl Progress {
    fn new() -> Self {
        Self { shown: None, began: Instant::now(), terminal: io::stderr().is_terminal() }
    }

    fn show(&mut self, now: Nanos, events: u64) {
        let last = self.shown.unwrap_or(self.began);
        if !self.terminal || last.elapsed() < PROGRESS_EVERY {
            return;
        }
        self.shown = Some(Instant::now());
        // If nobody can be told, the run goes on all the same.
        let _ = write!(io::stderr(), "\r\x1b[K{now} of virtual time, {events} events");
    }

    fn clear(&self) {
        if self.shown.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// The events as JSON, one a line, after a line that says of what.
///
/// The form is provisional: a trace file of Loopscope's own will take its place.
struct Lines {
    file: BufWriter<File>,
    path: PathBuf,
}

/// The first line.
#[derive(Serialize)]
struct Head<'a> {
    format: &'static str,
    version: u16,
    program: &'static str,
    settings: &'a Settings,
    scenario: &'a Scenario,
}

/// Each further line.
#[derive(Serialize)]
struct Line<'a> {
    seq: Seq,
    at_ns: Nanos,
    task: loopscope_shared::ids::TaskId,
    says: String,
    what: &'a loopscope_shared::event::What,
    #[serde(skip_serializing_if = "String::is_empty")]
    payload_base64: String,
}

impl Lines {
    fn create(path: &Path, config: &Simulate) -> Result<Self> {
        let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut lines = Self { file: BufWriter::new(file), path: path.to_owned() };
        lines.line(&Head {
            format: "loopscope events, provisional",
            version: PROTOCOL_VERSION,
            program: config.program.name(),
            settings: &config.settings,
            scenario: &config.scenario,
        })?;
        Ok(lines)
    }

    fn write(&mut self, seq: Seq, event: &Event, payload: &[u8], world: &World) -> Result<()> {
        use base64::Engine as _;
        let line = Line {
            seq,
            at_ns: event.at,
            task: event.task,
            says: describe(event, payload, world),
            what: &event.what,
            payload_base64: base64::engine::general_purpose::STANDARD.encode(payload),
        };
        self.line(&line)
    }

    fn line(&mut self, line: &impl Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.file, line)
            .map_err(io::Error::from)
            .and_then(|()| self.file.write_all(b"\n"))
            .with_context(|| format!("cannot write {}", self.path.display()))
    }

    fn finish(mut self) -> Result<()> {
        self.file.flush().with_context(|| format!("cannot write {}", self.path.display()))
    }
}
