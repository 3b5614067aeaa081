//! The events of a loop: made, added, taken back, freed. `dispatch` is the loop itself.

mod dispatch;

use std::collections::VecDeque;

pub use dispatch::{Callbacks, Due};

use super::backend::{Backend, Opened};
use super::timers::Timers;
use super::{On, ReactorKernel};
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::Timeout;
use crate::sorted::SortedMap;
use crate::time::Nanos;

/// The number of an event. None is used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventId(pub(super) u64);

/// An event loop. `C` is how the program names its callbacks.
#[derive(Debug)]
pub struct EventBase<C> {
    backend: Opened,
    events: SortedMap<EventId, Event<C>>,
    fds: SortedMap<Fd, Watched>,
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

impl<C> Event<C> {
    /// This has come of it: it has its place in the queue of its priority, once.
    fn comes(&mut self, id: EventId, on: On, active: &mut [VecDeque<EventId>]) {
        if self.came.is_empty() && !on.is_empty() {
            active[self.priority].push_back(id);
        }
        self.came |= on;
    }
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
            events: SortedMap::new(),
            fds: SortedMap::new(),
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

    /// Adds the event, or takes it back, if that is not so already.
    ///
    /// # Errors
    /// Those of [`EventBase::add`] and [`EventBase::del`].
    pub async fn want<K: ReactorKernel>(
        &mut self,
        k: &K,
        id: EventId,
        wanted: bool,
        timeout: Timeout,
    ) -> Result<(), Errno> {
        match (self.is_added(id), wanted) {
            (false, true) => self.add(k, id, timeout).await,
            (true, false) => self.del(k, id).await,
            _ => Ok(()),
        }
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
        if let Some(event) = self.events.get_mut(&id) {
            event.comes(id, on, &mut self.active);
        }
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
