//! `loopscope findings`: what a trace shows of well-known trouble.

mod text;

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use loopscope_shared::findings::{Finding, Search, Settings};
use loopscope_shared::import::{Import, Source, Times, looks_like_strace};
use loopscope_shared::trace::file::{FileError, Reader};
use loopscope_shared::world::World;

/// How many bytes of a log are read at a time: enough to see what it is, and how it tells the time.
const LOG_BYTES: usize = 64 << 10;

/// Searches a trace, or the logs of one run of `strace`, and prints what is found. Returns whether there was
/// anything.
///
/// # Errors
/// If the trace cannot be read, or the findings cannot be written.
pub fn run(paths: &[PathBuf], settings: &Settings, json: bool) -> Result<bool> {
    let found = search(paths, settings)?;
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

fn search(paths: &[PathBuf], settings: &Settings) -> Result<Vec<Finding>> {
    let unreadable = |path: &Path| format!("{} cannot be read", path.display());
    let mut logs = Vec::new();
    for path in paths {
        let mut file = File::open(path).with_context(|| unreadable(path))?;
        let mut first = Vec::new();
        (&mut file).take(LOG_BYTES as u64).read_to_end(&mut first).with_context(|| unreadable(path))?;
        file.rewind().with_context(|| unreadable(path))?;
        if !looks_like_strace(&first) {
            if paths.len() > 1 {
                bail!("{} is no log of strace: of traces, give one", path.display());
            }
            let trace = Reader::open(BufReader::new(file)).with_context(|| unreadable(path))?;
            return recorded(trace, settings).with_context(|| unreadable(path));
        }
        logs.push((path.as_path(), file));
    }
    imported(logs, settings)
}

/// Searches logs of `strace`: one, or one for each task (`strace -ff`).
fn imported(logs: Vec<(&Path, File)>, settings: &Settings) -> Result<Vec<Finding>> {
    let mut import = Import::new();
    let mut open: Vec<(Source, &Path, File)> = Vec::new();
    for (path, file) in logs {
        open.push((import.source(&path.to_string_lossy()), path, file));
    }
    let mut search: Option<(Search, Settings)> = None;
    let mut bytes = vec![0; LOG_BYTES];
    while let Some(wanted) = import.wants() {
        let Some((_, path, file)) = open.iter_mut().find(|(source, ..)| *source == wanted) else { break };
        match file.read(&mut bytes).with_context(|| format!("{} cannot be read", path.display()))? {
            0 => import.end(wanted),
            count => import.feed(wanted, &bytes[..count]),
        }
        let batch = import.take();
        if !batch.is_empty() {
            // By now it is known how the log tells the time.
            let timed = import.report().times != Times::None;
            let (search, _) = search.get_or_insert_with(|| {
                let settings = Settings { timed, ..settings.clone() };
                (Search::new(&settings), settings)
            });
            search.extend(&batch);
        }
    }
    let (last, report) = import.finish();
    if report.unread_count > 0 {
        // Who cannot be told of it can be told of what was found all the same.
        let _ = writeln!(
            io::stderr(),
            "note: {} lines could not be read; the rest is searched",
            report.unread_count
        );
    }
    let Some((mut search, settings)) = search else { return Ok(Vec::new()) };
    search.extend(&last);
    Ok(search.finish(&settings))
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
