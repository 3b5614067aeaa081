//! `cargo xtask page-size`: what the page's module is made of.
//!
//! The module is built once more with the names of its functions in it. A function that is generic counts where it
//! is defined, not where it is used: a sort in the standard library, whoever sorts.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use wasmparser::{Name, NameSectionReader, Parser, Payload, TypeRef};

use crate::build::{gzipped, target};
use crate::command::{cargo, command, run};
use crate::tools::{self, WASM};

/// The parts, and what the path of a function begins with that belongs to one. The first that fits counts.
const PARTS: &[(&str, &[&str])] = &[
    (
        "servers, and the reactor under two of them",
        &["loopscope_shared::servers", "loopscope_shared::reactor"],
    ),
    ("the simulated kernel, and the probe on it", &["loopscope_shared::sim", "loopscope_shared::probe"]),
    ("the world", &["loopscope_shared::world", "loopscope_shared::shelf"]),
    ("sorted maps and sets", &["loopscope_shared::sorted"]),
    ("traces, in memory and as files", &["loopscope_shared::trace"]),
    ("findings", &["loopscope_shared::findings"]),
    ("import of strace logs", &["loopscope_shared::import"]),
    ("scenarios", &["loopscope_shared::scenario", "loopscope_shared::scale"]),
    ("events and their sentences", &["loopscope_shared::event", "loopscope_shared::messages"]),
    ("the rest of the shared crate", &["loopscope_shared"]),
    ("what is drawn", &["loopscope_web::views", "loopscope_web::canvas", "loopscope_web::app"]),
    ("what is to be drawn", &["loopscope_web::model"]),
    ("the rest of the page", &["loopscope_web"]),
    ("yew", &["yew"]),
    ("serde, serde_json, postcard", &["serde", "postcard"]),
    ("the standard library", &["core", "alloc", "std", "hashbrown", "dlmalloc", "compiler_builtins"]),
    ("other crates", &[""]),
];

/// Builds the module with names, and prints a table of its parts.
///
/// # Errors
/// If it does not compile.
pub(crate) fn page_size() -> Result<()> {
    tools::for_the_page()?;
    let profile = ["--package", "loopscope-web", "--bin", "loopscope-web", "--profile", "wasm-release"];
    run(cargo()
        .env("CARGO_PROFILE_WASM_RELEASE_STRIP", "none")
        .args(["build", "--target", WASM])
        .args(profile))?;
    let target = target()?;
    let (built, folder) =
        (target.join(WASM).join("wasm-release/loopscope-web.wasm"), target.join("page-size"));
    let bindgen = ["--target", "web", "--no-typescript", "--keep-debug"];
    run(command("wasm-bindgen").args(bindgen).arg("--out-dir").arg(&folder).arg(&built))?;
    let path = folder.join("loopscope-web_bg.wasm");
    let module = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    print!("{}", table(&read(&module)?)?);
    Ok(())
}

/// What is in a module.
#[derive(Debug, Default)]
struct Contents<'a> {
    /// Each function by its name.
    functions: Vec<(String, &'a [u8])>,
    /// The data.
    data: Vec<u8>,
}

fn read(module: &[u8]) -> Result<Contents<'_>> {
    let (mut names, mut imported, mut bodies, mut data) = (BTreeMap::new(), 0, Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
            Payload::DataSection(section) => {
                for piece in section {
                    data.extend_from_slice(piece?.data);
                }
            }
            Payload::CustomSection(section) if section.name() == "name" => {
                for names_of in NameSectionReader::new(wasmparser::BinaryReader::new(section.data(), 0)) {
                    if let Name::Function(functions) = names_of? {
                        for naming in functions {
                            let naming = naming?;
                            names.insert(naming.index, naming.name.to_owned());
                        }
                    }
                }
            }
            _ => {}
        }
    }
    let functions = (imported..).zip(bodies);
    let functions = functions.map(|(index, body)| (names.remove(&index).unwrap_or_default(), body)).collect();
    Ok(Contents { functions, data })
}

/// The table, as documents have it.
fn table(contents: &Contents<'_>) -> Result<String> {
    let mut parts: Vec<Vec<&[u8]>> = vec![Vec::new(); PARTS.len()];
    for (name, body) in &contents.functions {
        parts[part(name)].push(body);
    }
    let all = gzipped(&joined(&parts, None))?;
    let mut text = String::from("| what | bytes | less, if it were not there (gzip -9) |\n|---|---:|---:|\n");
    for (index, (name, _)) in PARTS.iter().enumerate() {
        let bytes: usize = parts[index].iter().map(|body| body.len()).sum();
        let without = gzipped(&joined(&parts, Some(index)))?;
        text += &format!("| {name} | {bytes} | {} |\n", all.saturating_sub(without));
    }
    let bytes: usize = contents.functions.iter().map(|(_, body)| body.len()).sum();
    text += &format!("| all functions | {bytes} | {all} |\n");
    text += &format!("| data | {} | {} |\n", contents.data.len(), gzipped(&contents.data)?);
    Ok(text)
}

/// All functions but those of one part, one part after the other.
fn joined(parts: &[Vec<&[u8]>], without: Option<usize>) -> Vec<u8> {
    let parts = parts.iter().enumerate().filter(|(index, _)| Some(*index) != without);
    parts.flat_map(|(_, bodies)| bodies.concat()).collect()
}

/// The index of the part that a function belongs to.
fn part(name: &str) -> usize {
    // `<a::B as c::D>::e` is a matter of `a`.
    let path = name.trim_start_matches(['<', '&', '*', '[']).trim_start_matches("mut ");
    let fits = |prefix: &&str| path.starts_with(*prefix);
    PARTS.iter().position(|(_, prefixes)| prefixes.iter().any(fits)).unwrap_or(PARTS.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_belongs_to_the_first_part_that_fits() {
        let part = |name| PARTS[part(name)].0;
        assert_eq!(part("<loopscope_shared::world::World as core::clone::Clone>::clone"), "the world");
        assert_eq!(part("loopscope_shared::ids::Fd::from"), "the rest of the shared crate");
        assert_eq!(
            part("<&mut postcard::de::Deserializer<F> as serde::X>::y"),
            "serde, serde_json, postcard"
        );
        assert_eq!((part("web_sys::x"), part("")), ("other crates", "other crates"));
    }
}
