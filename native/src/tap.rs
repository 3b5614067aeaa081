//! The sink of a traced server: it encodes events into a [`crate::ring`], and never waits.
//!
//! An event for which there is no room is dropped and counted, and the next one that finds room is preceded
//! by a [`What::Dropped`] that says how many. The greater part of the ring is kept for the few events that say which
//! descriptors there are, so that a burst of data leaves no descriptor on the picture that was closed in it. What a
//! busy server does is so told in bursts, each as much as [`Room::burst_bytes`], and is counted between them.
//! The other end of the rings is [`crate::forward`].

mod common;
mod counts;
mod lane;

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use loopscope_shared::event::What;
use loopscope_shared::ids::TaskId;
use loopscope_shared::probe::{Level, Sink};
use loopscope_shared::time::Nanos;

use common::Common;
use counts::Counter;
use lane::{Lane, LastWord};

use crate::forward::forward;
use crate::frame;
use crate::ring::{Bell, Reader, ring};
use crate::totals::Totals;

/// How much of what happens is kept until it is carried away, each [`crate::forward::GATHER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// How many bytes of events the ring of a task holds.
    pub ring_bytes: usize,
    /// How many of them may be taken by what is done with descriptors. The rest is for what says which tasks and
    /// descriptors there are.
    pub burst_bytes: usize,
}

/// How many bytes of events a ring holds unless told otherwise, some 20,000 events: three thousand clients that
/// come at once are all told of.
pub const RING_BYTES: usize = 1 << 20;

/// How many bytes what is done with descriptors may take unless told otherwise: some 40,000 events a second, far
/// more than anybody sees, and few enough that to watch costs a busy server little (`docs/tracing-costs.md`).
pub const BURST_BYTES: usize = 1 << 15;

impl Default for Room {
    fn default() -> Self {
        Self { ring_bytes: RING_BYTES, burst_bytes: BURST_BYTES }
    }
}

/// Where events go in the end: opened anew by every process that tells of itself.
pub type Outlet = Arc<dyn Fn() -> io::Result<Box<dyn Write + Send>> + Send + Sync>;

/// What a task tells, as it is read.
#[derive(Debug)]
pub struct Source {
    ring: Reader,
    last_word: LastWord,
}

impl Source {
    /// Hands all that was told to `take`, in parts, and returns how many bytes it was.
    ///
    /// # Errors
    /// The error of `take`; what it was given is taken all the same.
    pub fn drain<E>(&mut self, mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<usize, E> {
        let (last_word, before) = self.last_word.take(|| self.ring.filled());
        let carried = self.ring.drain(before, &mut take)?;
        if !last_word.is_empty() {
            take(&last_word)?;
        }
        Ok(carried + last_word.len())
    }

    /// Whether all was read that there will be.
    pub fn is_over(&self) -> bool {
        self.ring.is_abandoned() && self.ring.is_empty()
    }
}

/// What the taps of all tasks of a process share with whoever reads them.
pub struct Taps {
    common: &'static Common,
    bell: Arc<Bell>,
    room: Room,
    outlet: Outlet,
    /// When the clock of the events began.
    start: Instant,
    /// The first task of this process; 0 before it begins.
    first_task: AtomicU32,
    /// How many taps are open.
    open: AtomicUsize,
    /// The rings of tasks that have begun since somebody looked.
    begun: Mutex<Vec<Source>>,
}

impl Taps {
    /// No taps yet, with rings of that room, whose events go to `outlet`.
    ///
    /// # Errors
    /// If there is no memory that several processes can share.
    pub fn new(level: Level, room: Room, outlet: Outlet) -> io::Result<Arc<Self>> {
        Ok(Self::over(Common::new(level)?, room, outlet, Instant::now()))
    }

    fn over(common: &'static Common, room: Room, outlet: Outlet, start: Instant) -> Arc<Self> {
        let (open, begun, first_task) = (AtomicUsize::new(0), Mutex::default(), AtomicU32::new(0));
        Arc::new(Self { common, bell: Arc::default(), room, outlet, start, first_task, open, begun })
    }

    /// Sets how much is told from now on, by this process and its children.
    pub fn set_level(&self, level: Level) {
        self.common.level.store(frame::level_to_byte(level), Ordering::Relaxed);
        // Whoever carries the events may have to look at buffers from now on.
        self.bell.ring();
    }

    /// When the clock of the events began.
    pub fn start(&self) -> Instant {
        self.start
    }

    /// Whether somebody wants to know how full the kernel's buffers are.
    pub fn looks(&self) -> bool {
        self.level() >= Level::Buffers
    }

    /// The first task of this process, once it has begun.
    pub fn first_task(&self) -> Option<TaskId> {
        match self.first_task.load(Ordering::Relaxed) {
            0 => None,
            number => Some(TaskId(number)),
        }
    }

    /// How much is told.
    pub fn level(&self) -> Level {
        frame::level_from_byte(self.common.level.load(Ordering::Relaxed)).unwrap_or_default()
    }

    /// A tap for a task of this process that begins, and the number of the task.
    pub fn tap(self: &Arc<Self>) -> (TaskId, Tap) {
        let task = self.common.next_task();
        (task, self.open_tap(task))
    }

    fn open_tap(self: &Arc<Self>, task: TaskId) -> Tap {
        let _ = self.first_task.compare_exchange(0, task.0, Ordering::Relaxed, Ordering::Relaxed);
        let Room { ring_bytes, burst_bytes } = self.room;
        let (writer, reader) = ring(ring_bytes, self.bell.clone());
        self.open.fetch_add(1, Ordering::AcqRel);
        let last_word = LastWord::default();
        let source = Source { ring: reader, last_word: last_word.clone() };
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).push(source);
        let counter = Counter::new(&self.common.cells);
        let lane = Lane::new(writer, ring_bytes.saturating_sub(burst_bytes), counter, last_word);
        Tap { taps: self.clone(), lane: RefCell::new(lane), forwarding: None }
    }

    /// Starts the thread that carries events from the rings to the outlet, until the last tap is closed. The
    /// first must be open.
    ///
    /// # Errors
    /// If the outlet cannot be opened, or no thread be started.
    pub fn forward(self: &Arc<Self>) -> io::Result<JoinHandle<io::Result<()>>> {
        let (out, taps) = ((self.outlet)()?, self.clone());
        thread::Builder::new().name("forward".to_owned()).spawn(move || forward(&taps, out))
    }

    /// The rings of the tasks that have begun since the last call.
    pub fn begun(&self) -> Vec<Source> {
        std::mem::take(&mut *self.begun.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What all processes of the server have counted so far.
    pub fn totals(&self) -> Totals {
        self.common.cells.totals()
    }

    /// Whether no tap is open: what is in the rings now is all there will be.
    pub fn is_over(&self) -> bool {
        self.open.load(Ordering::Acquire) == 0
    }

    /// Sleeps until there may be something in a ring, a new ring, or the end, or until the time is over. Called by
    /// the reader alone.
    pub fn wait(&self, sources: &[Source], most: Duration) {
        let looked = self.looks();
        self.bell.wait(most, || {
            let begun = !self.begun.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
            begun
                || self.is_over()
                || self.looks() != looked
                || sources.iter().any(|source| !source.ring.is_empty())
        });
    }
}

impl fmt::Debug for Taps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Taps").field("level", &self.level()).field("open", &self.open).finish_non_exhaustive()
    }
}

/// The sink for the events of one task.
#[derive(Debug)]
pub struct Tap {
    taps: Arc<Taps>,
    lane: RefCell<Lane>,
    /// The thread that carries the events of this process away, if it is a child: it is waited for, since
    /// what it has not carried when the process ends is lost.
    forwarding: Option<JoinHandle<io::Result<()>>>,
}

impl Sink for Tap {
    fn level(&self) -> Level {
        let level = self.taps.level();
        if level == Level::Off {
            self.lane.borrow_mut().be_silent();
        }
        level
    }

    fn record<'a>(
        &self,
        task: TaskId,
        what: What,
        payload: impl FnOnce() -> Cow<'a, [u8]>,
        now: impl Fn() -> Nanos,
    ) {
        self.lane.borrow_mut().record(task, what, payload, now);
    }

    fn thread(&self) -> (TaskId, Self) {
        self.taps.tap()
    }

    fn process(&self) -> (TaskId, impl FnOnce() -> Self + 'static) {
        let Taps { common, room, start, ref outlet, .. } = *self.taps;
        let (task, outlet) = (common.next_task(), outlet.clone());
        // The child has a copy of all this and none of the threads: what is shared with them is made anew.
        let in_child = move || {
            let taps = Taps::over(common, room, outlet, start);
            let mut tap = taps.open_tap(task);
            // If nobody carries its events away, the ring fills and they are dropped: the child serves.
            tap.forwarding = taps.forward().ok();
            tap
        };
        (task, in_child)
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.taps.open.fetch_sub(1, Ordering::AcqRel);
        self.taps.bell.ring();
        if let Some(forwarding) = self.forwarding.take() {
            // If nobody watches any longer, that is no failure of the child.
            let _ = forwarding.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loopscope_shared::errno::Errno;
    use loopscope_shared::event::{Call, Place};
    use loopscope_shared::ids::Fd;

    use crate::totals::Count;
    use std::convert::Infallible;

    fn taps(ring_bytes: usize, burst_bytes: usize) -> Arc<Taps> {
        let room = Room { ring_bytes, burst_bytes };
        Taps::new(Level::Calls, room, Arc::new(|| Ok(Box::new(io::sink())))).unwrap()
    }

    fn tell_what(tap: &Tap, at: u64, what: What) {
        if tap.level() > Level::Off {
            tap.record(TaskId::FIRST, what, || b"payload".into(), || Nanos(at));
        }
    }

    fn tell(tap: &Tap, at: u64) {
        tell_what(tap, at, END);
    }

    fn told(reader: &mut Source) -> Vec<(u64, What)> {
        let mut bytes = Vec::new();
        let Ok(_) = reader.drain(|part| {
            bytes.extend_from_slice(part);
            Ok::<(), Infallible>(())
        });
        let mut rest = &bytes[..];
        let mut told = Vec::new();
        while let Some((event, _)) = frame::take_event(&mut rest).unwrap() {
            told.push((event.at.0, event.what));
        }
        assert!(rest.is_empty());
        told
    }

    const END: What = What::TaskEnd { status: 0 };

    #[test]
    fn what_finds_no_room_is_counted_and_told_before_the_next_that_does() {
        let taps = taps(64, 64);
        let (_, tap) = taps.tap();
        let mut reader = taps.begun().remove(0);
        for at in 0..100 {
            tell(&tap, at);
        }
        let first = told(&mut reader);
        assert!(!first.is_empty() && first.len() < 100, "{} events fit", first.len());
        assert!(first.iter().all(|(_, what)| *what == END));
        tell(&tap, 100);
        tell(&tap, 101);
        let missing = 100 - first.len() as u64;
        assert_eq!(told(&mut reader), [(100, What::Dropped { count: missing }), (100, END), (101, END)]);
    }

    #[test]
    fn a_descriptor_that_is_closed_in_a_burst_of_data_is_told() {
        let taps = taps(1024, 768);
        let (_, tap) = taps.tap();
        let mut reader = taps.begun().remove(0);
        let enter = |call| What::Enter { call, place: Place::ELSEWHERE };
        let exit = What::Exit { ret: Ok(0), lines: 0 };
        let send = enter(Call::Send { fd: Fd(7), len: 7 });
        for at in 0..200 {
            tell_what(&tap, at, if at % 2 == 0 { send } else { exit });
        }
        let close = enter(Call::Close { fd: Fd(7) });
        tell_what(&tap, 200, close);
        tell_what(&tap, 201, exit);
        tell_what(&tap, 202, send);
        let told = told(&mut reader);
        let (data, last) = told.split_at(told.len() - 3);
        assert!(data.len() < 200 && data.iter().all(|(_, what)| *what == send || *what == exit));
        let missing = 200 - data.len() as u64;
        assert_eq!(last, [(200, What::Dropped { count: missing }), (200, close), (201, exit)]);
        assert!(data.len().is_multiple_of(2), "a call is told as a whole");
    }

    #[test]
    fn in_a_burst_an_accept_is_told_if_it_brings_a_connection() {
        let taps = taps(1024, 128);
        let (_, tap) = taps.tap();
        let mut reader = taps.begun().remove(0);
        let enter = |call| What::Enter { call, place: Place::ELSEWHERE };
        let exit = |ret| What::Exit { ret, lines: 0 };
        let accept = enter(Call::Accept { fd: Fd(3) });
        for at in 0..100 {
            let what = if at % 2 == 0 { accept } else { exit(Err(Errno::EAGAIN)) };
            tell_what(&tap, at, what);
        }
        tell_what(&tap, 100, accept);
        tell_what(&tap, 101, exit(Ok(7)));
        let told = told(&mut reader);
        let (data, last) = told.split_at(told.len() - 3);
        let missing = 100 - data.len() as u64;
        assert!(missing > 50, "{missing}");
        assert_eq!(last, [(101, What::Dropped { count: missing }), (100, accept), (101, exit(Ok(7)))]);
    }

    #[test]
    fn a_task_that_rests_after_a_burst_is_told_to_wait() {
        let taps = taps(1024, 128);
        let (_, tap) = taps.tap();
        let mut reader = taps.begun().remove(0);
        let enter = |call| What::Enter { call, place: Place::ELSEWHERE };
        let exit = What::Exit { ret: Ok(1), lines: 0 };
        let wait =
            enter(Call::EpollWait { epoll: Fd(4), most: 8, timeout: loopscope_shared::kernel::FOREVER });
        for at in 0..100 {
            tell_what(&tap, at, if at % 2 == 0 { wait } else { exit });
        }
        tell_what(&tap, 100, wait);
        let first = told(&mut reader);
        let (data, last) = first.split_at(first.len() - 2);
        let missing = 100 - data.len() as u64;
        assert_eq!(last, [(100, What::Dropped { count: missing }), (100, wait)]);
        tell_what(&tap, 101, exit);
        assert_eq!(told(&mut reader), [(101, exit)], "its end is told, and nothing was dropped between");
        let totals = taps.totals();
        assert_eq!([Count::Told, Count::Dropped].map(|count| totals.count(count)), [102 - missing, missing]);
    }

    #[test]
    fn the_end_of_a_call_of_which_nobody_was_told_is_not_told() {
        let taps = taps(1024, 768);
        let (_, tap) = taps.tap();
        let mut reader = taps.begun().remove(0);
        taps.set_level(Level::Off);
        tell_what(&tap, 1, What::Enter { call: Call::Pipe, place: Place::ELSEWHERE });
        taps.set_level(Level::Calls);
        tell_what(&tap, 2, What::Exit { ret: Ok(0), lines: 0 });
        tell(&tap, 3);
        assert_eq!(told(&mut reader), [(3, What::Dropped { count: 2 }), (3, END)]);
    }

    #[test]
    fn silence_is_told_as_a_gap() {
        let taps = taps(1024, 768);
        let (_, tap) = taps.tap();
        let mut reader = taps.begun().remove(0);
        tell(&tap, 1);
        taps.set_level(Level::Off);
        tell(&tap, 2);
        taps.set_level(Level::Buffers);
        tell(&tap, 3);
        assert_eq!(told(&mut reader), [(1, END), (3, What::Dropped { count: 1 }), (3, END)]);
    }

    #[test]
    fn a_new_task_has_a_number_and_a_ring_of_its_own() {
        let taps = taps(1024, 768);
        let (first, tap) = taps.tap();
        let (second, other) = tap.thread();
        assert_eq!((first, second), (TaskId(1), TaskId(2)));
        assert_eq!(taps.begun().len(), 2);
        drop(tap);
        assert!(!taps.is_over());
        drop(other);
        assert!(taps.is_over());
    }
}
