//! Messages as Rust functions.
//!
//! A message with parameters is a template that the program fills in ([`pattern`]), not code that puts it together: a
//! thousand messages in each language are then little more than their text. The texts stand apart from the functions,
//! which know their numbers alone, so that a page can do without those of languages that nobody reads.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::catalogue::{Message, Piece, When};

/// What stands before the functions. `language` is the path of the module that knows the language.
pub(crate) fn head(language: &str) -> String {
    format!(
        "#[allow(unused_imports)]\nuse std::fmt::Display;\n\n#[allow(unused_imports)]\n\
         use {language}::{{Texts, Value}};\n"
    )
}

/// What holds the texts: `texts` are those of each language, in the order of their functions, if they are in the
/// program itself; else they are in a file, which has this stamp.
pub(crate) fn holder(texts: Option<&[Vec<String>]>, stamp: &str) -> String {
    let made = match texts {
        Some(texts) => {
            let all: Vec<String> = texts.iter().map(|texts| format!("&{texts:?}")).collect();
            format!("Texts::inside([{}])", all.join(", "))
        }
        None => format!("Texts::fetched({stamp:?})"),
    };
    format!("\n/// What the functions say.\npub static TEXTS: Texts = {made};\n")
}

/// The function of the message with that number: `first` in the language that says the order of parameters, and all
/// versions in the order of the languages. And its templates, in the same order.
pub(crate) fn function(
    name: &str,
    number: usize,
    first: &Message,
    versions: &[&Message],
) -> Result<(String, Vec<String>), String> {
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
    if parameters.len() > PARAMETERS_MAX {
        return Err(format!("{} parameters are too many: {PARAMETERS_MAX} is the most", parameters.len()));
    }
    let templates = versions.iter().map(|version| pattern(version, &parameters)).collect();
    let mut text = format!("\n/// {}\n", doc(first));
    if parameters.is_empty() {
        let _ = writeln!(text, "pub fn {name}() -> &'static str {{\n    TEXTS.spoken({number})\n}}");
        return Ok((text, templates));
    }
    let typed = |name: &String| match chosen_by.contains(name) {
        true => format!("{name}: u64"),
        false => format!("{name}: impl Display"),
    };
    let value = |name: &String| match chosen_by.contains(name) {
        true => format!("Value::Number({name})"),
        false => format!("Value::Text(&{name})"),
    };
    let list = parameters.iter().map(typed).collect::<Vec<_>>().join(", ");
    let values = parameters.iter().map(value).collect::<Vec<_>>().join(", ");
    let _ = writeln!(text, "pub fn {name}({list}) -> String {{\n    TEXTS.filled({number}, &[{values}])\n}}");
    Ok((text, templates))
}

/// The most parameters of a message: a digit names each.
const PARAMETERS_MAX: usize = 10;

/// A message as a template, which `language::Texts::filled` understands: U+0001 and a digit stand for a parameter; U+0002
/// and a digit begin a choice by it, in which each text stands between its number and U+0003 before it, and U+0004
/// after it, and the last one has no number; U+0005 ends the choice.
fn pattern(message: &Message, parameters: &[String]) -> String {
    let index = |name: &String| parameters.iter().position(|one| one == name).unwrap_or_default();
    let mut text = String::new();
    for piece in message {
        let _ = match piece {
            Piece::Text(part) => write!(text, "{part}"),
            Piece::Value(name) => write!(text, "\u{1}{}", index(name)),
            Piece::Choice { by, texts } => {
                let one = |(when, text): &(When, Message)| {
                    let number = match when {
                        When::Exactly(number) => number.to_string(),
                        When::Otherwise => String::new(),
                    };
                    format!("{number}\u{3}{}\u{4}", pattern(text, parameters))
                };
                let all: String = texts.iter().map(one).collect();
                write!(text, "\u{2}{}{all}\u{5}", index(by))
            }
        };
    }
    text
}

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
