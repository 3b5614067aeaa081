//! What lines cost against the number of connections: what is known, what is still to be computed, and the
//! curves, as plain data.

mod axis;
mod chart;
mod export;

use std::rc::Rc;

use loopscope_shared::scale::{CONNECTIONS, Cost, Measured, Missing, Outcome, Point, Talk};
use loopscope_shared::servers::Program;
use serde::{Deserialize, Serialize};

use crate::messages as m;
use crate::model::text::figure;
use crate::store::Scaling;

pub use chart::{Chart, Curve, Dot, Label, Mark, chart, dashes, shape};
pub use export::{csv, svg};

/// A point that is to be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The program.
    pub program: Program,
    /// How many connections it has.
    pub connections: u32,
    /// Who talks.
    pub talk: Talk,
}

/// The points that are known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Results {
    known: Vec<(Job, Outcome)>,
    /// What was measured on a real kernel, if the page was given it.
    pub measured: Option<Rc<Measured>>,
}

impl Results {
    /// What became of a point, if it is known.
    pub fn get(&self, job: Job) -> Option<&Outcome> {
        self.known.iter().find(|(known, _)| *known == job).map(|(_, outcome)| outcome)
    }

    /// The points that were measured of a program.
    pub fn measured_of(&self, program: Program, talk: Talk) -> impl Iterator<Item = &Point> {
        let all = self.measured.iter().flat_map(|measured| &measured.points);
        all.filter(move |of| (of.program, of.talk) == (program, talk)).map(|of| &of.point)
    }

    /// Takes in what became of a point.
    pub fn insert(&mut self, job: Job, outcome: Outcome) {
        self.known.retain(|(known, _)| *known != job);
        self.known.push((job, outcome));
    }

    /// The points of the curves that are wanted and not known, those with few connections first. Where one does
    /// not serve so many, it is not asked about more.
    pub fn missing(&self, scaling: &Scaling) -> Vec<Job> {
        let mut jobs = Vec::new();
        for connections in CONNECTIONS {
            for program in &scaling.programs {
                let job = Job { program: *program, connections: *connections, talk: scaling.talk };
                if self.get(job).is_none()
                    && self.end(*program, scaling.talk).is_none_or(|(end, _)| job.connections < end)
                {
                    jobs.push(job);
                }
            }
        }
        jobs
    }

    /// Where a curve ends before the others, and why.
    pub fn end(&self, program: Program, talk: Talk) -> Option<(u32, Missing)> {
        CONNECTIONS.iter().find_map(|connections| {
            let job = Job { program, connections: *connections, talk };
            self.get(job)?.err().map(|why| (*connections, why))
        })
    }
}

/// How many points a whole picture of these curves has: for a progress bar.
pub fn points_of(scaling: &Scaling) -> usize {
    scaling.programs.len() * CONNECTIONS.len()
}

/// What a cost is called, and what it means.
pub fn cost_names(cost: Cost) -> (&'static str, &'static str) {
    match cost {
        Cost::Cpu => (m::scale_cost_cpu(), m::scale_cost_cpu_what()),
        Cost::Calls => (m::scale_cost_calls(), m::scale_cost_calls_what()),
        Cost::Scanned => (m::scale_cost_scanned(), m::scale_cost_scanned_what()),
        Cost::Bytes => (m::scale_cost_bytes(), m::scale_cost_bytes_what()),
        Cost::Latency => (m::scale_cost_latency(), m::scale_cost_latency_what()),
    }
}

/// Why a curve ends, in a sentence.
pub fn why_ended(program: Program, connections: u32, why: Missing) -> String {
    let (name, connections) = (program.name(), connections.to_string());
    match why {
        Missing::Unserved if program == Program::Select => m::scale_unserved_select(connections),
        Missing::Unserved => m::scale_unserved(name, connections),
        Missing::TooLong => m::scale_too_long(name, connections),
    }
}

/// A cost with its unit.
pub fn written(value: f64, cost: Cost) -> String {
    if !cost.is_time() {
        return figure(value);
    }
    let (value, unit) = match value {
        ns if ns < 1e3 => (ns, "ns"),
        us if us < 1e6 => (us / 1e3, "µs"),
        ms if ms < 1e9 => (ms / 1e6, "ms"),
        s => (s / 1e9, "s"),
    };
    format!("{} {unit}", figure(value))
}

#[cfg(test)]
mod tests;
