//! Time as the model knows it: nanoseconds since a trace began.

mod latency;

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

pub use latency::Latency;

/// An instant (nanoseconds since the trace began) or a span of nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Nanos(pub u64);

impl Nanos {
    /// The beginning of a trace.
    pub const ZERO: Self = Self(0);

    /// A number of microseconds.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros * 1_000)
    }

    /// A number of milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000_000)
    }

    /// The span from `earlier` to this instant; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0))
    }
}

impl Add for Nanos {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Nanos {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Nanos {
    type Output = Self;

    /// Saturates at zero, as [`Nanos::since`].
    fn sub(self, other: Self) -> Self {
        self.since(other)
    }
}

/// Four significant digits and a unit that fits: `412 ns`, `1.834 ms`, `12.5 s`.
impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = match self.0 {
            ns if ns < 1_000 => return write!(f, "{ns} ns"),
            ns if ns < 1_000_000 => (ns as f64 / 1e3, "µs"),
            ns if ns < 1_000_000_000 => (ns as f64 / 1e6, "ms"),
            ns => (ns as f64 / 1e9, "s"),
        };
        let decimals = match value {
            v if v < 10.0 => 3,
            v if v < 100.0 => 2,
            _ => 1,
        };
        write!(f, "{value:.decimals$} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_shown_in_the_unit_that_fits() {
        let check = |nanos: u64, expect: &str| assert_eq!(Nanos(nanos).to_string(), expect);
        check(0, "0 ns");
        check(999, "999 ns");
        check(1_834_000, "1.834 ms");
        check(12_340, "12.34 µs");
        check(412_300, "412.3 µs");
        check(2_000_000_000, "2.000 s");
    }
}
