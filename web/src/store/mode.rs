//! The modes of the page: where its events come from, and how many runs are looked at.

use crate::messages as m;

/// A mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A simulated kernel, in the browser.
    #[default]
    Simulate,
    /// The native server behind the gateway.
    Live,
    /// A recording from a file.
    Trace,
    /// Two to four simulated runs beside each other.
    Compare,
    /// What a line costs, against the number of connections.
    Scale,
}

impl Mode {
    /// All of them, in the order of the bar.
    pub const ALL: [Self; 5] = [Self::Simulate, Self::Live, Self::Trace, Self::Compare, Self::Scale];

    /// The word for it in links and attributes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Simulate => "simulate",
            Self::Live => "live",
            Self::Trace => "trace",
            Self::Compare => "compare",
            Self::Scale => "scale",
        }
    }

    /// The mode of that word.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// What the bar calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Simulate => m::mode_simulate(),
            Self::Live => m::mode_live(),
            Self::Trace => m::mode_trace(),
            Self::Compare => m::mode_compare(),
            Self::Scale => m::mode_scale(),
        }
    }

    /// What it is, in a sentence.
    pub fn what(self) -> &'static str {
        match self {
            Self::Simulate => m::mode_simulate_what(),
            Self::Live => m::mode_live_what(),
            Self::Trace => m::mode_trace_what(),
            Self::Compare => m::mode_compare_what(),
            Self::Scale => m::mode_scale_what(),
        }
    }

    /// Whether what is seen is simulated: then a link can say all of it.
    pub fn is_simulated(self) -> bool {
        matches!(self, Self::Simulate | Self::Compare | Self::Scale)
    }
}
