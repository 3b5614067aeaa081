//! Messages as Rust functions.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::catalogue::{Message, Piece, When};

/// What stands before the functions. `language` is the path of the module that knows the language.
pub(crate) fn head(language: &str) -> String {
    format!(
        "#[allow(unused_imports)]\nuse std::fmt::Display;\n\n#[allow(unused_imports)]\n\
         use {language}::{{Language, current, grouped}};\n"
    )
}

/// The function of a message: `first` in the language that says the order of parameters, and all versions in the
/// order of the languages.
pub(crate) fn function(name: &str, first: &Message, versions: &[&Message]) -> Result<String, String> {
    let (mut parameters, mut chosen_by) = (Vec::new(), BTreeSet::new());
    let mut theirs = Vec::new();
    collect(first, &mut parameters, &mut chosen_by);
    for version in versions {
        let mut found = Vec::new();
        collect(version, &mut found, &mut chosen_by);
        theirs.push(found.into_iter().collect::<BTreeSet<_>>());
    }
    let ours: BTreeSet<String> = parameters.iter().cloned().collect();
    if let Some(odd) = theirs.iter().flat_map(|theirs| theirs.symmetric_difference(&ours)).next() {
        return Err(format!("${odd} is not a parameter in every language"));
    }
    let mut text = String::new();
    let shown = doc(first);
    if parameters.is_empty() {
        let _ = writeln!(text, "\n/// {shown}\npub fn {name}() -> &'static str {{\n    match current() {{");
        for (version, language) in versions.iter().zip(LANGUAGES) {
            let _ = writeln!(text, "        Language::{language} => {:?},", plain(version));
        }
    } else {
        let typed = |name: &String| match chosen_by.contains(name) {
            true => format!("{name}: u64"),
            false => format!("{name}: impl Display"),
        };
        let list = parameters.iter().map(typed).collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "\n/// {shown}\npub fn {name}({list}) -> String {{\n    match current() {{");
        for (version, language) in versions.iter().zip(LANGUAGES) {
            let _ = writeln!(text, "        Language::{language} => {},", expression(version, &chosen_by));
        }
    }
    text.push_str("    }\n}\n");
    Ok(text)
}

/// The names of the languages in Rust, in the order of their folders.
const LANGUAGES: [&str; 2] = ["English", "Chinese"];

/// Adds the parameters of a message, and those among them that something is chosen by.
fn collect(message: &Message, parameters: &mut Vec<String>, chosen_by: &mut BTreeSet<String>) {
    for piece in message {
        let (Piece::Value(name) | Piece::Choice { by: name, .. }) = piece else { continue };
        if !parameters.contains(name) {
            parameters.push(name.clone());
        }
        if let Piece::Choice { texts, .. } = piece {
            chosen_by.insert(name.clone());
            texts.iter().for_each(|(_, text)| collect(text, parameters, chosen_by));
        }
    }
}

/// A message without parameters.
fn plain(message: &Message) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Value(_) | Piece::Choice { .. } => String::new(),
    };
    message.iter().map(text).collect()
}

/// A message with parameters, as an expression that makes a `String`.
fn expression(message: &Message, chosen_by: &BTreeSet<String>) -> String {
    let (mut format, mut values) = (String::new(), Vec::new());
    for piece in message {
        match piece {
            Piece::Text(text) => format.push_str(&text.replace('{', "{{").replace('}', "}}")),
            Piece::Value(name) if chosen_by.contains(name) => {
                format.push_str("{}");
                values.push(format!("grouped({name})"));
            }
            Piece::Value(name) => {
                format.push_str("{}");
                values.push(name.clone());
            }
            Piece::Choice { by, texts } => {
                format.push_str("{}");
                let arms = texts.iter().map(|(when, text)| match when {
                    When::Exactly(number) => format!("{number} => {}", expression(text, chosen_by)),
                    When::Otherwise => format!("_ => {}", expression(text, chosen_by)),
                });
                values.push(format!("match {by} {{ {} }}", arms.collect::<Vec<_>>().join(", ")));
            }
        }
    }
    if values.is_empty() {
        return format!("{:?}.to_owned()", plain(message));
    }
    format!("format!({format:?}, {})", values.join(", "))
}

/// The message as the documentation of its function: as it is in the catalogue, on one line.
fn doc(message: &Message) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.replace('\n', " "),
        Piece::Value(name) => format!("{{{name}}}"),
        Piece::Choice { texts, .. } => texts.last().map_or_else(String::new, |(_, text)| doc(text)),
    };
    // Brackets would be links, and angles HTML.
    let text: String = message.iter().map(piece).collect();
    format!("`{}`", text.replace('`', "'"))
}
