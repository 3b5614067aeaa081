//! Rules about a file by itself: its first line, its length, its place, what must not stand in it.

use crate::repository::{File, Repository};

/// The length that a file may have, in lines: what one reads in one go.
const LINES_MAX: usize = 400;

/// Longer files, each with the length that it may have. The list is to shrink; 600 is the end in any case.
const LONGER: &[(&str, usize)] = &[];

/// Words that say that something is not finished.
const UNFINISHED: &[&str] = &[concat!("to", "do!("), concat!("unimpl", "emented!("), concat!("db", "g!(")];

/// The beginnings of paths that exist on one machine only.
const MACHINE: &[&str] =
    &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];

/// Every file opens by saying what it is for.
pub(crate) fn module_doc(file: &File) -> Vec<String> {
    let opens = file.text.lines().next().is_some_and(|line| line.starts_with("//! ") && line.len() > 20);
    if opens { vec![] } else { vec!["does not open with `//!` and what the file is for".to_owned()] }
}

/// No file is longer than one reads in one go.
pub(crate) fn length(file: &File) -> Vec<String> {
    let most = LONGER.iter().find(|(path, _)| *path == file.path).map_or(LINES_MAX, |(_, most)| *most);
    let lines = file.text.lines().count();
    if lines <= most.min(600) {
        vec![]
    } else {
        vec![format!("has {lines} lines; {most} is the most: divide it")]
    }
}

/// An exception that is not needed any more goes.
pub(crate) fn needless_exceptions(repository: &Repository) -> Vec<String> {
    let short = |path: &str| {
        let lines = repository.file(path).map(|file| file.text.lines().count());
        lines.is_none_or(|lines| lines <= LINES_MAX)
    };
    let needless = LONGER.iter().filter(|(path, _)| short(path));
    needless.map(|(path, _)| format!("{path} is not long: strike it from the list of exceptions")).collect()
}

/// A module is `foo.rs` with `foo/bar.rs` below it, and its parent declares it: else it is not compiled at all.
pub(crate) fn reachable(file: &File, repository: &Repository) -> Vec<String> {
    let Some((folder, name)) = file.path.rsplit_once('/') else { return vec![] };
    let stem = name.trim_end_matches(".rs");
    if name == "mod.rs" {
        return vec![format!("a module with others below it is {folder}.rs")];
    }
    if matches!(stem, "main" | "lib" | "build") || folder.ends_with("/bin") || root_folder(folder) {
        return vec![];
    }
    let parents = [format!("{folder}.rs"), format!("{folder}/main.rs"), format!("{folder}/lib.rs")];
    let mut parents = parents.iter().filter_map(|path| repository.file(path));
    let declared = parents.any(|parent| parent.text.lines().any(|line| declares(line, stem)));
    if declared { vec![] } else { vec!["no file declares this module, so it is not compiled".to_owned()] }
}

/// Whether each file of the folder is the root of a program of its own.
fn root_folder(folder: &str) -> bool {
    ["/tests", "/benches", "/examples"].iter().any(|end| folder.ends_with(end))
}

fn declares(line: &str, stem: &str) -> bool {
    let line = line.trim();
    let line = line.strip_prefix("pub").map_or(line, |rest| rest.trim_start_matches("(crate)").trim_start());
    line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) == Some(stem)
}

/// Nothing is left to be done, and no path of one machine stands in it.
pub(crate) fn leftovers(file: &File) -> Vec<String> {
    let words = UNFINISHED.iter().chain(MACHINE);
    words.filter(|word| file.text.contains(**word)).map(|word| format!("holds `{word}`")).collect()
}

#[test]
fn a_file_without_a_purpose_is_seen() {
    assert_eq!(module_doc(&File::new("a.rs", "//! Keeps the time of the day.\n")), [""; 0]);
    for bad in ["", "use std::fs;\n", "// Keeps the time of the day.\n", "//! Time\n"] {
        assert_eq!(module_doc(&File::new("a.rs", bad)).len(), 1, "{bad:?}");
    }
}

#[test]
fn a_long_file_is_seen() {
    assert_eq!(length(&File::new("a.rs", &"\n".repeat(LINES_MAX))), [""; 0]);
    assert_eq!(length(&File::new("a.rs", &"\n".repeat(LINES_MAX + 1))).len(), 1);
}

#[test]
fn a_stray_module_is_seen() {
    let files = [
        ("x/src/lib.rs", "pub mod a;\n"),
        ("x/src/a.rs", "mod b;\n"),
        ("x/src/a/b.rs", ""),
        ("x/src/c.rs", ""),
    ];
    let repository = Repository::of(&files);
    let complaints = |path: &str| reachable(repository.file(path).unwrap(), &repository).len();
    assert_eq!(files.map(|(path, _)| complaints(path)), [0, 0, 0, 1]);
    assert_eq!(reachable(&File::new("x/src/a/mod.rs", ""), &repository).len(), 1);
}

#[test]
fn a_leftover_is_seen() {
    assert_eq!(leftovers(&File::new("a.rs", "fn done() {}")), [""; 0]);
    let text = format!("fn f() {{ {}) }} // see {}notes", UNFINISHED[0], MACHINE[0]);
    assert_eq!(leftovers(&File::new("a.rs", &text)).len(), 2);
}
