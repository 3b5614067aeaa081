//! Workloads as data: which clients come, what they send and when, how they read, over which network, to which
//! machine.
//!
//! A scenario is written as TOML or JSON: `docs/scenarios.md` has the format, the page and the command line
//! have the presets.

mod clients;
mod costs;
mod library;
mod limits;
mod machine;
mod network;
mod text;
#[cfg(feature = "toml")]
mod toml_text;
mod units;

use serde::{Deserialize, Serialize};

pub use clients::{ClientSpec, HostSpec, Injection, Step};
pub use costs::Costs;
pub use library::{PRESETS, preset, telling};
pub use limits::{
    BYTES_MAX, CLIENTS_MAX, CPUS_MAX, HOSTS_MAX, LOOPS_MAX, SPAN_MAX, STEPS_MAX, TIME_MAX, TooMuch,
    WORKERS_MAX,
};
pub use machine::MachineSpec;
pub use network::Network;

use crate::servers::{PROGRAMS, Program, Serves, Settings};
use crate::time::Nanos;

/// A workload. The same scenario with the same seed gives the same trace, byte for byte, everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// The name by which it is asked for.
    pub name: String,
    /// What it is called on the page.
    pub title: String,
    /// What to look for, in one sentence.
    pub look_for: String,
    /// The program that it is best seen with.
    pub program: Option<Program>,
    /// The programs that it says something about; none named means all that serve.
    pub suits: Vec<Program>,
    /// The seed of whatever is left to chance.
    pub seed: u64,
    /// When a run of it ends, if something still happens then: a program that never sleeps would go on for ever.
    #[serde(rename = "until_us", with = "units::optional")]
    pub until: Option<Nanos>,
    /// What it sets of the program.
    pub settings: Settings,
    /// The machine that the program runs on.
    pub machine: MachineSpec,
    /// The network and the kernel's buffers.
    pub network: Network,
    /// The clients.
    pub clients: Vec<ClientSpec>,
    /// The hosts that a program can call.
    pub hosts: Vec<HostSpec>,
}

impl Scenario {
    /// The programs that it suits: those that it names, or else those that serve everyone, or, if it has hosts
    /// to call and no clients, those that call.
    pub fn programs(&self) -> impl Iterator<Item = Program> {
        let usual = match self.clients.is_empty() && !self.hosts.is_empty() {
            true => Serves::Nobody,
            false => Serves::Everyone,
        };
        let suits = move |program: &Program| match self.suits.is_empty() {
            true => program.entry().serves == usual,
            false => self.suits.contains(program),
        };
        PROGRAMS.iter().map(|entry| entry.program).filter(suits)
    }

    /// Whether it says something about this program.
    pub fn is_for(&self, program: Program) -> bool {
        self.programs().any(|suits| suits == program)
    }

    /// The program that it is run with unless another is asked for: the one that it is best seen with, or else
    /// `epoll`, or if that does not suit, the first that does.
    pub fn usual_program(&self) -> Option<Program> {
        let epoll = Some(Program::Epoll).filter(|epoll| self.is_for(*epoll));
        self.program.or(epoll).or_else(|| self.programs().next())
    }
}
