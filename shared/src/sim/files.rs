//! Descriptors and the files that they name.

use std::collections::VecDeque;

use crate::errno::Errno;
use crate::event::Inside;
use crate::ids::{Fd, FileId, PeerId, TaskId};
use crate::kernel::Mask;
use crate::sim::epoll::Instance;
use crate::sim::machine::Machine;
use crate::sim::tcp::Tcp;
use crate::sim::waitq::{Waiter, Watch};
use crate::sim::{devpoll, iocp, kqueue, ports, rings};

/// An open file description.
#[derive(Debug)]
pub(super) struct File {
    pub(super) kind: Kind,
    /// Whose it is: the program's, or a client's at the far end.
    pub(super) peer: Option<PeerId>,
    /// How many descriptors name it, in all processes, and calls that are under way hold it.
    pub(super) refs: u32,
    /// Calls on it fail instead of sleeping (`O_NONBLOCK`).
    pub(super) nonblocking: bool,
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
    Kqueue(kqueue::Queue),
    Port(ports::Port),
    DevPoll(devpoll::Set),
    Rings(rings::Rings),
    CompletionPort(iocp::Port),
}

impl File {
    pub(super) fn new(kind: Kind, peer: Option<PeerId>) -> Self {
        let (waiters, watches, told) = (Vec::new(), Vec::new(), Mask::empty());
        Self { kind, peer, refs: 0, nonblocking: false, waiters, watches, told }
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
        let file = self.file_of(fd)?;
        Ok((file, self.stream(file)?))
    }

    /// The end of a connection that a file is.
    pub(super) fn stream(&mut self, file: FileId) -> Result<&mut Tcp, Errno> {
        match self.files.get_mut(&file).map(|file| &mut file.kind) {
            Some(Kind::Stream(tcp)) => Ok(tcp),
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
        self.install_for(self.current, file)
    }

    /// Gives a file a descriptor of that task's process, and tells so.
    pub(super) fn install_for(&mut self, task: TaskId, file: FileId) -> Result<Fd, Errno> {
        let most = self.descriptors_max;
        let fd = self.table_of(task)?.install(file, most)?;
        self.hold(file);
        self.tell(task, Inside::Installed { fd, file }, &[]);
        self.tell_ready(file);
        Ok(fd)
    }

    /// `close(2)`.
    pub(super) fn close(&mut self, fd: Fd) -> Result<(), Errno> {
        let file = self.table_of(self.current)?.remove(fd)?;
        self.close_descriptor(fd, file);
        Ok(())
    }

    /// A descriptor, which is in no table any more, names its file no longer: in `close`, and at the end of a
    /// process.
    pub(super) fn close_descriptor(&mut self, fd: Fd, file: FileId) {
        self.descriptor_closed(fd, file);
        self.release(file);
    }

    /// One more descriptor names the file, or a call that may sleep works on it.
    pub(super) fn hold(&mut self, id: FileId) {
        if let Some(file) = self.files.get_mut(&id) {
            file.refs += 1;
        }
    }

    /// One less. The last one closes the file.
    pub(super) fn release(&mut self, id: FileId) {
        let Some(file) = self.files.get_mut(&id) else { return };
        file.refs = file.refs.saturating_sub(1);
        if file.refs == 0 {
            self.end_file(id);
        }
    }

    /// The last descriptor of a file is closed.
    fn end_file(&mut self, id: FileId) {
        self.watcher_ended(id);
        let Some(file) = self.files.get_mut(&id) else { return };
        let watches = std::mem::take(&mut file.watches);
        for watch in watches {
            self.unregister(watch.by, watch.fd);
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
    }

    /// Whether calls on the file fail instead of sleeping.
    pub(super) fn is_nonblocking(&self, id: FileId) -> bool {
        self.files.get(&id).is_some_and(|file| file.nonblocking)
    }

    /// From now on calls on the file sleep, or do not.
    pub(super) fn set_nonblocking(&mut self, id: FileId, on: bool) {
        if let Some(file) = self.files.get_mut(&id) {
            file.nonblocking = on;
        }
    }

    /// What a wait would say of a file.
    pub(super) fn ready(&self, file: FileId) -> Mask {
        match self.files.get(&file).map(|file| &file.kind) {
            Some(Kind::Stream(tcp)) => tcp.ready(),
            Some(Kind::Listener { shut: true, .. }) => Mask::OUT | Mask::HUP,
            Some(Kind::Listener { queue, .. }) if !queue.is_empty() => Mask::IN,
            Some(Kind::Epoll(instance)) if instance.has_ready(self) => Mask::IN,
            // Solaris says so of its own device.
            Some(Kind::DevPoll(_)) => Mask::ERR,
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
            _ => false,
        };
        if file.peer.is_some() || !is_told || file.told == mask {
            return;
        }
        file.told = mask;
        self.tell_kernel(Inside::Ready { file: id, mask }, &[]);
    }
}
