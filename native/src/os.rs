//! The real kernel behind the traits of `loopscope_shared::kernel`: every method is one system call.
//!
//! The call is made when its future is polled for the first time, on the thread that polls, and a call that
//! blocks blocks that thread. So every future is ready at once, and [`run`] finishes a server with one poll.

mod connect;
mod descriptors;
#[cfg(target_os = "linux")]
mod epoll;
pub(crate) mod errno;
pub(crate) mod gauge;
#[cfg(any(
    target_vendor = "apple",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd",
    target_os = "dragonfly"
))]
mod kqueue;
#[cfg(target_os = "linux")]
mod laboratory;
mod poll;
#[cfg(target_os = "linux")]
pub(crate) mod rings;
mod select;
mod selector;
mod sockets;
pub mod tasks;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::os::fd::BorrowedFd;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use loopscope_shared::errno::Errno;
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{Clock, CompletionPort, DevPoll, EventPorts, Tells, Timeout};
use loopscope_shared::time::Nanos;

pub use tasks::wait_for_threads;

/// The real kernel, as one thread sees it.
#[derive(Debug)]
pub struct Os {
    /// When the run began, by `CLOCK_MONOTONIC`.
    start: Instant,
    /// The selectors that mio made for this thread, by the descriptor underneath.
    selectors: RefCell<BTreeMap<Fd, selector::Waiting>>,
    /// The rings of this thread, by their descriptor.
    #[cfg(target_os = "linux")]
    rings: RefCell<BTreeMap<Fd, rings::Ring>>,
    /// Where `epoll_wait` writes, kept so that a wait allocates nothing.
    #[cfg(target_os = "linux")]
    epoll_ready: RefCell<epoll::Ready>,
    /// Where sockets of a test are bound.
    #[cfg(target_os = "linux")]
    addresses: laboratory::Addresses,
}

impl Os {
    /// The kernel, with a clock that begins now.
    pub fn new() -> Self {
        Self::since(Instant::now())
    }

    /// The kernel, with a clock that began then.
    pub fn since(start: Instant) -> Self {
        Self {
            start,
            selectors: RefCell::default(),
            #[cfg(target_os = "linux")]
            rings: RefCell::default(),
            #[cfg(target_os = "linux")]
            epoll_ready: RefCell::default(),
            #[cfg(target_os = "linux")]
            addresses: laboratory::Addresses::default(),
        }
    }
}

impl Default for Os {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs a program on the real kernel to its end, in this thread.
///
/// # Panics
/// If a future of the program was not ready at once: it waits for something that is no system call.
pub fn run<T>(program: impl Future<Output = T>) -> T {
    match pin!(program).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("on the real kernel every call is ready at once, but one was not"),
    }
}

#[cfg(not(target_os = "linux"))]
impl loopscope_shared::kernel::Epoll for Os {}

// What only other systems have, or what is not made use of here, fails with ENOSYS.
#[cfg(not(any(
    target_vendor = "apple",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd",
    target_os = "dragonfly"
)))]
impl loopscope_shared::kernel::Kqueue for Os {}
impl EventPorts for Os {}
impl DevPoll for Os {}
#[cfg(not(target_os = "linux"))]
impl loopscope_shared::kernel::Rings for Os {}
impl CompletionPort for Os {}

impl Tells for Os {}

impl Clock for Os {
    fn now(&self) -> Nanos {
        Nanos(u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    async fn sleep(&self, span: Nanos) {
        std::thread::sleep(Duration::from_nanos(span.0));
    }
}

/// The descriptor of that number, for the length of a call.
///
/// # Errors
/// `EBADF` for a negative number, which names nothing.
fn borrowed(fd: &Fd) -> Result<BorrowedFd<'_>, Errno> {
    if fd.0 < 0 {
        return Err(Errno::EBADF);
    }
    // SAFETY: the number is not -1. A program names its descriptors by number, as in C: one that is not open
    // makes the call fail with EBADF and touches no memory.
    Ok(unsafe { BorrowedFd::borrow_raw(fd.0) })
}

/// Makes a call, again for as long as a signal interrupts it.
fn retry<T>(mut call: impl FnMut() -> rustix::io::Result<T>) -> Result<T, Errno> {
    loop {
        match call() {
            Err(rustix::io::Errno::INTR) => {}
            other => return other.map_err(errno::of),
        }
    }
}

/// Makes a call that waits, again for as long as a signal interrupts it, each time for what is left.
fn retry_wait<T>(
    timeout: Timeout,
    mut call: impl FnMut(Option<Duration>) -> rustix::io::Result<T>,
) -> Result<T, Errno> {
    let Timeout(Some(span)) = timeout else { return retry(|| call(None)) };
    let span = Duration::from_nanos(span.0);
    let began = (!span.is_zero()).then(Instant::now);
    retry(|| call(Some(span.saturating_sub(began.map_or(Duration::ZERO, |began| began.elapsed())))))
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
