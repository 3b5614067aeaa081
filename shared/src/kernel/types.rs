//! What goes into and comes out of the calls of [`super`].

use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{Filter, Kevent, KeventFlags};
use crate::ids::Fd;
use crate::time::Nanos;

bitflags::bitflags! {
    /// The events of a descriptor: what is asked, and what is so. The bits are those of Linux's `poll(2)` and
    /// `epoll_ctl(2)`, where `POLLIN` and `EPOLLIN` are the same.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    pub struct Mask: u32 {
        /// A read would not block.
        const IN = 0x001;
        /// Urgent data.
        const PRI = 0x002;
        /// A write would not block.
        const OUT = 0x004;
        /// An error is pending. Reported even if not asked for.
        const ERR = 0x008;
        /// Both directions are over. Reported even if not asked for.
        const HUP = 0x010;
        /// Not an open descriptor (`poll(2)` only, reported even if not asked for).
        const NVAL = 0x020;
        /// Ordinary data to read: so whenever `IN` is (`poll(2)`).
        const RDNORM = 0x040;
        /// Priority band data to read: never so of a TCP socket.
        const RDBAND = 0x080;
        /// Ordinary data may be written: so whenever `OUT` is.
        const WRNORM = 0x100;
        /// Priority data may be written: never so of a TCP socket.
        const WRBAND = 0x200;
        /// Takes a descriptor out of the set of `/dev/poll` (`POLLREMOVE`, with Solaris's bit).
        const REMOVE = 0x800;
        /// The other end has ended its direction.
        const RDHUP = 0x2000;
        /// One report only, to one of several waiters (`EPOLLEXCLUSIVE`).
        const EXCLUSIVE = 1 << 28;
        /// Keeps the machine awake while the event is handled (`EPOLLWAKEUP`); without the privilege it is
        /// taken away without a word.
        const WAKEUP = 1 << 29;
        /// One report, then silence until re-armed (`EPOLLONESHOT`).
        const ONESHOT = 1 << 30;
        /// Edge-triggered (`EPOLLET`).
        const ET = 1 << 31;
    }
}

impl Mask {
    /// The bits that say what may be so of a descriptor, as against how it is to be reported.
    pub const READINESS: Self =
        Self::IN.union(Self::PRI).union(Self::OUT).union(Self::ERR).union(Self::HUP).union(Self::RDHUP);

    /// The bits that are reported whether asked for or not; `poll(2)` adds [`Mask::NVAL`].
    pub const ALWAYS: Self = Self::ERR.union(Self::HUP);

    /// With what `poll(2)` and `epoll_wait(2)` say beside: ordinary data can be read, or written.
    #[must_use]
    pub fn with_normal(mut self) -> Self {
        self.set(Self::RDNORM, self.contains(Self::IN));
        self.set(Self::WRNORM, self.contains(Self::OUT));
        self
    }

    /// Whether `select(2)` sets the bit of the read set.
    pub fn select_reads(self) -> bool {
        self.intersects(Self::IN | Self::HUP | Self::ERR)
    }

    /// Whether `select(2)` sets the bit of the write set.
    pub fn select_writes(self) -> bool {
        self.intersects(Self::OUT | Self::ERR)
    }

    /// Whether `select(2)` sets the bit of the except set: urgent data only, never an error.
    pub fn select_excepts(self) -> bool {
        self.contains(Self::PRI)
    }
}

/// The names without prefix, joined by `|`; `0` for none.
impl fmt::Display for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("0");
        }
        for (index, (name, _)) in self.iter_names().enumerate() {
            let bar = if index == 0 { "" } else { "|" };
            write!(f, "{bar}{name}")?;
        }
        Ok(())
    }
}

/// How long a call may wait. `None` is for ever, zero is not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeout(pub Option<Nanos>);

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("for ever"),
            Some(span) => span.fmt(f),
        }
    }
}

/// What `accept4(2)` gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The descriptor of the new connection.
    pub fd: Fd,
    /// The client's address.
    pub from: SocketAddr,
}

/// Whether a call may sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// It sleeps until it can be done.
    Blocking,
    /// It fails with `EAGAIN` instead of sleeping (`O_NONBLOCK`, `WNOHANG`).
    NonBlocking,
}

/// What a program tells of itself ([`super::Tells`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// Its event loop calls the callback of a descriptor, because of this.
    CallbackBegins {
        /// The descriptor.
        fd: Fd,
        /// What became so; empty for a timeout.
        events: Mask,
    },
    /// The callback has returned.
    CallbackEnds {
        /// The descriptor.
        fd: Fd,
    },
    /// So much lies in the program's own buffers for a connection, in bytes.
    Buffered {
        /// The connection.
        fd: Fd,
        /// Received and not yet used.
        input: u32,
        /// Made and not yet sent.
        output: u32,
    },
    /// It threw away bytes that it had received, and that nobody will be answered: a mistake, or a choice that costs
    /// somebody their data.
    Discarded {
        /// The connection they came from.
        fd: Fd,
        /// How many.
        bytes: u32,
        /// How many line feeds were among them.
        lines: u32,
    },
}

/// Which direction `shutdown(2)` ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shutdown {
    /// `SHUT_RD`: nothing more will be received. The other end is not told.
    Read,
    /// `SHUT_WR`: nothing more will be sent; the other end sees the end of input.
    Write,
    /// `SHUT_RDWR`: both.
    Both,
}

/// What `epoll_ctl(2)` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CtlOp {
    /// `EPOLL_CTL_ADD`.
    Add,
    /// `EPOLL_CTL_MOD`.
    Mod,
    /// `EPOLL_CTL_DEL`.
    Del,
}

/// `struct epoll_event`: a mask, and a number of the program's own that comes back with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpollEvent {
    /// Asked for, or ready.
    pub events: Mask,
    /// `epoll_data_t`, not looked at by the kernel.
    pub data: u64,
}

impl EpollEvent {
    /// The size of the structure where it crosses into the kernel, in bytes (x86-64 packs it).
    pub const SIZE: usize = 12;

    /// An event that carries the number of its own descriptor, as most programs do it.
    pub fn of(fd: Fd, events: Mask) -> Self {
        Self { events, data: fd.0 as u64 }
    }

    /// The descriptor of an event made by [`EpollEvent::of`].
    pub fn fd(self) -> Fd {
        Fd(self.data as i32)
    }

    /// The bytes of the structure as they cross (little-endian, packed).
    pub fn to_bytes(self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[..4].copy_from_slice(&self.events.bits().to_le_bytes());
        bytes[4..].copy_from_slice(&self.data.to_le_bytes());
        bytes
    }

    /// Reads what [`EpollEvent::to_bytes`] wrote; `None` if there are too few bytes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let events = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?);
        let data = u64::from_le_bytes(bytes.get(4..Self::SIZE)?.try_into().ok()?);
        Some(Self { events: Mask::from_bits_retain(events), data })
    }
}

/// The number by which a program knows a registration with a [`super::Selector`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token(pub u64);

/// What a program wants to hear from a [`super::Selector`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interest {
    /// When it becomes readable.
    Read,
    /// When it becomes readable, and when it becomes writable.
    ReadWrite,
}

impl Interest {
    /// What mio asks of epoll for it: always edge-triggered, and with the other end's end of input.
    pub fn epoll_mask(self) -> Mask {
        match self {
            Self::Read => Mask::IN | Mask::RDHUP | Mask::ET,
            Self::ReadWrite => Mask::IN | Mask::OUT | Mask::RDHUP | Mask::ET,
        }
    }
}

impl Interest {
    /// What mio asks of a kqueue for it: the filters, edge-triggered.
    pub fn kevents(self, fd: Fd, token: Token) -> Vec<Kevent> {
        let filters: &[Filter] = match self {
            Self::Read => &[Filter::Read],
            Self::ReadWrite => &[Filter::Read, Filter::Write],
        };
        let flags = KeventFlags::ADD | KeventFlags::CLEAR | KeventFlags::RECEIPT;
        let change = |filter: &Filter| Kevent { user: token.0, ..Kevent::change(fd, *filter, flags) };
        filters.iter().map(change).collect()
    }

    /// What mio asks of a kqueue to end a registration.
    pub fn end_of(fd: Fd) -> [Kevent; 2] {
        let flags = KeventFlags::DELETE | KeventFlags::RECEIPT;
        [Filter::Write, Filter::Read].map(|filter| Kevent::change(fd, filter, flags))
    }
}

/// The interface under a [`super::Selector`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SelectorKind {
    /// `epoll(7)`, on Linux.
    Epoll,
    /// `kqueue(2)`, on the BSDs and macOS.
    Kqueue,
}

/// How full the buffers of a stream socket are, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Levels {
    /// Received and not yet read by the program (`FIONREAD`).
    pub recv: u32,
    /// Sent by the program and not yet acknowledged by the other end (`SIOCOUTQ`).
    pub send: u32,
    /// How many of the waiting bytes were copied out for the observer.
    pub peeked: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoll_event_survives_the_crossing() {
        let event = EpollEvent::of(Fd(7), Mask::IN | Mask::ET);
        assert_eq!(EpollEvent::from_bytes(&event.to_bytes()), Some(event));
        assert_eq!(EpollEvent::from_bytes(&[0; 11]), None);
    }

    #[test]
    fn a_mask_is_shown_by_its_names() {
        assert_eq!((Mask::IN | Mask::RDHUP).to_string(), "IN|RDHUP");
        assert_eq!(Mask::empty().to_string(), "0");
    }
}
