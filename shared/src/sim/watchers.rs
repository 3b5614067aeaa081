//! What watches files on behalf of tasks, beside epoll: how each kind is told of events, of descriptors that are
//! closed, and of its own end.

use crate::ids::{Fd, FileId};
use crate::kernel::Mask;
use crate::sim::files::Kind;
use crate::sim::machine::Machine;
use crate::sim::waitq::Watch;

/// The kinds that watch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Watcher {
    Kqueue,
    Port,
    DevPoll,
    Rings,
    CompletionPort,
}

impl Machine {
    /// Tells one who watches that something happened to `file`.
    pub(super) fn notify_watcher(&mut self, watch: Watch, file: FileId, key: Mask) {
        let Watch { by, fd, .. } = watch;
        match self.watcher(by) {
            Some(Watcher::Kqueue) => self.kqueue_notice(by, fd, key),
            Some(Watcher::Port) => self.port_notice(by, fd),
            Some(Watcher::DevPoll) => self.devpoll_notice(by, fd, key),
            Some(Watcher::Rings) => self.rings_notice(by, file, key),
            Some(Watcher::CompletionPort) => self.completion_port_notice(by, file, key),
            None => {}
        }
    }

    /// A descriptor is closed, and perhaps not the last one of its file. Registrations that go by the number
    /// end; epoll's and io_uring's go by the file, and stay.
    pub(super) fn descriptor_closed(&mut self, fd: Fd, file: FileId) {
        for by in self.watchers_of(file, fd) {
            match self.watcher(by) {
                Some(Watcher::Kqueue) => self.kqueue_forget(by, fd),
                Some(Watcher::Port) => self.port_forget(by, fd),
                Some(Watcher::DevPoll) => self.devpoll_notice(by, fd, Mask::all()),
                Some(Watcher::CompletionPort) => self.completion_port_forget(by, file),
                Some(Watcher::Rings) | None => {}
            }
        }
        if self.watcher(file) == Some(Watcher::Port) {
            // Whoever waits there is told, unlike with epoll.
            self.wake(file, Mask::IN);
        }
    }

    /// The last descriptor of a file is closed: if it watches others, it does so no longer.
    pub(super) fn watcher_ended(&mut self, id: FileId) {
        let watched: Vec<FileId> = match self.files.get(id).map(|file| &file.kind) {
            Some(Kind::Kqueue(queue)) => queue.files().collect(),
            Some(Kind::Port(port)) => port.files().collect(),
            Some(Kind::DevPoll(set)) => set.files().collect(),
            Some(Kind::CompletionPort(port)) => port.files().collect(),
            _ => Vec::new(),
        };
        for file in watched {
            self.unwatch_all(file, id);
        }
        match self.watcher(id) {
            Some(Watcher::Rings) => self.rings_ended(id),
            Some(Watcher::CompletionPort) => self.completion_port_ended(id),
            _ => {}
        }
    }

    /// There is more room in the send buffer of a socket, though not so much that Linux would wake anybody: a
    /// kqueue's filter has a limit of its own.
    pub(super) fn room_grows(&mut self, file: FileId) {
        let watches = self.files.get(file).into_iter().flat_map(|file| file.queue.watches());
        let is_kqueue = |watch: &&Watch| self.watcher(watch.by) == Some(Watcher::Kqueue);
        let kqueues: Vec<Watch> = watches.filter(is_kqueue).copied().collect();
        for Watch { by, fd } in kqueues {
            self.kqueue_notice(by, fd, Mask::OUT);
        }
    }

    /// Who watches a file under that descriptor.
    fn watchers_of(&self, file: FileId, fd: Fd) -> Vec<FileId> {
        let watches = self.files.get(file).into_iter().flat_map(|file| file.queue.watches());
        watches.filter(|watch| watch.fd == fd).map(|watch| watch.by).collect()
    }

    /// Ends all registrations of a file with one who watches.
    fn unwatch_all(&mut self, file: FileId, by: FileId) {
        if let Some(file) = self.files.get_mut(file) {
            file.queue.take_watches(|watch| watch.by == by);
        }
    }

    fn watcher(&self, id: FileId) -> Option<Watcher> {
        match self.files.get(id)?.kind {
            Kind::Kqueue(_) => Some(Watcher::Kqueue),
            Kind::Port(_) => Some(Watcher::Port),
            Kind::DevPoll(_) => Some(Watcher::DevPoll),
            Kind::Rings(_) => Some(Watcher::Rings),
            Kind::CompletionPort(_) => Some(Watcher::CompletionPort),
            _ => None,
        }
    }
}
