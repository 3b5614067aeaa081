//! Keeps the repository as its documents say it is: every file says what it is for and stays short, modules
//! import only what lies below them, links and names in the documents lead somewhere.
//!
//! The rules are plain functions from a text to a list of complaints, in the modules beside this one, each with
//! tests of its own; here they meet the real files.

mod documents;
mod files;
mod imports;
mod repository;

use loopscope_shared::scenario::PRESETS;
use loopscope_shared::servers::PROGRAMS;

use repository::{File, Repository};

/// Fails with all complaints at once, so that one run of the test tells everything that is to be done.
#[track_caller]
fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// What a rule says of each of these files.
fn each<'a>(files: impl Iterator<Item = &'a File>, rule: impl Fn(&File) -> Vec<String>) -> Vec<String> {
    files
        .flat_map(|file| rule(file).into_iter().map(|complaint| format!("{}: {complaint}", file.path)))
        .collect()
}

#[test]
fn every_file_says_what_it_is_for_and_stays_short() {
    let repository = Repository::read();
    none(each(repository.rust(), files::module_doc));
    none(each(repository.rust(), files::length));
    none(files::needless_exceptions(&repository));
}

#[test]
fn modules_have_one_form_and_are_all_reachable() {
    let repository = Repository::read();
    none(each(repository.rust(), |file| files::reachable(file, &repository)));
}

#[test]
fn nothing_is_left_to_do_and_no_machine_is_named() {
    none(each(Repository::read().files.iter(), files::leftovers));
}

#[test]
fn imports_go_down() {
    let repository = Repository::read();
    none(each(repository.rust(), imports::of_shared));
    none(each(repository.rust(), imports::of_native));
    none(each(repository.rust(), imports::of_web));
    none(each(repository.files.iter(), imports::of_manifest));
}

#[test]
fn documents_lead_somewhere() {
    let repository = Repository::read();
    none(each(repository.markdown(), |file| documents::links(file, &repository)));
    none(each(repository.markdown(), |file| documents::paths(file, &repository)));
    none(each(repository.markdown(), |file| documents::commands(file, &repository)));
    none(each(repository.markdown(), |file| documents::tests_named(file, &repository)));
    none(each(repository.markdown(), documents::one_sentence_a_line));
    let architecture = repository.markdown().filter(|file| file.path == "ARCHITECTURE.md");
    none(each(architecture, |file| documents::map(file, &repository)));
}

#[test]
fn every_program_and_every_preset_is_tested() {
    let repository = Repository::read();
    let tests: String = repository.rust().map(File::tests).collect();
    let programs = PROGRAMS.iter().filter(|entry| {
        let variant = format!("Program::{:?}", entry.program);
        !tests.contains(&variant) && !tests.contains(&format!("\"{}\"", entry.name))
    });
    none(programs.map(|entry| format!("no test names the program {}", entry.name)).collect());
    let presets = PRESETS.iter().filter(|name| !tests.contains(&format!("\"{name}\"")));
    none(presets.map(|name| format!("no test names the preset {name}")).collect());
}
