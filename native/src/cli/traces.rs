//! What can be typed after the commands that take a trace.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::export::Format;

/// `loopscope info`.
#[derive(Debug, Args)]
pub struct InfoArgs {
    /// The trace
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `loopscope replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The trace
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where the page is offered: a loopback address, port 0 for any that is free
    #[arg(long, value_name = "ADDR:PORT", value_parser = super::address, default_value = "127.0.0.1:8013")]
    pub listen: SocketAddr,
}

/// `loopscope export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The trace
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What it becomes
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub to: Format,
    /// The file to write, which must not be there; - is standard output [default: the trace's name with another
    /// ending]
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
}
