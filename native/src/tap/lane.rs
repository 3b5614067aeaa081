//! The writing side of a tap: what of the events of a task goes into its ring, and what is only counted.
//!
//! A call is told as a whole, beginning and end, or not at all.

use std::borrow::Cow;

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
    /// Nothing was wanted for a while, so nobody knows what happened.
    silent: bool,
}

impl Lane {
    pub(super) fn new(writer: Writer, reserve: usize, counter: Counter) -> Self {
        Self { writer, reserve, counter, frames: Vec::new(), dropped: 0, call: Pass::Counted, silent: false }
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
        // How much was not told while nothing was wanted, nobody counted: at least one event, which is
        // enough for the viewer to know that there is a gap.
        if std::mem::take(&mut self.silent) {
            self.dropped += 1;
            self.counter.lose_track();
            self.call = Pass::Counted;
        }
        // The clock is read once, or not at all.
        let mut read = None;
        let mut at = || *read.get_or_insert_with(&now);
        let reserve = self.reserve_for(what);
        let is_kept = reserve.is_some();
        let payload =
            if is_kept || self.counter.needs_payload(what) { payload() } else { Cow::Borrowed(&[][..]) };
        self.counter.event(what, &payload, &mut at);
        let event = |at| Event { at, task, what, payload_len: payload.len() as u32 };
        match reserve {
            Some(reserve) => self.tell(&event(at()), &payload, reserve),
            None if matches!(what, What::Enter { call: Call::Accept { .. }, .. }) => {
                self.call = Pass::Late(event(at()));
            }
            None => self.drop_one(),
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
                Pass::Counted => None,
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
