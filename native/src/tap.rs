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
mod tests;
