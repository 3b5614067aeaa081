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

mod types;

use std::future::Future;

pub use types::{
    Accepted, CtlOp, EpollEvent, FD_SETSIZE, FdSet, FdSets, Interest, Levels, Mask, SelectorKind, Shutdown,
    Timeout, Token,
};

use crate::errno::Errno;
use crate::ids::Fd;
use crate::time::Nanos;

/// Stream sockets: `accept(2)`, `recv(2)`, `send(2)`, `shutdown(2)`, `close(2)`, `setsockopt(2)`.
///
/// The listener is handed to a server by whoever starts it, so there is no `bind` or `listen` here.
pub trait Sockets {
    /// Takes the first connection out of the listener's accept queue, gives it the lowest free number, and
    /// says where it comes from (`accept4(2)` with `SOCK_NONBLOCK`, so that the new socket does not block).
    ///
    /// # Errors
    /// `EAGAIN` if the queue is empty and the listener does not block, `EMFILE` if the process may open no
    /// more descriptors, `EINVAL` if the listener was shut down, and those of the man page.
    #[track_caller]
    fn accept(&self, listener: Fd) -> impl Future<Output = Result<Accepted, Errno>>;

    /// Takes up to `buffer.len()` bytes out of the socket's receive buffer; 0 is the end of input.
    ///
    /// # Errors
    /// `EAGAIN` if there is nothing yet, `ECONNRESET` once after a reset, and those of the man page.
    #[track_caller]
    fn recv(&self, fd: Fd, buffer: &mut [u8]) -> impl Future<Output = Result<usize, Errno>>;

    /// Puts as many of `bytes` into the socket's send buffer as fit, and returns how many.
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
}

/// Tasks: more than one thread of execution.
pub trait Tasks: Sized {
    /// Starts a thread that shares this one's descriptors (`pthread_create(3)`). `start` is called in the
    /// new thread with its own handle of the kernel, so the future need not cross threads.
    ///
    /// # Errors
    /// `EAGAIN` if the system can start no more.
    #[track_caller]
    fn spawn_thread<F, Fut>(&self, start: F) -> impl Future<Output = Result<(), Errno>>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + 'static;
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
    /// Those of the man page.
    #[track_caller]
    fn epoll_create(&self) -> impl Future<Output = Result<Fd, Errno>>;

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
    ) -> impl Future<Output = Result<(), Errno>>;

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
    ) -> impl Future<Output = Result<usize, Errno>>;
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

/// What an observer may look up beside the calls of the program. Not for servers.
pub trait Gauge {
    /// How full the socket's buffers are now, with the first waiting bytes copied into `peek` as far as it
    /// goes. `None` where the kernel tells it in another way, or the descriptor is no stream socket.
    fn levels(&self, fd: Fd, peek: &mut [u8]) -> Option<Levels>;
}

/// How a timeout is written in a call: for ever is `None`.
pub const FOREVER: Timeout = Timeout(None);

/// A timeout of so many nanoseconds.
pub fn after(span: Nanos) -> Timeout {
    Timeout(Some(span))
}
