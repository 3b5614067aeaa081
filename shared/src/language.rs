//! The languages in which Loopscope speaks.
//!
//! What it says stands in catalogues, `locales/en` and `locales/zh` of each crate that speaks, and becomes
//! functions when the crate is built (`shared/messages`). They speak the language that is current in their thread.
//! A program has the texts of all languages in it; the page fetches those of the one that its reader reads.

use std::cell::Cell;
use std::fmt::{self, Display, Write as _};
use std::str::Chars;
use std::sync::OnceLock;

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese, in simplified characters.
    Chinese,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// The tag of it (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// Its name, in itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "中文",
        }
    }

    /// The one after it.
    pub fn next(self) -> Self {
        match self {
            Self::English => Self::Chinese,
            Self::Chinese => Self::English,
        }
    }

    /// The language of a tag; `zh-CN`, as a browser says it, is Chinese.
    pub fn tagged(tag: &str) -> Option<Self> {
        let first = tag.split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(first))
    }
}

thread_local! {
    static CURRENT: Cell<Language> = const { Cell::new(Language::English) };
}

/// The language that is current in this thread: English until another is set.
pub fn current() -> Language {
    CURRENT.get()
}

/// Makes a language the current one of this thread.
pub fn set(language: Language) {
    CURRENT.set(language);
}

/// A whole number in groups of three: `6 144`. The spaces are narrow and do not break.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 * 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// What a message is filled in with.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// A number, which something may be chosen by. It is written in groups of three digits.
    Number(u64),
    /// Anything else.
    Text(&'a dyn Display),
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "Number({number})"),
            Self::Text(text) => write!(f, "Text({text})"),
        }
    }
}

/// The texts of a crate's messages, in the order that the build has given them.
#[derive(Debug)]
pub struct Texts(Place);

/// Where they are. Of all languages, in the order of [`Language::ALL`].
#[derive(Debug)]
enum Place {
    /// In the program.
    Inside([&'static [&'static str]; 2]),
    /// In files of this stamp; here, once they have been fetched.
    Fetched(&'static str, [OnceLock<Vec<&'static str>>; 2]),
}

impl Texts {
    /// Texts that are in the program.
    pub const fn inside(texts: [&'static [&'static str]; 2]) -> Self {
        Self(Place::Inside(texts))
    }

    /// Texts that come in files of this stamp.
    pub const fn fetched(stamp: &'static str) -> Self {
        Self(Place::Fetched(stamp, [OnceLock::new(), OnceLock::new()]))
    }

    /// Whether those of a language are there.
    pub fn know(&self, language: Language) -> bool {
        match &self.0 {
            Place::Inside(_) => true,
            Place::Fetched(_, texts) => texts[language as usize].get().is_some(),
        }
    }

    /// Takes those of a language out of a file, which is kept for ever, if they are in it. They are not in a file that
    /// was built with another program. `shared/messages` says how it is written.
    pub fn take(&self, language: Language, file: &'static str) -> bool {
        let Place::Fetched(stamp, texts) = &self.0 else { return true };
        let part = file.split('\u{1d}').find_map(|part| part.strip_prefix(stamp)?.strip_prefix('\u{1e}'));
        if let Some(part) = part {
            texts[language as usize].get_or_init(|| part.split('\u{1e}').collect());
        }
        self.know(language)
    }

    /// The text with that number in the current language; nothing, as long as it is not there.
    pub fn spoken(&self, number: usize) -> &'static str {
        let texts = match &self.0 {
            Place::Inside(texts) => Some(texts[current() as usize]),
            Place::Fetched(_, texts) => texts[current() as usize].get().map(Vec::as_slice),
        };
        texts.and_then(|texts| texts.get(number)).copied().unwrap_or_default()
    }

    /// The same of a template, filled in. The build makes the templates (`shared/messages/src/code.rs` says how they
    /// are written).
    pub fn filled(&self, number: usize, values: &[Value<'_>]) -> String {
        let mut text = String::new();
        fill(&mut text, &mut self.spoken(number).chars(), values, true);
        text
    }
}

/// Writes a template up to its end, or to that of the text in a choice, if it is `wanted`.
fn fill(text: &mut String, template: &mut Chars<'_>, values: &[Value<'_>], wanted: bool) {
    while let Some(sign) = template.next() {
        match sign {
            '\u{1}' => {
                let value = value(template, values);
                if wanted {
                    // Writing into a text cannot fail.
                    let _ = match value {
                        Some(Value::Number(number)) => write!(text, "{}", grouped(number)),
                        Some(Value::Text(value)) => write!(text, "{value}"),
                        None => Ok(()),
                    };
                }
            }
            '\u{2}' => choose(text, template, values, wanted),
            '\u{4}' => return,
            sign if wanted => text.push(sign),
            _ => {}
        }
    }
}

/// Writes the first text of a choice that is for the number.
fn choose(text: &mut String, template: &mut Chars<'_>, values: &[Value<'_>], mut wanted: bool) {
    let by = value(template, values);
    loop {
        let number: String =
            template.by_ref().take_while(|sign| !['\u{3}', '\u{5}'].contains(sign)).collect();
        let otherwise = number.is_empty();
        let fits = otherwise || matches!(by, Some(Value::Number(by)) if number.parse() == Ok(by));
        fill(text, template, values, wanted && fits);
        wanted &= !fits;
        if otherwise {
            // What ends the choice.
            template.next();
            return;
        }
    }
}

/// The value that the digit names.
fn value<'a>(template: &mut Chars<'_>, values: &[Value<'a>]) -> Option<Value<'a>> {
    let index = template.next()?.to_digit(10)?;
    values.get(index as usize).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browsers_tag_names_a_language() {
        assert_eq!(Language::tagged("zh-CN"), Some(Language::Chinese));
        assert_eq!(Language::tagged("EN"), Some(Language::English));
        assert_eq!(Language::tagged("de"), None);
    }

    #[test]
    fn templates_are_filled_in() {
        const TEMPLATE: &str = "\u{2}01\u{3}One at \u{1}1\u{4}\u{3}\u{1}0 at \u{1}1\u{4}\u{5}!";
        let texts = Texts::inside([&["\u{1}3 and no more", TEMPLATE], &[]]);
        let said = |count| texts.filled(1, &[Value::Number(count), Value::Text(&"noon")]);
        assert_eq!(said(1), "One at noon!");
        assert_eq!(said(2_000), "2\u{202f}000 at noon!");
        assert_eq!(texts.filled(0, &[]), " and no more", "nothing is there for it");
    }

    #[test]
    fn texts_come_in_a_file_of_their_own_build_alone() {
        let texts = Texts::fetched("12ab");
        assert_eq!(texts.spoken(0), "", "nothing is known before");
        assert!(!texts.take(Language::English, "34cd\u{1e}other\u{1e}words"));
        assert!(!texts.know(Language::English));
        assert!(texts.take(Language::English, "34cd\u{1e}other\u{1d}12ab\u{1e}one\u{1e}two"));
        assert!(texts.know(Language::English) && !texts.know(Language::Chinese));
        assert_eq!((texts.spoken(0), texts.spoken(1), texts.spoken(2)), ("one", "two", ""));
    }

    #[test]
    fn digits_stand_in_groups() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
    }
}
