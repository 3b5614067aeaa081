//! What `loopscope send` means.

use std::net::SocketAddr;
use std::time::Duration;

use super::Misuse;
use crate::cli::{LoadArgs, SendArgs};

/// How many lines a load has, unless it is told otherwise: a moment's work.
const LINES: u64 = 10_000;

/// How long a line is, unless told otherwise, in bytes.
const BYTES: usize = 64;

/// The most connections: about as many as there are ports to one address (ip(7), `ip_local_port_range`).
const CONNECTIONS_MAX: usize = 28_000;

/// The most lines in flight on all connections: each takes some bytes of memory, and so do its answers.
const IN_FLIGHT_MAX: usize = 1_000_000;

/// The longest line, in bytes: longer than any server here holds back for a line feed.
const BYTES_MAX: usize = 1 << 20;

/// The longest duration, in seconds: a day.
const DURATION_MAX: f64 = 86_400.0;

/// The greatest rate, in lines a second: far above what one thread sends.
const RATE_MAX: f64 = 1e9;

/// What is to be sent.
#[derive(Clone, Debug, PartialEq)]
pub enum Send {
    /// These lines, or standard input if there are none.
    Lines(SocketAddr, Vec<String>),
    /// Lines that are made up.
    Load(Load),
}

/// A load.
#[derive(Clone, Debug, PartialEq)]
pub struct Load {
    /// The server.
    pub to: SocketAddr,
    /// How many connections.
    pub connections: usize,
    /// How many of them send lines; the others are silent.
    pub talkers: usize,
    /// How many lines may be in flight on each.
    pub pipeline: usize,
    /// Lines a second in all, if they have a pace.
    pub rate: Option<f64>,
    /// How many lines in all, if that ends it.
    pub lines: Option<u64>,
    /// How long each is, its line feed included.
    pub bytes: usize,
    /// For how long lines are sent, if that ends it.
    pub duration: Option<Duration>,
    /// The summary as JSON.
    pub json: bool,
}

/// What `loopscope send` means.
///
/// # Errors
/// If a number makes no sense.
pub fn send(args: SendArgs) -> Result<Send, Misuse> {
    let SendArgs { to, text, load } = args;
    if load == LoadArgs::default() {
        return Ok(Send::Lines(to, text));
    }
    let connections = within("--conns", load.conns.unwrap_or(1), CONNECTIONS_MAX)?;
    let pipeline = within("--pipeline", load.pipeline.unwrap_or(1), IN_FLIGHT_MAX)?;
    if connections * pipeline > IN_FLIGHT_MAX {
        return Err(Misuse(format!(
            "--conns {connections} --pipeline {pipeline}: at most {IN_FLIGHT_MAX} lines may be in flight in all"
        )));
    }
    let bytes = within("--bytes", load.bytes.unwrap_or(BYTES), BYTES_MAX)?;
    let rate = load.rate.map(|rate| positive("--rate", rate, RATE_MAX)).transpose()?;
    let duration = load.duration.map(|seconds| positive("--duration", seconds, DURATION_MAX)).transpose()?;
    let lines = load.lines.or_else(|| duration.is_none().then_some(LINES));
    if lines == Some(0) {
        return Err(Misuse("--lines 0: at least one line is needed".to_owned()));
    }
    let duration = duration.map(Duration::from_secs_f64);
    Ok(Send::Load(Load {
        to,
        connections,
        talkers: connections,
        pipeline,
        rate,
        lines,
        bytes,
        duration,
        json: load.json,
    }))
}

fn within(option: &str, value: usize, most: usize) -> Result<usize, Misuse> {
    match (1..=most).contains(&value) {
        true => Ok(value),
        false => Err(Misuse(format!("{option} {value}: write a number from 1 to {most}"))),
    }
}

fn positive(option: &str, value: f64, most: f64) -> Result<f64, Misuse> {
    match value > 0.0 && value <= most {
        true => Ok(value),
        false => Err(Misuse(format!("{option} {value}: write a number above 0, up to {most}"))),
    }
}
