//! `kqueue(2)`: what is watched is a descriptor **and** a filter, and an event says how much there is.
//!
//! The rules are those of FreeBSD's manual page and tests; they were read, not observed. A filter is run when it
//! is added or enabled, when something happens to its file, and once more when the event is about to be taken:
//! what is no longer so is not reported. What is left out: other filters than those of sockets, `NOTE_LOWAT`.

use std::collections::VecDeque;

use crate::errno::Errno;
use crate::event::Inside;
use crate::ids::{Fd, FileId};
use crate::kernel::{Filter, Kevent, KeventFlags, Mask};
use crate::sim::files::{File, Kind};
use crate::sim::machine::{Attempt, Machine};
use crate::sim::tcp::State;
use crate::sim::waitq::Watch;
use crate::sorted::SortedMap;

/// With so much space in the send buffer a write is reported (`sb_lowat`), or with all of a smaller buffer's.
const WRITE_LOW_WATER: usize = 2048;

/// The flags that stay with a registration: what becomes of it when it has been reported.
const LASTING: KeventFlags = KeventFlags::ONESHOT.union(KeventFlags::CLEAR).union(KeventFlags::DISPATCH);

/// What a registration is known by: the descriptor and the filter.
type Key = (Fd, Filter);

/// A kernel event queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    knotes: SortedMap<Key, Knote>,
    /// What has something to report, in the order in which it came to.
    active: VecDeque<Key>,
}

/// A registration.
#[derive(Clone, Copy, Debug)]
struct Knote {
    file: FileId,
    flags: KeventFlags,
    enabled: bool,
    /// It is among the active ones.
    active: bool,
    user: u64,
}

/// What a filter finds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    /// There is something to report.
    pub(super) ready: bool,
    /// The direction is over.
    pub(super) eof: bool,
    /// The socket's error.
    pub(super) error: Option<Errno>,
    /// Bytes that can be read or written, or connections that can be accepted.
    pub(super) data: usize,
}

impl Queue {
    /// How many registrations a wait would look at.
    pub(super) fn active_len(&self) -> usize {
        self.active.len()
    }

    /// The files that are watched.
    pub(super) fn files(&self) -> impl Iterator<Item = FileId> {
        self.knotes.values().map(|knote| knote.file)
    }

    /// Whether one of the descriptor's filters is active.
    fn is_listed(&self, fd: Fd) -> bool {
        [Filter::Read, Filter::Write].iter().any(|filter| {
            let knote = self.knotes.get(&(fd, *filter));
            knote.is_some_and(|knote| knote.active)
        })
    }

    /// Puts a registration at the end of the active ones, unless it is there.
    fn activate(&mut self, key: Key) -> bool {
        match self.knotes.get_mut(&key) {
            Some(knote) if !knote.active => knote.active = true,
            _ => return false,
        }
        self.active.push_back(key);
        true
    }

    fn deactivate(&mut self, key: Key) {
        if let Some(knote) = self.knotes.get_mut(&key).filter(|knote| knote.active) {
            knote.active = false;
            self.active.retain(|active| *active != key);
        }
    }
}

impl Machine {
    /// `kqueue(2)`.
    pub(super) fn kqueue(&mut self) -> Result<Fd, Errno> {
        let id = self.add_file(File::new(Kind::Kqueue(Queue::default()), None));
        self.install(id)
    }

    /// The first half of `kevent(2)`: makes the changes, and answers those that failed or asked for an answer.
    ///
    /// # Errors
    /// That of a change, if there is no room for an event that would tell of it.
    pub(super) fn kevent_change(
        &mut self,
        kqueue: Fd,
        changes: &[Kevent],
        events: &mut Vec<Kevent>,
        most: usize,
    ) -> Result<(), Errno> {
        events.clear();
        let id = self.file_of(kqueue)?;
        self.queue(id)?;
        for change in changes {
            let made = self.change(id, change);
            let answered = made.is_err() || change.flags.contains(KeventFlags::RECEIPT);
            if answered && events.len() < most {
                let data = made.map_or_else(Errno::linux_number, |()| 0) as u32;
                events.push(Kevent { flags: KeventFlags::ERROR, error: made.err(), data, ..*change });
            } else {
                made?;
            }
        }
        Ok(())
    }

    /// The second half: takes up to `most` events, or puts the task to sleep. What stays reported (level) goes
    /// to the end, so that many take turns.
    pub(super) fn kevent_take(
        &mut self,
        kqueue: Fd,
        events: &mut Vec<Kevent>,
        most: usize,
        timed_out: bool,
    ) -> Attempt<usize> {
        let id = match self.file_of(kqueue).and_then(|id| self.queue(id).map(|_| id)) {
            Ok(id) => id,
            Err(errno) => return Attempt::Done(Err(errno)),
        };
        let active = self.queue(id).map_or(0, |queue| queue.active_len());
        for _ in 0..active {
            if events.len() == most {
                break;
            }
            events.extend(self.next_active(id));
        }
        if events.is_empty() && most > 0 && !timed_out {
            self.sleep_on([(id, Mask::IN)]);
            return Attempt::Sleep;
        }
        Attempt::Done(Ok(events.len()))
    }

    /// Something happened to a watched file: its filters are run.
    pub(super) fn kqueue_notice(&mut self, id: FileId, fd: Fd, key: Mask) {
        for (filter, of_interest) in [(Filter::Read, Mask::IN), (Filter::Write, Mask::OUT)] {
            if key.intersects(of_interest | Mask::ALWAYS) {
                self.run_filter(id, (fd, filter));
            }
        }
    }

    /// A descriptor is closed: its registrations go, even if others name the same file.
    pub(super) fn kqueue_forget(&mut self, id: FileId, fd: Fd) {
        for filter in [Filter::Read, Filter::Write] {
            // It need not be registered.
            let _ = self.remove_knote(id, (fd, filter));
        }
    }

    /// How many registrations a wait would look at.
    pub(super) fn kqueue_len(&mut self, kqueue: Fd) -> usize {
        let id = self.file_of(kqueue);
        id.and_then(|id| self.queue(id).map(|queue| queue.active_len())).unwrap_or(0)
    }

    /// Makes one change.
    fn change(&mut self, id: FileId, change: &Kevent) -> Result<(), Errno> {
        let file = self.file_of(change.fd)?;
        let key = (change.fd, change.filter);
        let asks = |flag| change.flags.contains(flag);
        let queue = self.queue(id)?;
        let known = queue.knotes.get(&key).copied();
        if asks(KeventFlags::DELETE) {
            return self.remove_knote(id, key);
        }
        let enabled = match () {
            () if asks(KeventFlags::DISABLE) => false,
            () if asks(KeventFlags::ADD) || asks(KeventFlags::ENABLE) => true,
            () => known.is_some_and(|knote| knote.enabled),
        };
        let knote = match known {
            Some(knote) if !asks(KeventFlags::ADD) => Knote { enabled, ..knote },
            None if !asks(KeventFlags::ADD) => return Err(Errno::ENOENT),
            _ => {
                let active = known.is_some_and(|knote| knote.active);
                Knote { file, flags: change.flags & LASTING, enabled, active, user: change.user }
            }
        };
        let watched = known.is_some() || queue.knotes.contains_key(&other(key));
        queue.knotes.insert(key, knote);
        if !watched {
            self.watch(file, Watch { by: id, fd: change.fd });
        }
        if !enabled {
            let listed = self.queue(id)?.is_listed(change.fd);
            self.queue(id)?.deactivate(key);
            self.tell_listed(id, change.fd, listed);
        }
        self.run_filter(id, key);
        Ok(())
    }

    /// Runs the filter of a registration, which becomes active if there is something to report.
    fn run_filter(&mut self, id: FileId, key: Key) {
        let Ok(queue) = self.queue(id) else { return };
        let listed = queue.is_listed(key.0);
        let Some(knote) = queue.knotes.get(&key).copied() else { return };
        if !knote.enabled || knote.active || !self.find(knote.file, key.1).ready {
            return;
        }
        if self.queue(id).is_ok_and(|queue| queue.activate(key)) {
            self.tell_listed(id, key.0, listed);
            self.wake(id, Mask::IN);
        }
    }

    /// Takes the first active registration, and says what there is to report of it, if there still is.
    fn next_active(&mut self, id: FileId) -> Option<Kevent> {
        let queue = self.queue(id).ok()?;
        let key = queue.active.pop_front()?;
        let listed = queue.is_listed(key.0);
        let knote = queue.knotes.get_mut(&key)?;
        knote.active = false;
        let Knote { file, flags, user, .. } = *knote;
        let found = self.find(file, key.1);
        if found.ready && flags.contains(KeventFlags::ONESHOT) {
            self.tell_listed(id, key.0, listed);
            self.remove_knote(id, key).ok()?;
        } else {
            let queue = self.queue(id).ok()?;
            if found.ready && flags.contains(KeventFlags::DISPATCH) {
                queue.knotes.entry(key).and_modify(|knote| knote.enabled = false);
            } else if found.ready && !flags.contains(KeventFlags::CLEAR) {
                queue.activate(key);
            }
            self.tell_listed(id, key.0, listed);
        }
        let eof = if found.eof { KeventFlags::EOF } else { KeventFlags::empty() };
        let (error, data) = (found.error.filter(|_| found.eof), found.data as u32);
        found.ready.then_some(Kevent { fd: key.0, filter: key.1, flags: flags | eof, error, data, user })
    }

    fn remove_knote(&mut self, id: FileId, key: Key) -> Result<(), Errno> {
        let queue = self.queue(id)?;
        let listed = queue.is_listed(key.0);
        queue.deactivate(key);
        let knote = queue.knotes.remove(&key).ok_or(Errno::ENOENT)?;
        let watched = queue.knotes.contains_key(&other(key));
        self.tell_listed(id, key.0, listed);
        if !watched {
            self.unwatch(knote.file, id, key.0);
        }
        Ok(())
    }

    /// Tells if a descriptor has come among those that have something to report, or has left them.
    fn tell_listed(&mut self, id: FileId, fd: Fd, before: bool) {
        let Ok(queue) = self.queue(id) else { return };
        match (before, queue.is_listed(fd)) {
            (false, true) => self.tell_kernel(Inside::Listed { epoll: id, fd }, &[]),
            (true, false) => self.tell_kernel(Inside::Unlisted { epoll: id, fd }, &[]),
            _ => {}
        }
    }

    /// Runs a filter. Reading: bytes that wait, or connections; the end of input is always reported. Writing:
    /// space in the send buffer; never for a listener.
    pub(super) fn find(&self, file: FileId, filter: Filter) -> Found {
        let over = self.ready(file);
        match (self.files.get(file).map(|file| &file.kind), filter) {
            (Some(Kind::Socket(tcp)), Filter::Read) => {
                let eof = over.contains(Mask::RDHUP) || (tcp.listener.is_none() && over.contains(Mask::HUP));
                let ready = eof || over.contains(Mask::IN);
                let data = tcp.listener.as_ref().map_or(tcp.recv.len(), |listener| listener.queue.len());
                Found { ready, eof, error: tcp.error, data }
            }
            (Some(Kind::Socket(tcp)), Filter::Write) if tcp.listener.is_none() => {
                let space = tcp.send_capacity.saturating_sub(tcp.send.len());
                let eof = tcp.write_shut || over.contains(Mask::HUP);
                let room = space >= WRITE_LOW_WATER.min(tcp.send_capacity);
                let ready = eof || (room && tcp.state != State::SynSent);
                Found { ready, eof, error: tcp.error, data: space }
            }
            _ => Found::default(),
        }
    }

    fn queue(&mut self, id: FileId) -> Result<&mut Queue, Errno> {
        match self.files.get_mut(id).map(|file| &mut file.kind) {
            Some(Kind::Kqueue(queue)) => Ok(queue),
            _ => Err(Errno::EBADF),
        }
    }
}

/// The other filter of the same descriptor.
fn other((fd, filter): Key) -> Key {
    let other = match filter {
        Filter::Read => Filter::Write,
        Filter::Write => Filter::Read,
    };
    (fd, other)
}
