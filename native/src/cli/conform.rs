//! `loopscope conform`, as it is typed.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::conform::{self, Kernel};

/// `loopscope conform`.
#[derive(Debug, Args)]
pub struct ConformArgs {
    /// The kernel that the cases are run on
    #[arg(long, value_enum)]
    pub kernel: KernelArg,
    /// Files with a case, or folders of them
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
}

/// Which kernel.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum KernelArg {
    /// The simulated kernel
    Sim,
    /// The kernel of this system
    Os,
}

/// Does it. The exit code is 0 if every case passed, 1 if one failed, 2 if a path cannot be read.
pub(super) fn main(args: &ConformArgs) -> ExitCode {
    let kernel = match args.kernel {
        KernelArg::Sim => Kernel::Sim,
        KernelArg::Os => Kernel::Os,
    };
    let (error, code) = match conform::find(&args.paths) {
        Ok(cases) => match conform::run(kernel, &cases) {
            Ok(code) => return code,
            Err(error) => (error, 1),
        },
        Err(error) => (error, 2),
    };
    // If even standard error is closed, the exit code is all that can be said.
    let _ = writeln!(io::stderr(), "error: {error:#}");
    ExitCode::from(code)
}
