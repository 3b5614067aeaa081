//! The files that cases are in.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use loopscope_shared::conformance::Case;

/// A file that should hold a case.
#[derive(Clone, Debug)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
}

impl Found {
    /// Reads the case.
    ///
    /// # Errors
    /// Why it cannot be read, or what is wrong with it.
    pub fn read(&self) -> Result<Case, String> {
        let text = fs::read_to_string(&self.path).map_err(|error| error.to_string())?;
        Case::parse(&text)
    }
}

/// The files in these places, in their order: a file itself; of a folder every `.json` in it and in its
/// folders, by name.
///
/// # Errors
/// If a place cannot be read, or holds no case at all.
pub(super) fn find(paths: &[PathBuf]) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    for path in paths {
        let before = found.len();
        if fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?.is_dir() {
            find_in(path, &mut found)?;
        } else {
            found.push(Found { path: path.clone() });
        }
        if found.len() == before {
            bail!("there is no case in {}: none of its files ends in .json", path.display());
        }
    }
    Ok(found)
}

fn find_in(folder: &Path, found: &mut Vec<Found>) -> Result<()> {
    let cannot = || format!("cannot read {}", folder.display());
    let entries: Result<Vec<_>, _> = fs::read_dir(folder).with_context(cannot)?.collect();
    let mut paths: Vec<PathBuf> = entries.with_context(cannot)?.iter().map(fs::DirEntry::path).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            find_in(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "json") {
            found.push(Found { path });
        }
    }
    Ok(())
}
