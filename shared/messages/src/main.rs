//! Writes the catalogues as files for a page that fetches them: `loopscope-messages OUT LOCALES …` puts a file for each
//! language into the folder `OUT`. Trunk runs it whenever it has built the page.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use loopscope_messages::{Error, files};

/// Where Trunk gathers the files of the page that it builds; `OUT` is below it.
const STAGING: &str = "TRUNK_STAGING_DIR";

fn main() -> ExitCode {
    let mut args = env::args_os().skip(1).map(PathBuf::from);
    let Some(out) = args.next() else {
        eprintln!("usage: loopscope-messages OUT LOCALES ...");
        return ExitCode::FAILURE;
    };
    let out = env::var_os(STAGING).map_or_else(PathBuf::new, PathBuf::from).join(out);
    match write(&out, &args.collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn write(out: &Path, locales: &[PathBuf]) -> Result<(), Error> {
    let failed = |path: &Path, error| Error::File(path.to_owned(), error);
    fs::create_dir_all(out).map_err(|error| failed(out, error))?;
    for (name, text) in files(locales)? {
        let path = out.join(name);
        fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}
