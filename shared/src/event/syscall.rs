//! System calls as they are seen from outside: arguments, result, line of source.

use serde::{Deserialize, Serialize};

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{CtlOp, Interest, Mask, Shutdown, Timeout};
use crate::time::Nanos;

/// A system call and its arguments. What does not fit here (data, sets) is in the payload of its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the arguments that the man page of each call names")]
pub enum Call {
    /// `accept4(2)`.
    Accept { fd: Fd },
    /// `recv(2)`, with room for `len` bytes.
    Recv { fd: Fd, len: u32 },
    /// `send(2)` of `len` bytes.
    Send { fd: Fd, len: u32 },
    /// `shutdown(2)`.
    Shutdown { fd: Fd, how: Shutdown },
    /// `close(2)`.
    Close { fd: Fd },
    /// `setsockopt(2)` of `TCP_NODELAY`.
    SetNodelay { fd: Fd },
    /// `select(2)`.
    Select { nfds: u32, timeout: Timeout },
    /// `epoll_create1(2)`.
    EpollCreate,
    /// `epoll_ctl(2)`.
    EpollCtl { epoll: Fd, op: CtlOp, fd: Fd, events: Mask },
    /// `epoll_wait(2)`.
    EpollWait { epoll: Fd, most: u32, timeout: Timeout },
    /// `kqueue(2)`.
    Kqueue,
    /// `kevent(2)` with a change: `EV_ADD` of the filters that the interest names, or, without one,
    /// `EV_DELETE`.
    KeventChange { kqueue: Fd, fd: Fd, interest: Option<Interest> },
    /// `kevent(2)` that waits.
    KeventWait { kqueue: Fd, most: u32, timeout: Timeout },
    /// `clock_nanosleep(2)`.
    Sleep { span: Nanos },
    /// `clone(2)` of a thread.
    SpawnThread,
}

impl Call {
    /// The name of the man page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept { .. } => "accept",
            Self::Recv { .. } => "recv",
            Self::Send { .. } => "send",
            Self::Shutdown { .. } => "shutdown",
            Self::Close { .. } => "close",
            Self::SetNodelay { .. } => "setsockopt",
            Self::Select { .. } => "select",
            Self::EpollCreate => "epoll_create",
            Self::EpollCtl { .. } => "epoll_ctl",
            Self::EpollWait { .. } => "epoll_wait",
            Self::Kqueue => "kqueue",
            Self::KeventChange { .. } | Self::KeventWait { .. } => "kevent",
            Self::Sleep { .. } => "nanosleep",
            Self::SpawnThread => "clone",
        }
    }

    /// The descriptor that the call is about, if it is about one.
    pub fn fd(self) -> Option<Fd> {
        match self {
            Self::Accept { fd }
            | Self::Recv { fd, .. }
            | Self::Send { fd, .. }
            | Self::Shutdown { fd, .. }
            | Self::Close { fd }
            | Self::SetNodelay { fd }
            | Self::EpollCtl { fd, .. }
            | Self::KeventChange { fd, .. } => Some(fd),
            Self::EpollWait { epoll: fd, .. } | Self::KeventWait { kqueue: fd, .. } => Some(fd),
            Self::Select { .. }
            | Self::EpollCreate
            | Self::Kqueue
            | Self::Sleep { .. }
            | Self::SpawnThread => None,
        }
    }

    /// Whether it waits for readiness: the call in which an event loop sleeps.
    pub fn is_wait(self) -> bool {
        matches!(self, Self::Select { .. } | Self::EpollWait { .. } | Self::KeventWait { .. })
    }
}

/// What a call returned: a number whose meaning is the call's (a count, a descriptor, 0), or an error.
pub type Ret = Result<u32, Errno>;

/// A line of source: which of [`crate::servers::SOURCES`], and the line's number in it, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The index of the source, or [`Place::ELSEWHERE`]'s.
    pub source: u8,
    /// The line, from 1.
    pub line: u32,
}

impl Place {
    /// A place in no source that is known here.
    pub const ELSEWHERE: Self = Self { source: u8::MAX, line: 0 };
}
