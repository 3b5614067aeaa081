//! Descriptors and the files that they name.

use crate::errno::Errno;
use crate::event::Inside;
use crate::ids::{Fd, FileId, PeerId, TaskId};
use crate::kernel::Mask;
use crate::sim::epoll::Instance;
use crate::sim::machine::Machine;
use crate::sim::pipe::Reader;
use crate::sim::rules::Flip;
use crate::sim::tcp::{State, Tcp};
use crate::sim::waitq::{WaitQueue, Watch};
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
    /// Who waits until something happens to it.
    pub(super) queue: WaitQueue,
    /// What was told of its readiness last.
    pub(super) told: Mask,
}

#[derive(Debug)]
pub(super) enum Kind {
    /// A stream socket, whatever it does.
    Socket(Box<Tcp>),
    Epoll(Instance),
    /// The end of a pipe that is read.
    PipeRead(Reader),
    /// The end of a pipe that is written, with the other one while that is open.
    PipeWrite(Option<FileId>),
    /// A regular file, which is always ready and never looked into.
    Regular,
    Kqueue(kqueue::Queue),
    Port(ports::Port),
    DevPoll(devpoll::Set),
    Rings(rings::Rings),
    CompletionPort(iocp::Port),
}

impl File {
    pub(super) fn new(kind: Kind, peer: Option<PeerId>) -> Self {
        let (queue, told) = (WaitQueue::default(), Mask::empty());
        Self { kind, peer, refs: 0, nonblocking: false, queue, told }
    }
}

impl Machine {
    pub(super) fn add_file(&mut self, file: File) -> FileId {
        let id = FileId(self.next_file);
        self.next_file += 1;
        self.files.insert(id, Box::new(file));
        id
    }

    /// The socket that a descriptor names.
    pub(super) fn tcp_of(&mut self, fd: Fd) -> Result<(FileId, &mut Tcp), Errno> {
        let file = self.file_of(fd)?;
        Ok((file, self.stream(file)?))
    }

    /// The socket that a file is.
    pub(super) fn stream(&mut self, file: FileId) -> Result<&mut Tcp, Errno> {
        self.tcp(file).ok_or(Errno::ENOTSOCK)
    }

    /// The socket that a file is, if it is one.
    pub(super) fn tcp(&mut self, file: FileId) -> Option<&mut Tcp> {
        match self.files.get_mut(file).map(|file| &mut file.kind) {
            Some(Kind::Socket(tcp)) => Some(tcp),
            _ => None,
        }
    }

    /// Two sockets at once.
    pub(super) fn both_ends(&mut self, one: FileId, other: FileId) -> Option<(&mut Tcp, &mut Tcp)> {
        let (one, other) = self.files.get_two_mut(one, other)?;
        match (&mut one.kind, &mut other.kind) {
            (Kind::Socket(one), Kind::Socket(other)) => Some((one, other)),
            _ => None,
        }
    }

    /// Gives a new file its first descriptor; without one it goes again.
    pub(super) fn install_new(&mut self, file: File) -> Result<Fd, Errno> {
        self.may_install()?;
        let id = self.add_file(file);
        self.install(id)
    }

    /// Whether the calling task's process may have one more descriptor.
    ///
    /// # Errors
    /// `EMFILE` if not.
    pub(super) fn may_install(&self) -> Result<(), Errno> {
        if self.table_is_full() { Err(Errno::EMFILE) } else { Ok(()) }
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
        if self.flip.contains(Flip::CLOSE_UNREGISTERS) {
            self.forget_watches(file, |watch| watch.fd == fd);
        }
        if self.flip.contains(Flip::CLOSE_WAKES)
            && let Some(tcp) = self.tcp(file)
        {
            tcp.read_shut = true;
            self.wake_sleepers(file);
        }
        self.descriptor_closed(fd, file);
        self.release(file);
    }

    /// One more descriptor names the file, or a call that may sleep works on it.
    pub(super) fn hold(&mut self, id: FileId) {
        self.changed();
        if let Some(file) = self.files.get_mut(id) {
            file.refs += 1;
        }
    }

    /// One less. The last one closes the file.
    pub(super) fn release(&mut self, id: FileId) {
        self.changed();
        let Some(file) = self.files.get_mut(id) else { return };
        file.refs = file.refs.saturating_sub(1);
        if file.refs == 0 {
            self.end_file(id);
        }
    }

    /// The last descriptor of a file is closed. Who watches it hears no more of it, and is not told.
    fn end_file(&mut self, id: FileId) {
        self.watcher_ended(id);
        self.forget_watches(id, |_| true);
        match self.files.get_mut(id).map(|file| &mut file.kind) {
            Some(Kind::Socket(_)) => self.close_stream(id),
            Some(Kind::Epoll(instance)) => {
                let watched: Vec<(FileId, Fd)> = instance.watched().collect();
                for (file, fd) in watched {
                    self.unwatch(file, id, fd);
                }
                self.files.remove(id);
            }
            Some(Kind::PipeRead(_) | Kind::PipeWrite(_)) => self.pipe_ended(id),
            _ => {
                self.files.remove(id);
            }
        }
    }

    /// Ends registrations of a file, wherever they are.
    fn forget_watches(&mut self, id: FileId, which: impl Fn(&Watch) -> bool) {
        let Some(file) = self.files.get_mut(id) else { return };
        for watch in file.queue.take_watches(which) {
            self.watch_ends(watch, id);
        }
    }

    /// Whether calls on the file fail instead of sleeping.
    pub(super) fn is_nonblocking(&self, id: FileId) -> bool {
        self.files.get(id).is_some_and(|file| file.nonblocking)
    }

    /// From now on calls on the file sleep, or do not.
    pub(super) fn set_nonblocking(&mut self, id: FileId, on: bool) {
        if let Some(file) = self.files.get_mut(id) {
            file.nonblocking = on;
        }
    }

    /// What a wait would say of a file, as far as looking changes nothing.
    pub(super) fn ready(&self, file: FileId) -> Mask {
        match self.files.get(file).map(|file| &file.kind) {
            Some(Kind::Socket(tcp)) => tcp.ready(),
            Some(Kind::PipeRead(reader)) => reader.ready(),
            Some(Kind::PipeWrite(reader)) => self.pipe_writable(*reader),
            Some(Kind::Regular) => Mask::IN | Mask::OUT,
            // Solaris says so of its own device.
            Some(Kind::DevPoll(_)) => Mask::ERR,
            _ => Mask::empty(),
        }
    }

    /// What a wait says of a file. A socket on which it finds no room remembers that, and tells when there is some
    /// again; an epoll instance forgets what is not ready any more.
    pub(super) fn poll_file(&mut self, id: FileId) -> Mask {
        match self.files.get_mut(id).map(|file| &mut file.kind) {
            Some(Kind::Socket(tcp)) => {
                tcp.no_space |= tcp.state != State::Listening && !tcp.write_shut && !tcp.is_writable();
                tcp.ready()
            }
            Some(Kind::Epoll(_)) => match self.epoll_is_ready(id) {
                true => Mask::IN,
                false => Mask::empty(),
            },
            _ => self.ready(id),
        }
    }

    /// Tells what a wait would say of a socket of the program's, if that has changed.
    pub(super) fn tell_ready(&mut self, id: FileId) {
        let Some(file) = self.files.get_mut(id) else { return };
        let Kind::Socket(tcp) = &file.kind else { return };
        // Of what the program has closed it cannot ask any more.
        if file.peer.is_some() || tcp.orphan {
            return;
        }
        let mask = tcp.ready();
        if std::mem::replace(&mut file.told, mask) != mask {
            self.tell_kernel(Inside::Ready { file: id, mask }, &[]);
        }
    }
}
