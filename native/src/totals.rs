//! What a server counts of itself, where it happens: exact, however many events are lost on the way.
//!
//! [`Totals`] is the form in which the counts cross from the serving to the observing side. Counts only grow,
//! so of two of them the greater is the later.

use loopscope_shared::event::Counted;
use serde::{Deserialize, Serialize};

/// What is counted one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Connections that were accepted.
    Accepted,
    /// `accept` failed because there were no descriptors left.
    Refused,
    /// Bytes received from clients.
    Received,
    /// Bytes sent to them.
    Sent,
    /// Lines that were answered.
    Lines,
    /// Waits for readiness that returned.
    Wakeups,
    /// Of those, how many led to no read, no send and no accept before the next one.
    WakeupsIdle,
    /// Events that were told.
    Told,
    /// Events for which the ring had no room.
    Dropped,
}

/// How many kinds of [`Count`] there are.
const COUNTS: usize = Count::Dropped as usize + 1;

/// How a system call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what was asked.
    Ok,
    /// `EAGAIN`: there was nothing to do.
    Again,
    /// It failed in another way.
    Failed,
}

impl Outcome {
    /// All there are, in order, with the names that they have as labels.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Ok, "ok"), (Self::Again, "EAGAIN"), (Self::Failed, "error")];
}

/// What has a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// From the return of a wait until the task waits again.
    Turn,
    /// From the call that brought a line until `send` took the answer.
    Latency,
}

/// The names of system calls that are told apart; those that are made most stand first, since the list is
/// searched from its beginning. Whatever is not among them counts as the last.
pub const CALLS: [&str; 34] = [
    "epoll_wait",
    "recv",
    "send",
    "io_uring_enter",
    "select",
    "poll",
    "kevent",
    "accept",
    "close",
    "epoll_ctl",
    "setsockopt",
    "shutdown",
    "fork",
    "wait4",
    "clone",
    "fcntl",
    "epoll_create",
    "kqueue",
    "io_uring_setup",
    "nanosleep",
    "socket",
    "bind",
    "listen",
    "connect",
    "getaddrinfo",
    "dup",
    "pipe2",
    "open",
    "read",
    "write",
    "getsockopt",
    "getsockname",
    "ioctl",
    "other",
];

/// The upper ends of the histograms' buckets, in nanoseconds, from a microsecond to ten seconds. One more
/// bucket has what is longer.
pub const BOUNDS_NS: [u64; 22] = [
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    20_000_000,
    50_000_000,
    100_000_000,
    200_000_000,
    500_000_000,
    1_000_000_000,
    2_000_000_000,
    5_000_000_000,
    10_000_000_000,
];

/// The cells of a histogram: a bucket each, and the sum.
const HISTOGRAM: usize = BOUNDS_NS.len() + 2;

/// How many cells all of this takes: calls by outcome, counts, two histograms.
pub const CELLS: usize = CALLS.len() * Outcome::ALL.len() + COUNTS + 2 * HISTOGRAM;

/// The cell of a count.
pub fn cell_of(count: Count) -> usize {
    CALLS.len() * Outcome::ALL.len() + count as usize
}

/// The cell of the calls of that name which ended so.
pub fn cell_of_call(name: &str, outcome: Outcome) -> usize {
    let call = CALLS.iter().position(|known| *known == name).unwrap_or(CALLS.len() - 1);
    cell_of_place(call) + outcome as usize
}

/// The first of the cells of the call that stands at that place of [`CALLS`]: one for each outcome, in order.
pub const fn cell_of_place(place: usize) -> usize {
    place * Outcome::ALL.len()
}

/// The cell of the bucket for a span of so many nanoseconds, and that of the sum.
pub fn cells_of_span(span: Span, nanos: u64) -> [usize; 2] {
    let first = first_of(span);
    [first + BOUNDS_NS.partition_point(|bound| *bound < nanos), first + HISTOGRAM - 1]
}

fn first_of(span: Span) -> usize {
    CELLS - (2 - span as usize) * HISTOGRAM
}

/// All the counts of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals(Vec<u64>);

impl Default for Totals {
    fn default() -> Self {
        Self(vec![0; CELLS])
    }
}

impl Totals {
    /// Counts, cell by cell.
    pub fn of(cells: impl Iterator<Item = u64>) -> Self {
        let mut totals = Self(cells.take(CELLS).collect());
        totals.0.resize(CELLS, 0);
        totals
    }

    /// One of the counts.
    pub fn count(&self, count: Count) -> u64 {
        self.0[cell_of(count)]
    }

    /// How many calls of that name ended so.
    pub fn calls(&self, name: &str, outcome: Outcome) -> u64 {
        self.0[cell_of_call(name, outcome)]
    }

    /// What of this goes into the picture.
    pub fn counted(&self) -> Counted {
        let calls_of = |outcome| CALLS.iter().map(move |name| self.calls(name, outcome)).sum::<u64>();
        let calls = CALLS.iter().map(|name| {
            let all = Outcome::ALL.iter().map(|(outcome, _)| self.calls(name, *outcome)).sum();
            ((*name).to_owned(), all)
        });
        Counted {
            calls: calls.filter(|(_, count)| *count > 0).collect(),
            eagain: calls_of(Outcome::Again),
            wakeups: self.count(Count::Wakeups),
            wakeups_idle: self.count(Count::WakeupsIdle),
            accepted: self.count(Count::Accepted),
            accepts_refused: self.count(Count::Refused),
            received: self.count(Count::Received),
            sent: self.count(Count::Sent),
            lines: self.count(Count::Lines),
            dropped: self.count(Count::Dropped),
        }
    }

    /// A histogram: how many spans each bucket has, the last one those beyond all bounds.
    pub fn buckets(&self, span: Span) -> &[u64] {
        let first = first_of(span);
        &self.0[first..=first + BOUNDS_NS.len()]
    }

    /// The sum of all spans, in nanoseconds.
    pub fn sum_ns(&self, span: Span) -> u64 {
        self.0[first_of(span) + HISTOGRAM - 1]
    }

    /// Takes what is later: processes of one server send theirs in any order.
    pub fn advance(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own = (*own).max(*other);
        }
    }

    /// Adds the counts of another server.
    pub fn add(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own += other;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_count_has_a_cell_of_its_own() {
        let calls =
            CALLS.iter().flat_map(|name| Outcome::ALL.map(|(outcome, _)| cell_of_call(name, outcome)));
        let counts = (0..COUNTS).map(|count| cell_of(Count::Accepted) + count);
        let spans = [Span::Turn, Span::Latency].into_iter().flat_map(|span| {
            let ends = BOUNDS_NS.into_iter().chain([u64::MAX]);
            ends.map(move |nanos| cells_of_span(span, nanos)[0]).chain([cells_of_span(span, 0)[1]])
        });
        let cells: Vec<usize> = calls.chain(counts).chain(spans).collect();
        assert_eq!(cells.len(), CELLS);
        assert_eq!(cells.into_iter().collect::<BTreeSet<_>>(), (0..CELLS).collect());
        assert_eq!(cell_of(Count::Dropped), cell_of(Count::Accepted) + COUNTS - 1);
    }

    #[test]
    fn a_span_is_in_the_first_bucket_that_is_long_enough() {
        for (nanos, bucket) in [(0, 0), (1_000, 0), (1_001, 1), (10_000_000_000, 21), (10_000_000_001, 22)] {
            let [cell, sum] = cells_of_span(Span::Latency, nanos);
            let totals =
                Totals::of((0..CELLS).map(|at| u64::from(at == cell) + nanos * u64::from(at == sum)));
            assert_eq!(totals.buckets(Span::Latency)[bucket], 1, "{nanos}");
            assert_eq!(totals.sum_ns(Span::Latency), nanos);
            assert!(totals.buckets(Span::Turn).iter().all(|count| *count == 0));
        }
    }

    #[test]
    fn later_counts_take_the_place_of_earlier_ones_and_other_servers_add() {
        let of = |value| Totals::of(std::iter::repeat_n(value, CELLS));
        let mut totals = of(3);
        totals.advance(&of(2));
        assert_eq!(totals.count(Count::Lines), 3);
        totals.advance(&of(5));
        totals.add(&of(2));
        assert_eq!(totals.count(Count::Lines), 7);
    }
}
