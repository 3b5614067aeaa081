//! Messages as Rust functions.

use std::collections::BTreeSet;

use crate::catalogue::{Message, Piece, When};

/// Stands before the letter of a value in a text. No catalogue has it.
const VALUE: char = '\u{1}';

/// What stands before the functions. `language` is the path of the module that knows the language. The functions are
/// as small as can be, since there are many: what they share is here.
pub(crate) fn head(language: &str) -> String {
    format!(
        "#[allow(unused_imports)]\nuse std::fmt::{{Display, Write as _}};\n\n#[allow(unused_imports)]\n\
         use {language}::{{Language, current, grouped}};\n{SHARED}"
    )
}

/// What the functions share: the choice of a text by the language, and values in the place of letters.
const SHARED: &str = r#"
#[allow(dead_code)]
#[inline(never)]
fn said(texts: &[&'static str; 2]) -> &'static str {
    match current() {
        Language::English => texts[0],
        Language::Chinese => texts[1],
    }
}

#[allow(dead_code)]
#[inline(never)]
fn filled(text: &str, values: &[&dyn Display]) -> String {
    let mut said = String::with_capacity(2 * text.len());
    let mut parts = text.split('\u{1}');
    said.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let mut rest = part.chars();
        let which = rest.next().map_or(usize::MAX, |letter| letter as usize - 'a' as usize);
        if let Some(value) = values.get(which) {
            // Writing to a text does not fail.
            let _ = write!(said, "{value}");
        }
        said.push_str(rest.as_str());
    }
    said
}
"#;

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
    let shown = doc(first);
    if parameters.is_empty() {
        let texts = versions.iter().map(|version| format!("{:?}", plain(version))).collect::<Vec<_>>();
        let texts = texts.join(", ");
        return Ok(format!("\n/// {shown}\npub fn {name}() -> &'static str {{\n    said(&[{texts}])\n}}\n"));
    }
    let typed = |name: &String| match chosen_by.contains(name) {
        true => format!("{name}: u64"),
        false => format!("{name}: impl Display"),
    };
    let list = parameters.iter().map(typed).collect::<Vec<_>>().join(", ");
    let values = Values { parameters: &parameters, chosen_by: &chosen_by };
    let body = match versions.iter().map(|version| values.flat(version)).collect::<Option<Vec<_>>>() {
        Some(texts) => format!("filled(said(&[{}]), {})", texts.join(", "), values.list()),
        None => {
            let arm = |(version, language): (&&Message, &str)| {
                format!("Language::{language} => {}", values.expression(version))
            };
            let arms = versions.iter().zip(LANGUAGES).map(arm).collect::<Vec<_>>().join(", ");
            format!("match current() {{ {arms} }}")
        }
    };
    Ok(format!("\n/// {shown}\npub fn {name}({list}) -> String {{\n    {body}\n}}\n"))
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

/// The parameters of a message, which become values in its text.
struct Values<'a> {
    parameters: &'a [String],
    chosen_by: &'a BTreeSet<String>,
}

impl Values<'_> {
    /// All values, as an array of what can be displayed.
    fn list(&self) -> String {
        let value = |name: &String| match self.chosen_by.contains(name) {
            true => format!("&grouped({name})"),
            false => format!("&{name}"),
        };
        format!("&[{}]", self.parameters.iter().map(value).collect::<Vec<_>>().join(", "))
    }

    /// A message without a choice: its text with letters for values, as a literal.
    fn flat(&self, message: &Message) -> Option<String> {
        let mut text = String::new();
        for piece in message {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Value(name) => {
                    let index = self.parameters.iter().position(|parameter| parameter == name)?;
                    text.push(VALUE);
                    text.push((b'a' + u8::try_from(index).ok()?) as char);
                }
                Piece::Choice { .. } => return None,
            }
        }
        Some(format!("{text:?}"))
    }

    /// A message as an expression that makes a `String`.
    fn expression(&self, message: &Message) -> String {
        if let Some(text) = self.flat(message) {
            return format!("filled({text}, {})", self.list());
        }
        let piece = |piece: &Piece| match piece {
            Piece::Choice { by, texts } => {
                let arms = texts.iter().map(|(when, text)| match when {
                    When::Exactly(number) => format!("{number} => {}", self.expression(text)),
                    When::Otherwise => format!("_ => {}", self.expression(text)),
                });
                format!("match {by} {{ {} }}", arms.collect::<Vec<_>>().join(", "))
            }
            other => self.expression(&vec![other.clone()]),
        };
        match message.as_slice() {
            [only] => piece(only),
            several => format!("[{}].concat()", several.iter().map(piece).collect::<Vec<_>>().join(", ")),
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
