//! What the gateway says of its own doings, on standard error: as text for people, or as JSON, an object a line.

use std::io::{self, IsTerminal as _};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Begins to log. What `RUST_LOG` says goes before the level that was asked for.
pub fn start(log: &Log) {
    let filter = EnvFilter::builder().with_default_directive(log.level.into()).from_env_lossy();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    match log.format {
        LogFormat::Text => builder.with_ansi(io::stderr().is_terminal()).init(),
        LogFormat::Json => builder.json().flatten_event(true).with_ansi(false).init(),
    }
}

/// The level at which the gateway logs unless told otherwise.
pub const LEVEL: LevelFilter = LevelFilter::INFO;
