//! Counts where it happens: what the taps of all tasks, in all processes of a server, count in shared memory.
//!
//! A count is one addition to a cell that hardly ever another task writes to, whether the event that tells of it
//! finds room in its ring or not. So counts are exact when events are lost.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use loopscope_shared::errno::Errno;
use loopscope_shared::event::{Call, Done, Handed, Ret, What, list_in};
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::OperationKind;
use loopscope_shared::time::Nanos;

use crate::totals::{self, CELLS, Count, Outcome, Span, Totals};

/// There are so many sets of cells that a task has for itself, and one more that all others share. Few programs
/// that are busy have more tasks.
const STRIPES: usize = 64;

/// A set of cells, on cache lines of its own.
#[derive(Debug)]
#[repr(align(128))]
struct Stripe([AtomicU64; CELLS]);

impl Stripe {
    const fn new() -> Self {
        Self([const { AtomicU64::new(0) }; CELLS])
    }
}

/// All cells. It lies in memory that is shared with the children.
#[derive(Debug)]
pub(super) struct Cells {
    own: [Stripe; STRIPES],
    /// Which of them a task has.
    taken: AtomicU64,
    shared: Stripe,
}

impl Cells {
    pub(super) fn new() -> Self {
        Self { own: [const { Stripe::new() }; STRIPES], taken: AtomicU64::new(0), shared: Stripe::new() }
    }

    /// What has been counted so far.
    pub(super) fn totals(&self) -> Totals {
        let stripes = || self.own.iter().chain([&self.shared]);
        Totals::of(
            (0..CELLS).map(|cell| stripes().map(|stripe| stripe.0[cell].load(Ordering::Relaxed)).sum()),
        )
    }

    /// A set for a task of its own, if there is one.
    fn take(&self) -> Option<usize> {
        let lowest_free = |taken: u64| (taken != u64::MAX).then(|| taken | (taken + 1));
        let before = self.taken.fetch_update(Ordering::AcqRel, Ordering::Relaxed, lowest_free).ok()?;
        Some(before.trailing_ones() as usize)
    }
}

/// What one task counts.
#[derive(Debug)]
pub(super) struct Counter {
    cells: &'static Cells,
    stripe: &'static Stripe,
    /// The number of the set of cells, if no other task writes to it. What is in it stays when the task ends.
    own: Option<usize>,
    /// The call that the task is in.
    call: Option<Call>,
    /// When its last wait returned, if it has not waited again, and whether that has led to anything.
    woke: Option<Nanos>,
    progress: bool,
    /// Lines that were received and not yet answered, by descriptor.
    due: Vec<Due>,
    /// Operations that are under way in rings, by the program's number.
    operations: BTreeMap<u64, OperationKind>,
}

/// Lines of a connection that wait for their answer.
#[derive(Clone, Copy, Debug, Default)]
struct Due {
    lines: u32,
    /// When the first of them came.
    since: Nanos,
}

impl Counter {
    pub(super) fn new(cells: &'static Cells) -> Self {
        let own = cells.take();
        let stripe = own.map_or(&cells.shared, |own| &cells.own[own]);
        let (due, operations) = (Vec::new(), BTreeMap::new());
        Self { cells, stripe, own, call: None, woke: None, progress: false, due, operations }
    }

    /// Counts one of them, or so many.
    pub(super) fn add(&self, count: Count, by: u64) {
        self.add_to(totals::cell_of(count), by);
    }

    fn add_to(&self, cell: usize, by: u64) {
        // Single counts have no order among each other, and whoever reads them needs none. Where nobody else
        // writes, the processor need not be told to keep others off.
        let cell = &self.stripe.0[cell];
        match self.own {
            Some(_) => cell.store(cell.load(Ordering::Relaxed) + by, Ordering::Relaxed),
            None => {
                cell.fetch_add(by, Ordering::Relaxed);
            }
        }
    }

    fn add_span(&self, span: Span, length: Nanos, times: u64) {
        let [bucket, sum] = totals::cells_of_span(span, length.0);
        self.add_to(bucket, times);
        self.add_to(sum, length.0 * times);
    }

    /// Whether the payload of an event has something to be counted.
    pub(super) fn needs_payload(&self, what: What) -> bool {
        let call = match what {
            What::Enter { call, .. } => Some(call),
            What::Exit { .. } => self.call,
            _ => None,
        };
        matches!(call, Some(Call::RingEnter { .. }))
    }

    /// Counts what an event tells. The instant is asked for only if a span begins or ends with it.
    pub(super) fn event(&mut self, what: What, payload: &[u8], at: impl FnMut() -> Nanos) {
        match what {
            What::Enter { call, .. } => self.enter(at, call, payload),
            What::Exit { ret, lines } => self.exit(at, ret, lines, payload),
            _ => {}
        }
    }

    /// Nothing was told for a while, so nobody knows what the task is in.
    pub(super) fn lose_track(&mut self) {
        self.call = None;
        self.woke = None;
        self.due.clear();
    }

    fn enter(&mut self, mut at: impl FnMut() -> Nanos, call: Call, payload: &[u8]) {
        self.call = Some(call);
        if call.is_wait()
            && let Some(woke) = self.woke.take()
        {
            self.add_span(Span::Turn, at().since(woke), 1);
            if !self.progress {
                self.add(Count::WakeupsIdle, 1);
            }
        }
        if let Call::RingEnter { .. } = call {
            let handed = list_in::<Handed>(payload).into_iter().map(|handed| handed.submitted);
            self.operations.extend(handed.map(|submitted| (submitted.user, submitted.kind)));
        }
    }

    fn exit(&mut self, mut at: impl FnMut() -> Nanos, ret: Ret, lines: u32, payload: &[u8]) {
        // Without its beginning nobody knows which call it was.
        let Some(call) = self.call.take() else { return };
        let outcome = match ret {
            Ok(_) => Outcome::Ok,
            Err(Errno::EAGAIN) => Outcome::Again,
            Err(_) => Outcome::Failed,
        };
        self.add_to(cell_of(call, outcome), 1);
        if call.is_wait() {
            self.add(Count::Wakeups, 1);
            (self.woke, self.progress) = (Some(at()), false);
        }
        match call {
            Call::Accept { .. } => self.accepted(ret),
            Call::Recv { fd, .. } | Call::RecvWith { fd, .. } | Call::Read { fd, .. } => {
                self.received(at, fd, ret, lines);
            }
            Call::Send { fd, .. } | Call::SendWith { fd, .. } | Call::Write { fd, .. } => {
                self.sent(at, fd, ret, lines);
            }
            Call::RingEnter { .. } => {
                for done in list_in::<Done>(payload) {
                    self.done(&mut at, &done);
                }
            }
            Call::Close { fd } => {
                // The next connection of that number begins anew.
                if let Some(due) = self.due.get_mut(fd.0 as usize) {
                    due.lines = 0;
                }
            }
            _ => {}
        }
    }

    fn done(&mut self, at: impl FnMut() -> Nanos, done: &Done) {
        let kind = match done.more {
            true => self.operations.get(&done.user).copied(),
            false => self.operations.remove(&done.user),
        };
        match kind {
            Some(OperationKind::Accept { .. } | OperationKind::AcceptMulti { .. }) => self.accepted(done.ret),
            Some(OperationKind::Recv { fd, .. } | OperationKind::RecvMulti { fd, .. }) => {
                self.received(at, fd, done.ret, done.lines);
            }
            Some(OperationKind::Send { fd, .. }) => self.sent(at, fd, done.ret, done.lines),
            Some(OperationKind::Cancel { .. }) | None => {}
        }
    }

    fn accepted(&mut self, ret: Ret) {
        match ret {
            Ok(_) => {
                self.progress = true;
                self.add(Count::Accepted, 1);
            }
            Err(Errno::EMFILE | Errno::ENFILE) => self.add(Count::Refused, 1),
            Err(_) => {}
        }
    }

    fn received(&mut self, mut at: impl FnMut() -> Nanos, fd: Fd, ret: Ret, lines: u32) {
        let Ok(bytes) = ret else { return };
        self.progress = true;
        self.add(Count::Received, bytes.into());
        if lines == 0 {
            return;
        }
        let place = fd.0 as usize;
        if place >= self.due.len() {
            self.due.resize(place + 1, Due::default());
        }
        let due = &mut self.due[place];
        if due.lines == 0 {
            due.since = at();
        }
        due.lines += lines;
    }

    fn sent(&mut self, mut at: impl FnMut() -> Nanos, fd: Fd, ret: Ret, lines: u32) {
        let Ok(bytes) = ret else { return };
        self.progress = true;
        self.add(Count::Sent, bytes.into());
        if lines == 0 {
            return;
        }
        self.add(Count::Lines, lines.into());
        if let Some(due) = self.due.get_mut(fd.0 as usize).filter(|due| due.lines > 0) {
            let (answered, since) = (due.lines.min(lines), due.since);
            due.lines -= answered;
            self.add_span(Span::Latency, at().since(since), answered.into());
        }
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        if let Some(own) = self.own {
            self.cells.taken.fetch_and(!(1 << own), Ordering::AcqRel);
        }
    }
}

/// The cell for a call that ended so. Those that are made with every line are not looked up by their names.
fn cell_of(call: Call, outcome: Outcome) -> usize {
    const WAIT: usize = totals::cell_of_place(0);
    const RECV: usize = totals::cell_of_place(1);
    const SEND: usize = totals::cell_of_place(2);
    match call {
        Call::EpollWait { .. } => WAIT + outcome as usize,
        Call::Recv { .. } => RECV + outcome as usize,
        Call::Send { .. } => SEND + outcome as usize,
        _ => totals::cell_of_call(call.name(), outcome),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loopscope_shared::event::Place;
    use loopscope_shared::kernel::FOREVER;

    fn counter() -> (&'static Cells, Counter) {
        let cells = Box::leak(Box::new(Cells::new()));
        (cells, Counter::new(cells))
    }

    fn call(counter: &mut Counter, micros: u64, call: Call, ret: Ret, lines: u32) {
        counter.event(What::Enter { call, place: Place::ELSEWHERE }, &[], || Nanos::from_micros(micros));
        counter.event(What::Exit { ret, lines }, &[], || Nanos::from_micros(micros + 1));
    }

    #[test]
    fn a_turn_of_a_loop_is_counted() {
        let (cells, mut counter) = counter();
        let (fd, listener) = (Fd(7), Fd(3));
        let wait = Call::EpollWait { epoll: Fd(4), most: 8, timeout: FOREVER };
        call(&mut counter, 0, wait, Ok(1), 0);
        call(&mut counter, 2, Call::Accept { fd: listener }, Ok(7), 0);
        call(&mut counter, 4, Call::Accept { fd: listener }, Err(Errno::EAGAIN), 0);
        call(&mut counter, 6, Call::Accept { fd: listener }, Err(Errno::EMFILE), 0);
        call(&mut counter, 10, Call::Recv { fd, len: 64 }, Ok(12), 2);
        call(&mut counter, 29, Call::Send { fd, len: 12 }, Ok(6), 1);
        call(&mut counter, 101, wait, Ok(1), 0);
        call(&mut counter, 104, wait, Ok(1), 0);
        let totals = cells.totals();
        let counts = [Count::Accepted, Count::Refused, Count::Received, Count::Sent, Count::Lines];
        assert_eq!(counts.map(|count| totals.count(count)), [1, 1, 12, 6, 1]);
        assert_eq!([Count::Wakeups, Count::WakeupsIdle].map(|count| totals.count(count)), [3, 1]);
        assert_eq!(Outcome::ALL.map(|(outcome, _)| totals.calls("accept", outcome)), [1, 1, 1]);
        // From the end of recv, at 11, to that of send, at 30; from 1 to 101, and from 102 to 104.
        assert_eq!((totals.sum_ns(Span::Latency), totals.sum_ns(Span::Turn)), (19_000, 102_000));
    }

    #[test]
    fn completions_count_as_calls_do() {
        let (cells, mut counter) = counter();
        let enter = Call::RingEnter { ring: Fd(4), submit: 1, at_least: 1, timeout: FOREVER };
        let submitted = |user, kind| loopscope_shared::event::Submitted { user, kind };
        let handed = [
            Handed {
                submitted: submitted(1, OperationKind::RecvMulti { fd: Fd(7), most: 64 }),
                head: vec![],
            },
            Handed { submitted: submitted(2, OperationKind::Send { fd: Fd(7), len: 5 }), head: vec![] },
        ];
        let done =
            |user, bytes, more| Done { user, ret: Ok(bytes), lines: 1, more, head: vec![], from: None };
        let came = [done(1, 6, true), done(2, 5, false), done(1, 4, false), done(1, 9, false)];
        let down = postcard::to_stdvec(&handed.to_vec()).unwrap();
        let up = postcard::to_stdvec(&came.to_vec()).unwrap();
        let entered = What::Enter { call: enter, place: Place::ELSEWHERE };
        let exited = What::Exit { ret: Ok(1), lines: 0 };
        assert!(counter.needs_payload(entered));
        counter.event(entered, &down, || Nanos(1));
        assert!(counter.needs_payload(exited));
        counter.event(exited, &up, || Nanos(1));
        let totals = cells.totals();
        assert_eq!([Count::Received, Count::Sent, Count::Lines].map(|count| totals.count(count)), [10, 5, 1]);
    }

    #[test]
    fn what_tasks_count_adds_up_whether_they_have_cells_of_their_own_or_not() {
        let (cells, first) = counter();
        let mut counters: Vec<Counter> = (0..STRIPES + 10).map(|_| Counter::new(cells)).collect();
        assert_eq!(counters.iter().filter(|counter| counter.own.is_some()).count(), STRIPES - 1);
        for counter in counters.iter().chain([&first]) {
            counter.add(Count::Lines, 2);
        }
        let left = counters.remove(20).own;
        let next = Counter::new(cells);
        assert_eq!(next.own, left, "the cells of a task that has ended go to the next");
        next.add(Count::Lines, 2);
        assert_eq!(cells.totals().count(Count::Lines), 2 * (STRIPES as u64 + 12));
    }

    #[test]
    fn the_cells_of_frequent_calls_are_those_of_their_names() {
        let wait = Call::EpollWait { epoll: Fd(4), most: 8, timeout: FOREVER };
        for call in [wait, Call::Recv { fd: Fd(7), len: 1 }, Call::Send { fd: Fd(7), len: 1 }] {
            for (outcome, _) in Outcome::ALL {
                assert_eq!(cell_of(call, outcome), totals::cell_of_call(call.name(), outcome));
            }
        }
    }
}
