//! The figures, for people.

use std::fmt;

use loopscope_shared::servers::{NOT_OBSERVED, Program, Serves};
use loopscope_shared::time::Nanos;

use super::{Ended, Figures, Group, Quantiles, Stands};

/// How many complaints, violations and groups of clients are shown to people: the JSON has them all.
const SHOWN_MAX: usize = 8;

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.run(f)?;
        if serves(self.program) {
            self.clients(f)?;
        }
        self.work(f)?;
        for (name, list) in [("complaints", &self.complaints), ("violations", &self.violations)] {
            row(f, name, list.len())?;
            list.iter().take(SHOWN_MAX).try_for_each(|one| row(f, "", one))?;
        }
        row(f, "trace hash", &self.trace_hash)
    }
}

impl Figures {
    fn run(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        row(f, "run", format!("{} on {}, seed {}", self.program, self.scenario, self.seed))?;
        if !self.observed {
            row(f, "kernel", format!("{NOT_OBSERVED}: there was no such system to compare it with"))?;
        }
        if !self.suits_only.is_empty() {
            let suits = self.suits_only.join(", ");
            row(f, "beware", format!("{} does not suit {}: it is for {suits}", self.scenario, self.program))?;
        }
        if !self.quirks.is_empty() {
            row(f, "quirks", self.quirks.join(", "))?;
        }
        row(f, "ended", self.ended)?;
        row(f, "program", self.fate)?;
        row(f, "virtual time", format!("{}, {} events", self.virtual_time_ns, self.events))
    }

    /// What the clients had of it.
    fn clients(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let connections = format!("{} accepted, {} SYNs dropped", self.accepted, self.syns_dropped);
        let slowest = or_none(self.slowest_connect_ns);
        row(f, "connections", format!("{connections}, slowest connect {slowest}"))?;
        row(f, "lines", format!("{} answered", self.lines))?;
        row(f, "clients wait", waited(&self.waits, self.unanswered))?;
        if self.groups.len() > 1 {
            for group in self.groups.iter().take(SHOWN_MAX) {
                row(f, "", format!("{}: {}", who(group), waited(&group.waits, group.unanswered)))?;
            }
        }
        row(f, "server takes", self.latency)
    }

    /// The part of the CPUs' time that tasks had.
    fn busy(&self) -> f64 {
        let all = self.virtual_time_ns.0 as f64 * f64::from(self.cpus);
        if all > 0.0 { (self.cpu_ns.0 as f64 / all).min(1.0) } else { 0.0 }
    }

    /// What was done for it.
    fn work(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_line =
            |value: Option<f64>| value.map_or_else(String::new, |value| format!(", {value:.1} a line"));
        let bytes = format!("{} received, {} sent", self.received_bytes, self.sent_bytes);
        row(f, "bytes", format!("{bytes}, at most {} held between", self.held_most_bytes))?;
        row(f, "system calls", format!("{}{}", self.calls, per_line(self.calls_per_line)))?;
        let names = self.calls_by_name.iter().map(|(name, count)| format!("{name} {count}"));
        let names = names.collect::<Vec<_>>();
        if !names.is_empty() {
            row(f, "", names.join(", "))?;
        }
        row(f, "scanned", format!("{} descriptors{}", self.scanned, per_line(self.scanned_per_line)))?;
        let (waits, idle) = (self.waits_woken, self.waits_woken_idle);
        row(f, "wake-ups", format!("{}; {waits} waits, {idle} of them for nothing", self.wakeups))?;
        let sleeps = self.sleeps.iter();
        let sleeps = sleeps.map(|(call, sleeps)| format!("{call} {} ({})", sleeps.asleep_ns, sleeps.times));
        let sleeps: Vec<String> = sleeps.collect();
        row(f, "asleep in", if sleeps.is_empty() { "nothing".to_owned() } else { sleeps.join(", ") })?;
        let cpus = if self.cpus == 1 { "CPU".to_owned() } else { format!("{} CPUs", self.cpus) };
        row(f, "busy", format!("{:.1} % of the {cpus}, {}", self.busy() * 100.0, self.cpu_ns))?;
        row(f, "EAGAIN", format!("{}, {:.1} % of the calls", self.eagain, self.eagain_share * 100.0))?;
        let started = format!("{} processes, {} threads started", self.forks, self.threads);
        row(f, "tasks", format!("{started}, {} zombies, {} switches", self.zombies, self.switches))?;
        row(f, "descriptors", format!("{} open at the end", self.descriptors_open))
    }
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, value: impl fmt::Display) -> fmt::Result {
    writeln!(f, "{name:<16} {value}")
}

/// Whether there are clients that it serves.
fn serves(program: &str) -> bool {
    Program::named(program).is_none_or(|program| program.entry().serves != Serves::Nobody)
}

fn or_none(span: Option<Nanos>) -> String {
    span.map_or_else(|| "none".to_owned(), |span| span.to_string())
}

fn waited(waits: &Quantiles, unanswered: u64) -> String {
    match (waits.max_ns, unanswered) {
        (None, 0) => "nothing".to_owned(),
        (None, count) => format!("{count} lines without an answer"),
        (Some(_), 0) => waits.to_string(),
        (Some(_), count) => format!("{waits}; {count} lines without an answer"),
    }
}

fn who(group: &Group) -> String {
    match group.clients {
        0 => "no clients".to_owned(),
        1 => format!("client {}", group.first_client),
        count => format!("clients {} to {}", group.first_client, group.first_client + count - 1),
    }
}

impl fmt::Display for Quantiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.max_ns.is_none() {
            return f.write_str("nothing");
        }
        for (name, span) in [("p50", self.p50_ns), ("p90", self.p90_ns), ("p99", self.p99_ns)] {
            if let Some(span) = span {
                write!(f, "{name} ≤ {}, ", two_digits(span))?;
            }
        }
        write!(f, "max {}", or_none(self.max_ns))
    }
}

/// A span rounded up to two digits: it is known no better.
fn two_digits(span: Nanos) -> String {
    let mut place = 1;
    while span.0.div_ceil(place) >= 100 {
        place *= 10;
    }
    let (value, unit) = match span.0.div_ceil(place) * place {
        ns if ns < 1_000 => return format!("{ns} ns"),
        ns if ns < 1_000_000 => (ns as f64 / 1e3, "µs"),
        ns if ns < 1_000_000_000 => (ns as f64 / 1e6, "ms"),
        ns => (ns as f64 / 1e9, "s"),
    };
    let decimals = usize::from(value < 10.0);
    format!("{value:.decimals$} {unit}")
}

impl fmt::Display for Stands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StillRunning => f.write_str("still running"),
            Self::Returned => f.write_str("has returned"),
            Self::Failed { errno } => write!(f, "has failed with {errno}"),
            Self::Killed { signal } => write!(f, "was killed by signal {signal}"),
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AllDone => "all is done: nothing would happen any more",
            Self::Until => "at the instant that the scenario names",
            Self::Stopped => "at the instant that was asked for",
            Self::CutShort => "cut short, at the limit of events or of virtual time",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_rounded_up_to_two_digits() {
        for (nanos, text) in [
            (7, "7 ns"),
            (99, "99 ns"),
            (101, "110 ns"),
            (999, "1.0 µs"),
            (40_960, "41 µs"),
            (81_920, "82 µs"),
            (1_000_001, "1.1 ms"),
            (120_000_000, "120 ms"),
            (3_000_000_000, "3.0 s"),
        ] {
            assert_eq!(two_digits(Nanos(nanos)), text);
        }
    }
}
