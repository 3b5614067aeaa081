//! `/dev/poll` of Solaris (`poll(4D)` of illumos): the set of `poll` lives in the kernel.
//!
//! The rules are those of the manual page of illumos; they were read, not observed. Entries go by number: one
//! whose descriptor is closed stays, and says `NVAL`, or is about whatever gets the number next.

use crate::errno::Errno;
use crate::ids::{Fd, FileId, TaskId};
use crate::kernel::{Mask, PollFd};
use crate::sim::files::{File, Kind};
use crate::sim::machine::{Attempt, Machine};
use crate::sim::waitq::Watch;
use crate::sorted::{SortedMap, SortedSet};

/// An open `/dev/poll`.
#[derive(Debug)]
pub(super) struct Set {
    /// The process that opened it, the only one that may use it.
    process: TaskId,
    entries: SortedMap<Fd, Entry>,
    /// Descriptors to which something has happened: a wait looks at these alone.
    hints: SortedSet<Fd>,
    /// Where the next wait begins to look, so that many ready entries take turns.
    start: Fd,
}

/// What is asked of a descriptor.
#[derive(Clone, Copy, Debug)]
struct Entry {
    events: Mask,
    /// What it named when it was looked at last.
    file: Option<FileId>,
}

impl Set {
    /// How many entries a wait would look at.
    pub(super) fn hints_len(&self) -> usize {
        self.hints.len()
    }

    /// The descriptors to look at, from where the last wait ended.
    fn turns(&self) -> Vec<Fd> {
        self.hints.range(self.start..).chain(self.hints.range(..self.start)).copied().collect()
    }

    /// The files that are watched.
    pub(super) fn files(&self) -> impl Iterator<Item = FileId> {
        self.entries.values().filter_map(|entry| entry.file)
    }
}

impl Machine {
    /// `open(2)` of `/dev/poll`.
    pub(super) fn devpoll_open(&mut self) -> Result<Fd, Errno> {
        let process = self.process_of(self.current);
        let set = Set { process, entries: SortedMap::new(), hints: SortedSet::new(), start: Fd(0) };
        let id = self.add_file(File::new(Kind::DevPoll(set), None));
        self.install(id)
    }

    /// `write(2)`: each entry adds to what is asked of its descriptor, or takes it out.
    pub(super) fn devpoll_write(&mut self, dev: Fd, entries: &[PollFd]) -> Result<(), Errno> {
        let id = self.own_set(dev)?;
        for entry in entries {
            let set = self.set(id)?;
            if entry.events.contains(Mask::REMOVE) {
                let removed = set.entries.remove(&entry.fd);
                set.hints.remove(&entry.fd);
                if let Some(file) = removed.and_then(|removed| removed.file) {
                    self.unwatch(file, id, entry.fd);
                }
            } else {
                let known =
                    set.entries.entry(entry.fd).or_insert(Entry { events: Mask::empty(), file: None });
                known.events |= entry.events;
                self.devpoll_notice(id, entry.fd, Mask::all());
            }
        }
        Ok(())
    }

    /// `ioctl(2)` with `DP_POLL`: looks at the entries to which something has happened, and reports up to
    /// `most` that are ready. They are looked at again the next time.
    pub(super) fn devpoll_wait(
        &mut self,
        dev: Fd,
        ready: &mut Vec<PollFd>,
        most: usize,
        timed_out: bool,
    ) -> Attempt<usize> {
        ready.clear();
        let id = match self.own_set(dev) {
            Ok(id) => id,
            Err(errno) => return Attempt::Done(Err(errno)),
        };
        for fd in self.set(id).map(|set| set.turns()).unwrap_or_default() {
            if ready.len() == most {
                break;
            }
            ready.extend(self.look_at(id, fd));
        }
        if let (Some(last), Ok(set)) = (ready.last(), self.set(id)) {
            set.start = Fd(last.fd.0 + 1);
        }
        if ready.is_empty() && most > 0 && !timed_out {
            self.sleep_on([(id, Mask::IN)]);
            return Attempt::Sleep;
        }
        Attempt::Done(Ok(ready.len()))
    }

    /// Something happened to a descriptor of the set, or it was closed: the next wait looks at it.
    pub(super) fn devpoll_notice(&mut self, id: FileId, fd: Fd, key: Mask) {
        let Ok(set) = self.set(id) else { return };
        let asked = set.entries.get(&fd).map_or(Mask::empty(), |entry| entry.events | Mask::ALWAYS);
        if asked.intersects(key) && set.hints.insert(fd) {
            self.wake(id, Mask::IN);
        }
    }

    /// How many entries a wait would look at.
    pub(super) fn devpoll_len(&mut self, dev: Fd) -> usize {
        self.file_of(dev).and_then(|id| self.set(id).map(|set| set.hints_len())).unwrap_or(0)
    }

    /// Says what is so of an entry, if it is asked for. What is not ready is not looked at again before
    /// something happens to it.
    fn look_at(&mut self, id: FileId, fd: Fd) -> Option<PollFd> {
        let file = self.file_of(fd).ok();
        let entry = self.set(id).ok()?.entries.get_mut(&fd)?;
        let (events, before) = (entry.events, std::mem::replace(&mut entry.file, file));
        if before != file {
            if let Some(before) = before {
                self.unwatch(before, id, fd);
            }
            if let Some(file) = file {
                self.watch(file, Watch { by: id, fd });
            }
        }
        let revents = match file {
            Some(file) => self.poll_file(file) & (events | Mask::ALWAYS) & Mask::READINESS,
            None => Mask::NVAL,
        };
        if revents.is_empty() {
            self.set(id).ok()?.hints.remove(&fd);
            return None;
        }
        Some(PollFd { fd, events, revents })
    }

    /// The set of a descriptor. A child that got a copy of the descriptor may not use it.
    fn own_set(&mut self, dev: Fd) -> Result<FileId, Errno> {
        let (id, process) = (self.file_of(dev)?, self.process_of(self.current));
        if self.set(id)?.process == process { Ok(id) } else { Err(Errno::EACCES) }
    }

    fn set(&mut self, id: FileId) -> Result<&mut Set, Errno> {
        match self.files.get_mut(id).map(|file| &mut file.kind) {
            Some(Kind::DevPoll(set)) => Ok(set),
            _ => Err(Errno::EINVAL),
        }
    }
}
