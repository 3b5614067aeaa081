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
//! build; and a function finds its text by a number, so that no catalogue is parsed while the program runs.
//!
//! Where the texts are is chosen with [`Place`]: in the program, or in a file for each language ([`files`]), which a
//! page fetches. Half of all texts are in a language that its reader does not read.

mod catalogue;
mod code;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
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

/// Where the texts of the messages are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the program itself, in every language.
    Program,
    /// In the files that [`files`] makes, a language each.
    Files,
}

impl Place {
    /// The place for the target that a build script is run for: a browser fetches files.
    pub fn of_target() -> Self {
        match std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() {
            Ok("wasm32") => Self::Files,
            _ => Self::Program,
        }
    }
}

/// Writes `messages.rs` with one function for each message of the catalogue in `locales`, which has a folder for
/// each language. `language` is the Rust path of the module that has `Texts` and `Value`.
///
/// # Errors
/// If a file cannot be read or written, or the languages do not say the same messages.
pub fn generate(locales: &Path, language: &str, place: Place, out: &Path) -> Result<(), Error> {
    let Catalogue { functions, texts, stamp } = Catalogue::read(locales)?;
    let inside = (place == Place::Program).then_some(texts.as_slice());
    let text = code::head(language) + &code::holder(inside, &stamp) + &functions;
    let file = out.join("messages.rs");
    fs::write(&file, text).map_err(|error| Error::File(file, error))
}

/// The texts of several catalogues as a file for each language: its name, and what is in it. A catalogue is its stamp
/// and its texts in the order of their functions, each after U+001E; U+001D stands between two catalogues. The stamp
/// is that which the functions know, so that no other file is taken for theirs.
///
/// # Errors
/// As [`generate`].
pub fn files(all: &[PathBuf]) -> Result<Vec<(String, String)>, Error> {
    let catalogues = all.iter().map(|locales| Catalogue::read(locales)).collect::<Result<Vec<_>, Error>>()?;
    let file = |(index, (name, _)): (usize, &(&str, &str))| {
        let parts =
            catalogues.iter().map(|one| format!("{}\u{1e}{}", one.stamp, one.texts[index].join("\u{1e}")));
        (format!("{name}.txt"), parts.collect::<Vec<_>>().join("\u{1d}"))
    };
    Ok(LANGUAGES.iter().enumerate().map(file).collect())
}

/// A catalogue, ready to be written.
#[derive(Debug)]
struct Catalogue {
    /// A function for each message.
    functions: String,
    /// Of each language the texts, in the order of the functions.
    texts: Vec<Vec<String>>,
    /// What no other catalogue has.
    stamp: String,
}

impl Catalogue {
    fn read(locales: &Path) -> Result<Self, Error> {
        let mut all = Vec::new();
        for (name, line_break) in LANGUAGES {
            all.push(read(&locales.join(name), line_break)?);
        }
        Self::of(&all)
    }

    /// The catalogue of the messages of each language.
    fn of(all: &[Messages]) -> Result<Self, Error> {
        let (mut functions, mut texts, mut wrong) =
            (String::new(), vec![Vec::new(); all.len()], String::new());
        let first = &all[0];
        for (messages, (folder, _)) in all.iter().zip(LANGUAGES) {
            for name in first.keys().filter(|name| !messages.contains_key(*name)) {
                let _ = writeln!(wrong, "{folder}: {name} is missing");
            }
            for name in messages.keys().filter(|name| !first.contains_key(*name)) {
                let _ = writeln!(wrong, "{folder}: {name} is not in {}", LANGUAGES[0].0);
            }
        }
        for (number, (name, message)) in first.iter().enumerate() {
            let versions: Vec<&Message> = all.iter().filter_map(|messages| messages.get(name)).collect();
            match code::function(name, number, message, &versions) {
                Ok((function, templates)) => {
                    functions.push_str(&function);
                    texts.iter_mut().zip(templates).for_each(|(texts, template)| texts.push(template));
                }
                Err(error) => _ = writeln!(wrong, "{name}: {error}"),
            }
        }
        if !wrong.is_empty() {
            return Err(Error::Wrong(wrong));
        }
        let mut hasher = DefaultHasher::new();
        (&functions, &texts).hash(&mut hasher);
        Ok(Self { functions, texts, stamp: format!("{:016x}", hasher.finish()) })
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The functions, and after them the texts.
    fn generated(en: &str, zh: &str) -> Result<String, String> {
        let read = |text, line_break| Ok::<_, String>(messages_in(text, line_break)?.into_iter().collect());
        let made = Catalogue::of(&[read(en, " ")?, read(zh, "")?]).map_err(|error| error.to_string())?;
        Ok(made.functions + &code::holder(Some(&made.texts), &made.stamp))
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
