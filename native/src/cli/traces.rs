//! What can be typed after the commands that take a trace.

use std::path::PathBuf;

use clap::Args;

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
