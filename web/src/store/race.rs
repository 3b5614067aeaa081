//! How runs are compared: what keeps them in step, and how far they are.

/// How many runs may be kept beside the first: four are compared at most, which is what a screen has room for.
pub const BESIDE_MAX: usize = 3;

/// What keeps compared runs in step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Each is shown at the same instant.
    #[default]
    Time,
    /// Each is shown after as many events.
    Event,
    /// Each is shown when it has answered as many lines.
    Line,
}

impl Pace {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Time, Self::Event, Self::Line];

    /// The word for it in links and attributes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Event => "event",
            Self::Line => "line",
        }
    }

    /// The pace of that word.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pace| pace.name() == name)
    }
}

/// How far compared runs are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Race {
    /// What keeps them in step.
    pub pace: Pace,
    /// How far: nanoseconds, events or lines. Beyond the end means the end.
    pub at: u64,
}
