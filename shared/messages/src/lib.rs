//! Turns message catalogues into functions, at build time.
//!
//! A crate that speaks to its users keeps what it says in `locales/en/*.ftl` and `locales/zh/*.ftl`, in
//! [Fluent's syntax](https://projectfluent.org/fluent/guide/), and calls [`generate`] in its build script. Each
//! message becomes a function:
//!
//! ```text
//! play = Play                                   fn play() -> &'static str
//!     .what = go on by itself                   fn play_what() -> &'static str
//! lost = { $count ->                            fn lost(count: u64) -> String
//!     [one] One event was lost at { $at }.
//!    *[other] { $count } events were lost at { $at }.
//! }                                             … fn lost(count: u64, at: impl Display) -> String
//! ```
//!
//! What is chosen by is a `u64`, and written in groups of three digits; all else is whatever can be displayed. The
//! order of parameters is that of their first appearance in English.
//!
//! So a message that is missing in a language, or has other parameters there, or is used by nobody, stops the
//! build; and nothing is parsed or looked up while the program runs, which would cost a page of 600 KB a tenth of
//! its size.

mod catalogue;
mod code;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use thiserror::Error;

use catalogue::{Message, messages_in};

/// The languages: the folder of each, and what takes the place of a line break inside a paragraph. The first is
/// the one that the others are compared with.
const LANGUAGES: [(&str, &str); 2] = [("en", " "), ("zh", "")];

/// Why a catalogue cannot be used.
#[derive(Debug, Error)]
pub enum Error {
    /// A file cannot be read or written.
    #[error("{0}: {1}")]
    File(PathBuf, std::io::Error),
    /// The catalogue is wrong: in each line a place and what is the matter with it.
    #[error("{0}")]
    Wrong(String),
}

/// Writes `messages.rs` with one function for each message of the catalogue in `locales`, which has a folder for
/// each language. `language` is the Rust path of the module that has `spoken` and `filled`.
///
/// # Errors
/// If a file cannot be read or written, or the languages do not say the same messages.
pub fn generate(locales: &Path, language: &str, out: &Path) -> Result<(), Error> {
    let mut all = Vec::new();
    for (name, line_break) in LANGUAGES {
        all.push(read(&locales.join(name), line_break)?);
    }
    let text = functions(&all, language)?;
    let file = out.join("messages.rs");
    fs::write(&file, text).map_err(|error| Error::File(file, error))
}

/// The messages of a language, in the order of their names.
type Messages = BTreeMap<String, Message>;

fn read(folder: &Path, line_break: &str) -> Result<Messages, Error> {
    let entries = fs::read_dir(folder).map_err(|error| Error::File(folder.to_owned(), error))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let (mut messages, mut wrong) = (Messages::new(), String::new());
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "ftl")) {
        let text = fs::read_to_string(file).map_err(|error| Error::File(file.clone(), error))?;
        match messages_in(&text, line_break) {
            Ok(found) => {
                for (name, message) in found {
                    if messages.insert(name.clone(), message).is_some() {
                        let _ = writeln!(wrong, "{}: {name} is there twice", file.display());
                    }
                }
            }
            Err(error) => _ = writeln!(wrong, "{}: {error}", file.display()),
        }
    }
    if wrong.is_empty() { Ok(messages) } else { Err(Error::Wrong(wrong)) }
}

fn functions(all: &[Messages], language: &str) -> Result<String, Error> {
    let (mut text, mut wrong) = (code::head(language), String::new());
    let first = &all[0];
    for (messages, (folder, _)) in all.iter().zip(LANGUAGES) {
        for name in first.keys().filter(|name| !messages.contains_key(*name)) {
            let _ = writeln!(wrong, "{folder}: {name} is missing");
        }
        for name in messages.keys().filter(|name| !first.contains_key(*name)) {
            let _ = writeln!(wrong, "{folder}: {name} is not in {}", LANGUAGES[0].0);
        }
    }
    for (name, message) in first {
        let versions: Vec<&Message> = all.iter().filter_map(|messages| messages.get(name)).collect();
        match code::function(name, message, &versions) {
            Ok(function) => text.push_str(&function),
            Err(error) => _ = writeln!(wrong, "{name}: {error}"),
        }
    }
    if wrong.is_empty() { Ok(text) } else { Err(Error::Wrong(wrong)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generated(en: &str, zh: &str) -> Result<String, String> {
        let read = |text, line_break| Ok::<_, String>(messages_in(text, line_break)?.into_iter().collect());
        functions(&[read(en, " ")?, read(zh, "")?], "crate::language").map_err(|error| error.to_string())
    }

    #[test]
    fn a_message_becomes_a_function() {
        let text = generated("play = Play\n    .what = go on\n", "play = 播放\n    .what = 继续\n").unwrap();
        assert!(text.contains("pub fn play() -> &'static str"));
        assert!(text.contains("pub fn play_what() -> &'static str"));
        assert!(text.contains("\"播放\""));
    }

    #[test]
    fn what_is_chosen_by_is_a_number_and_all_else_is_displayed() {
        let en = "lost = { $count ->\n    [one] One at { $at }.\n   *[other] { $count } at { $at }.\n }\n";
        let text = generated(en, "lost = 在 { $at } 丢失了 { $count } 个。\n").unwrap();
        assert!(text.contains("pub fn lost(count: u64, at: impl Display) -> String"), "{text}");
    }

    #[test]
    fn languages_that_differ_are_refused() {
        assert!(generated("a = A\n", "").unwrap_err().contains("zh: a is missing"));
        assert!(generated("", "a = A\n").unwrap_err().contains("zh: a is not in en"));
        assert!(generated("a = { $x }\n", "a = 甲\n").unwrap_err().contains("$x"));
        assert!(generated("a = A\n", "a = { $x }\n").unwrap_err().contains("$x"));
    }

    #[test]
    fn what_is_no_catalogue_is_refused_with_its_line() {
        assert!(generated("a = A\nb\n", "a = 甲\n").unwrap_err().contains("line 2"));
        assert!(generated("a = { b }\n", "a = 甲\n").unwrap_err().contains("only"));
    }

    #[test]
    fn a_line_break_is_a_space_where_words_are_apart() {
        let text = generated("a =\n    one\n    two\n", "a =\n    一\n    二\n").unwrap();
        assert!(text.contains("\"one two\"") && text.contains("\"一二\""), "{text}");
    }

    /// Messages that are written in Chinese as they are in English.
    const WITHOUT_HAN: &[&str] =
        &["editor_client_nagle", "figure_eagain", "lane_cpu", "lane_fd", "stage_on_cpu"];

    /// All text of a message.
    fn text_of(message: &Message) -> String {
        let piece = |piece: &catalogue::Piece| match piece {
            catalogue::Piece::Text(text) => text.clone(),
            catalogue::Piece::Value(_) => String::new(),
            catalogue::Piece::Choice { texts, .. } => texts.iter().map(|(_, text)| text_of(text)).collect(),
        };
        message.iter().map(piece).collect()
    }

    #[test]
    fn what_has_words_in_chinese_has_chinese_words() {
        let han = |letter: char| ('\u{4e00}'..='\u{9fff}').contains(&letter);
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let (mut english, mut seen) = (Vec::new(), 0);
        for part in ["shared", "web"] {
            let messages = read(&repository.join(part).join("locales/zh"), "").unwrap();
            seen += messages.len();
            for (name, message) in messages {
                let text = text_of(&message);
                let words =
                    text.split(|letter: char| !letter.is_ascii_alphabetic()).any(|word| word.len() > 1);
                if words && !text.contains(han) && !WITHOUT_HAN.contains(&name.as_str()) {
                    english.push(format!("{part}: {name} = {text}"));
                }
            }
        }
        assert!(seen > 300, "the catalogues are somewhere else: {seen} messages were found");
        assert!(english.is_empty(), "{}", english.join("\n"));
    }
}
