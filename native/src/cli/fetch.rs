//! What can be typed after `loopscope fetch`.

use clap::Args;

/// `loopscope fetch`.
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// What to fetch: `http://host[:port][/path]`
    pub url: String,
    /// Print the head of the answer, too
    #[arg(long, short)]
    pub include: bool,
    /// Say on standard error, in words, what the client does
    #[arg(long)]
    pub trace: bool,
    /// How many bytes the answer may have, its head included
    #[arg(long, value_name = "BYTES", default_value_t = crate::config::FETCH_BYTES_MAX)]
    pub max_bytes: usize,
    /// How long all may take, in seconds, but for the look-up of the name
    #[arg(long, value_name = "SECONDS", default_value_t = crate::config::FETCH_SECONDS)]
    pub timeout: f64,
}
