//! The tasks of this repository, as `cargo xtask NAME`. Each is thin: it calls the tools that do the work,
//! prints the commands that it runs, and lets their output through.
//!
//! It runs on Unix, as the `loopscope` binary does.

#![allow(clippy::print_stdout, reason = "telling the user what is being done is what this program is for")]

mod build;
mod command;
mod order;
mod python;
mod run;
mod screenshots;
mod size;
mod test;
mod tools;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

/// The tasks of this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Build everything and start Loopscope; the page's address is printed
    Run {
        /// What to pass on to `loopscope serve`, after `--`
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Build the page and the release binary, which holds it
    Build,
    /// Run everything that CI checks
    Test {
        /// Leave out the browser tests, which need Chromium
        #[arg(long)]
        quick: bool,
    },
    /// Take pictures of the page into `artefacts/`
    Screenshots,
    /// Tell what the page's WebAssembly is made of
    PageSize,
    /// Measure how fast the page is, in a real browser
    MeasurePage,
}

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start() -> anyhow::Result<()> {
    let task = Cli::parse().task;
    // From here on every path is relative to the root of the repository, wherever the user stands.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the repository")?;
    std::env::set_current_dir(root).with_context(|| format!("cannot enter {}", root.display()))?;
    match task {
        Task::Run { args } => run::run(&args),
        Task::Build => build::build(),
        Task::Test { quick } => test::test(quick),
        Task::Screenshots => screenshots::screenshots(),
        Task::PageSize => size::page_size(),
        Task::MeasurePage => screenshots::measure(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn arguments_after_two_dashes_go_to_serve() {
        let cli = Cli::try_parse_from(["cargo xtask", "run", "--", "--port", "0"]).unwrap();
        let Task::Run { args } = cli.task else { panic!("not run: {cli:?}") };
        assert_eq!(args, ["--port", "0"]);
    }
}
