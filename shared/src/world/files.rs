//! Descriptor tables and what is in them.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::event::Thing;
use crate::ids::{Fd, FileId, TaskId};
use crate::kernel::Mask;
use crate::shelf::Shelf;
use crate::sorted::SortedSet;
use crate::world::{Interface, Operations, Registry, Stream, World};

/// The descriptors of a process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// What each open descriptor names.
    pub fds: Shelf<Fd, Descriptor>,
    /// How often each number has been given out, so that two lives of one number can be told apart.
    lives: Shelf<Fd, u32>,
}

/// One entry of a descriptor table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// What it names.
    pub file: FileId,
    /// Which life of its number this is, from 1: written `fd:7.2` where it is not the first.
    pub generation: u32,
    /// Whether it is closed when the process begins another program (`FD_CLOEXEC`), where that is known.
    pub close_on_exec: Option<bool>,
}

/// An open file description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// What it is.
    pub kind: FileKind,
    /// The descriptors that name it, each with its process.
    pub names: SortedSet<(TaskId, Fd)>,
    /// What an observer calls it, such as its path.
    pub label: Option<String>,
    /// Whether its calls fail with `EAGAIN` instead of sleeping (`O_NONBLOCK`), where that is known.
    pub nonblocking: Option<bool>,
    /// Bytes that calls have taken out of it.
    pub read: u64,
    /// Bytes that calls have put into it.
    pub written: u64,
    /// What a wait would say of it, where that is known.
    pub ready: Option<Mask>,
    /// The registries that watch it, each with the number by which it was registered.
    pub(super) watched_by: Vec<(FileId, Fd)>,
    /// The completion port that it is tied to.
    pub(super) port: Option<FileId>,
}

/// The kinds of file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FileKind {
    /// A socket that neither listens nor is connected.
    Socket {
        /// Its own address, once it has one.
        bound: Option<SocketAddr>,
    },
    /// A socket that listens.
    Listener {
        /// Its backlog (`listen(2)`).
        backlog: u32,
        /// The connections that wait to be accepted, the oldest first.
        queue: Vec<FileId>,
        /// How many an observer last saw waiting, where nobody tells of each.
        sampled: Option<u32>,
    },
    /// A connection.
    Stream(Box<Stream>),
    /// An interest list of the kernel's: an epoll instance, a kqueue, an event port, `/dev/poll`.
    Registry(Box<Registry>),
    /// Operations under way and completions: a pair of rings, a completion port.
    Operations(Box<Operations>),
    /// One end of a pipe.
    Pipe {
        /// It is the end that reads.
        reads: bool,
    },
    /// A regular file.
    Regular,
    /// Something of another kind, of which no more is known than which.
    Other(Thing),
    /// Something of which nothing is known but that it is open.
    Unknown,
}

impl File {
    pub(super) fn new(kind: FileKind) -> Self {
        Self {
            kind,
            names: SortedSet::new(),
            label: None,
            nonblocking: None,
            read: 0,
            written: 0,
            ready: None,
            watched_by: Vec::new(),
            port: None,
        }
    }
}

impl World {
    pub(super) fn listening(&mut self, task: TaskId, fd: Fd, backlog: u32) {
        self.becomes(task, fd, FileKind::Listener { backlog, queue: Vec::new(), sampled: None });
    }

    /// The file of a descriptor is of this kind from now on. What else is known of it stays; a descriptor
    /// that was not known is made known.
    pub(super) fn becomes(&mut self, task: TaskId, fd: Fd, kind: FileKind) -> FileId {
        let id = self.file_of(task, fd).unwrap_or_else(|| self.name_file());
        match self.files.get_mut(&id) {
            Some(file) => file.kind = kind,
            None => {
                self.files.insert(id, File::new(kind));
            }
        }
        self.install(task, fd, id);
        id
    }

    /// A call made a new file of this kind and returned a descriptor for it. A kernel that tells of its inside
    /// has named the file before.
    pub(super) fn made(&mut self, task: TaskId, fd: Fd, kind: FileKind) {
        if self.file_of(task, fd).is_some_and(Self::is_inferred) {
            self.uninstall(task, fd);
        }
        self.becomes(task, fd, kind);
    }

    /// Enters a file into the table of the task's process. If the number was taken, its close was not seen.
    pub(super) fn install(&mut self, task: TaskId, fd: Fd, file: FileId) {
        if self.file_of(task, fd) == Some(file) {
            return;
        }
        self.uninstall(task, fd);
        let process = self.task_mut(task).process;
        let table = self.tables.entry(process).or_default();
        let lives = table.lives.get_or_insert_with(fd, || 0);
        *lives = lives.saturating_add(1);
        table.fds.insert(fd, Descriptor { file, generation: *lives, close_on_exec: None });
        self.tally.fds_opened += 1;
        self.refer(file, process, fd);
    }

    /// One descriptor more names the file.
    fn refer(&mut self, file: FileId, process: TaskId, fd: Fd) {
        let file = self.files.get_or_insert_with(file, || File::new(FileKind::Unknown));
        file.names.insert((process, fd));
    }

    /// Takes a descriptor out of the table; the last one ends the file, wherever it was registered.
    pub(super) fn uninstall(&mut self, task: TaskId, fd: Fd) {
        let process = self.task_mut(task).process;
        let Some(descriptor) = self.tables.get_mut(&process).and_then(|table| table.fds.remove(&fd)) else {
            return;
        };
        self.tally.fds_closed += 1;
        let Some(file) = self.files.get_mut(&descriptor.file) else { return };
        file.names.remove(&(process, fd));
        if file.names.is_empty() {
            self.forget(descriptor.file);
        } else {
            self.descriptor_closed(fd, descriptor.file);
        }
    }

    /// A new process has copies of another one's descriptors (`fork(2)`).
    pub(super) fn copy_table(&mut self, from: TaskId, to: TaskId) {
        let Some(table) = self.tables.get(&from).cloned() else { return };
        self.tally.fds_opened += table.fds.len() as u64;
        self.close_all(to);
        for (fd, descriptor) in &table.fds {
            self.refer(descriptor.file, to, *fd);
        }
        self.tables.insert(to, table);
    }

    /// The process is over: its descriptors are closed, and its table is gone.
    pub(super) fn close_all(&mut self, process: TaskId) {
        let open: Vec<Fd> =
            self.tables.get(&process).map_or_else(Vec::new, |table| table.fds.keys().copied().collect());
        for fd in open {
            self.uninstall(process, fd);
        }
        self.tables.remove(&process);
    }

    /// The last descriptor of one number is closed, others name the file still. An epoll instance goes on
    /// watching it (`epoll(7)`), a kqueue and an event port do not.
    fn descriptor_closed(&mut self, fd: Fd, file: FileId) {
        let Some(closed) = self.files.get(&file) else { return };
        let registered = closed.watched_by.iter().filter(|(_, number)| *number == fd).map(|(by, _)| *by);
        for by in registered.collect::<Vec<_>>() {
            let drops = self.registry(by).is_some_and(|registry| {
                matches!(registry.interface, Interface::Kqueue | Interface::EventPort)
            });
            if drops {
                self.unwatch(by, fd, file);
            }
        }
    }

    /// Removes a file and every trace of it in interest lists; `/dev/poll` keeps the number (`poll(4D)`).
    fn forget(&mut self, gone: FileId) {
        let Some(file) = self.files.remove(&gone) else { return };
        match file.kind {
            FileKind::Stream(_) => self.tally.closed += 1,
            FileKind::Registry(registry) => {
                for (_, watched) in registry.interest.keys() {
                    if let Some(watched) = self.files.get_mut(watched) {
                        watched.watched_by.retain(|(by, _)| *by != gone);
                    }
                }
            }
            _ => {}
        }
        for (by, fd) in file.watched_by {
            if self.registry(by).is_some_and(|registry| registry.interface != Interface::DevPoll) {
                self.unwatch(by, fd, gone);
            }
        }
    }
}
