//! What a server hardly needs and a test of a kernel does: `dup`, options, flags, pipes.

use std::future::Future;

use serde::{Deserialize, Serialize};

use crate::errno::Errno;
use crate::ids::Fd;

bitflags::bitflags! {
    /// The flags of `recv(2)` and `send(2)`, with Linux's bits.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct MsgFlags: u32 {
        /// Urgent data (`MSG_OOB`).
        const OOB = 0x01;
        /// Looks and takes nothing (`MSG_PEEK`).
        const PEEK = 0x02;
        /// Throws away what it takes (`MSG_TRUNC`, `tcp(7)`).
        const TRUNC = 0x20;
        /// Does not sleep (`MSG_DONTWAIT`).
        const DONTWAIT = 0x40;
        /// Sleeps until all is there (`MSG_WAITALL`).
        const WAITALL = 0x100;
    }
}

/// Options of a socket (`socket(7)`, `tcp(7)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are those of socket(7) and tcp(7), without SO_ and TCP_")]
pub enum Opt {
    Error,
    SndBuf,
    RcvBuf,
    OobInline,
    RcvLowat,
    AcceptConn,
    ReuseAddr,
    NoDelay,
    ReusePort,
}

/// Descriptors and options beyond what a server needs.
pub trait Descriptors {
    /// Another descriptor, the lowest free one, of the same file (`dup(2)`).
    ///
    /// # Errors
    /// `EBADF`, `EMFILE`.
    #[track_caller]
    fn dup(&self, fd: Fd) -> impl Future<Output = Result<Fd, Errno>>;

    /// A pipe: the end that reads, and the end that writes; neither blocks (`pipe2(2)`).
    ///
    /// # Errors
    /// `EMFILE`.
    #[track_caller]
    fn pipe(&self) -> impl Future<Output = Result<(Fd, Fd), Errno>>;

    /// An empty regular file without a name.
    ///
    /// # Errors
    /// `EMFILE`.
    #[track_caller]
    fn open_file(&self) -> impl Future<Output = Result<Fd, Errno>>;

    /// `read(2)`.
    ///
    /// # Errors
    /// Those of the man page.
    #[track_caller]
    fn read(&self, fd: Fd, buffer: &mut [u8]) -> impl Future<Output = Result<usize, Errno>>;

    /// `write(2)`.
    ///
    /// # Errors
    /// Those of the man page.
    #[track_caller]
    fn write(&self, fd: Fd, bytes: &[u8]) -> impl Future<Output = Result<usize, Errno>>;

    /// `recv(2)` with flags.
    ///
    /// # Errors
    /// Those of the man page.
    #[track_caller]
    fn recv_with(
        &self,
        fd: Fd,
        buffer: &mut [u8],
        flags: MsgFlags,
    ) -> impl Future<Output = Result<usize, Errno>>;

    /// `send(2)` with flags.
    ///
    /// # Errors
    /// Those of the man page.
    #[track_caller]
    fn send_with(&self, fd: Fd, bytes: &[u8], flags: MsgFlags) -> impl Future<Output = Result<usize, Errno>>;

    /// The value of an option. `SO_ERROR` gives the pending error's number, as Linux numbers it, and takes it
    /// away (`getsockopt(2)`).
    ///
    /// # Errors
    /// Those of the man page.
    #[track_caller]
    fn option(&self, fd: Fd, option: Opt) -> impl Future<Output = Result<i32, Errno>>;

    /// Sets an option (`setsockopt(2)`).
    ///
    /// # Errors
    /// Those of the man page.
    #[track_caller]
    fn set_option(&self, fd: Fd, option: Opt, value: i32) -> impl Future<Output = Result<(), Errno>>;

    /// From now on the last `close` resets the connection (`SO_LINGER` with 0 seconds).
    ///
    /// # Errors
    /// Those of the man page.
    #[track_caller]
    fn set_linger_zero(&self, fd: Fd) -> impl Future<Output = Result<(), Errno>>;

    /// How many bytes wait to be read (`FIONREAD`).
    ///
    /// # Errors
    /// `EINVAL` for a listener, and those of `ioctl(2)`.
    #[track_caller]
    fn unread(&self, fd: Fd) -> impl Future<Output = Result<u32, Errno>>;
}
