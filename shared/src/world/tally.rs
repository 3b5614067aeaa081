//! What is counted: calls, crossings, wake-ups, lines and how long they took.

use serde::{Deserialize, Serialize};

use crate::event::Counted;
use crate::sorted::SortedMap;
use crate::time::Latency;

/// Work whose cost is told for each line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// [`Tally::calls`].
    pub calls: u64,
    /// [`Tally::bytes_down`] and [`Tally::bytes_up`].
    pub bytes: u64,
    /// [`Tally::scanned`].
    pub scanned: u64,
}

/// Counts since the trace began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// System calls that returned.
    pub calls: u64,
    /// How many of each, by the name of its man page.
    pub calls_by_name: SortedMap<String, u64>,
    /// Calls that failed with `EAGAIN`: asked for nothing.
    pub eagain: u64,
    /// Bytes that went down into the kernel: data, sets, events.
    pub bytes_down: u64,
    /// Bytes that came up out of it.
    pub bytes_up: u64,
    /// Descriptor numbers that waits went through in order to find the ready ones: all below `nfds` for
    /// `select`, asked for or not; all entries for `poll`; those that they report for the others, which keep a
    /// ready list.
    pub scanned: u64,
    /// Waits that returned after the task had slept in them. Where nobody tells of sleep, every wait counts.
    pub wakeups: u64,
    /// Of those, how many led to no read, no send and no accept before the next one.
    pub wakeups_idle: u64,
    /// How often a task got the CPU after it had slept or waited.
    pub switches: u64,
    /// Connections that were accepted.
    pub accepted: u64,
    /// `accept` failed because there were no descriptors left.
    pub accepts_refused: u64,
    /// Connections whose last descriptor was closed.
    pub closed: u64,
    /// Descriptors that were opened: by a call, or as the copy that a new process has.
    pub fds_opened: u64,
    /// Descriptors that were closed: by a call, or because their process ended.
    pub fds_closed: u64,
    /// Processes that were started.
    pub forks: u64,
    /// Threads that were started.
    pub threads: u64,
    /// Processes that have ended, and of which nobody has taken notice yet.
    pub zombies: u64,
    /// Signals that tasks got, where that is told.
    pub signals: u64,
    /// Bytes that the program received.
    pub received: u64,
    /// Bytes that it sent.
    pub sent: u64,
    /// Bytes that it says it has received and thrown away: nobody will be answered them.
    pub lost: u64,
    /// The most bytes that it had received, and neither sent back nor thrown away, at one time.
    pub held_most: u64,
    /// Bytes that it sent on connections of its clients beyond those that it had received there. A program may do
    /// that; one that turns letters never should.
    pub unasked: u64,
    /// Lines that it answered.
    pub lines: u64,
    /// Of those, how many were answered by calls that are told of. What else is counted by the events alone has
    /// to be seen beside these.
    pub lines_told: u64,
    /// SYNs that were dropped because an accept queue was full.
    pub syns_dropped: u64,
    /// Events that were lost before they came here.
    pub dropped: u64,
    /// Of those, how many the server had counted when it last told what it counts.
    pub(super) dropped_before: u64,
    /// How long lines took: from the arrival of the line feed in the receive buffer (where that is not told,
    /// from the `recv` that got it) until `send` took the answer.
    pub latency: Latency,
    /// The work that was done before there was a line to serve: the server was set up, and clients connected that
    /// had said nothing yet. No line is charged with it.
    pub before_lines: Work,
    /// The work that had been done when the last wait began (before there was a wait: the last call), so that the
    /// wait which tells of the first line is counted for it.
    pub(super) wait_began: Work,
    /// A wait has begun.
    pub(super) waited: bool,
    /// The work that had been done when the last line was answered.
    pub answered: Work,
}

impl Tally {
    /// System calls for each line that was answered, from the wait that told of the first to the last answer;
    /// `None` before there is one.
    pub fn calls_per_line(&self) -> Option<f64> {
        per(self.lines, self.answered.calls, self.before_lines.calls)
    }

    /// As [`Self::calls_per_line`]: bytes that crossed the line, down and up. Only events tell of them, so only lines
    /// count that events tell of.
    pub fn bytes_per_line(&self) -> Option<f64> {
        per(self.lines_told, self.answered.bytes, self.before_lines.bytes)
    }

    /// As [`Self::bytes_per_line`]: descriptor numbers that waits went through.
    pub fn scanned_per_line(&self) -> Option<f64> {
        per(self.lines_told, self.answered.scanned, self.before_lines.scanned)
    }

    /// A call begins.
    pub(super) fn begins(&mut self, is_wait: bool) {
        if self.received == 0 && (is_wait || !self.waited) {
            self.wait_began = self.work();
            self.waited |= is_wait;
        }
    }

    /// The program has received something.
    pub(super) fn receives(&mut self, bytes: u64) {
        if self.received == 0 && bytes > 0 {
            self.before_lines = self.wait_began;
        }
        self.received += bytes;
    }

    /// Lines are answered.
    pub(super) fn answers(&mut self, lines: u64) {
        self.lines += lines;
        self.lines_told += lines;
        if lines > 0 {
            self.answered = self.work();
        }
    }

    fn work(&self) -> Work {
        Work { calls: self.calls, bytes: self.bytes_down + self.bytes_up, scanned: self.scanned }
    }

    /// What was counted since an earlier tally of the same trace; what is a state and no count (`zombies`,
    /// `held_most`) is as it is now.
    pub fn since(&self, earlier: &Self) -> Self {
        let calls_by_name = self.calls_by_name.iter().map(|(name, count)| {
            let before = earlier.calls_by_name.get(name).copied().unwrap_or_default();
            (name.clone(), count.saturating_sub(before))
        });
        let since = |of: fn(&Self) -> u64| of(self).saturating_sub(of(earlier));
        Self {
            calls: since(|tally| tally.calls),
            calls_by_name: calls_by_name.filter(|(_, count)| *count > 0).collect(),
            eagain: since(|tally| tally.eagain),
            bytes_down: since(|tally| tally.bytes_down),
            bytes_up: since(|tally| tally.bytes_up),
            scanned: since(|tally| tally.scanned),
            wakeups: since(|tally| tally.wakeups),
            wakeups_idle: since(|tally| tally.wakeups_idle),
            switches: since(|tally| tally.switches),
            accepted: since(|tally| tally.accepted),
            accepts_refused: since(|tally| tally.accepts_refused),
            closed: since(|tally| tally.closed),
            fds_opened: since(|tally| tally.fds_opened),
            fds_closed: since(|tally| tally.fds_closed),
            forks: since(|tally| tally.forks),
            threads: since(|tally| tally.threads),
            received: since(|tally| tally.received),
            sent: since(|tally| tally.sent),
            lost: since(|tally| tally.lost),
            unasked: since(|tally| tally.unasked),
            lines: since(|tally| tally.lines),
            lines_told: since(|tally| tally.lines_told),
            syns_dropped: since(|tally| tally.syns_dropped),
            dropped: since(|tally| tally.dropped),
            latency: self.latency.since(&earlier.latency),
            before_lines: self.before_lines.since(earlier.work()),
            answered: self.answered.since(earlier.work()),
            ..self.clone()
        }
    }

    /// Takes what the server has counted itself in place of what its events add up to, of which some were lost.
    pub(super) fn correct(&mut self, counted: &Counted) {
        self.calls_by_name = counted.calls.iter().cloned().collect();
        self.calls = self.calls_by_name.values().sum();
        self.eagain = counted.eagain;
        self.wakeups = counted.wakeups;
        self.wakeups_idle = counted.wakeups_idle;
        self.accepted = counted.accepted;
        self.accepts_refused = counted.accepts_refused;
        self.received = counted.received;
        self.sent = counted.sent;
        self.lines = counted.lines;
        self.dropped = counted.dropped;
        self.answered.calls = self.calls;
    }

    /// The part (0 to 1) of all calls that asked for nothing (`EAGAIN`); `None` before the first.
    pub fn eagain_share(&self) -> Option<f64> {
        (self.calls > 0).then(|| self.eagain as f64 / self.calls as f64)
    }

    pub(super) fn call(&mut self, name: &str) {
        self.calls += 1;
        match self.calls_by_name.get_mut(name) {
            Some(count) => *count += 1,
            None => {
                self.calls_by_name.insert(name.to_owned(), 1);
            }
        }
    }
}

impl Work {
    fn since(self, earlier: Self) -> Self {
        Self {
            calls: self.calls.saturating_sub(earlier.calls),
            bytes: self.bytes.saturating_sub(earlier.bytes),
            scanned: self.scanned.saturating_sub(earlier.scanned),
        }
    }
}

/// What each of the lines cost, of all that was counted but for what came before them.
fn per(lines: u64, all: u64, before: u64) -> Option<f64> {
    (lines > 0).then(|| all.saturating_sub(before) as f64 / lines as f64)
}
