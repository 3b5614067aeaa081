//! From when on something is trouble.

use serde::{Deserialize, Serialize};

use crate::findings::Kind;
use crate::time::Nanos;

/// The thresholds of a search. [`Settings::default`] has the usual ones, each with its reason here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The kinds that are looked for; none named means all.
    pub only: Vec<Kind>,
    /// How often something has to happen before it is told, for every kind; unless it is said, what the
    /// catalogue has for each.
    pub min_count: Option<u64>,
    /// On how many percent of the occasions it has to happen, for the kinds that have occasions; unless it is
    /// said, what the catalogue has for each.
    pub min_percent: Option<u64>,
    /// The times of calls are known: without them, what needs them is not looked for.
    pub timed: bool,
    /// From which length on a turn of a loop holds up the others. 100 ms: what takes longer is felt as a delay by
    /// whoever waits for it, and few turns take so long that do nothing wrong.
    pub turn: Nanos,
    /// How many calls with one descriptor in one turn are too many while others wait. 256: several times what a
    /// careful loop allows itself before it lets others have their turn.
    pub feast: u64,
    /// Calls that ask in vain less than this apart ask "again and again"; a program that waits for longer has made
    /// a pause. 10 ms: a hundred times a second is what a timer would do.
    pub pause: Nanos,
    /// How long a connection whose end was seen may stay open, untouched, before it counts as forgotten, however
    /// few they are. 1 s: answers that are late come within it.
    pub forgotten: Nanos,
    /// The same, if at least half of all connections that have ended are in that state. 50 ms: what half of the
    /// clients leave behind is no late answer.
    pub forgotten_by_most: Nanos,
    /// How long bytes may lie in a buffer after their edge has gone by, if nobody tells whether something else is
    /// to come. 100 ms: a program that means to come back to them has done so.
    pub undrained: Nanos,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            only: Vec::new(),
            min_count: None,
            min_percent: None,
            timed: true,
            turn: Nanos::from_millis(100),
            feast: 256,
            pause: Nanos::from_millis(10),
            forgotten: Nanos::from_millis(1_000),
            forgotten_by_most: Nanos::from_millis(50),
            undrained: Nanos::from_millis(100),
        }
    }
}

impl Settings {
    /// Whether this kind is looked for.
    pub fn wants(&self, kind: Kind) -> bool {
        let known = self.timed || !kind.entry().timed;
        known && (self.only.is_empty() || self.only.contains(&kind))
    }
}
