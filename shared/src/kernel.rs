//! The system-call interface that a server is written against, one trait a capability.
//!
//! A server names in its bounds what it needs (`K: Sockets + Select`), so the types say which systems can
//! run it. Two kinds of kernel implement these traits: [`crate::sim`] simulates one, and the native crate
//! makes real system calls. [`crate::probe::Traced`] wraps either and is itself a kernel.
//!
//! The contract, kept by every implementation:
//!
//! - A method is one system call, named as its man page names it, and fails with the errors of that page.
//! - Methods return futures. On the real kernel they are ready at once, because the call has been made when
//!   the future is polled for the first time; a call that blocks, blocks its thread. On the simulated kernel
//!   a future is pending for as long as virtual time must pass or the task must sleep.
//! - `EINTR` never surfaces: an interrupted call is made again.
//! - `SIGPIPE` is never raised: `send` fails with `EPIPE` (`MSG_NOSIGNAL`).
//! - Every descriptor is close-on-exec.
//! - `#[track_caller]`: the line of the server's own source in which a call is made can be asked for.
//!
//! How a server is told to stop: its listener is shut down. `accept` then fails with `EINVAL` and the
//! listener counts as ready (`tcp(7)`, `shutdown(2)`; observed on Linux 6.18), so that every program
//! notices in the way in which it notices everything else. It then takes no more clients, answers what it
//! has received, tells its clients that nothing more follows, and returns when they have ended, too.

mod completion;
mod descriptors;
mod fdset;
mod laboratory;
mod readiness;
mod types;

use std::future::Future;
use std::net::SocketAddr;

pub use completion::{Completed, CompletionPort, Operation, OperationKind, Rings, Submission};
pub use descriptors::{Descriptors, MsgFlags, Opt};
pub use fdset::{FD_SETSIZE, FdSet, FdSets};
pub use laboratory::{Laboratory, TaskNumber};
pub use readiness::{
    DevPoll, Epoll, EventPorts, Filter, Kevent, KeventFlags, Kqueue, Poll, PollFd, PortEvent, Select,
    Selector,
};
pub use types::{
    Accepted, CtlOp, EpollEvent, Interest, Levels, Mask, Mode, Note, SelectorKind, Shutdown, Timeout, Token,
};

use crate::errno::Errno;
use crate::ids::{Fd, TaskId};
use crate::time::Nanos;

/// Stream sockets that are there: `accept(2)`, `recv(2)`, `send(2)`, `shutdown(2)`, `close(2)`, `fcntl(2)`,
/// `setsockopt(2)`.
///
/// The listener is handed to a server by whoever starts it, and it blocks: a program that must not sleep in
/// `accept` says so ([`Sockets::set_nonblocking`]).
pub trait Sockets {
    /// Takes the first connection out of the listener's accept queue, gives it the lowest free number, and
    /// says where it comes from (`accept4(2)`). `mode` says whether calls on the new socket may sleep.
    /// If the queue is empty, the task sleeps until it is not, unless the listener does not block.
    ///
    /// # Errors
    /// `EAGAIN` if the queue is empty and the listener does not block, `EMFILE` if the process may open no
    /// more descriptors, `EINVAL` if the listener was shut down, and those of the man page.
    #[track_caller]
    fn accept(&self, listener: Fd, mode: Mode) -> impl Future<Output = Result<Accepted, Errno>>;

    /// Takes up to `buffer.len()` bytes out of the socket's receive buffer; 0 is the end of input. If there is
    /// nothing yet, a socket that blocks sleeps until there is.
    ///
    /// # Errors
    /// `EAGAIN` if there is nothing yet, `ECONNRESET` once after a reset, and those of the man page.
    #[track_caller]
    fn recv(&self, fd: Fd, buffer: &mut [u8]) -> impl Future<Output = Result<usize, Errno>>;

    /// Puts as many of `bytes` into the socket's send buffer as fit, and returns how many. A socket that blocks
    /// sleeps until all of them are in it.
    ///
    /// # Errors
    /// `EAGAIN` if none fits now, `EPIPE` if the connection is over, and those of the man page.
    #[track_caller]
    fn send(&self, fd: Fd, bytes: &[u8]) -> impl Future<Output = Result<usize, Errno>>;

    /// Ends one or both directions of a connection, whatever other descriptors name it.
    ///
    /// # Errors
    /// `ENOTCONN` if there is no connection, and those of the man page.
    #[track_caller]
    fn shutdown(&self, fd: Fd, how: Shutdown) -> impl Future<Output = Result<(), Errno>>;

    /// Gives the number back; the last descriptor of a socket closes the connection.
    ///
    /// # Errors
    /// `EBADF` if it is not open.
    #[track_caller]
    fn close(&self, fd: Fd) -> impl Future<Output = Result<(), Errno>>;

    /// Switches Nagle's algorithm off: small sends leave at once (`TCP_NODELAY`, `tcp(7)`).
    ///
    /// # Errors
    /// Those of `setsockopt(2)`.
    #[track_caller]
    fn set_nodelay(&self, fd: Fd) -> impl Future<Output = Result<(), Errno>>;

    /// Says whether calls on the file may sleep (`O_NONBLOCK`, `fcntl(2)`). It is the file's, not the
    /// descriptor's: every descriptor of it is changed.
    ///
    /// # Errors
    /// `EBADF` if it is not open.
    #[track_caller]
    fn set_nonblocking(&self, fd: Fd, on: bool) -> impl Future<Output = Result<(), Errno>>;
}

/// Making sockets: `socket(2)`, `bind(2)`, `listen(2)`, `connect(2)`, and looking up names.
pub trait Connect {
    /// The addresses of a host, the best first (`getaddrinfo(3)`). It waits, and it is no single system call:
    /// it is told as one.
    ///
    /// # Errors
    /// `ENOENT` if there is no such name.
    #[track_caller]
    fn resolve(&self, host: &str, port: u16) -> impl Future<Output = Result<Vec<SocketAddr>, Errno>>;

    /// Makes a TCP socket of the family of `like` (`socket(2)`).
    ///
    /// # Errors
    /// `EMFILE`, and those of the man page.
    #[track_caller]
    fn socket(&self, like: SocketAddr, mode: Mode) -> impl Future<Output = Result<Fd, Errno>>;

    /// Gives the socket an address and returns it; port 0 is any free one (`bind(2)`, `getsockname(2)`).
    ///
    /// # Errors
    /// `EADDRINUSE`, and those of the man page.
    #[track_caller]
    fn bind(&self, fd: Fd, address: SocketAddr) -> impl Future<Output = Result<SocketAddr, Errno>>;

    /// The address that the socket has (`getsockname(2)`). One that has none has port 0.
    ///
    /// # Errors
    /// `EBADF`, `ENOTSOCK`.
    #[track_caller]
    fn local_address(&self, fd: Fd) -> impl Future<Output = Result<SocketAddr, Errno>>;

    /// Makes a listener of the socket, with room for `backlog` connections and one more in its queue
    /// (`listen(2)`).
    ///
    /// # Errors
    /// Those of the man page.
    #[track_caller]
    fn listen(&self, fd: Fd, backlog: u32) -> impl Future<Output = Result<(), Errno>>;

    /// Connects the socket (`connect(2)`).
    ///
    /// # Errors
    /// `EINPROGRESS` if the socket does not block: it becomes writable when the connection is there or has
    /// failed. `ECONNREFUSED`, and those of the man page.
    #[track_caller]
    fn connect(&self, fd: Fd, to: SocketAddr) -> impl Future<Output = Result<(), Errno>>;
}

/// Tasks: threads and processes.
///
/// The closure is called in the new task with its own handle of the kernel, so that its future need not cross
/// threads.
pub trait Tasks: Sized {
    /// Starts a thread that shares this one's descriptors (`pthread_create(3)`), and returns its number. Nobody
    /// joins it: a process lives until its last thread has ended, as if each ended with `pthread_exit(3)`.
    ///
    /// # Errors
    /// `EAGAIN` if the system can start no more.
    #[track_caller]
    fn spawn_thread<F, Fut>(&self, start: F) -> impl Future<Output = Result<TaskId, Errno>>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + 'static;

    /// Starts a process with copies of this one's descriptors (`fork(2)`), and returns its number. What the
    /// child runs is `child`, and its result is its exit status.
    ///
    /// # Errors
    /// `EAGAIN` if the system, or the limit of this program, allows no more.
    #[track_caller]
    fn fork<F, Fut>(&self, child: F) -> impl Future<Output = Result<TaskId, Errno>>
    where
        F: FnOnce(Self) -> Fut + 'static,
        Fut: Future<Output = i32> + 'static;

    /// Takes notice of a child that has ended, whichever it is, and returns its number and exit status
    /// (`waitpid(2)` for any child). Until then it is a zombie. `None` if none has ended and the mode does not
    /// block (`WNOHANG`).
    ///
    /// # Errors
    /// `ECHILD` if there is no child.
    #[track_caller]
    fn wait(&self, mode: Mode) -> impl Future<Output = Result<Option<(TaskId, i32)>, Errno>>;

    /// Ends the calling process as a signal does that nobody handles (`raise(3)`); its exit status is 128 and
    /// the signal's number. It does not return.
    fn raise(&self, signal: i32) -> impl Future<Output = ()>;
}

/// Clocks: `clock_gettime(2)` and `clock_nanosleep(2)`.
pub trait Clock {
    /// The time since the run began, by a clock that never goes back (`CLOCK_MONOTONIC`). It costs nothing:
    /// on Linux this is no system call (`vdso(7)`).
    fn now(&self) -> Nanos;

    /// Sleeps for at least `span`.
    #[track_caller]
    fn sleep(&self, span: Nanos) -> impl Future<Output = ()>;
}

/// What an observer may look up beside the calls of the program. Not for servers.
pub trait Gauge {
    /// How full the socket's buffers are now, with the first waiting bytes copied into `peek` as far as it
    /// goes. `None` where the kernel tells it in another way, or the descriptor is no stream socket.
    fn levels(&self, fd: Fd, peek: &mut [u8]) -> Option<Levels>;
}

/// What a program tells an observer beside its calls: callbacks of an event loop of its own, the buffers that it
/// keeps for them, and what it throws away. Costs nothing where nobody looks.
pub trait Tells {
    /// Tells.
    #[track_caller]
    fn tell(&self, note: Note) {
        let _ = note;
    }
}

/// How a timeout is written in a call: for ever is `None`.
pub const FOREVER: Timeout = Timeout(None);

/// A timeout of so many nanoseconds.
pub fn after(span: Nanos) -> Timeout {
    Timeout(Some(span))
}
