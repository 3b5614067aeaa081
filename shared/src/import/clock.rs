//! Times as strace writes them, and one line of time made of them.

/// How far apart lines are put that have no time: far enough to be told apart, and no claim.
pub(super) const STEP: u64 = 1_000;

/// What is smaller is the time since the line before (`-r`), what is larger the time since 1970 (`-ttt`).
const EPOCH_MIN: u64 = 100_000_000 * SECOND;

const SECOND: u64 = 1_000_000_000;
const DAY: u64 = 24 * 3600 * SECOND;

/// A time as it was written, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    /// None.
    None,
    /// Since 1970 (`-ttt`).
    Epoch(u64),
    /// Since midnight (`-t`, `-tt`).
    Day(u64),
    /// Since the line before (`-r`).
    Delta(u64),
}

/// How a log tells the time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Times {
    /// Not at all: lines are put one behind the other, a microsecond apart.
    #[default]
    None,
    /// Since the line before (`-r`).
    Relative,
    /// The time of day (`-t`, `-tt`).
    Day,
    /// Since 1970 (`-ttt`).
    Epoch,
}

impl Stamp {
    /// The time at the beginning of a text, and its length.
    pub(super) fn leading(text: &[u8]) -> Option<(Self, usize)> {
        let length = text.iter().take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b':')).count();
        let written = &text[..length];
        if length == 0 || text.get(length).is_some_and(|byte| *byte != b' ') {
            return None;
        }
        let colons = written.iter().filter(|byte| **byte == b':').count();
        match colons {
            0 => {
                let nanos = seconds(written)?;
                let fraction = written.contains(&b'.');
                match nanos {
                    nanos if nanos >= EPOCH_MIN => Some((Self::Epoch(nanos), length)),
                    // A small whole number is no time.
                    nanos if fraction => Some((Self::Delta(nanos), length)),
                    _ => None,
                }
            }
            2 => {
                let mut parts = written.split(|byte| *byte == b':');
                let (hours, minutes) = (seconds(parts.next()?)?, seconds(parts.next()?)?);
                let rest = seconds(parts.next()?)?;
                let sum =
                    hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?.checked_add(rest)?;
                (sum < 2 * DAY).then_some((Self::Day(sum), length))
            }
            _ => None,
        }
    }

    pub(super) fn kind(self) -> Times {
        match self {
            Self::None => Times::None,
            Self::Epoch(_) => Times::Epoch,
            Self::Day(_) => Times::Day,
            Self::Delta(_) => Times::Relative,
        }
    }
}

/// Seconds with up to nine decimals, in nanoseconds; `None` if the text is anything else.
pub(super) fn seconds(text: &[u8]) -> Option<u64> {
    let text = text.trim_ascii();
    let (whole, fraction) = match text.iter().position(|byte| *byte == b'.') {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &[][..]),
    };
    let digits = |text: &[u8]| {
        text.iter().try_fold(0u64, |value, byte| {
            let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
            value.checked_mul(10)?.checked_add(digit)
        })
    };
    if whole.is_empty() || fraction.len() > 9 {
        return None;
    }
    let scale = 10u64.pow(9 - fraction.len() as u32);
    digits(whole)?.checked_mul(SECOND)?.checked_add(digits(fraction)? * scale)
}

/// The time of one log, which never goes back.
#[derive(Clone, Debug, Default)]
pub(super) struct Clock {
    now: u64,
    days: u64,
    last_of_day: Option<u64>,
    started: bool,
}

impl Clock {
    /// The instant of a line.
    pub(super) fn at(&mut self, stamp: Stamp) -> u64 {
        let at = match stamp {
            Stamp::None if !self.started => 0,
            Stamp::None => self.now.saturating_add(STEP),
            Stamp::Epoch(nanos) => nanos,
            Stamp::Day(nanos) => {
                // A step back by hours is midnight; a small one is a clock that was set.
                if self.last_of_day.is_some_and(|last| last > nanos + DAY / 2) {
                    self.days += DAY;
                }
                self.last_of_day = Some(nanos);
                self.days.saturating_add(nanos)
            }
            Stamp::Delta(nanos) => self.now.saturating_add(nanos),
        };
        self.started = true;
        self.now = self.now.max(at);
        self.now
    }

    /// The instant of the last line.
    pub(super) fn now(&self) -> u64 {
        self.now
    }

    /// Something that the log tells lasted until then; a line without a time comes after it.
    pub(super) fn not_before(&mut self, at: u64) {
        self.now = self.now.max(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_time_is_read() {
        let check = |text: &str, stamp| assert_eq!(Stamp::leading(text.as_bytes()), stamp, "{text}");
        check("1795457938.651368 read", Some((Stamp::Epoch(1_795_457_938_651_368_000), 17)));
        check("1795457938 read", Some((Stamp::Epoch(1_795_457_938_000_000_000), 10)));
        check("10:11:12 read", Some((Stamp::Day(36_672 * SECOND), 8)));
        check("00:00:01.5 read", Some((Stamp::Day(1_500_000_000), 10)));
        check("0.000123 read", Some((Stamp::Delta(123_000), 8)));
        check("read(", None);
        check("12 read", None);
        check("1.2.3 x", None);
        check("10:11 x", None);
    }

    #[test]
    fn a_clock_never_goes_back_and_passes_midnight() {
        let mut clock = Clock::default();
        assert_eq!(clock.at(Stamp::Day(DAY - 1)), DAY - 1);
        assert_eq!(clock.at(Stamp::Day(5)), DAY + 5);
        assert_eq!(clock.at(Stamp::Day(3)), DAY + 5, "it was set, by a little");
        let mut clock = Clock::default();
        assert_eq!([clock.at(Stamp::None), clock.at(Stamp::None)], [0, STEP]);
        let mut clock = Clock::default();
        assert_eq!([clock.at(Stamp::Delta(7)), clock.at(Stamp::Delta(5))], [7, 12]);
    }
}
