//! One point of a curve: two runs, of which the second is counted once its server is quiet.

use super::{Missing, Outcome, Point, Talk};
use crate::scenario::{ClientSpec, Scenario, Step};
use crate::servers::{Program, Settings};
use crate::sim::{Fate, Simulation};
use crate::time::Nanos;
use crate::trace::Batch;
use crate::world::{Tally, World};

/// The fewest lines of which a cost is told.
pub(super) const LINES_MIN: u32 = 50;

/// Between an answer and the next line of one who talks: longer than any wait takes to go through ten thousand
/// descriptors, so that each line finds the server asleep. One that came in between would be found in passing, and
/// cost half as much.
const PAUSE: Nanos = Nanos::from_millis(5);

/// The same for a server that never sleeps: what it does meanwhile counts.
const PAUSE_RESTLESS: Nanos = Nanos::from_micros(200);

/// Between the lines of two clients where all of them talk: fifty thousand lines a second.
const APART: Nanos = Nanos::from_micros(20);

/// Longer than any server takes until it has accepted everybody.
const NEVER: Nanos = Nanos::from_millis(3_600_000);

/// Between the last that the server does for its connections and the first line.
const REST: Nanos = Nanos::from_millis(1);

/// The most events of one point: a program that never sleeps would go on for ever.
const EVENTS_MAX: usize = 4_000_000;

/// Events simulated before they are counted, while nothing is to be told from them.
const PIECE: usize = 1_024;

/// So many events before the server is quiet each step is counted by itself.
const NEAR: usize = 64;

/// A point on its way.
#[derive(Debug)]
pub struct Measurement {
    wish: Wish,
    run: Counted,
    stage: Stage,
}

/// What is measured.
#[derive(Clone, Copy, Debug)]
struct Wish {
    program: Program,
    connections: u32,
    talk: Talk,
}

/// How far it is.
#[derive(Debug)]
enum Stage {
    /// Nobody speaks: until the server is quiet.
    Settling,
    /// The same again, up to so many events.
    Again(usize),
    /// The lines are sent, which is counted from here.
    Talking(Box<Tally>, Nanos),
}

impl Measurement {
    /// The cost of lines for one program with so many connections.
    pub fn new(program: Program, connections: u32, talk: Talk) -> Self {
        let wish = Wish { program, connections: connections.max(1), talk };
        Self { wish, run: Counted::new(&wish, NEVER), stage: Stage::Settling }
    }

    /// Goes on for a while; what it has come to, once it is over.
    pub fn go_on(&mut self) -> Option<Outcome> {
        if self.run.events > EVENTS_MAX {
            return Some(Err(Missing::TooLong));
        }
        match &self.stage {
            Stage::Settling => {
                let (events, quiet) = match self.run.settle(&self.wish) {
                    Settled::NotYet => return None,
                    Settled::Never => return Some(Err(Missing::Unserved)),
                    Settled::After(events, quiet) => (events, quiet),
                };
                self.run = Counted::new(&self.wish, quiet + REST);
                self.stage = Stage::Again(events);
                None
            }
            Stage::Again(events) => {
                let events = *events;
                if self.run.events < events {
                    self.run.run(if self.run.events + NEAR < events {
                        PIECE.min(events - self.run.events - NEAR)
                    } else {
                        1
                    });
                    return None;
                }
                self.stage =
                    Stage::Talking(Box::new(self.run.world.tally.clone()), self.run.simulation.cpu_time());
                None
            }
            Stage::Talking(before, cpu) => {
                let sleeps = self.wish.program != Program::BusyPoll;
                let over = self.run.run(PIECE);
                let tally = &self.run.world.tally;
                let lines = tally.lines - before.lines;
                let answered = lines >= self.wish.lines();
                match (over, answered) {
                    (true, false) => return Some(Err(Missing::Unserved)),
                    // Who sleeps is done when all is: the way back to the wait is a part of a line.
                    (false, true) if !sleeps => {}
                    (true, true) => {}
                    (false, _) => return None,
                }
                Some(Ok(Point {
                    connections: self.wish.connections,
                    lines,
                    cpu: self.run.simulation.cpu_time() - *cpu,
                    calls: tally.calls - before.calls,
                    scanned: tally.scanned - before.scanned,
                    bytes: tally.bytes_down + tally.bytes_up - before.bytes_down - before.bytes_up,
                    p99: tally.latency.quantile(0.99).unwrap_or_default(),
                }))
            }
        }
    }

    /// Goes on until it is over.
    pub fn finish(mut self) -> Outcome {
        loop {
            if let Some(outcome) = self.go_on() {
                return outcome;
            }
        }
    }
}

impl Wish {
    /// How many lines each of those who talk sends.
    fn lines_each(&self) -> u32 {
        match self.talk {
            Talk::One => LINES_MIN,
            Talk::All => LINES_MIN.div_ceil(self.connections),
        }
    }

    /// How many lines are sent.
    fn lines(&self) -> u64 {
        let talkers = if self.talk == Talk::One { 1 } else { self.connections };
        u64::from(talkers) * u64::from(self.lines_each())
    }

    /// The workload: all connect at once, and the first line is sent so much later.
    fn scenario(&self, later: Nanos) -> Scenario {
        let pause = if self.program == Program::BusyPoll { PAUSE_RESTLESS } else { PAUSE };
        let talker = |think: Nanos| {
            let mut steps = vec![Step::Think(think)];
            for _ in 0..self.lines_each() {
                steps.extend([Step::Send("still here\n".to_owned()), Step::Await, Step::Think(pause)]);
            }
            ClientSpec::one(Nanos::ZERO, steps)
        };
        let clients = match self.talk {
            Talk::One => {
                let silent = ClientSpec::many(self.connections - 1, Nanos::ZERO, Nanos::ZERO, Vec::new());
                vec![silent, talker(later)]
            }
            Talk::All => (0..u64::from(self.connections))
                .map(|client| talker(later + Nanos(client * APART.0)))
                .collect(),
        };
        let mut scenario = Scenario { name: "scale".to_owned(), seed: 1, clients, ..Scenario::default() };
        // Room for all of them, and for what a program needs beside.
        scenario.network.backlog = self.connections + 16;
        scenario.machine.descriptors_max = 2 * self.connections + 64;
        scenario
    }

    fn settings(&self) -> Settings {
        // A worker for each, as many as may be.
        Settings { workers: self.connections, clients: self.connections, ..Settings::default() }
    }
}

/// Whether a server has come to rest.
enum Settled {
    NotYet,
    /// It ended, or clients stayed outside.
    Never,
    /// After so many events, at that instant.
    After(usize, Nanos),
}

/// A run, and what it was made of so far.
struct Counted {
    simulation: Simulation,
    world: World,
    events: usize,
}

impl std::fmt::Debug for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Counted").field("simulation", &self.simulation).field("events", &self.events).finish()
    }
}

impl Counted {
    fn new(wish: &Wish, later: Nanos) -> Self {
        let simulation = Simulation::new(wish.program, &wish.settings(), &wish.scenario(later), &[]);
        Self { simulation, world: World::new(), events: 0 }
    }

    /// Goes on for some events; whether the run is over.
    fn run(&mut self, most: usize) -> bool {
        let batch = self.simulation.run(most);
        self.apply(&batch);
        batch.is_empty()
    }

    fn apply(&mut self, batch: &Batch) {
        for (event, payload) in batch.iter() {
            self.world.apply(event, payload);
        }
        self.events += batch.events.len();
    }

    /// Goes on until the server is quiet: until nothing happens for a long time, and of one that never sleeps,
    /// until it has gone round once more after it has accepted everybody.
    fn settle(&mut self, wish: &Wish) -> Settled {
        let batch = self.simulation.run(PIECE);
        if batch.is_empty() {
            return Settled::Never;
        }
        for (event, payload) in batch.iter() {
            if event.at >= self.world.now + Nanos(NEVER.0 / 2) {
                let all = self.world.tally.accepted >= u64::from(wish.connections);
                let runs = self.simulation.fate() == Fate::Runs;
                return match all && runs {
                    true => Settled::After(self.events, self.world.now),
                    false => Settled::Never,
                };
            }
            self.world.apply(event, payload);
            self.events += 1;
        }
        let spins = wish.program == Program::BusyPoll;
        match spins && self.world.tally.accepted >= u64::from(wish.connections) {
            true => Settled::After(self.events, self.world.now),
            false => Settled::NotYet,
        }
    }
}
