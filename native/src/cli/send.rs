//! What can be typed after `loopscope send`.

use std::net::SocketAddr;

use clap::Args;

/// `loopscope send`.
#[derive(Debug, Args)]
pub struct SendArgs {
    /// The server
    #[arg(long, value_name = "ADDR:PORT", value_parser = super::address, default_value = "127.0.0.1:40713")]
    pub to: SocketAddr,
    /// The lines; without any, standard input is sent
    #[arg(value_name = "LINES")]
    pub text: Vec<String>,
    // Not a doc comment, which would take the place of the command's own.
    #[allow(missing_docs, reason = "the fields say it")]
    #[command(flatten, next_help_heading = "Load (lines are made up, answers are checked and not printed)")]
    pub load: LoadArgs,
}

/// With any of these, the server is put under load.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct LoadArgs {
    /// How many connections [default: 1]
    #[arg(long, value_name = "COUNT", conflicts_with = "text")]
    pub conns: Option<usize>,
    /// How many lines are in flight on each [default: 1]
    #[arg(long, value_name = "COUNT", conflicts_with = "text")]
    pub pipeline: Option<usize>,
    /// How many lines a second, on all connections together [default: as many as go]
    #[arg(long, value_name = "LINES", conflicts_with = "text")]
    pub rate: Option<f64>,
    /// How many lines in all [default: 10000, unless there is a duration]
    #[arg(long, value_name = "COUNT", conflicts_with = "text")]
    pub lines: Option<u64>,
    /// How long a line is, its line feed included [default: 64]
    #[arg(long, value_name = "BYTES", conflicts_with = "text")]
    pub bytes: Option<usize>,
    /// For how long lines are sent, in seconds
    #[arg(long, value_name = "SECONDS", conflicts_with = "text")]
    pub duration: Option<f64>,
    /// The summary as JSON
    #[arg(long, conflicts_with = "text")]
    pub json: bool,
}
