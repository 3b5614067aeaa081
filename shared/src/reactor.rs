//! An event loop of our own, in the manner of libevent's: a program says which events it waits for and what
//! is to be called, and the loop calls back.
//!
//! - `base`: [`EventBase`], the loop: events on descriptors, timeouts, priorities, callbacks.
//! - `backend`: what it waits with: epoll, kqueue, poll or select, chosen when it begins.
//! - `timers`: whose time is over.
//! - `bufferevent`: [`BufferEvent`], which does the reading and writing and calls back when there is something
//!   to be worked on. `buffer`: [`Buffer`], the bytes that it holds meanwhile.
//!
//! It differs from libevent where Rust does. A callback is no pointer to a function with a pointer to
//! anything: it is a value of a type of the program's own, given when the event is made and handed back when
//! it is due ([`Callbacks`]). So a callback can be an async function that borrows the whole program.

mod backend;
mod base;
mod buffer;
mod bufferevent;
mod timers;

#[cfg(test)]
mod tests;

pub use backend::Backend;
pub use base::{Callbacks, Due, EventBase, EventId};
pub use buffer::Buffer;
pub use bufferevent::{BufferCallbacks, BufferEvent, Fate, Happened};

use crate::kernel::{Clock, Epoll, Kqueue, Mask, Poll, Select, Sockets, Tells};

bitflags::bitflags! {
    /// What an event waits for, and what it was that came.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct On: u8 {
        /// The descriptor can be read from (`EV_READ`).
        const READ = 1;
        /// The descriptor can be written to (`EV_WRITE`).
        const WRITE = 2;
        /// The time of the event is over (`EV_TIMEOUT`). Only told: what asks for it is the timeout.
        const TIMEOUT = 4;
        /// The event stays when it has come (`EV_PERSIST`). Without it, it comes once. Only asked.
        const PERSIST = 8;
    }
}

impl On {
    /// What is asked of a back-end.
    const READINESS: Self = Self::READ.union(Self::WRITE);

    /// What a mask of the kernel's says. An error or a hang-up concerns both directions: whoever tries will be
    /// told.
    fn of(ready: Mask) -> Self {
        let both = ready.intersects(Mask::ERR | Mask::HUP | Mask::NVAL);
        let mut on = Self::empty();
        on.set(Self::READ, both || ready.contains(Mask::IN));
        on.set(Self::WRITE, both || ready.contains(Mask::OUT));
        on
    }

    /// As a mask, for an observer.
    fn mask(self) -> Mask {
        let mut mask = Mask::empty();
        mask.set(Mask::IN, self.contains(Self::READ));
        mask.set(Mask::OUT, self.contains(Self::WRITE));
        mask
    }
}

/// A kernel that a loop can run on. It need not have every interface: what it lacks fails with `ENOSYS`, and
/// the loop takes another.
pub trait ReactorKernel: Sockets + Epoll + Kqueue + Poll + Select + Clock + Tells {}

impl<K: Sockets + Epoll + Kqueue + Poll + Select + Clock + Tells> ReactorKernel for K {}
