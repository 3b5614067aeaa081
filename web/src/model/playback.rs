//! Playing: how the cursor moves while real time passes.
//!
//! Simulated time is stretched, but the work of a loop comes in bursts with long sleeps between. So each event
//! is shown for a moment, however close the next one is, and a sleep is never longer than the reader's
//! patience. The order of events is always kept.

use loopscope_shared::ids::Seq;
use loopscope_shared::trace::Timeline;

/// Simulated nanoseconds for each real second, the slowest first.
const SPEEDS: &[(u64, &str)] = &[
    (100_000, "× 1/10\u{202f}000"),
    (200_000, "× 1/5\u{202f}000"),
    (500_000, "× 1/2\u{202f}000"),
    (1_000_000, "× 1/1\u{202f}000"),
    (2_000_000, "× 1/500"),
    (5_000_000, "× 1/200"),
    (10_000_000, "× 1/100"),
    (20_000_000, "× 1/50"),
    (50_000_000, "× 1/20"),
    (100_000_000, "× 1/10"),
    (200_000_000, "× 1/5"),
    (500_000_000, "× 1/2"),
    (1_000_000_000, "× 1"),
];

/// How long an event is shown at least, in real seconds, at the speed of [`DWELL_SPEED`]; at other speeds in
/// proportion. Some 14 events a second can be followed by eye.
const DWELL_S: f64 = 0.07;
const DWELL_SPEED: f64 = 1e6;

/// The longest dwell: slower would look like standing still.
const DWELL_MAX_S: f64 = 0.5;

/// The longest that nothing happens while playing, in real seconds.
const PATIENCE_S: f64 = 1.2;

/// A speed: a place in the list of speeds, which is logarithmic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Speed(u8);

impl Default for Speed {
    /// A microsecond takes a millisecond.
    fn default() -> Self {
        Self(3)
    }
}

impl Speed {
    /// The highest index.
    pub const MAX: u8 = SPEEDS.len() as u8 - 1;

    /// The speed at that place in the list, or the fastest.
    pub fn at(index: u8) -> Self {
        Self(index.min(Self::MAX))
    }

    /// Its place in the list.
    pub fn index(self) -> u8 {
        self.0
    }

    /// How it is written.
    pub fn label(self) -> &'static str {
        SPEEDS[usize::from(self.0)].1
    }

    /// Simulated nanoseconds for each real second.
    pub(super) fn rate(self) -> f64 {
        SPEEDS[usize::from(self.0)].0 as f64
    }

    /// How long an event is shown at least, in real seconds.
    fn dwell_s(self) -> f64 {
        (DWELL_S * DWELL_SPEED / self.rate()).min(DWELL_MAX_S)
    }
}

/// The real time that has passed since the last event was shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Playback {
    waited_s: f64,
}

impl Playback {
    /// Lets real time pass (in seconds) and gives the new cursor. It is past the end when nothing is left.
    pub fn advance(&mut self, timeline: &Timeline, at: Seq, elapsed_s: f64, speed: Speed) -> Seq {
        self.waited_s += elapsed_s;
        let mut at = at;
        let mut shown = timeline.iter_back(at).next().map(|(_, event, _)| event.at);
        for (seq, event, _) in timeline.iter_from(at) {
            let gap = shown.map_or(0, |shown| event.at.since(shown).0) as f64;
            let due_s = (gap / speed.rate()).clamp(speed.dwell_s(), PATIENCE_S);
            if self.waited_s < due_s {
                return at;
            }
            self.waited_s -= due_s;
            shown = Some(event.at);
            at = seq.next();
        }
        self.waited_s = 0.0;
        at
    }
}

#[cfg(test)]
mod tests {
    use loopscope_shared::event::{Event, What};
    use loopscope_shared::ids::TaskId;
    use loopscope_shared::time::Nanos;

    use super::*;

    fn timeline(times: &[u64]) -> Timeline {
        let mut timeline = Timeline::default();
        for at in times {
            let what = What::TaskEnd { status: 0 };
            timeline.push(&Event { at: Nanos(*at), task: TaskId::FIRST, what, payload_len: 0 }, &[]);
        }
        timeline
    }

    #[test]
    fn a_gap_takes_as_long_as_the_speed_says() {
        // At a thousandth, 400 µs take 0.4 s.
        let timeline = timeline(&[0, 400_000]);
        let mut playback = Playback::default();
        assert_eq!(playback.advance(&timeline, Seq(1), 0.39, Speed::default()), Seq(1));
        assert_eq!(playback.advance(&timeline, Seq(1), 0.02, Speed::default()), Seq(2));
    }

    #[test]
    fn events_that_are_close_are_still_shown_one_by_one() {
        let timeline = timeline(&[0, 1, 2, 3]);
        let mut playback = Playback::default();
        let mut at = Seq(0);
        let mut seen = vec![at.0];
        for _ in 0..60 {
            at = playback.advance(&timeline, at, 1.0 / 60.0, Speed::default());
            if seen.last() != Some(&at.0) {
                seen.push(at.0);
            }
        }
        assert_eq!(seen, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_long_sleep_is_shortened() {
        let timeline = timeline(&[0, 60_000_000_000]);
        let mut playback = Playback::default();
        assert_eq!(playback.advance(&timeline, Seq(1), PATIENCE_S, Speed::default()), Seq(2));
    }

    #[test]
    fn the_speeds_rise() {
        assert!(SPEEDS.is_sorted_by_key(|(rate, _)| *rate));
        assert_eq!(Speed::at(200).index(), Speed::MAX);
    }
}
