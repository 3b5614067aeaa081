//! The colours of the page, as the reader wants them.

use crate::messages as m;

/// The colours of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The value of `data-theme`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The word for it on the page.
    pub fn title(self) -> &'static str {
        match self {
            Self::Auto => m::theme_auto(),
            Self::Light => m::theme_light(),
            Self::Dark => m::theme_dark(),
        }
    }

    /// The theme of that name; the default if there is none.
    pub fn named(name: &str) -> Self {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.name() == name).unwrap_or_default()
    }

    /// The one after it.
    pub fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }
}
