//! `loopscope conform`, as it is typed.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::conform::{self, Kernel};

/// So many random scripts a seed gives: more would take weeks, and the sum of two such numbers is still one.
const SCRIPTS_MAX: u64 = 1_000_000_000;

/// `loopscope conform`.
#[derive(Debug, Args)]
pub struct ConformArgs {
    /// The kernel that the cases are run on
    #[arg(long, value_enum, required_unless_present = "random")]
    pub kernel: Option<KernelArg>,
    /// Files with a case, or folders of them
    #[arg(value_name = "PATH", required_unless_present = "random")]
    pub paths: Vec<PathBuf>,
    /// Run so many random scripts on both kernels instead, and compare the two (on Linux)
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["kernel", "paths"],
        value_parser = clap::value_parser!(u64).range(1..=SCRIPTS_MAX))]
    pub random: Option<u64>,
    /// What random scripts are made from: the same seed, the same scripts
    #[arg(long, default_value_t = 1, requires = "random")]
    pub seed: u64,
    /// The number of the first random script
    #[arg(long, value_name = "NUMBER", default_value_t = 0, requires = "random",
        value_parser = clap::value_parser!(u64).range(..=SCRIPTS_MAX))]
    pub first: u64,
    /// Where random scripts on which the kernels differ are kept, shrunk, as cases
    #[arg(long, value_name = "FOLDER", default_value = "conform-differences", requires = "random")]
    pub keep: PathBuf,
}

/// Which kernel.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum KernelArg {
    /// The simulated kernel
    Sim,
    /// The kernel of this system
    Os,
}

/// Does it. The exit code is 0 if everything was as it should be, 1 if not, 2 if a path cannot be read.
pub(super) fn main(args: ConformArgs) -> ExitCode {
    let kernel = match args.kernel {
        Some(KernelArg::Sim) => Kernel::Sim,
        _ => Kernel::Os,
    };
    let (error, code) = match (args.random, conform::find(&args.paths)) {
        (Some(scripts), _) => match random(scripts, args) {
            Ok(code) => return code,
            Err(error) => (error, 1),
        },
        (None, Ok(cases)) => match conform::run(kernel, &cases) {
            Ok(code) => return code,
            Err(error) => (error, 1),
        },
        (None, Err(error)) => (error, 2),
    };
    // If even standard error is closed, the exit code is all that can be said.
    let _ = writeln!(io::stderr(), "error: {error:#}");
    ExitCode::from(code)
}

#[cfg(target_os = "linux")]
fn random(scripts: u64, args: ConformArgs) -> Result<ExitCode> {
    let ConformArgs { seed, first, keep, .. } = args;
    conform::random::run(&conform::random::Random { scripts, seed, first, keep })
}

#[cfg(not(target_os = "linux"))]
fn random(_: u64, _: ConformArgs) -> Result<ExitCode> {
    anyhow::bail!("the simulated kernel is Linux's: only on Linux can it be compared with the real one")
}
