//! The binary `loopscope`.

use std::process::ExitCode;

fn main() -> ExitCode {
    loopscope::cli::main()
}
