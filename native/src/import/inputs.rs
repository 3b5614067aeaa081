//! The logs that are read: files, the files of a directory, those of a name with numbers, standard input.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

/// A log.
///
/// A file is opened for each piece that is read of it: `strace -ff` may have written more of them than a process
/// may have open.
#[derive(Debug)]
pub(super) enum Input {
    /// Standard input.
    Standard,
    /// A file, and how far it has been read.
    File(PathBuf, u64),
}

impl Input {
    /// What it is called.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Standard => "-".to_owned(),
            Self::File(path, _) => path.display().to_string(),
        }
    }

    /// Reads what comes next; 0 at the end.
    pub(super) fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Standard => io::stdin().lock().read(piece),
            Self::File(path, at) => {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(*at))?;
                let count = file.read(piece)?;
                *at += count as u64;
                Ok(count)
            }
        }
    }
}

/// The logs that are meant.
///
/// # Errors
/// If there is no such file, or a directory has none.
pub(super) fn of(logs: &[PathBuf]) -> Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for log in logs {
        if log.as_os_str() == "-" {
            inputs.push(Input::Standard);
            continue;
        }
        let files = match fs::metadata(log) {
            Ok(found) if found.is_dir() => in_directory(log)?,
            Ok(_) => vec![log.clone()],
            // The name that was given to `strace -ff -o`, which adds the numbers.
            Err(error) => match numbered(log) {
                files if files.is_empty() => {
                    return Err(error).with_context(|| format!("cannot open {}", log.display()));
                }
                files => files,
            },
        };
        inputs.extend(files.into_iter().map(|path| Input::File(path, 0)));
    }
    Ok(inputs)
}

/// The files of a directory that end in a number, as those of `strace -ff` do; if none does, all.
fn in_directory(directory: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory).with_context(|| format!("cannot open {}", directory.display()))?;
    let files = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file());
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    if files.iter().any(|path| has_number(path)) {
        files.retain(|path| has_number(path));
    }
    match files.is_empty() {
        true => bail!("there is no log in {}", directory.display()),
        false => Ok(files),
    }
}

/// The files of that name with a point and a number behind it.
fn numbered(log: &Path) -> Vec<PathBuf> {
    let directory =
        log.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let Some(name) = log.file_name() else { return Vec::new() };
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.path().file_stem() == Some(name) && has_number(&entry.path()));
    // As they would be typed: a name without a directory stays one.
    let mut files: Vec<PathBuf> = files.map(|entry| log.with_file_name(entry.file_name())).collect();
    files.sort();
    files
}

fn has_number(path: &Path) -> bool {
    path.extension().and_then(|number| number.to_str()).is_some_and(|number| number.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_and_a_name_with_numbers_are_the_files_of_each_task() {
        let directory = std::env::temp_dir().join(format!("loopscope-inputs-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("a directory can be made");
        for name in ["out.7", "out.12", "out.txt", "other.3"] {
            fs::write(directory.join(name), "").expect("a file can be written");
        }
        let names = |logs: &[PathBuf]| -> Vec<String> {
            let inputs = of(logs).expect("there are logs");
            let name = |input: &Input| input.name().rsplit('/').next().map(str::to_owned);
            inputs.iter().filter_map(name).collect()
        };
        assert_eq!(names(&[directory.join("out")]), ["out.12", "out.7"]);
        assert_eq!(names(std::slice::from_ref(&directory)), ["other.3", "out.12", "out.7"]);
        assert_eq!(names(&[directory.join("out.txt"), "-".into()]), ["out.txt", "-"]);
        let missing = of(&[directory.join("nothing")]).expect_err("it is not there");
        assert!(missing.to_string().contains("nothing"), "{missing}");
        fs::remove_dir_all(&directory).expect("it can be removed");
    }
}
