//! Rules about the documents: what they name is there.

use crate::repository::{File, Repository};

/// The folders of the repository that a path in a document begins with.
const FOLDERS: &[&str] = &["shared/", "native/", "web/", "xtask/", "docs/", ".ci/", ".cargo/"];

/// Where the tasks are declared, and where the commands of `loopscope` are.
const TASKS: (&str, &str) = ("xtask/src/main.rs", "enum Task");
const COMMANDS: (&str, &str) = ("native/src/cli.rs", "enum Command");

/// Links to files lead to files.
pub(crate) fn links(file: &File, repository: &Repository) -> Vec<String> {
    let targets = file.text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let local = targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:"));
    let broken = local.filter(|target| {
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        let path = if path.is_empty() { file.path.clone() } else { beside(&file.path, path) };
        let found = repository.file(&path);
        !repository.has(&path) || !anchor.is_empty() && !found.is_some_and(|file| has_heading(file, anchor))
    });
    broken.map(|target| format!("the link to `{target}` leads nowhere")).collect()
}

/// Paths that are named are there.
pub(crate) fn paths(file: &File, repository: &Repository) -> Vec<String> {
    let named = quoted(&file.text).filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)));
    let gone = named.filter(|path| !path.contains([' ', '*', '{', '<']) && !repository.has(path));
    gone.map(|path| format!("`{path}` is not there")).collect()
}

/// Every module that a crate declares at its top is in the map of the code.
pub(crate) fn map(file: &File, repository: &Repository) -> Vec<String> {
    let is_module = |path: &str| {
        let place = path.split_once("/src/").filter(|(_, name)| !name.contains('/'));
        place.is_some_and(|(_, name)| !matches!(name, "main.rs" | "lib.rs"))
    };
    let modules =
        repository.rust().filter(|module| is_module(&module.path) && !module.path.starts_with("xtask/"));
    let missing = modules.filter(|module| !file.text.contains(&format!("`{}`", module.path)));
    missing.map(|module| format!("the map of the code lacks `{}`", module.path)).collect()
}

/// Commands that are named exist.
pub(crate) fn commands(file: &File, repository: &Repository) -> Vec<String> {
    let mut complaints = Vec::new();
    for (words, (path, declaration)) in [("cargo xtask ", TASKS), ("loopscope ", COMMANDS)] {
        let known = repository.file(path).map(|file| variants(&file.text, declaration)).unwrap_or_default();
        let named = code_spans(&file.text).filter_map(|span| span.strip_prefix(words));
        let named = named
            .filter_map(|rest| rest.split_whitespace().next())
            .filter(|name| name.starts_with(char::is_lowercase));
        let strange = named.filter(|name| !known.iter().any(|known| known == name));
        complaints.extend(strange.map(|name| format!("there is no `{words}{name}`")));
    }
    complaints
}

/// After `Held by` come the names of tests, and those exist.
pub(crate) fn tests_named(file: &File, repository: &Repository) -> Vec<String> {
    let lines = file.text.lines().filter_map(|line| line.split_once("Held by"));
    let names = lines.flat_map(|(_, rest)| quoted(rest).collect::<Vec<_>>());
    let names = names.filter(|name| name.chars().all(|letter| letter.is_alphanumeric() || letter == '_'));
    let exists = |name: &str| repository.rust().any(|file| file.tests().contains(&format!("fn {name}(")));
    names.filter(|name| !exists(name)).map(|name| format!("there is no test `{name}`")).collect()
}

/// A line of prose is one sentence, so that a change shows in a diff as what it is.
pub(crate) fn one_sentence_a_line(file: &File) -> Vec<String> {
    let mut in_code = false;
    let mut complaints = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        in_code ^= line.trim_start().starts_with("```");
        let ends = line.match_indices(". ").filter(|(at, _)| {
            let after = line[at + 2..].chars().next().is_some_and(char::is_uppercase);
            let before =
                line[..*at].chars().next_back().is_some_and(|letter| letter.is_lowercase() || letter == ')');
            after && before
        });
        if !in_code && !line.starts_with('|') && ends.count() > 0 {
            complaints.push(format!("line {} holds two sentences", index + 1));
        }
    }
    complaints
}

/// The path that is meant by a link from another file.
fn beside(from: &str, link: &str) -> String {
    let mut folders: Vec<&str> = from.split('/').collect();
    folders.pop();
    for part in link.split('/') {
        match part {
            "." => {}
            ".." => drop(folders.pop()),
            name => folders.push(name),
        }
    }
    folders.join("/")
}

fn has_heading(file: &File, anchor: &str) -> bool {
    let headings = file.text.lines().filter_map(|line| line.strip_prefix('#'));
    let anchors = headings.map(|heading| {
        let plain = heading.trim_start_matches('#').trim().to_lowercase();
        plain
            .replace(' ', "-")
            .replace(|letter: char| !letter.is_alphanumeric() && letter != '-' && letter != '_', "")
    });
    anchors.into_iter().any(|found| found == anchor)
}

/// What stands between backticks on one line.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// What stands between backticks, and the lines of blocks of code.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    let blocks = text.split("```").skip(1).step_by(2).flat_map(str::lines);
    quoted(text).chain(blocks.map(|line| line.trim().trim_start_matches("$ ")))
}

/// The variants of an enum as clap names them: `HalfOpen` is `half-open`.
fn variants(text: &str, declaration: &str) -> Vec<String> {
    let lines = text.lines().skip_while(|line| !line.contains(declaration)).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('}'));
    let names = lines.filter(|line| line.starts_with("    ") && line[4..].starts_with(char::is_uppercase));
    names.map(|line| kebab(line.trim().split(['(', ' ', ',']).next().unwrap_or_default())).collect()
}

fn kebab(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

#[cfg(test)]
fn sample() -> Repository {
    Repository::of(&[
        ("README.md", "# The first look\n"),
        ("docs", ""),
        ("docs/wide.png", ""),
        (
            "xtask/src/main.rs",
            "enum Task {\n    /// Runs\n    Run {\n        args: u8,\n    },\n    Test,\n}\n",
        ),
        ("native/src/cli.rs", "enum Command {\n    Serve(Serve),\n}\nenum Other {\n    Walk,\n}\n"),
        ("native/tests/x.rs", "fn it_holds() {}"),
    ])
}

#[cfg(test)]
#[track_caller]
fn check(rule: fn(&File, &Repository) -> Vec<String>, text: &str, complaints: usize) {
    let found = rule(&File::new("docs/GUIDE.md", text), &sample());
    assert_eq!(found.len(), complaints, "{text:?}: {found:?}");
}

#[test]
fn a_broken_link_is_seen() {
    check(links, "[a](wide.png) [b](../README.md#the-first-look) [c](https://example.org/x)", 0);
    check(links, "[a](narrow.png) [b](../README.md#the-second-look)", 2);
}

#[test]
fn a_path_that_is_gone_is_seen() {
    check(paths, "`native/src/cli.rs` and `docs/` and `elsewhere/x.rs`", 0);
    check(paths, "`native/src/gone.rs`", 1);
}

#[test]
fn a_module_that_is_not_on_the_map_is_seen() {
    check(map, "`native/src/cli.rs` reads the command line", 0);
    check(map, "nothing", 1);
}

#[test]
fn a_command_that_does_not_exist_is_seen() {
    check(commands, "`cargo xtask run -- --port 0`\n```\n$ loopscope serve\ncargo xtask test\n```\n", 0);
    check(commands, "`cargo xtask fly`\n```\nloopscope walk\n```\n", 2);
}

#[test]
fn a_test_that_does_not_exist_is_seen() {
    check(tests_named, "- So it is. Held by `it_holds` in `native/tests/x.rs`.", 0);
    check(tests_named, "- So it is. Held by `it_stands`.", 1);
}

#[test]
fn two_sentences_on_a_line_are_seen() {
    assert_eq!(
        one_sentence_a_line(&File::new("a.md", "It is 3.5 GB, e.g. here.\n```\nA b. C d.\n```\n")),
        [""; 0]
    );
    assert_eq!(one_sentence_a_line(&File::new("a.md", "It is so. We know.\n")).len(), 1);
}
