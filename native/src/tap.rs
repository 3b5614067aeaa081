//! The sink of a traced server: it encodes events into a [`crate::ring`], and never waits.
//!
//! An event for which there is no room is dropped and counted, and the next one that finds room is preceded
//! by a [`What::Dropped`] that says how many. A part of the ring is kept for the few events that say which
//! descriptors there are, so that a burst of data leaves no descriptor on the picture that was closed in it.
//! The other end of the rings is [`crate::forward`].

mod common;
mod counts;

use std::cell::RefCell;
use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use loopscope_shared::event::{Call, Event, What};
use loopscope_shared::ids::TaskId;
use loopscope_shared::probe::{Level, Sink};

use common::Common;
use counts::Counter;

use crate::forward::forward;
use crate::frame;
use crate::ring::{Bell, Reader, Writer, ring};
use crate::totals::{Count, Totals};

/// How many bytes of events a ring holds unless told otherwise: some 20,000 events, a tenth of a second of
/// a server that does nothing but tell.
pub const RING_BYTES: usize = 1 << 20;

/// The part of a ring, one in so many bytes, that data may not fill.
const RESERVE: usize = 4;

/// Where events go in the end: opened anew by every process that tells of itself.
pub type Outlet = Arc<dyn Fn() -> io::Result<Box<dyn Write + Send>> + Send + Sync>;

/// What the taps of all tasks of a process share with whoever reads them.
pub struct Taps {
    common: &'static Common,
    bell: Arc<Bell>,
    ring_bytes: usize,
    outlet: Outlet,
    /// How many taps are open.
    open: AtomicUsize,
    /// The rings of tasks that have begun since somebody looked.
    begun: Mutex<Vec<Reader>>,
}

impl Taps {
    /// No taps yet, with rings of so many bytes, whose events go to `outlet`.
    ///
    /// # Errors
    /// If there is no memory that several processes can share.
    pub fn new(level: Level, ring_bytes: usize, outlet: Outlet) -> io::Result<Arc<Self>> {
        Ok(Self::over(Common::new(level)?, ring_bytes, outlet))
    }

    fn over(common: &'static Common, ring_bytes: usize, outlet: Outlet) -> Arc<Self> {
        let (open, begun) = (AtomicUsize::new(0), Mutex::default());
        Arc::new(Self { common, bell: Arc::default(), ring_bytes, outlet, open, begun })
    }

    /// Sets how much is told from now on, by this process and its children.
    pub fn set_level(&self, level: Level) {
        self.common.level.store(frame::level_to_byte(level), Ordering::Relaxed);
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
        let (writer, reader) = ring(self.ring_bytes, self.bell.clone());
        self.open.fetch_add(1, Ordering::AcqRel);
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        let reserve = self.ring_bytes / RESERVE;
        let counter = Counter::new(&self.common.cells, task);
        let lane = Lane {
            writer,
            reserve,
            counter,
            frames: Vec::new(),
            dropped: 0,
            structural: false,
            silent: false,
        };
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
    pub fn begun(&self) -> Vec<Reader> {
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

    /// Sleeps until there may be something in a ring, a new ring, or the end. Called by the reader alone.
    pub fn wait(&self, readers: &[Reader]) {
        self.bell.wait(|| {
            let begun = !self.begun.lock().unwrap_or_else(PoisonError::into_inner).is_empty();
            begun || self.is_over() || readers.iter().any(|reader| !reader.is_empty())
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

/// The writing side of a tap.
#[derive(Debug)]
struct Lane {
    writer: Writer,
    /// How many bytes of the ring are kept for what says which descriptors there are.
    reserve: usize,
    counter: Counter,
    /// The frames of the event that is being told, kept so that telling allocates nothing.
    frames: Vec<u8>,
    /// How many events were dropped since the last one that was told.
    dropped: u64,
    /// The call that the task is in changes which descriptors there are, or what is asked of them.
    structural: bool,
    /// Nothing was wanted for a while, so nobody knows what happened.
    silent: bool,
}

impl Sink for Tap {
    fn level(&self) -> Level {
        let level = self.taps.level();
        if level == Level::Off {
            self.lane.borrow_mut().silent = true;
        }
        level
    }

    fn record(&self, event: Event, payload: &[u8]) {
        self.lane.borrow_mut().record(&event, payload);
    }

    fn thread(&self) -> (TaskId, Self) {
        self.taps.tap()
    }

    fn process(&self) -> (TaskId, impl FnOnce() -> Self + 'static) {
        let Taps { common, ring_bytes, ref outlet, .. } = *self.taps;
        let (task, outlet) = (common.next_task(), outlet.clone());
        // The child has a copy of all this and none of the threads: what is shared with them is made anew.
        let in_child = move || {
            let taps = Taps::over(common, ring_bytes, outlet);
            let mut tap = taps.open_tap(task);
            // If nobody carries its events away, the ring fills and they are dropped: the child serves.
            tap.forwarding = taps.forward().ok();
            tap
        };
        (task, in_child)
    }
}

impl Lane {
    fn record(&mut self, event: &Event, payload: &[u8]) {
        // How much was not told while nothing was wanted, nobody counted: at least one event, which is
        // enough for the viewer to know that there is a gap.
        if std::mem::take(&mut self.silent) {
            self.dropped += 1;
            self.counter.lose_track();
        }
        self.counter.event(event, payload);
        self.frames.clear();
        if self.dropped > 0 {
            let what = What::Dropped { count: self.dropped };
            frame::put_event(&mut self.frames, &Event { what, payload_len: 0, ..*event }, &[]);
        }
        frame::put_event(&mut self.frames, event, payload);
        let reserve = if self.is_structural(event.what) { 0 } else { self.reserve };
        if self.writer.push(&self.frames, reserve) {
            self.counter.add(Count::Told, 1);
            self.dropped = 0;
        } else {
            self.counter.add(Count::Dropped, 1);
            self.dropped += 1;
        }
    }
}

impl Lane {
    /// Whether an event says which tasks and descriptors there are, rather than what was done with them.
    fn is_structural(&mut self, what: What) -> bool {
        match what {
            What::Enter { call, .. } => {
                self.structural = matches!(
                    call,
                    Call::Accept { .. }
                        | Call::Close { .. }
                        | Call::EpollCreate
                        | Call::EpollCtl { .. }
                        | Call::Kqueue
                        | Call::Kevent { .. }
                        | Call::SpawnThread
                        | Call::Fork
                        | Call::Wait { .. }
                        | Call::Socket
                        | Call::Listen { .. }
                        | Call::Dup { .. }
                );
                self.structural
            }
            What::Exit { .. } => self.structural,
            What::TaskBegin { .. } | What::TaskEnd { .. } | What::Listening { .. } => true,
            What::Note { .. }
            | What::Sample { .. }
            | What::Dropped { .. }
            | What::Outside
            | What::Found { .. }
            | What::Signal { .. }
            | What::Inside(_) => false,
        }
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
    use loopscope_shared::event::Place;
    use loopscope_shared::ids::Fd;
    use loopscope_shared::time::Nanos;
    use std::convert::Infallible;

    fn taps(ring_bytes: usize) -> Arc<Taps> {
        Taps::new(Level::Calls, ring_bytes, Arc::new(|| Ok(Box::new(io::sink())))).unwrap()
    }

    fn tell_what(tap: &Tap, at: u64, what: What) {
        if tap.level() > Level::Off {
            tap.record(Event { at: Nanos(at), task: TaskId::FIRST, what, payload_len: 0 }, b"payload");
        }
    }

    fn tell(tap: &Tap, at: u64) {
        tell_what(tap, at, END);
    }

    fn told(reader: &mut Reader) -> Vec<(u64, What)> {
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
        let taps = taps(64);
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
        let taps = taps(1024);
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
    }

    #[test]
    fn silence_is_told_as_a_gap() {
        let taps = taps(1024);
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
        let taps = taps(1024);
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
