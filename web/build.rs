//! Makes functions of the message catalogue in `locales`.

use std::env;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=locales");
    let out = env::var_os("OUT_DIR").expect("cargo sets it");
    match loopscope_messages::generate(Path::new("locales"), "loopscope_shared::language", Path::new(&out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("web/locales: {error}");
            ExitCode::FAILURE
        }
    }
}
