//! Who is at the far end of the network: clients that come by themselves, and hosts that a program calls.

use serde::{Deserialize, Serialize};

use crate::scenario::units;
use crate::time::Nanos;

/// Clients that all do the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientSpec {
    /// How many.
    pub count: u32,
    /// When the first connects.
    #[serde(rename = "start_us", with = "units")]
    pub start: Nanos,
    /// How much later each of the others does.
    #[serde(rename = "stagger_us", with = "units")]
    pub stagger: Nanos,
    /// Each client starts up to this much later, by chance.
    #[serde(rename = "jitter_us", with = "units")]
    pub jitter: Nanos,
    /// How many bytes a second it reads; without it, whatever has come, at once.
    #[serde(rename = "reads_bytes_per_s")]
    pub reads: Option<u64>,
    /// Whether its small sends wait for the acknowledgement of the one before (Nagle's algorithm).
    pub nagle: bool,
    /// What they do once they are connected. A client that has done it all stays, reads, and says no more.
    pub steps: Vec<Step>,
    /// How often they do it.
    pub repeat: u32,
}

impl Default for ClientSpec {
    /// One client that comes at once and says nothing. Its sends leave at once, so that what is seen of Nagle's
    /// algorithm is the server's.
    fn default() -> Self {
        Self {
            count: 1,
            start: Nanos::ZERO,
            stagger: Nanos::ZERO,
            jitter: Nanos::ZERO,
            reads: None,
            nagle: false,
            steps: Vec::new(),
            repeat: 1,
        }
    }
}

impl ClientSpec {
    /// One client that starts at that instant.
    pub fn one(start: Nanos, steps: Vec<Step>) -> Self {
        Self { start, steps, ..Self::default() }
    }

    /// So many clients, the first at that instant, each of the others so much later than the one before.
    pub fn many(count: u32, start: Nanos, stagger: Nanos, steps: Vec<Step>) -> Self {
        Self { count, stagger, ..Self::one(start, steps) }
    }
}

/// A host that a program can call: it has a name, accepts every connection, and does its steps on each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HostSpec {
    /// The name by which it is looked up.
    pub name: String,
    /// The port on which it accepts.
    pub port: u16,
    /// How long looking up its name takes.
    #[serde(rename = "lookup_us", with = "units")]
    pub lookup: Nanos,
    /// What it does on each connection. [`Step::Await`] waits for a request: for an empty line.
    pub steps: Vec<Step>,
}

impl Default for HostSpec {
    fn default() -> Self {
        Self { name: String::new(), port: 80, lookup: Nanos::from_millis(2), steps: Vec::new() }
    }
}

/// One thing that a client does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
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
    #[serde(rename = "think_us", with = "units")]
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
