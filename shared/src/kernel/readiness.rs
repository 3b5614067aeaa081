//! Ways to wait for readiness, one trait each, and what crosses the line for them.
//!
//! What a system does not have fails with `ENOSYS`, as a system call that does not exist does there; the
//! methods of the traits that only some systems have do so unless an implementation says otherwise.

use std::future::{Future, ready};

use serde::{Deserialize, Serialize};

use super::{CtlOp, EpollEvent, FdSets, Interest, Mask, SelectorKind, Timeout, Token};
use crate::errno::Errno;
use crate::ids::Fd;

/// `select(2)`.
pub trait Select {
    /// Waits until a descriptor of the sets is ready or the time is over, and **overwrites** the sets with
    /// those that are ready. Returns the number of bits that are set in all three.
    ///
    /// # Errors
    /// `EBADF` if a set names a descriptor that is not open, and those of the man page.
    #[track_caller]
    fn select(&self, sets: &mut FdSets, timeout: Timeout) -> impl Future<Output = Result<usize, Errno>>;
}

/// `epoll(7)`.
pub trait Epoll {
    /// Makes an epoll instance and returns a descriptor for it (`epoll_create1(2)`).
    ///
    /// # Errors
    /// `ENOSYS` where there is none, and those of the man page.
    #[track_caller]
    fn epoll_create(&self) -> impl Future<Output = Result<Fd, Errno>> {
        ready(Err(Errno::ENOSYS))
    }

    /// Adds `fd` to the interest list, changes it, or removes it (`epoll_ctl(2)`).
    ///
    /// # Errors
    /// `EEXIST`, `ENOENT`, `EBADF` and the others of the man page.
    #[track_caller]
    fn epoll_ctl(
        &self,
        epoll: Fd,
        op: CtlOp,
        fd: Fd,
        event: EpollEvent,
    ) -> impl Future<Output = Result<(), Errno>> {
        let _ = (epoll, op, fd, event);
        ready(Err(Errno::ENOSYS))
    }

    /// Waits until something of the interest list is ready or the time is over; `events` then holds what is
    /// ready, at most `most` of it (`epoll_wait(2)`).
    ///
    /// # Errors
    /// Those of the man page.
    #[track_caller]
    fn epoll_wait(
        &self,
        epoll: Fd,
        events: &mut Vec<EpollEvent>,
        most: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let _ = (epoll, events, most, timeout);
        ready(Err(Errno::ENOSYS))
    }
}

/// The readiness interface that mio offers over whatever the system has: epoll or kqueue, always
/// edge-triggered. An event is a hint: read and write until `EAGAIN`.
pub trait Selector {
    /// Which interface of the system is underneath.
    fn selector_kind(&self) -> SelectorKind;

    /// Makes a selector (`epoll_create1(2)`, `kqueue(2)`).
    ///
    /// # Errors
    /// Those of the call underneath.
    #[track_caller]
    fn selector_create(&self) -> impl Future<Output = Result<Fd, Errno>>;

    /// Asks to be told, with `token`, when `fd` becomes ready (`epoll_ctl(2)`, `kevent(2)`).
    ///
    /// # Errors
    /// Those of the call underneath.
    #[track_caller]
    fn selector_register(
        &self,
        selector: Fd,
        fd: Fd,
        token: Token,
        interest: Interest,
    ) -> impl Future<Output = Result<(), Errno>>;

    /// Asks no longer.
    ///
    /// # Errors
    /// Those of the call underneath.
    #[track_caller]
    fn selector_deregister(&self, selector: Fd, fd: Fd) -> impl Future<Output = Result<(), Errno>>;

    /// Waits for events or until the time is over; `events` then holds them, at most `most`, each
    /// with its token as `data` (`epoll_wait(2)`, `kevent(2)`).
    ///
    /// # Errors
    /// Those of the call underneath.
    #[track_caller]
    fn selector_wait(
        &self,
        selector: Fd,
        events: &mut Vec<EpollEvent>,
        most: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>>;
}

/// `struct pollfd`: a descriptor, what is asked, and what is so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollFd {
    /// The descriptor; a negative one is passed over.
    pub fd: Fd,
    /// What is asked for.
    pub events: Mask,
    /// What is so: written by the kernel.
    pub revents: Mask,
}

impl PollFd {
    /// The size of the structure where it crosses, in bytes.
    pub const SIZE: usize = 8;

    /// A question about a descriptor.
    pub fn new(fd: Fd, events: Mask) -> Self {
        Self { fd, events, revents: Mask::empty() }
    }

    /// The bytes of the structure as they cross (little-endian).
    pub fn to_bytes(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[..4].copy_from_slice(&self.fd.0.to_le_bytes());
        bytes[4..6].copy_from_slice(&(self.events.bits() as u16).to_le_bytes());
        bytes[6..].copy_from_slice(&(self.revents.bits() as u16).to_le_bytes());
        bytes
    }

    /// Reads what [`PollFd::to_bytes`] wrote; `None` if there are too few bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mask = |bytes: &[u8]| Some(u32::from(u16::from_le_bytes(bytes.try_into().ok()?)));
        Some(Self {
            fd: Fd(i32::from_le_bytes(bytes.get(..4)?.try_into().ok()?)),
            events: Mask::from_bits_retain(mask(bytes.get(4..6)?)?),
            revents: Mask::from_bits_retain(mask(bytes.get(6..Self::SIZE)?)?),
        })
    }
}

/// `poll(2)`.
pub trait Poll {
    /// Waits until one of the descriptors is ready or the time is over, and writes what is so of each into its
    /// `revents`. Returns how many have any.
    ///
    /// # Errors
    /// Those of the man page. A descriptor that is not open is no error: its `revents` say `NVAL`.
    #[track_caller]
    fn poll(&self, fds: &mut [PollFd], timeout: Timeout) -> impl Future<Output = Result<usize, Errno>>;
}

/// The filters of `kqueue(2)` that are about sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Filter {
    /// `EVFILT_READ`: bytes to be read, or connections to be accepted.
    Read,
    /// `EVFILT_WRITE`: room to write.
    Write,
}

bitflags::bitflags! {
    /// The flags of a `struct kevent`, with the bits of FreeBSD's `sys/event.h`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct KeventFlags: u32 {
        /// Registers, or changes what is registered (`EV_ADD`).
        const ADD = 0x0001;
        /// Ends the registration (`EV_DELETE`).
        const DELETE = 0x0002;
        /// Reports again (`EV_ENABLE`).
        const ENABLE = 0x0004;
        /// Keeps watching and does not report (`EV_DISABLE`).
        const DISABLE = 0x0008;
        /// One report, and the registration is gone (`EV_ONESHOT`).
        const ONESHOT = 0x0010;
        /// Edge-triggered: the state is reset when it has been reported (`EV_CLEAR`).
        const CLEAR = 0x0020;
        /// Answers each change, with `data` 0 if it was done (`EV_RECEIPT`).
        const RECEIPT = 0x0040;
        /// Disabled by its report (`EV_DISPATCH`).
        const DISPATCH = 0x0080;
        /// A change failed: `data` is the error's number (`EV_ERROR`).
        const ERROR = 0x4000;
        /// The other end has ended its direction, or the connection is over (`EV_EOF`).
        const EOF = 0x8000;
    }
}

/// `struct kevent`: a change on its way down, an event on its way up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kevent {
    /// The descriptor (`ident`).
    pub fd: Fd,
    /// Which of its filters.
    pub filter: Filter,
    /// What is to be done, or what is so.
    pub flags: KeventFlags,
    /// The socket's error, with `EOF` (`fflags`).
    pub error: Option<Errno>,
    /// How many bytes can be read or written, or connections accepted; the error's number with `ERROR`.
    pub data: u32,
    /// The program's own number.
    pub user: u64,
}

impl Kevent {
    /// A change.
    pub fn change(fd: Fd, filter: Filter, flags: KeventFlags) -> Self {
        Self { fd, filter, flags, error: None, data: 0, user: fd.0 as u64 }
    }
}

/// `kqueue(2)`, of the BSDs and macOS.
pub trait Kqueue {
    /// Makes a kernel event queue.
    ///
    /// # Errors
    /// `ENOSYS` where there is none.
    #[track_caller]
    fn kqueue(&self) -> impl Future<Output = Result<Fd, Errno>> {
        ready(Err(Errno::ENOSYS))
    }

    /// Applies the changes, then waits for events, at most `most`, and writes them over `events`. With `most`
    /// 0 it returns at once.
    ///
    /// # Errors
    /// Those of the man page; an error of one change comes up as an event with `ERROR`, if there is room.
    #[track_caller]
    fn kevent(
        &self,
        kqueue: Fd,
        changes: &[Kevent],
        events: &mut Vec<Kevent>,
        most: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let _ = (kqueue, changes, events, most, timeout);
        ready(Err(Errno::ENOSYS))
    }
}

/// `port_event_t`: what an event port reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortEvent {
    /// The descriptor that was associated.
    pub fd: Fd,
    /// What is so.
    pub events: Mask,
    /// The program's own number.
    pub user: u64,
}

/// Event ports of Solaris and illumos, for descriptors (`port_create(3C)`, `PORT_SOURCE_FD`).
pub trait EventPorts {
    /// Makes a port.
    ///
    /// # Errors
    /// `ENOSYS` where there is none.
    #[track_caller]
    fn port_create(&self) -> impl Future<Output = Result<Fd, Errno>> {
        ready(Err(Errno::ENOSYS))
    }

    /// Associates a descriptor with the port, for **one** event (`port_associate(3C)`). Done again it replaces
    /// events and number.
    ///
    /// # Errors
    /// Those of the man page.
    #[track_caller]
    fn port_associate(
        &self,
        port: Fd,
        fd: Fd,
        events: Mask,
        user: u64,
    ) -> impl Future<Output = Result<(), Errno>> {
        let _ = (port, fd, events, user);
        ready(Err(Errno::ENOSYS))
    }

    /// Ends an association (`port_dissociate(3C)`).
    ///
    /// # Errors
    /// `ENOENT` if there is none.
    #[track_caller]
    fn port_dissociate(&self, port: Fd, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        let _ = (port, fd);
        ready(Err(Errno::ENOSYS))
    }

    /// Waits until `at_least` events are there or the time is over, and takes up to `most` (`port_getn(3C)`).
    /// What was taken is no longer associated.
    ///
    /// # Errors
    /// `ETIME` if the time is over; `events` may hold some all the same.
    #[track_caller]
    fn port_getn(
        &self,
        port: Fd,
        events: &mut Vec<PortEvent>,
        most: usize,
        at_least: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let _ = (port, events, most, at_least, timeout);
        ready(Err(Errno::ENOSYS))
    }
}

/// `/dev/poll` of Solaris (`poll(4D)` of illumos): the set of `poll` lives in the kernel.
pub trait DevPoll {
    /// Opens `/dev/poll`.
    ///
    /// # Errors
    /// `ENOSYS` where there is none.
    #[track_caller]
    fn devpoll_open(&self) -> impl Future<Output = Result<Fd, Errno>> {
        ready(Err(Errno::ENOSYS))
    }

    /// Writes entries to it: each adds to what is asked of its descriptor, or with [`Mask::REMOVE`] takes it
    /// out (`write(2)`).
    ///
    /// # Errors
    /// Those of the man page.
    #[track_caller]
    fn devpoll_write(&self, dev: Fd, entries: &[PollFd]) -> impl Future<Output = Result<(), Errno>> {
        let _ = (dev, entries);
        ready(Err(Errno::ENOSYS))
    }

    /// Waits until something of the set is ready or the time is over, and writes it over `ready`, at most
    /// `most` (`ioctl(2)` with `DP_POLL`).
    ///
    /// # Errors
    /// Those of the man page.
    #[track_caller]
    fn devpoll_wait(
        &self,
        dev: Fd,
        ready: &mut Vec<PollFd>,
        most: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let _ = (dev, ready, most, timeout);
        std::future::ready(Err(Errno::ENOSYS))
    }
}
