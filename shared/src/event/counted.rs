//! What a server has counted of itself, as it is told beside events of which some were lost.

use serde::{Deserialize, Serialize};

/// Exact counts since the server began, whatever was lost of the events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// System calls that returned, by the name of the man page.
    pub calls: Vec<(String, u64)>,
    /// Of those, how many failed with `EAGAIN`.
    pub eagain: u64,
    /// Waits for readiness that returned.
    pub wakeups: u64,
    /// Of those, how many led to no read, no send and no accept before the next one.
    pub wakeups_idle: u64,
    /// Connections that were accepted.
    pub accepted: u64,
    /// `accept` failed because there were no descriptors left.
    pub accepts_refused: u64,
    /// Bytes received from clients.
    pub received: u64,
    /// Bytes sent to them.
    pub sent: u64,
    /// Lines that were answered.
    pub lines: u64,
    /// Events that were lost.
    pub dropped: u64,
}
