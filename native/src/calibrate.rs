//! `loopscope calibrate`: what system calls cost on this machine, measured, as a profile for simulations.
//!
//! Everything is measured over loopback and on one CPU, to which the process pins itself: a switch is then a
//! switch, and nothing is gained or lost by being moved. What a cost is "beyond" is measured in the same round
//! and taken off. Each number is the median of many rounds, told with the quartiles: half of the rounds lay
//! between them.

mod measure;
mod sockets;
mod tasks;
mod waits;

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use anyhow::{Context as _, Result};
use loopscope_shared::scenario::Costs;
use serde::Serialize;

use crate::config::Calibrate;
use measure::Sample;

/// A cost.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Cost {
    /// Its name in [`Costs`], which says the unit.
    name: &'static str,
    /// What it is, rounded.
    value: u64,
    /// A quarter of the rounds gave less; nothing for what was not measured.
    low: Option<u64>,
    /// A quarter of the rounds gave more.
    high: Option<u64>,
    /// How it was measured.
    how: &'static str,
}

impl Cost {
    fn new(name: &'static str, sample: Sample, how: &'static str) -> Self {
        // A difference that noise has made negative is none.
        let whole = |value: f64| value.max(0.0).round() as u64;
        let (low, high) = (Some(whole(sample.low)), Some(whole(sample.high)));
        Self { name, value: whole(sample.median), low, high, how }
    }

    fn estimated(name: &'static str, value: u64) -> Self {
        Self { name, value, low: None, high: None, how: "not measured: an estimate" }
    }
}

/// The machine, as far as it matters for what was measured.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    kernel: String,
    cpu: String,
    cpus: usize,
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kernel, cpu, cpus } = self;
        write!(f, "{kernel}; {cpu}; {cpus} CPUs")
    }
}

/// A profile with where its numbers come from.
#[derive(Debug, Serialize)]
struct Profile {
    machine: Machine,
    rounds: u32,
    costs: Vec<Cost>,
}

/// Measures, and writes the profile.
///
/// # Errors
/// If the system refuses a call, or the profile cannot be written.
pub fn run(config: &Calibrate) -> Result<()> {
    let profile = profile(config.rounds)?;
    let text = match config.json {
        true => serde_json::to_string_pretty(&profile)? + "\n",
        false => profile.to_toml(),
    };
    match &config.out {
        None => io::stdout().lock().write_all(text.as_bytes()).context("cannot write to standard output"),
        Some(path) => {
            std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
            writeln!(io::stdout(), "written to {}: use it with `loopscope sim --costs`", path.display())
                .context("cannot write to standard output")
        }
    }
}

fn profile(rounds: u32) -> Result<Profile> {
    let machine = machine()?;
    measure::pin_to_one_cpu()?;
    measure::allow_many_descriptors()?;
    let mut costs = Vec::new();
    for (what, group) in [
        ("calls on sockets", sockets::costs as fn(u32) -> Result<Vec<Cost>>),
        ("waits", waits::costs),
        ("tasks", tasks::costs),
    ] {
        progress(&format!("measuring {what} …"));
        costs.extend(group(rounds).with_context(|| format!("cannot measure {what}"))?);
    }
    progress("");
    let estimates = Costs::default();
    costs.push(Cost::estimated("submit_ns", estimates.submit_ns));
    costs.push(Cost::estimated("completion_ns", estimates.completion_ns));
    Ok(Profile { machine, rounds, costs })
}

impl Profile {
    /// The profile as `loopscope sim --costs` reads it, with the source of every number beside it.
    fn to_toml(&self) -> String {
        let machine = &self.machine;
        let mut text = format!(
            "# What calls cost, for `loopscope sim --costs`: written by `loopscope calibrate` {}.\n\
             # {machine}, of which one was used.\n\
             # Medians of {} rounds; in brackets the quartiles.\n",
            env!("CARGO_PKG_VERSION"),
            self.rounds
        );
        for Cost { name, value, low, high, how } in &self.costs {
            let spread = match (low, high) {
                (Some(low), Some(high)) => format!(" [{low} to {high}]"),
                _ => String::new(),
            };
            // Writing to a string cannot fail.
            let _ = write!(text, "\n# {how}{spread}\n{name} = {value}\n");
        }
        text
    }
}

/// The kernel and the CPU. The machine's name is nobody's business.
pub(crate) fn machine() -> Result<Machine> {
    let name = rustix::system::uname();
    let kernel = format!(
        "{} {} {}",
        name.sysname().to_string_lossy(),
        name.release().to_string_lossy(),
        name.machine().to_string_lossy()
    );
    let info = std::fs::read_to_string("/proc/cpuinfo").context("cannot read /proc/cpuinfo")?;
    // Not every architecture names its CPU there.
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split(": ").nth(1));
    let cpu = model.unwrap_or("a CPU without a name").to_owned();
    let cpus = std::thread::available_parallelism().context("cannot count the CPUs")?.get();
    Ok(Machine { kernel, cpu, cpus })
}

/// Says on standard error what is done, if a person looks at it.
fn progress(what: &str) {
    if io::stderr().is_terminal() {
        // If nobody can be told, it is done all the same.
        let _ = write!(io::stderr(), "\r\x1b[K{what}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_has_every_cost_and_is_read_again() {
        let profile = profile(3).unwrap();
        let text = profile.to_toml();
        let costs: Costs = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}{text}"));
        let all = toml::Table::try_from(costs).unwrap();
        let mut said: Vec<&str> = profile.costs.iter().map(|cost| cost.name).collect();
        let mut known: Vec<&str> = all.keys().map(String::as_str).collect();
        said.sort_unstable();
        known.sort_unstable();
        assert_eq!(said, known, "each is measured once");
        // What no machine that runs this can be outside of.
        assert!((20..100_000).contains(&costs.call_ns), "{text}");
        assert!((1_000..100_000_000).contains(&costs.fork_ns), "{text}");
        assert!(costs.fork_ns > costs.thread_ns && costs.scan_select_ns < 10_000, "{text}");
    }
}
