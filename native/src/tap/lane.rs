//! The writing side of a tap: what of the events of a task goes into its ring, and what is only counted.
//!
//! A call is told as a whole, beginning and end, or not at all.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use loopscope_shared::event::{Call, Event, What};
use loopscope_shared::ids::TaskId;
use loopscope_shared::time::Nanos;

use super::counts::Counter;
use crate::frame;
use crate::ring::Writer;
use crate::totals::Count;

/// The least that an event takes in a ring, with what stands before it: with less room than that, it is not even
/// written.
const EVENT_LEAST: usize = 48;

/// What becomes of the call that the task is in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Pass {
    /// Its beginning was told, so its end will be.
    Told,
    /// It is only counted, as is what nobody has seen begin.
    #[default]
    Counted,
    /// An `accept` that is told when it ends, if it brings a connection.
    Late(Event),
    /// A wait that is told by its [`LastWord`], if it lasts.
    LastWord,
}

/// What a task says when it goes to sleep and its ring is full: that it waits, and how much was dropped before.
/// Whoever empties the ring takes it; if the task wakes before that, it is taken back. So a server that was busy
/// and has come to rest is not shown as it was in the middle of its work.
#[derive(Clone, Debug, Default)]
pub(super) struct LastWord(Arc<Mutex<Vec<u8>>>);

impl LastWord {
    /// The frames of it, if there are any, and how many bytes stand in the ring before it, as `filled` says: the
    /// task cannot wake unnoticed while it is asked.
    pub(super) fn take(&self, filled: impl FnOnce() -> usize) -> (Vec<u8>, usize) {
        let mut frames = self.lock();
        (std::mem::take(&mut *frames), filled())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writing side of a tap.
#[derive(Debug)]
pub(super) struct Lane {
    writer: Writer,
    /// How many bytes of the ring are kept for what says which tasks and descriptors there are.
    reserve: usize,
    counter: Counter,
    /// The frames of the event that is being told, kept so that telling allocates nothing.
    frames: Vec<u8>,
    /// How many events were dropped since the last one that was told.
    dropped: u64,
    call: Pass,
    last_word: LastWord,
    /// Nothing was wanted for a while, so nobody knows what happened.
    silent: bool,
}

impl Lane {
    pub(super) fn new(writer: Writer, reserve: usize, counter: Counter, last_word: LastWord) -> Self {
        let (frames, call) = (Vec::new(), Pass::Counted);
        Self { writer, reserve, counter, frames, dropped: 0, call, last_word, silent: false }
    }

    /// Nothing is wanted now.
    pub(super) fn be_silent(&mut self) {
        self.silent = true;
    }

    /// Tells what happens, if there is room for it, and counts it.
    pub(super) fn record<'a>(
        &mut self,
        task: TaskId,
        what: What,
        payload: impl FnOnce() -> Cow<'a, [u8]>,
        now: impl Fn() -> Nanos,
    ) {
        self.take_last_word_back();
        // How much was not told while nothing was wanted, nobody counted: at least one event, which is
        // enough for the viewer to know that there is a gap.
        if std::mem::take(&mut self.silent) {
            self.drop_one();
            self.counter.lose_track();
            self.call = Pass::Counted;
        }
        // The clock is read once, or not at all.
        let mut read = None;
        let mut at = || *read.get_or_insert_with(&now);
        let reserve = self.reserve_for(what);
        let is_kept = reserve.is_some();
        let sleeps = matches!(what, What::Enter { call, .. } if call.is_wait());
        let is_asked_for = is_kept || sleeps || self.counter.needs_payload(what);
        let payload = if is_asked_for { payload() } else { Cow::default() };
        self.counter.event(what, &payload, &mut at);
        let event = |at| Event { at, task, what, payload_len: payload.len() as u32 };
        match reserve {
            Some(reserve) => self.tell(&event(at()), &payload, reserve),
            None if matches!(what, What::Enter { call: Call::Accept { .. }, .. }) => {
                self.call = Pass::Late(event(at()));
            }
            None if sleeps => self.say_last_word(&event(at()), &payload),
            None => self.drop_one(),
        }
    }

    fn say_last_word(&mut self, event: &Event, payload: &[u8]) {
        let mut frames = self.last_word.lock();
        self.call = Pass::LastWord;
        if self.dropped > 0 {
            let what = What::Dropped { count: self.dropped };
            frame::put_event(&mut frames, &Event { what, payload_len: 0, ..*event }, &[]);
        }
        frame::put_event(&mut frames, event, payload);
    }

    /// The task wakes. If nobody has heard that it waited, nobody is told any more.
    fn take_last_word_back(&mut self) {
        if self.call != Pass::LastWord {
            return;
        }
        let heard = std::mem::take(&mut *self.last_word.lock()).is_empty();
        if heard {
            self.counter.add(Count::Told, 1);
            self.dropped = 0;
            self.call = Pass::Told;
        } else {
            self.drop_one();
            self.call = Pass::Counted;
        }
    }

    /// How many bytes of the ring an event must leave free; `None` if it is not told.
    fn reserve_for(&mut self, what: What) -> Option<usize> {
        let usual = self.writer.has_room(self.reserve + EVENT_LEAST).then_some(self.reserve);
        match what {
            What::Enter { call, .. } => {
                let reserve = if says_what_there_is(call) { Some(0) } else { usual };
                self.call = if reserve.is_some() { Pass::Told } else { Pass::Counted };
                reserve
            }
            What::Exit { ret, .. } => match self.call {
                Pass::Told => Some(0),
                Pass::Late(_) if ret.is_ok() => Some(0),
                Pass::Late(_) => {
                    self.drop_one();
                    None
                }
                Pass::Counted | Pass::LastWord => None,
            },
            What::TaskBegin { .. } | What::TaskEnd { .. } | What::Listening { .. } => Some(0),
            _ => usual,
        }
    }

    fn tell(&mut self, event: &Event, payload: &[u8], reserve: usize) {
        self.frames.clear();
        if self.dropped > 0 {
            let what = What::Dropped { count: self.dropped };
            frame::put_event(&mut self.frames, &Event { what, payload_len: 0, ..*event }, &[]);
        }
        let late = match (event.what, self.call) {
            (What::Exit { .. }, Pass::Late(begin)) => Some(begin),
            _ => None,
        };
        if let Some(begin) = late {
            frame::put_event(&mut self.frames, &begin, &[]);
        }
        frame::put_event(&mut self.frames, event, payload);
        let events = 1 + u64::from(late.is_some());
        if self.writer.push(&self.frames, reserve) {
            self.counter.add(Count::Told, events);
            self.dropped = 0;
        } else {
            for _ in 0..events {
                self.drop_one();
            }
            // Without its beginning, the end of a call says nothing.
            self.call = Pass::Counted;
        }
    }

    fn drop_one(&mut self) {
        self.counter.add(Count::Dropped, 1);
        self.dropped += 1;
    }
}

/// Whether a call changes which tasks and descriptors there are, or what is asked of them. `accept` does if it
/// brings a connection, which nobody knows before it ends.
fn says_what_there_is(call: Call) -> bool {
    match call {
        Call::Kevent { changes, .. } => changes > 0,
        Call::Close { .. }
        | Call::EpollCreate
        | Call::EpollCtl { .. }
        | Call::Kqueue
        | Call::SpawnThread
        | Call::Fork
        | Call::Wait { .. }
        | Call::Socket
        | Call::Listen { .. }
        | Call::Dup { .. } => true,
        _ => false,
    }
}
