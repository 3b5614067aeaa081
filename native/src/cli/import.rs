//! What can be typed after `loopscope import`.

use std::path::PathBuf;

use clap::Args;

use crate::import::Import;

/// `loopscope import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// What `strace -f -ttt -T -yy` wrote: a file, the files of `-ff` (each, or the name before their numbers), a
    /// directory with them, or - for standard input
    #[arg(value_name = "LOG", required = true)]
    pub logs: Vec<PathBuf>,
    /// The trace to write; none of that name may be there [default: the first log's name and .loopscope]
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Print what was read, and what was not, as JSON
    #[arg(long)]
    pub json: bool,
}

impl From<ImportArgs> for Import {
    fn from(args: ImportArgs) -> Self {
        Self { logs: args.logs, out: args.out, json: args.json }
    }
}
