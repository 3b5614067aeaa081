//! Interest lists that live in the kernel: those of epoll, kqueue, event ports and `/dev/poll`.

use serde::{Deserialize, Serialize};

use crate::ids::{Fd, FileId, TaskId};
use crate::kernel::{CtlOp, EpollEvent, Filter, Kevent, KeventFlags, Mask, PollFd, PortEvent};
use crate::shelf::Shelf;
use crate::world::{File, FileKind, World};

/// An interest list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Registry {
    /// Whose it is.
    pub interface: Interface,
    /// What is registered. The real key is the file and the number (`epoll(7)`).
    pub interest: Shelf<(Fd, FileId), Interested>,
    /// Which of them are on the ready list, in its order. Only a simulated kernel tells it.
    pub ready: Vec<Fd>,
}

/// The interfaces that keep an interest list in the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interface {
    /// `epoll(7)`.
    Epoll,
    /// `kqueue(2)`.
    Kqueue,
    /// An event port of Solaris (`port_create(3C)`).
    EventPort,
    /// `/dev/poll` of Solaris.
    DevPoll,
}

/// An entry of an interest list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interested {
    /// What is asked for, and how, with the program's own number. The filters of a kqueue are shown as the
    /// bits of epoll that say the same.
    pub event: EpollEvent,
    /// It reports. Not so after the one report of `EPOLLONESHOT`, until it is armed again.
    pub armed: bool,
}

impl Registry {
    /// One that watches nothing yet.
    pub(super) fn empty(interface: Interface) -> FileKind {
        FileKind::Registry(Box::new(Self { interface, interest: Shelf::default(), ready: Vec::new() }))
    }
}

impl World {
    pub(super) fn registry(&self, file: FileId) -> Option<&Registry> {
        match &self.files.get(&file)?.kind {
            FileKind::Registry(registry) => Some(registry),
            _ => None,
        }
    }

    pub(super) fn registry_mut(&mut self, file: FileId) -> Option<&mut Registry> {
        match &mut self.files.get_mut(&file)?.kind {
            FileKind::Registry(registry) => Some(registry),
            _ => None,
        }
    }

    /// Adds to an interest list, or changes what is there.
    fn watch(&mut self, by: FileId, fd: Fd, file: FileId, event: EpollEvent) {
        let Some(registry) = self.registry_mut(by) else { return };
        let known = registry.interest.contains_key(&(fd, file));
        registry.interest.insert((fd, file), Interested { event, armed: true });
        if let (false, Some(File { watched_by, .. })) = (known, self.files.get_mut(&file)) {
            watched_by.push((by, fd));
        }
    }

    /// Takes out of an interest list.
    pub(super) fn unwatch(&mut self, by: FileId, fd: Fd, file: FileId) {
        let Some(registry) = self.registry_mut(by) else { return };
        registry.interest.remove(&(fd, file));
        if let Some(File { watched_by, .. }) = self.files.get_mut(&file) {
            watched_by.retain(|entry| *entry != (by, fd));
        }
    }

    /// `epoll_ctl` is done; the event is what went down with it.
    pub(super) fn epoll_changed(&mut self, task: TaskId, epoll: Fd, op: CtlOp, fd: Fd, event: EpollEvent) {
        let (Some(epoll), Some(file)) = (self.file_of(task, epoll), self.file_of(task, fd)) else { return };
        match op {
            CtlOp::Add | CtlOp::Mod => self.watch(epoll, fd, file, event),
            CtlOp::Del => self.unwatch(epoll, fd, file),
        }
    }

    /// `epoll_wait` has reported: what asked for one report has had it.
    pub(super) fn epoll_reported(&mut self, task: TaskId, epoll: Fd, up: &[u8]) {
        let Some(epoll) = self.file_of(task, epoll) else { return };
        for event in up.as_chunks::<{ EpollEvent::SIZE }>().0 {
            let Some(event) = EpollEvent::from_bytes(event) else { continue };
            let Some(registry) = self.registry_mut(epoll) else { return };
            let number = event.fd();
            let entries = registry.interest.range((number, FileId(0))..=(number, FileId(u32::MAX)));
            let once = entries.filter(|(_, entry)| entry.event.events.contains(Mask::ONESHOT));
            for key in once.map(|(key, _)| *key).collect::<Vec<_>>() {
                if let Some(entry) = registry.interest.get_mut(&key) {
                    entry.armed = false;
                }
            }
        }
    }

    /// The changes of a `kevent` are done.
    pub(super) fn kqueue_changed(&mut self, task: TaskId, kqueue: Fd, down: &[u8]) {
        for change in postcard::from_bytes::<Vec<Kevent>>(down).unwrap_or_default() {
            let off = change.flags.intersects(KeventFlags::DELETE | KeventFlags::DISABLE);
            let how = [(KeventFlags::CLEAR, Mask::ET), (KeventFlags::ONESHOT, Mask::ONESHOT)];
            let how = how.into_iter().filter(|(flag, _)| change.flags.contains(*flag));
            let how = how.fold(Mask::empty(), |how, (_, bit)| how | bit);
            self.kqueue_filter(task, kqueue, &change, (!off).then_some(how));
        }
    }

    /// `kevent` has reported: a filter that asked for one report is gone (`EV_ONESHOT`).
    pub(super) fn kqueue_reported(&mut self, task: TaskId, kqueue: Fd, up: &[u8]) {
        for event in postcard::from_bytes::<Vec<Kevent>>(up).unwrap_or_default() {
            if event.flags.contains(KeventFlags::ONESHOT) && !event.flags.contains(KeventFlags::ERROR) {
                self.kqueue_filter(task, kqueue, &event, None);
            }
        }
    }

    /// One filter of a kqueue reports from now on, in this way, or no longer.
    fn kqueue_filter(&mut self, task: TaskId, kqueue: Fd, which: &Kevent, on: Option<Mask>) {
        let (Some(queue), Some(file)) = (self.file_of(task, kqueue), self.file_of(task, which.fd)) else {
            return;
        };
        let Some(registry) = self.registry(queue) else { return };
        let known = registry.interest.get(&(which.fd, file)).map(|known| known.event.events);
        let bit = match which.filter {
            Filter::Read => Mask::IN,
            Filter::Write => Mask::OUT,
        };
        let asked = known.unwrap_or_default().intersection(Mask::IN | Mask::OUT);
        match on {
            Some(how) => {
                let event = EpollEvent { events: asked | bit | how, data: which.user };
                self.watch(queue, which.fd, file, event);
            }
            None if asked.difference(bit).is_empty() => self.unwatch(queue, which.fd, file),
            None => {
                let events = known.unwrap_or_default().difference(bit);
                self.watch(queue, which.fd, file, EpollEvent { events, data: which.user });
            }
        }
    }

    /// A descriptor is associated with an event port, for one event.
    pub(super) fn port_associated(&mut self, task: TaskId, port: Fd, fd: Fd, events: Mask) {
        let (Some(port), Some(file)) = (self.file_of(task, port), self.file_of(task, fd)) else { return };
        self.watch(port, fd, file, EpollEvent::of(fd, events));
    }

    pub(super) fn port_dissociated(&mut self, task: TaskId, port: Fd, fd: Fd) {
        let (Some(port), Some(file)) = (self.file_of(task, port), self.file_of(task, fd)) else { return };
        self.unwatch(port, fd, file);
    }

    /// `port_getn` has taken events: what they were about is no longer associated.
    pub(super) fn port_reported(&mut self, task: TaskId, port: Fd, up: &[u8]) {
        for event in postcard::from_bytes::<Vec<PortEvent>>(up).unwrap_or_default() {
            self.port_dissociated(task, port, event.fd);
        }
    }

    /// Entries were written to `/dev/poll`: each adds to what is asked of its number, or takes it out.
    pub(super) fn dev_poll_written(&mut self, task: TaskId, dev: Fd, down: &[u8]) {
        let Some(set) = self.file_of(task, dev) else { return };
        for entry in down.as_chunks::<{ PollFd::SIZE }>().0 {
            let Some(entry) = PollFd::from_bytes(entry) else { continue };
            let Some(file) = self.file_of(task, entry.fd) else { continue };
            let Some(registry) = self.registry(set) else { return };
            let known = registry.interest.range((entry.fd, FileId(0))..=(entry.fd, FileId(u32::MAX)));
            let known: Vec<(FileId, Mask)> =
                known.map(|((_, id), entry)| (*id, entry.event.events)).collect();
            for (known, _) in &known {
                self.unwatch(set, entry.fd, *known);
            }
            if !entry.events.contains(Mask::REMOVE) {
                let asked = known.iter().fold(entry.events, |asked, (_, events)| asked | *events);
                self.watch(set, entry.fd, file, EpollEvent::of(entry.fd, asked));
            }
        }
    }
}
