//! `loopscope findings`: what a trace shows of well-known trouble.

mod text;

use std::fs::File;
use std::io::{self, BufReader, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use loopscope_shared::findings::{Finding, Search, Settings};
use loopscope_shared::trace::file::{FileError, Reader};
use loopscope_shared::world::World;

/// Searches a trace and prints what is found. Returns whether there was anything.
///
/// # Errors
/// If the trace cannot be read, or the findings cannot be written.
pub fn run(path: &Path, settings: &Settings, json: bool) -> Result<bool> {
    let found = search(path, settings).with_context(|| format!("{} cannot be read", path.display()))?;
    let text = match json {
        true => text::json(&found)?,
        false => text::plain(&found),
    };
    say(&text)?;
    Ok(!found.is_empty())
}

/// Prints what is looked for.
///
/// # Errors
/// If it cannot be written.
pub fn list(json: bool) -> Result<()> {
    say(&text::catalogue(json)?)
}

/// Findings as text for a person: what `loopscope sim --findings` adds to its figures.
pub(crate) fn plain(found: &[Finding]) -> String {
    text::plain(found)
}

/// Findings as JSON: what `loopscope sim --findings --json` adds to its figures.
pub(crate) fn told(found: &[Finding]) -> Vec<impl serde::Serialize + use<>> {
    text::told(found)
}

fn say(text: &str) -> Result<()> {
    io::stdout().lock().write_all(text.as_bytes()).context("cannot write to standard output")
}

fn search(path: &Path, settings: &Settings) -> Result<Vec<Finding>> {
    let file = BufReader::new(File::open(path)?);
    Ok(recorded(Reader::open(file)?, settings)?)
}

/// Searches a file of Loopscope's own. What is damaged is passed over, and said.
fn recorded(mut trace: Reader<BufReader<File>>, settings: &Settings) -> Result<Vec<Finding>, FileError> {
    let mut search: Option<Search> = None;
    for index in 0..trace.spans().len() {
        let first = trace.spans()[index].head.first;
        let goes_on = search.as_ref().is_some_and(|search| search.world().seq == first);
        let batch = if goes_on {
            trace.batch(index)
        } else {
            trace.read(index).map(|piece| {
                begin(&mut search, piece.before, settings);
                piece.batch
            })
        };
        match (batch, &mut search) {
            (Ok(batch), Some(search)) => search.extend(&batch),
            (Err(error), _) if !matches!(error, FileError::Damaged(_)) => return Err(error),
            _ => {}
        }
    }
    for damage in trace.damage() {
        // Who cannot be told of it can be told of what was found all the same.
        let _ = writeln!(io::stderr(), "note: {damage}; the rest is searched");
    }
    Ok(search.map_or_else(Vec::new, |search| search.finish(settings)))
}

/// A search begins, or goes on behind a gap.
fn begin(search: &mut Option<Search>, world: World, settings: &Settings) {
    match search {
        Some(search) => search.jump(world),
        None => *search = Some(Search::beginning_with(world, settings)),
    }
}
