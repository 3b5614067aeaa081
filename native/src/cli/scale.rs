//! What can be typed after `loopscope scale`.

use std::path::PathBuf;

use clap::Args;
use loopscope_shared::scale::Talk;
use loopscope_shared::servers::Program;

use crate::config;

/// `loopscope scale`.
#[derive(Debug, Args)]
pub struct ScaleArgs {
    /// Which servers, with commas between their names [default: all that run here and serve many at once]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = super::program)]
    pub servers: Vec<Program>,
    /// Who sends lines: `one`, and all others are silent, or `all` in turn; both with a comma between
    #[arg(long, value_name = "WHO", value_delimiter = ',', default_value = "one")]
    pub talk: Vec<Talk>,
    /// The most connections that a server has
    #[arg(long, value_name = "COUNT", default_value_t = config::SCALE_CONNECTIONS,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub connections_max: u32,
    /// How many lines a round has at least
    #[arg(long, value_name = "COUNT", default_value_t = config::SCALE_LINES,
          value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub lines: u32,
    /// How many rounds the times are medians of
    #[arg(long, value_name = "COUNT", default_value_t = config::SCALE_ROUNDS,
          value_parser = clap::value_parser!(u32).range(1..=100))]
    pub rounds: u32,
    /// Write the result to this file, for `loopscope serve --measured` and for the page
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// As JSON, which the page does not read
    #[arg(long)]
    pub json: bool,
}
