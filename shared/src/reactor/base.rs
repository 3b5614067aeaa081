//! The loop: it waits, finds out which events have come, and calls back, the most urgent first.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;

use super::backend::{Backend, Opened};
use super::timers::Timers;
use super::{On, ReactorKernel};
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{FOREVER, Note, Timeout, after};
use crate::time::Nanos;

/// The number of an event. None is used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventId(pub(super) u64);

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

/// An event loop. `C` is how the program names its callbacks.
#[derive(Debug)]
pub struct EventBase<C> {
    backend: Opened,
    events: BTreeMap<EventId, Event<C>>,
    fds: BTreeMap<Fd, Watched>,
    timers: Timers,
    /// What has come and was not called yet, one queue a priority. An event that was taken back meanwhile is
    /// still in its queue, with nothing to tell.
    active: Vec<VecDeque<EventId>>,
    /// How many events are added: the loop ends with the last.
    added: usize,
    next: u64,
    stop: Stop,
    /// What the last wait brought up. Kept, so that a wait allocates nothing.
    ready: Vec<(Fd, On)>,
}

#[derive(Debug)]
struct Event<C> {
    fd: Fd,
    on: On,
    callback: C,
    priority: usize,
    /// It is waited for.
    added: bool,
    timeout: Option<Nanos>,
    deadline: Option<Nanos>,
    /// What has come of it and was not told yet.
    came: On,
}

/// A descriptor: what the back-end was told, and the events about it.
#[derive(Debug, Default)]
struct Watched {
    on: On,
    events: Vec<EventId>,
}

/// Whether the loop is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    No,
    AfterTheRound,
    Now,
}

impl<C: Copy> EventBase<C> {
    /// A loop with one priority.
    ///
    /// # Errors
    /// `ENOSYS` if the system does not have the back-end that was chosen, and those of opening it.
    pub async fn new<K: ReactorKernel>(k: &K, backend: Backend) -> Result<Self, Errno> {
        Ok(Self {
            backend: Opened::open(k, backend).await?,
            events: BTreeMap::new(),
            fds: BTreeMap::new(),
            timers: Timers::default(),
            active: vec![VecDeque::new()],
            added: 0,
            next: 0,
            stop: Stop::No,
            ready: Vec::new(),
        })
    }

    /// What the loop waits with.
    pub fn backend(&self) -> Backend {
        self.backend.which()
    }

    /// From now on there are so many priorities, at least one: 0 is the most urgent. Events that were made
    /// before stay at theirs, or become the least urgent if theirs is no more.
    pub fn set_priorities(&mut self, count: usize) {
        let least = count.max(1) - 1;
        let waiting: Vec<EventId> = self.active.drain(..).flatten().collect();
        self.active = vec![VecDeque::new(); least + 1];
        for event in self.events.values_mut() {
            event.priority = event.priority.min(least);
        }
        for id in waiting {
            if let Some(event) = self.events.get(&id) {
                self.active[event.priority].push_back(id);
            }
        }
    }

    /// Makes an event about a descriptor: what it waits for, and what is called when that comes. It is not
    /// waited for until it is added. One that waits for neither reading nor writing comes with its timeout
    /// only. Its priority is the middle one.
    pub fn event(&mut self, fd: Fd, on: On, callback: C) -> EventId {
        let id = EventId(self.next);
        self.next += 1;
        let priority = self.active.len() / 2;
        let (timeout, deadline) = (None, None);
        self.events.insert(
            id,
            Event { fd, on, callback, priority, added: false, timeout, deadline, came: On::empty() },
        );
        self.fds.entry(fd).or_default().events.push(id);
        id
    }

    /// Makes the event more urgent, or less: 0 is the most urgent. What does not exist becomes the least
    /// urgent that does.
    pub fn set_priority(&mut self, event: EventId, priority: usize) {
        if let Some(event) = self.events.get_mut(&event) {
            event.priority = priority.min(self.active.len() - 1);
        }
    }

    /// Waits for the event from now on, for at most so long at a time. Done again it begins its time anew.
    ///
    /// # Errors
    /// `ENOENT` if there is no such event; `EINVAL` if the back-end is select and the descriptor too high for
    /// it; those of the back-end's call.
    pub async fn add<K: ReactorKernel>(&mut self, k: &K, id: EventId, timeout: Timeout) -> Result<(), Errno> {
        let event = self.events.get_mut(&id).ok_or(Errno::ENOENT)?;
        let fd = event.fd;
        if !std::mem::replace(&mut event.added, true) {
            self.added += 1;
            if let Err(errno) = self.tell_backend(k, fd).await {
                self.added -= 1;
                self.events.get_mut(&id).ok_or(Errno::ENOENT)?.added = false;
                return Err(errno);
            }
        }
        self.set_timeout(id, timeout.0, k.now());
        Ok(())
    }

    /// Waits for the event no longer. If it has come and was not called yet, it will not be.
    ///
    /// # Errors
    /// Those of the back-end's call.
    pub async fn del<K: ReactorKernel>(&mut self, k: &K, id: EventId) -> Result<(), Errno> {
        let Some(event) = self.events.get_mut(&id) else { return Ok(()) };
        let fd = event.fd;
        event.came = On::empty();
        if !std::mem::take(&mut event.added) {
            return Ok(());
        }
        self.added -= 1;
        self.set_timeout(id, None, Nanos::ZERO);
        self.tell_backend(k, fd).await
    }

    /// Takes the event back and forgets it.
    ///
    /// # Errors
    /// Those of the back-end's call.
    pub async fn free<K: ReactorKernel>(&mut self, k: &K, id: EventId) -> Result<(), Errno> {
        let deleted = self.del(k, id).await;
        if let Some(event) = self.events.remove(&id)
            && let Some(watched) = self.fds.get_mut(&event.fd)
        {
            watched.events.retain(|other| *other != id);
            if watched.events.is_empty() {
                self.fds.remove(&event.fd);
            }
        }
        deleted
    }

    /// Closes a descriptor and forgets all events about it. The number may be given to another at once.
    ///
    /// # Errors
    /// Those of `close(2)`.
    pub async fn close_fd<K: ReactorKernel>(&mut self, k: &K, fd: Fd) -> Result<(), Errno> {
        for id in self.fds.remove(&fd).unwrap_or_default().events {
            self.set_timeout(id, None, Nanos::ZERO);
            let event = self.events.remove(&id);
            self.added -= usize::from(event.is_some_and(|event| event.added));
        }
        // Closing takes it off the kernel's list: no call is needed for that.
        self.backend.forget(fd);
        k.close(fd).await
    }

    /// Whether the event is waited for.
    pub fn is_added(&self, id: EventId) -> bool {
        self.events.get(&id).is_some_and(|event| event.added)
    }

    /// Makes an event come, whatever the kernel says of it, added or not.
    pub fn activate(&mut self, id: EventId, on: On) {
        let Some(event) = self.events.get_mut(&id) else { return };
        if event.came.is_empty() {
            self.active[event.priority].push_back(id);
        }
        event.came |= on;
    }

    /// The loop ends when everything that has come by now was called.
    pub fn exit(&mut self) {
        if self.stop == Stop::No {
            self.stop = Stop::AfterTheRound;
        }
    }

    /// The loop ends with the callback that runs now. What else has come is called when it is dispatched again.
    pub fn stop(&mut self) {
        self.stop = Stop::Now;
    }

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
            self.ready.clear();
            self.backend.wait(k, &mut self.ready, timeout).await?;
            self.sort_out(k.now());
            self.call_back(k, program).await?;
        }
        Ok(())
    }

    /// Closes what the loop waited with. The descriptors of events stay open.
    ///
    /// # Errors
    /// Those of `close(2)`.
    pub async fn close<K: ReactorKernel>(self, k: &K) -> Result<(), Errno> {
        match self.backend.fd() {
            Some(fd) => k.close(fd).await,
            None => Ok(()),
        }
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
        for (fd, on) in std::mem::take(&mut self.ready) {
            let ids = self.fds.get(&fd).map_or(&[][..], |watched| &watched.events).to_vec();
            for id in ids {
                let asked = self.events.get(&id).filter(|event| event.added).map(|event| event.on);
                let came = asked.unwrap_or_default() & on;
                if !came.is_empty() {
                    self.activate(id, came);
                }
            }
        }
        while let Some(id) = self.timers.pop_due(now) {
            if let Some(event) = self.events.get_mut(&id) {
                event.deadline = None;
            }
            self.activate(id, On::TIMEOUT);
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

    fn set_timeout(&mut self, id: EventId, span: Option<Nanos>, now: Nanos) {
        let Some(event) = self.events.get_mut(&id) else { return };
        event.timeout = span;
        let deadline = span.map(|span| Nanos(now.0.saturating_add(span.0)));
        if let Some(old) = std::mem::replace(&mut event.deadline, deadline) {
            self.timers.remove(old, id);
        }
        if let Some(deadline) = deadline {
            self.timers.insert(deadline, id);
        }
    }

    /// Tells the back-end what is waited for on a descriptor, if that has changed.
    async fn tell_backend<K: ReactorKernel>(&mut self, k: &K, fd: Fd) -> Result<(), Errno> {
        let Some(watched) = self.fds.get_mut(&fd) else { return Ok(()) };
        let events = watched.events.iter().filter_map(|id| self.events.get(id));
        let asked = events.filter(|event| event.added).fold(On::empty(), |all, event| all | event.on);
        let (old, new) = (watched.on, asked & On::READINESS);
        if old != new {
            self.backend.change(k, fd, old, new).await?;
            watched.on = new;
        }
        Ok(())
    }
}
