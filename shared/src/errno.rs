//! Errors with the names of `errno(3)`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a system call failed (`errno(3)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are those of errno(3), and `Errno::meaning` says the rest")]
pub enum Errno {
    EACCES,
    EADDRINUSE,
    EADDRNOTAVAIL,
    EAGAIN,
    EALREADY,
    EBADF,
    ECANCELED,
    ECHILD,
    ECONNABORTED,
    ECONNREFUSED,
    ECONNRESET,
    EEXIST,
    EFAULT,
    EINPROGRESS,
    EINTR,
    EINVAL,
    EIO,
    EISCONN,
    ELOOP,
    EMFILE,
    ENFILE,
    ENOBUFS,
    ENODEV,
    ENOENT,
    ENOMEM,
    ENOSYS,
    ENOTCONN,
    ENOTSOCK,
    EOPNOTSUPP,
    EPERM,
    EPIPE,
    ETIME,
    ETIMEDOUT,
    /// One that this list lacks, by its number on the system where it was seen.
    Other(i32),
}

impl Errno {
    /// What it means for a program that reads or writes sockets, in a few words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::EACCES => "permission denied",
            Self::EADDRINUSE => "address already in use",
            Self::EADDRNOTAVAIL => "no such address on this machine",
            Self::EAGAIN => "it would have to wait, try again later",
            Self::EALREADY => "already under way",
            Self::EBADF => "not an open descriptor",
            Self::ECANCELED => "cancelled",
            Self::ECHILD => "no such child",
            Self::ECONNABORTED => "connection aborted",
            Self::ECONNREFUSED => "connection refused",
            Self::ECONNRESET => "connection reset by the other end",
            Self::EEXIST => "already there",
            Self::EFAULT => "bad address",
            Self::EINPROGRESS => "under way",
            Self::EINTR => "interrupted by a signal",
            Self::EINVAL => "invalid argument",
            Self::EIO => "input/output error",
            Self::EISCONN => "already connected",
            Self::ELOOP => "a loop of epoll instances",
            Self::EMFILE => "too many open files in this process",
            Self::ENFILE => "too many open files in the system",
            Self::ENOBUFS => "no buffer space",
            Self::ENODEV => "no such device",
            Self::ENOENT => "not there",
            Self::ENOMEM => "out of memory",
            Self::ENOSYS => "no such system call here",
            Self::ENOTCONN => "not connected",
            Self::ENOTSOCK => "not a socket",
            Self::EOPNOTSUPP => "not supported",
            Self::EPERM => "not permitted",
            Self::EPIPE => "the other end is gone, nothing can be sent",
            Self::ETIME => "the time is over",
            Self::ETIMEDOUT => "timed out",
            Self::Other(_) => "an error without a name here",
        }
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(number) => write!(f, "errno {number}"),
            named => write!(f, "{named:?}"),
        }
    }
}

impl std::error::Error for Errno {}
