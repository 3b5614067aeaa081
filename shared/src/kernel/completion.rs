//! Completion instead of readiness: the program starts an operation, and the kernel says when it is done.
//!
//! Data is owned by the operation while it is under way and comes back with its completion, so that nobody
//! touches a buffer that the kernel may write to.

use std::future::{Future, ready};

use serde::{Deserialize, Serialize};

use super::{Accepted, Timeout};
use crate::errno::Errno;
use crate::ids::Fd;

/// An operation that a program starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Accepts one connection.
    Accept {
        /// The listener.
        listener: Fd,
    },
    /// Accepts connections until it fails or is cancelled: a completion for each (`IORING_ACCEPT_MULTISHOT`).
    AcceptMulti {
        /// The listener.
        listener: Fd,
    },
    /// Receives once.
    Recv {
        /// The socket.
        fd: Fd,
        /// At most so many bytes.
        most: u32,
    },
    /// Receives until the end or until it is cancelled: a completion for each arrival
    /// (`IORING_RECV_MULTISHOT` into buffers of `most` bytes each that the kernel picks).
    RecvMulti {
        /// The socket.
        fd: Fd,
        /// The size of a buffer, in bytes.
        most: u32,
    },
    /// Sends. It may send a part only.
    Send {
        /// The socket.
        fd: Fd,
        /// The bytes, which come back with the completion.
        bytes: Vec<u8>,
    },
    /// Cancels an operation that is under way, named by its number.
    Cancel {
        /// The number of the operation.
        user: u64,
    },
}

/// What the program hands to the kernel: an operation with the program's own number for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The program's own number, which comes back with every completion.
    pub user: u64,
    /// The operation.
    pub operation: Operation,
}

/// What the kernel hands back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completed {
    /// The number of the operation.
    pub user: u64,
    /// What the call would have returned: a count, a descriptor, 0.
    pub result: Result<u32, Errno>,
    /// The operation goes on: more completions will follow (`IORING_CQE_F_MORE`).
    pub more: bool,
    /// What was received; for a send, the bytes that were given.
    pub bytes: Vec<u8>,
    /// For an accept that succeeded: the connection.
    pub accepted: Option<Accepted>,
}

/// How an operation is written where it crosses, for an observer: which kind, and on which descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are those of `Operation`")]
pub enum OperationKind {
    Accept { fd: Fd },
    AcceptMulti { fd: Fd },
    Recv { fd: Fd, most: u32 },
    RecvMulti { fd: Fd, most: u32 },
    Send { fd: Fd, len: u32 },
    Cancel { user: u64 },
}

impl OperationKind {
    /// The descriptor that it is about.
    pub fn fd(self) -> Option<Fd> {
        match self {
            Self::Accept { fd }
            | Self::AcceptMulti { fd }
            | Self::Recv { fd, .. }
            | Self::RecvMulti { fd, .. }
            | Self::Send { fd, .. } => Some(fd),
            Self::Cancel { .. } => None,
        }
    }
}

impl Operation {
    /// Which kind it is, without the data.
    pub fn kind(&self) -> OperationKind {
        match self {
            Self::Accept { listener } => OperationKind::Accept { fd: *listener },
            Self::AcceptMulti { listener } => OperationKind::AcceptMulti { fd: *listener },
            Self::Recv { fd, most } => OperationKind::Recv { fd: *fd, most: *most },
            Self::RecvMulti { fd, most } => OperationKind::RecvMulti { fd: *fd, most: *most },
            Self::Send { fd, bytes } => OperationKind::Send { fd: *fd, len: bytes.len() as u32 },
            Self::Cancel { user } => OperationKind::Cancel { user: *user },
        }
    }
}

/// `io_uring(7)`: two rings that program and kernel share.
pub trait Rings {
    /// Makes a pair of rings with room for `entries` submissions (`io_uring_setup(2)`).
    ///
    /// # Errors
    /// `ENOSYS` or `EPERM` where there are none, or where they are forbidden.
    #[track_caller]
    fn ring_setup(&self, entries: u32) -> impl Future<Output = Result<Fd, Errno>> {
        let _ = entries;
        ready(Err(Errno::ENOSYS))
    }

    /// Hands all `submissions` over, waits until at least `at_least` completions are there or the time is
    /// over, and takes all that are (`io_uring_enter(2)`). Returns how many were taken.
    ///
    /// # Errors
    /// Those of the man page; an error of an operation comes up with its completion.
    #[track_caller]
    fn ring_enter(
        &self,
        ring: Fd,
        submissions: &mut Vec<Submission>,
        completions: &mut Vec<Completed>,
        at_least: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let _ = (ring, submissions, completions, at_least, timeout);
        ready(Err(Errno::ENOSYS))
    }
}

/// I/O completion ports of Windows: overlapped operations, each started by a call of its own.
pub trait CompletionPort {
    /// Makes a port that lets at most `concurrency` of its threads run at a time
    /// (`CreateIoCompletionPort`).
    ///
    /// # Errors
    /// `ENOSYS` where there is none.
    #[track_caller]
    fn completion_port_create(&self, concurrency: u32) -> impl Future<Output = Result<Fd, Errno>> {
        let _ = concurrency;
        ready(Err(Errno::ENOSYS))
    }

    /// Ties a socket to the port: what is started on it from now on completes there
    /// (`CreateIoCompletionPort` with a handle).
    ///
    /// # Errors
    /// `EINVAL` if it is tied to a port already.
    #[track_caller]
    fn completion_port_associate(&self, port: Fd, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        let _ = (port, fd);
        ready(Err(Errno::ENOSYS))
    }

    /// Starts an operation (`AcceptEx`, `WSARecv`, `WSASend`, `CancelIoEx`). That it was started is all that
    /// is said: a packet comes for it, also when it was done at once. There are no multishot operations.
    ///
    /// # Errors
    /// Those of the call.
    #[track_caller]
    fn completion_port_start(&self, submission: Submission) -> impl Future<Output = Result<(), Errno>> {
        let _ = submission;
        ready(Err(Errno::ENOSYS))
    }

    /// Waits for packets or until the time is over, and takes up to `most` (`GetQueuedCompletionStatusEx`).
    ///
    /// # Errors
    /// Those of the call.
    #[track_caller]
    fn completion_port_get(
        &self,
        port: Fd,
        completions: &mut Vec<Completed>,
        most: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let _ = (port, completions, most, timeout);
        ready(Err(Errno::ENOSYS))
    }
}
