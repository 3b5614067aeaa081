//! Counts where it happens: what the taps of all tasks, in all processes of a server, count in shared memory.
//!
//! A count is one addition to a cell that hardly any other task writes to, whether the event that tells of it
//! finds room in its ring or not. So counts are exact when events are lost.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use loopscope_shared::errno::Errno;
use loopscope_shared::event::{Call, Done, Event, Handed, Ret, What, list_in};
use loopscope_shared::ids::{Fd, TaskId};
use loopscope_shared::kernel::OperationKind;
use loopscope_shared::time::Nanos;

use crate::totals::{self, CELLS, Count, Outcome, Span, Totals};

/// Tasks share so many sets of cells: enough that two on different processors seldom meet in one.
const STRIPES: usize = 16;

/// A set of cells, on cache lines of its own.
#[derive(Debug)]
#[repr(align(128))]
struct Stripe([AtomicU64; CELLS]);

/// All cells. It lies in memory that is shared with the children, where zeroes are its beginning.
#[derive(Debug)]
pub(super) struct Cells([Stripe; STRIPES]);

impl Cells {
    pub(super) fn new() -> Self {
        Self([const { Stripe([const { AtomicU64::new(0) }; CELLS]) }; STRIPES])
    }

    /// What has been counted so far.
    pub(super) fn totals(&self) -> Totals {
        Totals::of(
            (0..CELLS).map(|cell| self.0.iter().map(|stripe| stripe.0[cell].load(Ordering::Relaxed)).sum()),
        )
    }
}

/// What one task counts.
#[derive(Debug)]
pub(super) struct Counter {
    cells: &'static Stripe,
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
    pub(super) fn new(cells: &'static Cells, task: TaskId) -> Self {
        let cells = &cells.0[task.0 as usize % STRIPES];
        let (due, operations) = (Vec::new(), BTreeMap::new());
        Self { cells, call: None, woke: None, progress: false, due, operations }
    }

    /// Counts one of them, or so many.
    pub(super) fn add(&self, count: Count, by: u64) {
        self.add_to(totals::cell_of(count), by);
    }

    fn add_to(&self, cell: usize, by: u64) {
        // Single counts have no order among each other, and whoever reads them needs none.
        self.cells.0[cell].fetch_add(by, Ordering::Relaxed);
    }

    fn add_span(&self, span: Span, length: Nanos, times: u64) {
        let [bucket, sum] = totals::cells_of_span(span, length.0);
        self.add_to(bucket, times);
        self.add_to(sum, length.0 * times);
    }

    /// Counts what an event tells.
    pub(super) fn event(&mut self, event: &Event, payload: &[u8]) {
        match event.what {
            What::Enter { call, .. } => self.enter(event.at, call, payload),
            What::Exit { ret, lines } => self.exit(event.at, ret, lines, payload),
            _ => {}
        }
    }

    /// Nothing was told for a while, so nobody knows what the task is in.
    pub(super) fn lose_track(&mut self) {
        self.call = None;
        self.woke = None;
        self.due.clear();
    }

    fn enter(&mut self, at: Nanos, call: Call, payload: &[u8]) {
        self.call = Some(call);
        if call.is_wait()
            && let Some(woke) = self.woke.take()
        {
            self.add_span(Span::Turn, at.since(woke), 1);
            if !self.progress {
                self.add(Count::WakeupsIdle, 1);
            }
        }
        if let Call::RingEnter { .. } = call {
            let handed = list_in::<Handed>(payload).into_iter().map(|handed| handed.submitted);
            self.operations.extend(handed.map(|submitted| (submitted.user, submitted.kind)));
        }
    }

    fn exit(&mut self, at: Nanos, ret: Ret, lines: u32, payload: &[u8]) {
        // Without its beginning nobody knows which call it was.
        let Some(call) = self.call.take() else { return };
        let outcome = match ret {
            Ok(_) => Outcome::Ok,
            Err(Errno::EAGAIN) => Outcome::Again,
            Err(_) => Outcome::Failed,
        };
        self.add_to(totals::cell_of_call(call.name(), outcome), 1);
        if call.is_wait() {
            self.add(Count::Wakeups, 1);
            (self.woke, self.progress) = (Some(at), false);
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
                    self.done(at, &done);
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

    fn done(&mut self, at: Nanos, done: &Done) {
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

    fn received(&mut self, at: Nanos, fd: Fd, ret: Ret, lines: u32) {
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
            due.since = at;
        }
        due.lines += lines;
    }

    fn sent(&mut self, at: Nanos, fd: Fd, ret: Ret, lines: u32) {
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
            self.add_span(Span::Latency, at.since(since), answered.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loopscope_shared::event::Place;
    use loopscope_shared::kernel::FOREVER;

    fn counter() -> (&'static Cells, Counter) {
        let cells = Box::leak(Box::new(Cells::new()));
        (cells, Counter::new(cells, TaskId(3)))
    }

    fn call(counter: &mut Counter, micros: u64, call: Call, ret: Ret, lines: u32) {
        let event = |at, what| Event { at: Nanos::from_micros(at), task: TaskId(3), what, payload_len: 0 };
        counter.event(&event(micros, What::Enter { call, place: Place::ELSEWHERE }), &[]);
        counter.event(&event(micros + 1, What::Exit { ret, lines }), &[]);
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
        let event = |what| Event { at: Nanos(1), task: TaskId(3), what, payload_len: 0 };
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
        counter.event(&event(What::Enter { call: enter, place: Place::ELSEWHERE }), &down);
        counter.event(&event(What::Exit { ret: Ok(1), lines: 0 }), &up);
        let totals = cells.totals();
        assert_eq!([Count::Received, Count::Sent, Count::Lines].map(|count| totals.count(count)), [10, 5, 1]);
    }

    #[test]
    fn tasks_of_one_number_of_cells_add_up() {
        let (cells, _) = counter();
        for task in 0..40 {
            Counter::new(cells, TaskId(task)).add(Count::Lines, 2);
        }
        assert_eq!(cells.totals().count(Count::Lines), 80);
    }
}
