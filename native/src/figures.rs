//! The figures of a simulated run: what was done, what it cost, how long it took.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use loopscope_shared::event::{Call, Doing, Event, Inside, What};
use loopscope_shared::ids::{PeerId, TaskId};
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::Hash;
use loopscope_shared::world::World;
use serde::Serialize;

/// The figures of a run. In JSON every span is in nanoseconds of virtual time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// The program.
    pub program: &'static str,
    /// The scenario.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// Why the run ended.
    pub ended: Ended,
    /// The virtual time that passed.
    pub virtual_time_ns: Nanos,
    /// How many events were told.
    pub events: u64,
    /// Connections that were accepted.
    pub accepted: u64,
    /// Lines that were answered.
    pub lines: u64,
    /// Bytes that the program received, and that it sent.
    pub received_bytes: u64,
    /// Bytes that the program sent.
    pub sent_bytes: u64,
    /// The most bytes that it had received and not yet sent back, at one time.
    pub held_most_bytes: u64,
    /// System calls.
    pub calls: u64,
    /// How many of each.
    pub calls_by_name: BTreeMap<String, u64>,
    /// System calls for each line.
    pub calls_per_line: Option<f64>,
    /// Descriptors that waits went through.
    pub scanned: u64,
    /// Descriptors that waits went through for each line.
    pub scanned_per_line: Option<f64>,
    /// Waits that returned after the task had slept.
    pub wakeups: u64,
    /// Of those, how many led to nothing.
    pub wakeups_idle: u64,
    /// Calls that failed with `EAGAIN`.
    pub eagain: u64,
    /// Their share of all calls.
    pub eagain_share: f64,
    /// How often a task got a CPU after it had slept or waited for one.
    pub switches: u64,
    /// Processes that were started.
    pub forks: u64,
    /// Threads that were started.
    pub threads: u64,
    /// Processes that have ended and were not waited for.
    pub zombies: u64,
    /// Descriptors that are open at the end, in all processes.
    pub descriptors_open: u64,
    /// SYNs that were dropped because the accept queue was full.
    pub syns_dropped: u64,
    /// How long the slowest client took to be connected.
    pub slowest_connect_ns: Option<Nanos>,
    /// How long lines took, from the arrival of the line feed until the answer was sent.
    pub latency: Quantiles,
    /// What the clients complain of.
    pub complaints: Vec<String>,
    /// Whether quirks were asked for: then complaints are what was to be seen.
    pub quirks: bool,
    /// What cannot be so: a mistake of the simulator.
    pub violations: Vec<String>,
    /// The hash of the trace: the same program, settings, scenario and seed give the same, everywhere.
    pub trace_hash: String,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// Nothing would happen any more.
    AllDone,
    /// At the instant that the scenario names.
    Until,
    /// At the instant that was asked for.
    Stopped,
    /// At the limit of events.
    CutShort,
}

/// Spans that the given part of the lines did not exceed, to an eighth of their size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Quantiles {
    /// Half of them.
    pub p50_ns: Option<Nanos>,
    /// Nine of ten.
    pub p90_ns: Option<Nanos>,
    /// All but one in a hundred.
    pub p99_ns: Option<Nanos>,
    /// All of them.
    pub max_ns: Option<Nanos>,
}

/// What is counted while a run goes on.
#[derive(Debug, Default)]
pub(crate) struct Count {
    /// What is known of the machine.
    pub(crate) world: World,
    hash: Hash,
    events: u64,
    forks: u64,
    threads: u64,
    /// Processes that were forked, and whether they have ended.
    children: BTreeMap<TaskId, bool>,
    /// Tasks that wait for a child.
    waiting: BTreeSet<TaskId>,
    connecting: BTreeMap<PeerId, Nanos>,
    slowest_connect: Option<Nanos>,
}

impl Count {
    /// A run that has not begun.
    pub(crate) fn new() -> Self {
        Self { world: World::new(), ..Self::default() }
    }

    /// Takes an event in.
    pub(crate) fn apply(&mut self, event: &Event, payload: &[u8]) {
        self.events += 1;
        self.hash.push(event, payload);
        match event.what {
            What::TaskBegin { thread: true, .. } => self.threads += 1,
            What::TaskBegin { parent, .. } if parent != TaskId::KERNEL => {
                self.forks += 1;
                self.children.insert(event.task, false);
            }
            What::TaskEnd { .. } => {
                self.children.entry(event.task).and_modify(|ended| *ended = true);
            }
            What::Enter { call: Call::Wait { .. }, .. } => {
                self.waiting.insert(event.task);
            }
            What::Exit { ret, .. } if self.waiting.remove(&event.task) => {
                ret.ok().map(|child| self.children.remove(&TaskId(child)));
            }
            What::Inside(Inside::Peer { peer, doing: Doing::Connecting }) => {
                self.connecting.insert(peer, event.at);
            }
            What::Inside(Inside::Peer { peer, doing: Doing::Connected }) => {
                let took = self.connecting.remove(&peer).map(|began| event.at - began);
                self.slowest_connect = self.slowest_connect.max(took);
            }
            _ => {}
        }
        self.world.apply(event, payload);
    }

    /// How many events there were so far.
    pub(crate) fn events(&self) -> u64 {
        self.events
    }

    /// The figures.
    pub(crate) fn figures(self, run: Run, complaints: Vec<String>) -> Figures {
        let world = self.world;
        let found = world.check().into_iter();
        let tally = world.tally;
        Figures {
            program: run.program,
            scenario: run.scenario,
            seed: run.seed,
            ended: run.ended,
            virtual_time_ns: run.now,
            events: self.events,
            accepted: tally.accepted,
            lines: tally.lines,
            received_bytes: tally.received,
            sent_bytes: tally.sent,
            held_most_bytes: tally.held_most,
            calls: tally.calls,
            calls_per_line: tally.per_line(tally.calls),
            scanned: tally.scanned,
            scanned_per_line: tally.per_line(tally.scanned),
            wakeups: tally.wakeups,
            wakeups_idle: tally.wakeups_idle,
            eagain: tally.eagain,
            eagain_share: tally.eagain as f64 / (tally.calls as f64).max(1.0),
            switches: tally.switches,
            forks: self.forks,
            threads: self.threads,
            zombies: self.children.values().filter(|ended| **ended).count() as u64,
            descriptors_open: world.tables.values().map(|table| table.fds.len() as u64).sum(),
            syns_dropped: tally.syns_dropped,
            slowest_connect_ns: self.slowest_connect,
            latency: Quantiles {
                p50_ns: tally.latency.quantile(0.5),
                p90_ns: tally.latency.quantile(0.9),
                p99_ns: tally.latency.quantile(0.99),
                max_ns: tally.latency.quantile(1.0),
            },
            complaints,
            quirks: run.quirks,
            violations: world
                .violations
                .iter()
                .map(|violation| violation.what.clone())
                .chain(found)
                .collect(),
            trace_hash: self.hash.to_string(),
            calls_by_name: tally.calls_by_name,
        }
    }
}

/// What a run was, beside its events.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) program: &'static str,
    pub(crate) scenario: String,
    pub(crate) seed: u64,
    pub(crate) quirks: bool,
    pub(crate) ended: Ended,
    pub(crate) now: Nanos,
}

/// How many complaints and violations are shown to people: the rest is counted.
const SHOWN_MAX: usize = 8;

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, value: String| writeln!(f, "{name:<16} {value}");
        let per_line =
            |value: Option<f64>| value.map_or_else(String::new, |value| format!(", {value:.1} a line"));
        let or_none = |span: Option<Nanos>| span.map_or_else(|| "none".to_owned(), |span| span.to_string());
        row("run", format!("{} on {}, seed {}", self.program, self.scenario, self.seed))?;
        row("ended", self.ended.to_string())?;
        row("virtual time", format!("{}, {} events", self.virtual_time_ns, self.events))?;
        let connections = format!("{} accepted, {} SYNs dropped", self.accepted, self.syns_dropped);
        row("connections", format!("{connections}, slowest connect {}", or_none(self.slowest_connect_ns)))?;
        row("lines", format!("{} answered", self.lines))?;
        row(
            "bytes",
            format!(
                "{} received, {} sent, at most {} held between",
                self.received_bytes, self.sent_bytes, self.held_most_bytes
            ),
        )?;
        row("system calls", format!("{}{}", self.calls, per_line(self.calls_per_line)))?;
        let names = self.calls_by_name.iter().map(|(name, count)| format!("{name} {count}"));
        row("", names.collect::<Vec<_>>().join(", "))?;
        row("scanned", format!("{} descriptors{}", self.scanned, per_line(self.scanned_per_line)))?;
        row("wake-ups", format!("{}, {} of them for nothing", self.wakeups, self.wakeups_idle))?;
        row("EAGAIN", format!("{}, {:.1} % of the calls", self.eagain, self.eagain_share * 100.0))?;
        let started = format!("{} processes, {} threads started", self.forks, self.threads);
        row("tasks", format!("{started}, {} zombies, {} switches", self.zombies, self.switches))?;
        row("descriptors", format!("{} open at the end", self.descriptors_open))?;
        let Quantiles { p50_ns, p90_ns, p99_ns, max_ns } = self.latency;
        let spans = [("p50", p50_ns), ("p90", p90_ns), ("p99", p99_ns), ("max", max_ns)];
        let spans = spans.map(|(name, span)| format!("{name} {}", or_none(span)));
        row("latency", spans.join(", "))?;
        for (name, list) in [("complaints", &self.complaints), ("violations", &self.violations)] {
            row(name, list.len().to_string())?;
            list.iter().take(SHOWN_MAX).try_for_each(|one| row("", one.clone()))?;
        }
        row("trace hash", self.trace_hash.clone())
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AllDone => "all is done: nothing would happen any more",
            Self::Until => "at the instant that the scenario names",
            Self::Stopped => "at the instant that was asked for",
            Self::CutShort => "cut short at the limit of events",
        })
    }
}
