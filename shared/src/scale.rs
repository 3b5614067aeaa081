//! What a line costs a server, against the number of connections: a point of a curve is a simulated run.
//!
//! All clients connect, the server comes to rest, and then lines are sent; what they cost is counted from there
//! on, so that neither the accepting nor the beginning is in it. The run is made twice: the first time nobody
//! speaks, and how many events it has until it is quiet is what the second goes by.

mod measure;
mod measured;

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::servers::{PROGRAMS, Program, Serves};
use crate::time::Nanos;

pub use measure::Measurement;
pub use measured::{Measured, MeasuredPoint, NotMeasured};

/// The numbers of connections at which curves have their points: three for each power of ten.
pub const CONNECTIONS: &[u32] = &[1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

/// Who sends lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Talk {
    /// One does, and all others are silent.
    #[default]
    One,
    /// All do, one after the other.
    All,
}

impl Talk {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::One, Self::All];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::All => "all",
        }
    }
}

impl FromStr for Talk {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|talk| talk.name() == name);
        found.ok_or_else(|| format!("`{name}` is neither `one` nor `all`"))
    }
}

/// What is counted for each line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cost {
    /// Time of a CPU.
    #[default]
    Cpu,
    /// System calls.
    Calls,
    /// Descriptors that waits went through.
    Scanned,
    /// Bytes that crossed between program and kernel.
    Bytes,
    /// What all but one in a hundred lines took at most, from their arrival until `send` took the answer.
    Latency,
}

impl Cost {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Cpu, Self::Calls, Self::Scanned, Self::Bytes, Self::Latency];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Calls => "calls",
            Self::Scanned => "scanned",
            Self::Bytes => "bytes",
            Self::Latency => "latency",
        }
    }

    /// Whether it is a span of time, in nanoseconds.
    pub fn is_time(self) -> bool {
        matches!(self, Self::Cpu | Self::Latency)
    }
}

impl FromStr for Cost {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|cost| cost.name() == name);
        found.ok_or_else(|| format!("`{name}` is none of {}", Self::ALL.map(Self::name).join(", ")))
    }
}

/// The programs that can have many connections at once, in the order of the catalogue.
pub fn programs() -> impl Iterator<Item = Program> {
    let many = |serves| matches!(serves, Serves::Everyone | Serves::AFew);
    PROGRAMS.iter().filter(move |entry| many(entry.serves)).map(|entry| entry.program)
}

/// What lines cost with so many connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// How many connections there were.
    pub connections: u32,
    /// How many lines were answered.
    pub lines: u64,
    /// The time of CPUs, for all of them.
    pub cpu: Nanos,
    /// System calls.
    pub calls: u64,
    /// Descriptors that waits went through.
    pub scanned: u64,
    /// Bytes that crossed, both ways.
    pub bytes: u64,
    /// What all but one in a hundred took at most.
    pub p99: Nanos,
}

impl Point {
    /// One cost of a line: a number, or nanoseconds.
    pub fn cost(&self, cost: Cost) -> f64 {
        let lines = self.lines.max(1) as f64;
        match cost {
            Cost::Cpu => self.cpu.0 as f64 / lines,
            Cost::Calls => self.calls as f64 / lines,
            Cost::Scanned => self.scanned as f64 / lines,
            Cost::Bytes => self.bytes as f64 / lines,
            Cost::Latency => self.p99.0 as f64,
        }
    }
}

/// Why there is no point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// Not everybody was let in and answered: `select` has no room for more than `FD_SETSIZE`.
    Unserved,
    /// It would have taken more events than one point may have.
    TooLong,
}

/// What became of a point.
pub type Outcome = Result<Point, Missing>;

#[cfg(test)]
mod tests {
    use super::measure::LINES_MIN;
    use super::*;

    fn point(program: Program, connections: u32, talk: Talk) -> Point {
        Measurement::new(program, connections, talk).finish().unwrap_or_else(|why| {
            panic!("{} with {connections} connections has no point: {why:?}", program.name())
        })
    }

    #[test]
    fn every_program_has_a_point_with_few_and_with_some_hundred() {
        for program in programs() {
            for talk in Talk::ALL {
                for connections in [1, 200] {
                    let point = point(program, connections, talk);
                    let lines = if talk == Talk::All { connections.max(LINES_MIN) } else { LINES_MIN };
                    assert_eq!(point.lines, u64::from(lines), "{} {connections} {talk:?}", program.name());
                    assert!(
                        point.calls > 0 && point.cpu.0 > 0 && point.p99.0 > 0,
                        "{}: {point:?}",
                        program.name()
                    );
                }
            }
        }
    }

    #[test]
    fn what_select_and_poll_go_through_grows_with_the_silent_and_what_epoll_does_not() {
        let scanned = |program, connections| point(program, connections, Talk::One).cost(Cost::Scanned);
        for program in [Program::Select, Program::Poll] {
            assert!(scanned(program, 1_000) > 50.0 * scanned(program, 10), "{}", program.name());
        }
        assert_eq!(scanned(Program::Epoll, 10), scanned(Program::Epoll, 1_000));
        let cpu = |connections| point(Program::Epoll, connections, Talk::One).cost(Cost::Cpu);
        assert!(cpu(1_000) < 1.1 * cpu(10));
    }

    #[test]
    fn what_poll_costs_grows_evenly_however_long_it_takes() {
        let cpu = |connections| point(Program::Poll, connections, Talk::One).cost(Cost::Cpu);
        let times = cpu(5_000) / cpu(1_000);
        assert!((4.0..6.0).contains(&times), "{times}");
    }

    #[test]
    fn many_at_once_share_what_select_goes_through() {
        let scanned = |talk| point(Program::Select, 1_000, talk).cost(Cost::Scanned);
        assert!(scanned(Talk::All) < scanned(Talk::One) / 2.0, "{}", scanned(Talk::All));
    }

    #[test]
    fn select_has_no_point_beyond_its_sets() {
        assert!(Measurement::new(Program::Select, 1_000, Talk::One).finish().is_ok());
        assert_eq!(Measurement::new(Program::Select, 2_000, Talk::One).finish(), Err(Missing::Unserved));
    }

    #[test]
    fn a_word_names_what_it_is() {
        for cost in Cost::ALL {
            assert_eq!(cost.name().parse(), Ok(cost));
        }
        for talk in Talk::ALL {
            assert_eq!(talk.name().parse(), Ok(talk));
        }
        assert!("weight".parse::<Cost>().is_err());
    }
}
