//! The figures of a simulated run: what was done, what it cost, how long it took.

mod text;

use std::collections::{BTreeMap, BTreeSet};

use loopscope_shared::errno::Errno;
use loopscope_shared::event::{Call, Event, Inside, What};
use loopscope_shared::ids::TaskId;
use loopscope_shared::servers::{Program, Serves};
use loopscope_shared::sim::{Fate, Waits};
use loopscope_shared::time::{Latency, Nanos};
use loopscope_shared::trace::Hash;
use loopscope_shared::world::World;
use serde::Serialize;

/// The figures of a run. In JSON every span is in nanoseconds of virtual time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// The program.
    pub program: &'static str,
    /// Whether what it waits with was compared with a real kernel; otherwise it is documented, not observed.
    pub observed: bool,
    /// The scenario.
    pub scenario: String,
    /// The programs that the scenario says something about, if this is none of them.
    pub suits_only: Vec<&'static str>,
    /// The seed.
    pub seed: u64,
    /// Why the run ended.
    pub ended: Ended,
    /// How it stands with the program at the end.
    pub fate: Stands,
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
    /// How often a task slept in a call and was woken.
    pub wakeups: u64,
    /// How often and how long tasks slept in which call, all tasks together. A sleep that does not end with the
    /// run is not in it.
    pub sleeps: BTreeMap<&'static str, Sleeps>,
    /// Waits by a readiness or completion interface that returned after the task had slept.
    pub waits_woken: u64,
    /// Of those, how many led to nothing.
    pub waits_woken_idle: u64,
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
    /// How long the clients waited for answers: from the send of a line until its answer was read.
    pub waits: Quantiles,
    /// Lines of clients to which there is no answer.
    pub unanswered: u64,
    /// The same for the clients of each entry of the scenario's list.
    pub groups: Vec<Group>,
    /// How long the program took for a line, from the arrival of the line feed until the answer was sent.
    pub latency: Quantiles,
    /// What the clients complain of.
    pub complaints: Vec<String>,
    /// The quirks that were asked for: with any, complaints are what was to be seen.
    pub quirks: Vec<&'static str>,
    /// How long CPUs were with tasks, all CPUs together, and how many there are.
    pub cpu_ns: Nanos,
    /// How many CPUs there are.
    pub cpus: u32,
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
    /// At the limit of events, or where virtual time ends.
    CutShort,
}

/// How it stands with a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stands {
    /// It runs, or sleeps.
    StillRunning,
    /// It has done what it had to do.
    Returned,
    /// A call failed in a way for which it has no answer.
    Failed {
        /// With what.
        errno: Errno,
    },
    /// A signal has ended it.
    Killed {
        /// The number of the signal.
        signal: i32,
    },
}

impl From<Fate> for Stands {
    fn from(fate: Fate) -> Self {
        match fate {
            Fate::Runs => Self::StillRunning,
            Fate::Returned => Self::Returned,
            Fate::Failed(errno) => Self::Failed { errno },
            Fate::Killed(signal) => Self::Killed { signal },
        }
    }
}

/// Sleeps in one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sleeps {
    /// How many there were.
    pub times: u64,
    /// How long they took together.
    pub asleep_ns: Nanos,
}

/// How long the clients of one entry of the scenario's list waited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The number of the first of them.
    pub first_client: u32,
    /// How many they are.
    pub clients: u32,
    /// How long the slowest took to be connected.
    pub slowest_connect_ns: Option<Nanos>,
    /// How long they waited for answers.
    pub waits: Quantiles,
    /// Lines of theirs to which there is no answer.
    pub unanswered: u64,
}

/// Spans that the given part of them did not exceed: at most an eighth too long, and the last one exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Quantiles {
    /// Half of them.
    pub p50_ns: Option<Nanos>,
    /// Nine of ten.
    pub p90_ns: Option<Nanos>,
    /// All but one in a hundred.
    pub p99_ns: Option<Nanos>,
    /// The longest.
    pub max_ns: Option<Nanos>,
}

impl From<&Latency> for Quantiles {
    fn from(spans: &Latency) -> Self {
        Self {
            p50_ns: spans.quantile(0.5),
            p90_ns: spans.quantile(0.9),
            p99_ns: spans.quantile(0.99),
            max_ns: spans.longest(),
        }
    }
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
    /// Tasks that sleep: in which call, and since when.
    asleep: BTreeMap<TaskId, (&'static str, Nanos)>,
    sleeps: BTreeMap<&'static str, Sleeps>,
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
            What::Inside(Inside::Blocked) => {
                let task = self.world.tasks.get(&event.task);
                let call = task.and_then(|task| task.call.as_ref()).map(|open| open.call.name());
                self.asleep.extend(call.map(|call| (event.task, (call, event.at))));
            }
            What::Inside(Inside::Woken { .. }) => {
                if let Some((call, since)) = self.asleep.remove(&event.task) {
                    let sleeps = self.sleeps.entry(call).or_default();
                    sleeps.times += 1;
                    sleeps.asleep_ns += event.at - since;
                }
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
        let (mut connects, mut answers) = (Latency::default(), Latency::default());
        for waits in &run.waits {
            connects.extend(&waits.connects);
            answers.extend(&waits.answers);
        }
        // What a client sends is no answer.
        let lines = if run.program.entry().serves == Serves::Nobody { 0 } else { tally.lines };
        let per_line = |cost: Option<f64>| cost.filter(|_| lines > 0);
        Figures {
            program: run.program.name(),
            observed: run.observed,
            suits_only: run.suits_only,
            fate: run.fate.into(),
            waits: Quantiles::from(&answers),
            unanswered: run.waits.iter().map(|waits| waits.unanswered).sum(),
            groups: groups(&run.waits),
            scenario: run.scenario,
            seed: run.seed,
            ended: run.ended,
            virtual_time_ns: run.now,
            events: self.events,
            accepted: tally.accepted,
            lines,
            received_bytes: tally.received,
            sent_bytes: tally.sent,
            held_most_bytes: tally.held_most,
            calls: tally.calls,
            calls_per_line: per_line(tally.calls_per_line()),
            scanned: tally.scanned,
            scanned_per_line: per_line(tally.scanned_per_line()),
            wakeups: self.sleeps.values().map(|sleeps| sleeps.times).sum(),
            sleeps: self.sleeps,
            waits_woken: tally.wakeups,
            waits_woken_idle: tally.wakeups_idle,
            eagain: tally.eagain,
            eagain_share: tally.eagain as f64 / (tally.calls as f64).max(1.0),
            switches: tally.switches,
            forks: self.forks,
            threads: self.threads,
            zombies: self.children.values().filter(|ended| **ended).count() as u64,
            descriptors_open: world.tables.values().map(|table| table.fds.len() as u64).sum(),
            syns_dropped: tally.syns_dropped,
            slowest_connect_ns: connects.longest(),
            latency: Quantiles::from(&tally.latency),
            complaints,
            quirks: run.quirks,
            cpu_ns: run.cpu,
            cpus: run.cpus,
            violations: world
                .violations
                .iter()
                .map(|violation| violation.what.to_string())
                .chain(found)
                .collect(),
            trace_hash: self.hash.to_string(),
            calls_by_name: tally.calls_by_name.into_iter().collect(),
        }
    }
}

fn groups(waits: &[Waits]) -> Vec<Group> {
    let mut next = 1;
    let group = |waits: &Waits| {
        let first_client = next;
        next += waits.clients;
        Group {
            first_client,
            clients: waits.clients,
            slowest_connect_ns: waits.connects.longest(),
            waits: Quantiles::from(&waits.answers),
            unanswered: waits.unanswered,
        }
    };
    waits.iter().map(group).collect()
}

/// What a run was, beside its events.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) program: Program,
    pub(crate) observed: bool,
    pub(crate) suits_only: Vec<&'static str>,
    pub(crate) fate: Fate,
    pub(crate) waits: Vec<Waits>,
    pub(crate) scenario: String,
    pub(crate) seed: u64,
    pub(crate) quirks: Vec<&'static str>,
    pub(crate) cpu: Nanos,
    pub(crate) cpus: u32,
    pub(crate) ended: Ended,
    pub(crate) now: Nanos,
}
