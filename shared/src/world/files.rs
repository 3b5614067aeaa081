//! Descriptor tables and what is in them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{Fd, FileId, TaskId};
use crate::kernel::{EpollEvent, Mask};
use crate::world::{Stream, World};

/// The descriptors of a process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// What each open descriptor names.
    pub fds: BTreeMap<Fd, Descriptor>,
    /// How often each number has been given out, so that two lives of one number can be told apart.
    lives: BTreeMap<Fd, u32>,
}

/// One entry of a descriptor table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// What it names.
    pub file: FileId,
    /// Which life of its number this is, from 1: written `fd:7.2` where it is not the first.
    pub generation: u32,
}

/// An open file description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct File {
    /// What it is.
    pub kind: FileKind,
    /// How many descriptors name it.
    pub refs: u32,
    /// What a wait would say of it, where that is known.
    pub ready: Option<Mask>,
}

/// The kinds of file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FileKind {
    /// A socket that listens.
    Listener {
        /// Its backlog (`listen(2)`).
        backlog: u32,
        /// The connections that wait to be accepted, the oldest first.
        queue: Vec<FileId>,
    },
    /// A connection.
    Stream(Box<Stream>),
    /// An epoll instance, or a kqueue.
    Epoll {
        /// What is registered. The real key is the file and the number (`epoll(7)`).
        interest: BTreeMap<(Fd, FileId), Interested>,
        /// Which of them are on the ready list, in its order. Only a simulated kernel tells it.
        ready: Vec<Fd>,
    },
    /// Something of which nothing is known but that it is open.
    Unknown,
}

/// An entry of an interest list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interested {
    /// What is asked for, and how, with the program's own number.
    pub event: EpollEvent,
}

impl Table {
    /// The lowest descriptor that names the file.
    pub fn fd_of(&self, file: FileId) -> Option<Fd> {
        self.fds.iter().find(|(_, descriptor)| descriptor.file == file).map(|(fd, _)| *fd)
    }
}

impl File {
    pub(super) fn new(kind: FileKind) -> Self {
        Self { kind, refs: 0, ready: None }
    }
}

impl World {
    pub(super) fn listening(&mut self, task: TaskId, fd: Fd, backlog: u32) {
        let file = self.file_of(task, fd).unwrap_or_else(|| self.name_file());
        self.files.insert(file, File::new(FileKind::Listener { backlog, queue: Vec::new() }));
        self.install(task, fd, file);
    }

    /// Enters a file into the table of the task's process. If the number was taken, its close was not seen.
    pub(super) fn install(&mut self, task: TaskId, fd: Fd, file: FileId) {
        if self.file_of(task, fd) == Some(file) {
            self.files.entry(file).and_modify(|file| file.refs = file.refs.max(1));
            return;
        }
        self.uninstall(task, fd);
        let process = self.task_mut(task).process;
        let table = self.tables.entry(process).or_default();
        let generation = table.lives.get(&fd).copied().unwrap_or(0) + 1;
        table.lives.insert(fd, generation);
        table.fds.insert(fd, Descriptor { file, generation });
        self.files.entry(file).or_insert_with(|| File::new(FileKind::Unknown)).refs += 1;
    }

    /// Takes a descriptor out of the table; the last one ends the file, wherever it was registered.
    pub(super) fn uninstall(&mut self, task: TaskId, fd: Fd) {
        let process = self.task_mut(task).process;
        let Some(descriptor) = self.tables.get_mut(&process).and_then(|table| table.fds.remove(&fd)) else {
            return;
        };
        let Some(file) = self.files.get_mut(&descriptor.file) else { return };
        file.refs = file.refs.saturating_sub(1);
        if file.refs > 0 {
            return;
        }
        self.forget(descriptor.file);
    }

    pub(super) fn close_all(&mut self, process: TaskId) {
        let open: Vec<Fd> =
            self.tables.get(&process).map_or_else(Vec::new, |table| table.fds.keys().copied().collect());
        for fd in open {
            self.uninstall(process, fd);
        }
    }

    /// Removes a file and every trace of it in interest lists.
    fn forget(&mut self, gone: FileId) {
        let file = self.files.remove(&gone);
        if file.is_some_and(|file| matches!(file.kind, FileKind::Stream(_))) {
            self.tally.closed += 1;
        }
        for file in self.files.values_mut() {
            if let FileKind::Epoll { interest, .. } = &mut file.kind {
                interest.retain(|(_, registered), _| *registered != gone);
            }
        }
    }
}
