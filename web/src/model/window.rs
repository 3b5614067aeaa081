//! The stretch of time that the timeline shows.

use loopscope_shared::time::Nanos;

/// The shortest stretch, in nanoseconds: below it there is nothing more to be seen.
const SPAN_MIN: u64 = 200;

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Where it begins.
    pub start: Nanos,
    /// How long it is; never zero.
    pub span: Nanos,
}

impl Window {
    /// From one instant to another.
    pub fn between(start: Nanos, end: Nanos) -> Self {
        Self { start, span: Nanos(end.since(start).0.max(SPAN_MIN)) }
    }

    /// Where it ends.
    pub fn end(self) -> Nanos {
        self.start + self.span
    }

    /// Whether an instant lies in it.
    pub fn holds(self, at: Nanos) -> bool {
        self.start <= at && at <= self.end()
    }

    /// Where an instant lies in it: 0 at the beginning, 1 at the end, outside of that when outside.
    pub fn part(self, at: Nanos) -> f64 {
        (at.0 as f64 - self.start.0 as f64) / self.span.0 as f64
    }

    /// The instant at that part of it.
    pub fn at(self, part: f64) -> Nanos {
        Nanos((self.start.0 as f64 + part * self.span.0 as f64).max(0.0) as u64)
    }

    /// The round instants in it, some `most` of them at the most, and how far they are from each other: 1, 2 or 5 times a power of
    /// ten.
    pub fn marks(self, most: u64) -> (Nanos, Vec<Nanos>) {
        let step = round_up(self.span.0.div_ceil(most.max(1)));
        let first = self.start.0.next_multiple_of(step);
        // A `usize` of the browser is too small for a step of some seconds.
        let marks = (0..=most + 1).map(|index| Nanos(first + index * step));
        (Nanos(step), marks.take_while(|mark| *mark <= self.end()).collect())
    }

    /// Longer or shorter by a factor, with one instant staying where it is, and not longer than `most`.
    pub fn zoomed(self, around: Nanos, factor: f64, most: Nanos) -> Self {
        let span = (self.span.0 as f64 * factor).clamp(SPAN_MIN as f64, (most.0.max(SPAN_MIN)) as f64);
        let start = around.0 as f64 - self.part(around) * span;
        Self { start: Nanos(start.max(0.0) as u64), span: Nanos(span as u64) }
    }

    /// Moved by a part of its own length.
    pub fn moved(self, part: f64) -> Self {
        Self { start: self.at(part), span: self.span }
    }

    /// Moved, if need be, so that an instant lies in it, with more room after it than before.
    pub fn following(self, at: Nanos) -> Self {
        match self.holds(at) {
            true => self,
            false => Self { start: Nanos(at.0.saturating_sub(self.span.0 / 4)), span: self.span },
        }
    }
}

/// The smallest of 1, 2, 5, 10, 20, 50 … that is not below the number.
fn round_up(number: u64) -> u64 {
    let power = 10u64.pow(number.max(1).ilog10());
    [1, 2, 5].map(|digit| digit * power).into_iter().find(|round| *round >= number).unwrap_or(10 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window { start: Nanos(1_000), span: Nanos(1_000) };

    #[test]
    fn zooming_leaves_the_instant_under_the_pointer_where_it_is() {
        let zoomed = WINDOW.zoomed(Nanos(1_250), 0.5, Nanos(9_000));
        assert_eq!(zoomed, Window { start: Nanos(1_125), span: Nanos(500) });
        assert!((zoomed.part(Nanos(1_250)) - 0.25).abs() < 1e-9);
    }

    #[test]
    fn zooming_ends_at_the_limits() {
        assert_eq!(WINDOW.zoomed(Nanos(1_500), 100.0, Nanos(3_000)).span, Nanos(3_000));
        assert_eq!(WINDOW.zoomed(Nanos(1_500), 0.0, Nanos(3_000)).span, Nanos(SPAN_MIN));
    }

    #[test]
    fn marks_are_round_and_not_too_many() {
        let marks = |start, span, most| {
            let (step, marks) = Window { start: Nanos(start), span: Nanos(span) }.marks(most);
            (step.0, marks.into_iter().map(|mark| mark.0).collect::<Vec<_>>())
        };
        assert_eq!(marks(1_000, 1_000, 5), (200, vec![1_000, 1_200, 1_400, 1_600, 1_800, 2_000]));
        assert_eq!(marks(1_234, 1_000, 8), (200, vec![1_400, 1_600, 1_800, 2_000, 2_200]));
        assert_eq!(marks(0, 4_700_000, 8).0, 1_000_000);
        assert_eq!(marks(0, 60_000_000_000, 8).1.len(), 7);
        assert_eq!((round_up(1), round_up(3), round_up(51), round_up(500)), (1, 5, 100, 500));
    }

    #[test]
    fn a_window_follows_an_instant_that_leaves_it() {
        assert_eq!(WINDOW.following(Nanos(1_900)), WINDOW);
        assert_eq!(WINDOW.following(Nanos(4_000)).start, Nanos(3_750));
        assert_eq!(WINDOW.moved(-2.0).start, Nanos(0));
    }
}
