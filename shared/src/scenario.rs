//! Workloads as data: which clients come, what they send and when, how they read, over which network.

mod library;

use serde::{Deserialize, Serialize};

pub use library::{PRESETS, preset};

use crate::servers::DEFAULT_BACKLOG;
use crate::time::Nanos;

/// A workload. The same scenario with the same seed gives the same trace, byte for byte, everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The name by which it is asked for.
    pub name: String,
    /// What it is called on the page.
    pub title: String,
    /// What to look for, in one sentence.
    pub look_for: String,
    /// The clients.
    pub clients: Vec<ClientSpec>,
    /// The network and the kernel's buffers.
    #[serde(default)]
    pub network: Network,
    /// The seed of whatever is left to chance.
    #[serde(default)]
    pub seed: u64,
}

/// Clients that all do the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSpec {
    /// How many.
    pub count: u32,
    /// When the first connects.
    pub start: Nanos,
    /// How much later each of the others does.
    pub stagger: Nanos,
    /// Each client starts up to this much later, by chance.
    pub jitter: Nanos,
    /// What they do once they are connected.
    pub steps: Vec<Step>,
}

/// One thing that a client does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// Sends text, as it stands. What finds no room goes out later, while the script goes on.
    Send(String),
    /// Sends so many lines of so many bytes each, line feed included.
    SendLines {
        /// How many lines.
        lines: u32,
        /// How long each is, its line feed included.
        bytes: u32,
    },
    /// Waits.
    Think(Nanos),
    /// Waits until every complete line that it sent has been answered.
    Await,
    /// Stops reading what comes, or reads again.
    Read(bool),
    /// Sends no more.
    HalfClose,
    /// Closes the connection.
    Close,
    /// Throws the connection away.
    Reset,
}

/// The network between the clients and the server, and the buffers at its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// How long anything takes from one end to the other.
    pub latency: Nanos,
    /// How many connections may wait to be accepted (`listen(2)`).
    pub backlog: u32,
    /// How many bytes a receive buffer holds.
    pub recv_buffer: u32,
    /// How many bytes a send buffer holds.
    pub send_buffer: u32,
}

impl Default for Network {
    /// A network in one room. The buffers are smaller than Linux's (128 KiB and more), so that a tube is seen
    /// to fill.
    fn default() -> Self {
        Self {
            latency: Nanos::from_micros(50),
            backlog: DEFAULT_BACKLOG,
            recv_buffer: 65_536,
            send_buffer: 65_536,
        }
    }
}

/// Something that the reader of the page adds to a run: at that instant the client does that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Injection {
    /// When.
    pub at: Nanos,
    /// Which client, from 1; a number that the scenario lacks is a new client, which connects then.
    pub client: u32,
    /// What it does.
    pub step: Step,
}

impl ClientSpec {
    /// One client that starts at that instant.
    pub fn one(start: Nanos, steps: Vec<Step>) -> Self {
        Self { count: 1, start, stagger: Nanos::ZERO, jitter: Nanos::ZERO, steps }
    }
}
