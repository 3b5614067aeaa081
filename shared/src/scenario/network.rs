//! The network between the clients and the server, and the buffers at its ends.

use serde::{Deserialize, Serialize};

use crate::scenario::units;
use crate::servers::DEFAULT_BACKLOG;
use crate::time::Nanos;

/// The network between the clients and the server, and the buffers at its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// How long anything takes from one end to the other.
    #[serde(rename = "latency_us", with = "units")]
    pub latency: Nanos,
    /// How many bytes a second a connection carries in one direction; without it, as many as there are.
    #[serde(rename = "bandwidth_bytes_per_s")]
    pub bandwidth: Option<u64>,
    /// How many bytes of data cross the network in one piece at most (the maximum segment size).
    #[serde(rename = "segment_bytes")]
    pub segment: u32,
    /// How many connections may wait to be accepted (`listen(2)`); the queue holds one more.
    pub backlog: u32,
    /// After how long a client whose SYN was dropped tries again. Each further time it waits twice as long
    /// (`tcp_syn_retries`, `tcp(7)`; 1.00 s was seen on Linux 6.18).
    #[serde(rename = "syn_retry_us", with = "units")]
    pub syn_retry: Nanos,
    /// How many bytes a receive buffer holds.
    #[serde(rename = "recv_buffer_bytes")]
    pub recv_buffer: u32,
    /// How many bytes a send buffer holds.
    #[serde(rename = "send_buffer_bytes")]
    pub send_buffer: u32,
    /// Whether a socket that did not ask for `TCP_NODELAY` holds a small segment back while another is not
    /// acknowledged yet (Nagle's algorithm, RFC 896).
    pub nagle: bool,
    /// How long an end waits at most before it acknowledges a segment, in the hope that something goes the other
    /// way meanwhile (delayed acknowledgement, RFC 1122; 40 ms on Linux); 0 acknowledges at once.
    #[serde(rename = "delayed_ack_us", with = "units")]
    pub delayed_ack: Nanos,
}

impl Default for Network {
    /// A network in one room. The buffers are smaller than Linux's (128 KiB and more), so that a tube is seen
    /// to fill.
    fn default() -> Self {
        Self {
            latency: Nanos::from_micros(50),
            bandwidth: None,
            segment: 1_448,
            backlog: DEFAULT_BACKLOG,
            syn_retry: Nanos::from_millis(1_000),
            recv_buffer: 65_536,
            send_buffer: 65_536,
            nagle: true,
            delayed_ack: Nanos::from_millis(40),
        }
    }
}
