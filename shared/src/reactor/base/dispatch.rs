//! The loop itself: it waits, finds out which events have come, and calls back, the most urgent first.

use std::future::Future;

use super::{EventBase, EventId, Stop};
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{FOREVER, Note, Timeout, after};
use crate::reactor::{On, ReactorKernel};
use crate::time::Nanos;

/// An event that has come: what a callback is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due<C> {
    /// Which event.
    pub event: EventId,
    /// The descriptor that it is about.
    pub fd: Fd,
    /// What it was that came.
    pub on: On,
    /// What was to be called.
    pub callback: C,
}

/// A program that a loop calls back.
pub trait Callbacks<K, C> {
    /// Does what was to be done when this event comes. It may make, add, take back and free any events, this
    /// one too.
    ///
    /// # Errors
    /// What the program has no answer to: it ends the loop.
    fn call(
        &mut self,
        k: &K,
        base: &mut EventBase<C>,
        due: Due<C>,
    ) -> impl Future<Output = Result<(), Errno>>;
}

impl<C: Copy> EventBase<C> {
    /// Waits and calls back, until no event is waited for any longer, or until it is told to end.
    ///
    /// # Errors
    /// What a callback returns, and those of the back-end's wait.
    pub async fn dispatch<K, P>(&mut self, k: &K, program: &mut P) -> Result<(), Errno>
    where
        K: ReactorKernel,
        P: Callbacks<K, C>,
    {
        self.stop = Stop::No;
        while self.stop == Stop::No && (self.added > 0 || self.is_active()) {
            let timeout = self.patience(k.now());
            self.backend.wait(k, &mut self.ready, timeout).await?;
            self.sort_out(k.now());
            self.call_back(k, program).await?;
        }
        Ok(())
    }

    /// How long the loop may wait: until the next deadline, and not at all if something has come.
    fn patience(&self, now: Nanos) -> Timeout {
        match self.timers.next() {
            _ if self.is_active() => after(Nanos::ZERO),
            Some(deadline) => after(Nanos(deadline.0.saturating_sub(now.0))),
            None => FOREVER,
        }
    }

    fn is_active(&self) -> bool {
        let mut waiting = self.active.iter().flatten();
        waiting.any(|id| self.events.get(id).is_some_and(|event| !event.came.is_empty()))
    }

    /// Finds the events of what is ready, and those whose time is over.
    fn sort_out(&mut self, now: Nanos) {
        let Self { ready, fds, events, active, timers, .. } = self;
        for (fd, on) in ready.drain(..) {
            let about = fds.get(&fd).map_or(&[][..], |watched| &watched.events);
            for id in about {
                if let Some(event) = events.get_mut(id).filter(|event| event.added) {
                    event.comes(*id, event.on & on, active);
                }
            }
        }
        while let Some(id) = timers.pop_due(now) {
            if let Some(event) = events.get_mut(&id) {
                event.deadline = None;
                event.comes(id, On::TIMEOUT, active);
            }
        }
    }

    /// Calls what has come at the most urgent priority at which anything has; all, if the loop is to end.
    async fn call_back<K, P>(&mut self, k: &K, program: &mut P) -> Result<(), Errno>
    where
        K: ReactorKernel,
        P: Callbacks<K, C>,
    {
        for priority in 0..self.active.len() {
            let mut called = false;
            // What comes while these are called has its turn after the next wait, so that none is left out.
            for _ in 0..self.active[priority].len() {
                let Some(id) = self.active[priority].pop_front() else { break };
                let Some(due) = self.take_due(k, id).await? else { continue };
                k.tell(Note::CallbackBegins { fd: due.fd, events: due.on.mask() });
                let done = program.call(k, self, due).await;
                k.tell(Note::CallbackEnds { fd: due.fd });
                done?;
                called = true;
                if self.stop == Stop::Now {
                    return Ok(());
                }
            }
            if called && self.stop == Stop::No {
                return Ok(());
            }
        }
        Ok(())
    }

    /// What is to be told of an event that has come, if it was not taken back. One that does not persist is
    /// not waited for any longer; one that does begins its time anew.
    async fn take_due<K: ReactorKernel>(&mut self, k: &K, id: EventId) -> Result<Option<Due<C>>, Errno> {
        let Some(event) = self.events.get_mut(&id) else { return Ok(None) };
        let on = std::mem::take(&mut event.came);
        if on.is_empty() {
            return Ok(None);
        }
        let due = Due { event: id, fd: event.fd, on, callback: event.callback };
        if !event.on.contains(On::PERSIST) {
            self.del(k, id).await?;
        } else if let Some(span) = event.timeout
            && event.added
        {
            self.set_timeout(id, Some(span), k.now());
        }
        Ok(Some(due))
    }
}
