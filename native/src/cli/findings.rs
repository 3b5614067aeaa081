//! `loopscope findings`, as it is typed.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use loopscope_shared::findings::{Kind, Settings};
use loopscope_shared::time::Nanos;

use crate::cli::simulate::span;
use crate::findings;

/// `loopscope findings`.
#[derive(Debug, Args)]
#[command(
    after_help = "The exit code is 0 if nothing was found, 1 if something was, and 2 if the trace could not be \
                        read: a check in CI can rely on it."
)]
pub struct FindingsArgs {
    /// The trace: a file of Loopscope's (`loopscope record`), or a log of strace; of `strace -ff`, all its files
    #[arg(value_name = "FILE", required_unless_present = "list")]
    pub files: Vec<PathBuf>,
    /// List what is looked for, and what each needs to know
    #[arg(long)]
    pub list: bool,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
    // Not a doc comment, which would take the place of the command's own.
    #[allow(missing_docs, reason = "the fields say it")]
    #[command(flatten)]
    pub thresholds: ThresholdArgs,
}

/// What is looked for, and from when on it is told.
#[derive(Clone, Debug, Args)]
pub struct ThresholdArgs {
    /// Look for these only; names with commas between them (`--list` has them)
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = kind)]
    pub only: Vec<Kind>,
    /// Tell what happened at least so often, in place of what is usual for each
    #[arg(long, value_name = "COUNT")]
    pub min_count: Option<u64>,
    /// Tell what happened on at least so many percent of the occasions, in place of what is usual for each
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u64).range(..=100))]
    pub min_percent: Option<u64>,
    /// From which length on a turn of a loop is long
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "100ms")]
    pub min_turn: Nanos,
    /// How many calls with one descriptor in one turn are too many while others wait
    #[arg(long, value_name = "COUNT", default_value_t = Settings::default().feast)]
    pub min_feast: u64,
    /// Calls in vain that are further apart than this are no storm
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "10ms")]
    pub max_pause: Nanos,
    /// How long a connection that is over may stay open
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "1s")]
    pub min_forgotten: Nanos,
}

impl ThresholdArgs {
    /// What they mean.
    pub fn settings(&self) -> Settings {
        let &Self { min_count, min_percent, min_turn, min_feast, max_pause, min_forgotten, .. } = self;
        let usual = Settings::default();
        Settings {
            only: self.only.clone(),
            min_count,
            min_percent,
            turn: min_turn,
            feast: min_feast,
            pause: max_pause,
            forgotten: min_forgotten,
            forgotten_by_most: usual.forgotten_by_most.min(min_forgotten),
            ..usual
        }
    }
}

fn kind(name: &str) -> Result<Kind, String> {
    name.parse().map_err(|error: loopscope_shared::findings::UnknownKind| error.to_string())
}

/// Does it. The exit code is 0 if nothing was found, 1 if something was, 2 if the trace could not be read.
pub(super) fn main(args: &FindingsArgs) -> ExitCode {
    let done = match args.list {
        true => findings::list(args.json).map(|()| false),
        false => findings::run(&args.files, &args.thresholds.settings(), args.json),
    };
    match done {
        Ok(found) => ExitCode::from(u8::from(found)),
        Err(error) => {
            // If even standard error is closed, the exit code is all that can be said.
            let _ = writeln!(io::stderr(), "error: {error:#}");
            ExitCode::from(2)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[derive(clap::Parser)]
    struct Typed {
        #[command(flatten)]
        thresholds: ThresholdArgs,
    }

    #[test]
    fn unless_something_is_typed_the_thresholds_are_the_usual_ones() {
        let typed = Typed::parse_from(["findings"]);
        assert_eq!(typed.thresholds.settings(), Settings::default());
    }

    #[test]
    fn a_kind_is_named() {
        let typed = Typed::parse_from(["findings", "--only", "fd-leak,starvation"]);
        assert_eq!(typed.thresholds.settings().only, [Kind::FdLeak, Kind::Starvation]);
        assert!(Typed::try_parse_from(["findings", "--only", "leak"]).is_err());
    }
}
