//! What a load showed: for people, or as JSON.

use std::io::{self, Write as _};
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::config::Load;

/// The figures of a load.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    lines: u64,
    bytes_per_line: usize,
    connections: usize,
    pipeline: usize,
    seconds: f64,
    lines_per_second: f64,
    /// In each direction.
    bytes_per_second: f64,
    latency_us: Latency,
}

/// How long lines took until their answer was there, in microseconds.
#[derive(Debug, Serialize)]
struct Latency {
    p50: f64,
    p90: f64,
    p99: f64,
    #[serde(rename = "p99.9")]
    p99_9: f64,
    max: f64,
}

impl Report {
    pub(super) fn new(load: &Load, lines: u64, took: Duration, latency: &Histogram<u64>) -> Self {
        let micros = |nanos: u64| nanos as f64 / 1e3;
        let at = |quantile| micros(latency.value_at_quantile(quantile));
        let latency_us = Latency {
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p99_9: at(0.999),
            max: micros(latency.max()),
        };
        let lines_per_second = lines as f64 / took.as_secs_f64();
        Self {
            lines,
            bytes_per_line: load.bytes,
            connections: load.connections,
            pipeline: load.pipeline,
            seconds: took.as_secs_f64(),
            lines_per_second,
            bytes_per_second: lines_per_second * load.bytes as f64,
            latency_us,
        }
    }

    pub(super) fn print(&self, json: bool) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if json {
            serde_json::to_writer_pretty(&mut out, self)?;
            return writeln!(out);
        }
        let Self { lines, bytes_per_line, connections, seconds, ref latency_us, .. } = *self;
        let Latency { p50, p90, p99, p99_9, max } = latency_us;
        writeln!(
            out,
            "{lines} lines of {bytes_per_line} bytes over {connections} connections in {seconds:.3} s"
        )?;
        writeln!(out, "every answer was right")?;
        writeln!(
            out,
            "lines/s {:.0}, bytes/s {:.0} in each direction",
            self.lines_per_second, self.bytes_per_second
        )?;
        writeln!(
            out,
            "latency in us: p50 {p50:.0}, p90 {p90:.0}, p99 {p99:.0}, p99.9 {p99_9:.0}, max {max:.0}"
        )
    }
}
