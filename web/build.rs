//! Makes functions of the message catalogue in `locales`.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use loopscope_messages::{Place, generate};

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed=locales");
    let out = env::var_os("OUT_DIR").expect("cargo sets it");
    let (locales, place) = (Path::new("locales"), Place::of_target());
    match generate(locales, "loopscope_shared::language", place, Path::new(&out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("web/locales: {error}");
            ExitCode::FAILURE
        }
    }
}
