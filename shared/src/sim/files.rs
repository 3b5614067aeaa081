//! Descriptors and the files that they name.

use std::collections::{BTreeMap, VecDeque};

use crate::errno::Errno;
use crate::event::Inside;
use crate::ids::{Fd, FileId, PeerId};
use crate::kernel::Mask;
use crate::sim::epoll::Instance;
use crate::sim::machine::Machine;
use crate::sim::tcp::Tcp;
use crate::sim::waitq::{Waiter, Watch};

/// Descriptors that are taken before the program begins: standard input, output and error.
const FIRST_FREE: i32 = 3;

/// How many descriptors a process may have open (`RLIMIT_NOFILE`).
const OPEN_MAX: usize = 20_000;

/// An open file description.
#[derive(Debug)]
pub(super) struct File {
    pub(super) kind: Kind,
    /// Whose it is: the program's, or a client's at the far end.
    pub(super) peer: Option<PeerId>,
    /// Tasks that sleep until something happens to it.
    pub(super) waiters: Vec<Waiter>,
    /// Who watches it, the first first.
    pub(super) watches: Vec<Watch>,
    /// What was told of its readiness last.
    pub(super) told: Mask,
}

#[derive(Debug)]
pub(super) enum Kind {
    Listener { backlog: u32, queue: VecDeque<FileId>, shut: bool },
    Stream(Box<Tcp>),
    Epoll(Instance),
}

impl File {
    pub(super) fn new(kind: Kind, peer: Option<PeerId>) -> Self {
        Self { kind, peer, waiters: Vec::new(), watches: Vec::new(), told: Mask::empty() }
    }
}

/// The descriptor table of the one process.
#[derive(Debug, Default)]
pub(super) struct Table {
    fds: BTreeMap<Fd, FileId>,
}

impl Table {
    /// The file that a descriptor names.
    pub(super) fn get(&self, fd: Fd) -> Result<FileId, Errno> {
        self.fds.get(&fd).copied().ok_or(Errno::EBADF)
    }

    /// Gives the file the lowest free number.
    pub(super) fn install(&mut self, file: FileId) -> Result<Fd, Errno> {
        if self.fds.len() >= OPEN_MAX {
            return Err(Errno::EMFILE);
        }
        // Numbers are taken in order, so the first whose place differs from it leaves a gap before it.
        let mut free = FIRST_FREE;
        for fd in self.fds.keys() {
            if fd.0 != free {
                break;
            }
            free += 1;
        }
        self.fds.insert(Fd(free), file);
        Ok(Fd(free))
    }

    fn remove(&mut self, fd: Fd) -> Result<FileId, Errno> {
        self.fds.remove(&fd).ok_or(Errno::EBADF)
    }
}

impl Machine {
    pub(super) fn add_file(&mut self, file: File) -> FileId {
        let id = FileId(self.next_file);
        self.next_file += 1;
        self.files.insert(id, file);
        id
    }

    /// The end of a connection that a descriptor names.
    pub(super) fn tcp_of(&mut self, fd: Fd) -> Result<(FileId, &mut Tcp), Errno> {
        let file = self.table.get(fd)?;
        match self.files.get_mut(&file).map(|file| &mut file.kind) {
            Some(Kind::Stream(tcp)) => Ok((file, tcp)),
            Some(Kind::Listener { .. }) => Err(Errno::ENOTCONN),
            _ => Err(Errno::ENOTSOCK),
        }
    }

    pub(super) fn tcp(&mut self, file: FileId) -> Option<&mut Tcp> {
        match self.files.get_mut(&file).map(|file| &mut file.kind) {
            Some(Kind::Stream(tcp)) => Some(tcp),
            _ => None,
        }
    }

    /// Gives a file a descriptor in the call that is under way, and tells so.
    pub(super) fn install(&mut self, file: FileId) -> Result<Fd, Errno> {
        let fd = self.table.install(file)?;
        let task = self.current;
        self.tell(task, Inside::Installed { fd, file }, &[]);
        self.tell_ready(file);
        Ok(fd)
    }

    /// `close(2)`. There is no `dup` yet, so the descriptor is the last one of its file.
    pub(super) fn close(&mut self, fd: Fd) -> Result<(), Errno> {
        let id = self.table.remove(fd)?;
        let Some(file) = self.files.get_mut(&id) else { return Err(Errno::EBADF) };
        let watches = std::mem::take(&mut file.watches);
        for watch in watches {
            self.unregister(watch.by, fd);
        }
        match self.files.get_mut(&id).map(|file| &mut file.kind) {
            Some(Kind::Stream(_)) => self.close_stream(id),
            Some(Kind::Epoll(instance)) => {
                let watched: Vec<FileId> = instance.files().collect();
                for file in watched {
                    if let Some(file) = self.files.get_mut(&file) {
                        file.watches.retain(|watch| watch.by != id);
                    }
                }
                self.files.remove(&id);
            }
            _ => {
                self.files.remove(&id);
            }
        }
        Ok(())
    }

    /// What a wait would say of a file.
    pub(super) fn ready(&self, file: FileId) -> Mask {
        match self.files.get(&file).map(|file| &file.kind) {
            Some(Kind::Stream(tcp)) => tcp.ready(),
            Some(Kind::Listener { shut: true, .. }) => Mask::OUT | Mask::HUP,
            Some(Kind::Listener { queue, .. }) if !queue.is_empty() => Mask::IN,
            Some(Kind::Epoll(instance)) if instance.has_ready(self) => Mask::IN,
            _ => Mask::empty(),
        }
    }

    /// Tells what a wait would say of a file of the program's, if that has changed.
    pub(super) fn tell_ready(&mut self, id: FileId) {
        let mask = self.ready(id);
        let Some(file) = self.files.get_mut(&id) else { return };
        // Of what the program has closed it cannot ask any more.
        let is_told = match &file.kind {
            Kind::Stream(tcp) => !tcp.orphan,
            Kind::Listener { .. } => true,
            Kind::Epoll(_) => false,
        };
        if file.peer.is_some() || !is_told || file.told == mask {
            return;
        }
        file.told = mask;
        self.tell_kernel(Inside::Ready { file: id, mask }, &[]);
    }
}
