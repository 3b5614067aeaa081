//! How long many things took: a histogram of spans.

use serde::{Deserialize, Serialize};

use crate::sorted::SortedMap;
use crate::time::Nanos;

/// A histogram of spans, exact to an eighth of their size.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    buckets: SortedMap<u16, u64>,
    count: u64,
    longest: Nanos,
}

/// Eight buckets for each doubling.
const STEPS: u64 = 8;

impl Latency {
    /// How many spans were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The longest of them, exactly; `None` if there is none.
    pub fn longest(&self) -> Option<Nanos> {
        (self.count > 0).then_some(self.longest)
    }

    /// A span that the given part (0 to 1) of all do not exceed, at most an eighth too long; `None` if there is
    /// none.
    pub fn quantile(&self, part: f64) -> Option<Nanos> {
        let rank = (self.count as f64 * part).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (bucket, count) in &self.buckets {
            seen += count;
            if seen >= rank {
                return Some(Nanos(top_of(*bucket)).min(self.longest));
            }
        }
        None
    }

    /// Counts so many spans of that length.
    pub fn add(&mut self, span: Nanos, count: u64) {
        if count == 0 {
            return;
        }
        *self.buckets.entry(bucket_of(span.0)).or_insert(0) += count;
        self.count += count;
        self.longest = self.longest.max(span);
    }

    /// Those that were counted since another was the same as this. Of their longest it is known only that it was not
    /// longer than the longest of all.
    pub fn since(&self, earlier: &Self) -> Self {
        let mut buckets = self.buckets.clone();
        for (bucket, count) in &earlier.buckets {
            buckets.entry(*bucket).and_modify(|all| *all = all.saturating_sub(*count));
        }
        buckets.retain(|_, count| *count > 0);
        Self { buckets, count: self.count.saturating_sub(earlier.count), longest: self.longest }
    }

    /// Counts those of another, too.
    pub fn extend(&mut self, other: &Self) {
        for (bucket, count) in &other.buckets {
            *self.buckets.entry(*bucket).or_insert(0) += count;
        }
        self.count += other.count;
        self.longest = self.longest.max(other.longest);
    }
}

fn bucket_of(nanos: u64) -> u16 {
    if nanos < STEPS {
        return nanos as u16;
    }
    let exponent = u64::from(nanos.ilog2());
    let step = (nanos >> (exponent - 3)) - STEPS;
    ((exponent - 2) * STEPS + step) as u16
}

fn top_of(bucket: u16) -> u64 {
    let bucket = u64::from(bucket);
    if bucket < STEPS {
        return bucket;
    }
    let (exponent, step) = (bucket / STEPS + 2, bucket % STEPS);
    ((STEPS + step + 1) << (exponent - 3)) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_lies_below_the_top_of_its_bucket_and_not_far() {
        for nanos in (0..5000).chain([1 << 20, (1 << 40) + 12345]) {
            let top = top_of(bucket_of(nanos));
            assert!(top >= nanos && top <= nanos + nanos / 8, "{nanos} in a bucket up to {top}");
        }
    }

    #[test]
    fn quantiles_of_a_hundred() {
        let mut latency = Latency::default();
        assert_eq!(latency.quantile(0.5), None);
        for micros in 1..=100 {
            latency.add(Nanos::from_micros(micros), 1);
        }
        let within = |part: f64, micros: u64| {
            let nanos = latency.quantile(part).unwrap().0;
            assert!((micros * 1000..=micros * 1125).contains(&nanos), "{part}: {nanos}");
        };
        within(0.5, 50);
        within(0.99, 99);
        assert_eq!(latency.longest(), Some(Nanos::from_micros(100)));
        assert_eq!(latency.quantile(1.0), latency.longest(), "nothing is longer than the longest");
        let mut both = Latency::default();
        both.add(Nanos::from_millis(1), 300);
        both.extend(&latency);
        assert_eq!((both.count(), both.longest()), (400, Some(Nanos::from_millis(1))));
        assert!(both.quantile(0.25).unwrap() < Nanos::from_micros(113), "the shorter ones come first");
    }
}
