//! The languages in which Loopscope speaks.
//!
//! What it says stands in catalogues, `locales/en` and `locales/zh` of each crate that speaks, and becomes
//! functions when the crate is built (`shared/messages`). They speak the language that is current in their thread.

use std::cell::Cell;
use std::fmt::{self, Display, Write as _};
use std::str::Chars;

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

/// Of the versions of a text, in the order of [`Language::ALL`], that of the current language.
pub fn spoken(versions: &[&'static str; 2]) -> &'static str {
    versions[current() as usize]
}

/// A template of a message in the current language, filled in. The build makes the templates
/// (`shared/messages/src/code.rs` says how they are written).
pub fn filled(versions: &[&'static str; 2], values: &[Value<'_>]) -> String {
    let mut text = String::new();
    fill(&mut text, &mut spoken(versions).chars(), values, true);
    text
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
        let template = "\u{2}01\u{3}One at \u{1}1\u{4}\u{3}\u{1}0 at \u{1}1\u{4}\u{5}!";
        let said = |count| filled(&[template, ""], &[Value::Number(count), Value::Text(&"noon")]);
        assert_eq!(said(1), "One at noon!");
        assert_eq!(said(2_000), "2\u{202f}000 at noon!");
        assert_eq!(filled(&["\u{1}3 and no more", ""], &[]), " and no more", "nothing is there for it");
    }

    #[test]
    fn digits_stand_in_groups() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
    }
}
