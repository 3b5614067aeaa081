//! `loopscope sim`: a program on a scenario, headless, with its figures.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use loopscope_shared::findings::{Finding, Search, Settings as Thresholds};
use loopscope_shared::scenario::Scenario;
use loopscope_shared::servers::{Program, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::file::{Closing, Header, Origin, Writer};
use loopscope_shared::world::World;
use serde::Serialize;

use crate::figures::{Count, Ended, Figures, Run, Stands};
use crate::findings;
use crate::traces;

/// How many events a run may have unless told otherwise: a minute or so of simulating.
pub const EVENTS_MAX: u64 = 50_000_000;

/// How many events are simulated before they are counted: few enough to stop soon, enough that stopping costs
/// nothing.
const PIECE: usize = 4_096;

/// How often progress is shown.
const PROGRESS_EVERY: Duration = Duration::from_millis(200);

const CANNOT_WRITE: &str = "the trace cannot be written";

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
    /// Where a trace of it goes.
    pub record: Option<PathBuf>,
    /// Whether the figures are printed as JSON.
    pub json: bool,
    /// Whether it is searched for well-known trouble.
    pub findings: bool,
}

/// Runs it and prints the figures.
///
/// # Errors
/// If the program fails or clients complain, though no quirk was asked for; if the simulator contradicts itself; or if something
/// cannot be written.
pub fn run(config: &Simulate) -> Result<()> {
    let mut trace = config.record.as_deref().map(|path| trace(path, config)).transpose()?;
    let (figures, found) = figures(config, trace.as_mut())?;
    if let Some(trace) = trace {
        let closing = Closing { why: figures.ended.to_string() };
        trace.finish(&closing).context(CANNOT_WRITE)?;
    }
    let text = match (config.json, &found) {
        (true, found) => {
            let findings = found.as_deref().map(findings::told);
            serde_json::to_string_pretty(&Told { figures: &figures, findings })? + "\n"
        }
        (false, Some(found)) => format!("{figures}\n{}", findings::plain(found)),
        (false, None) => figures.to_string(),
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

/// Begins the trace of a run.
fn trace(path: &Path, config: &Simulate) -> Result<Writer<File>> {
    let header = Header::of(Origin::Simulated, config.program, &config.settings);
    let header = traces::simulated(header, &config.scenario);
    Writer::new(traces::create(path)?, &header, World::new()).context(CANNOT_WRITE)
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Told<'a, F> {
    #[serde(flatten)]
    figures: &'a Figures,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<F>,
}

/// What came of a run: its figures, and what was found if that was asked for.
type Outcome = (Figures, Option<Vec<Finding>>);

/// Runs it to its end or to a limit.
fn figures(config: &Simulate, mut trace: Option<&mut Writer<File>>) -> Result<Outcome> {
    let mut simulation = Simulation::new(config.program, &config.settings, &config.scenario, &[]);
    let mut count = Count::new();
    let thresholds = Thresholds::default();
    let mut search = config.findings.then(|| Search::new(&thresholds));
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
            count.apply(event, payload);
        }
        if let Some(trace) = &mut trace {
            trace.extend(&batch).context(CANNOT_WRITE)?;
        }
        if let Some(search) = &mut search {
            search.extend(&batch);
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
    let found = search.map(|search| search.finish(&thresholds));
    Ok((count.figures(run, simulation.complaints()), found))
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
