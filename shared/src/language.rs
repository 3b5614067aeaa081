//! The languages in which Loopscope speaks.
//!
//! What it says stands in catalogues, `locales/en` and `locales/zh` of each crate that speaks, and becomes
//! functions when the crate is built (`shared/messages`). They speak the language that is current in their thread.

use std::cell::Cell;

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
    fn digits_stand_in_groups() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_234_567), "1\u{202f}234\u{202f}567");
    }
}
