//! What a test of a kernel needs beside system calls that make sense: calls with wrong arguments, and a look at
//! what is under way. Not for servers.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use super::{EpollEvent, FdSets};
use crate::errno::Errno;
use crate::ids::Fd;

/// A task's number as the system gives it, to ask of it what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskNumber(pub u32);

/// A kernel that can be looked at while it is tested.
pub trait Laboratory {
    /// Where the test may bind its next socket: an address of the loopback network, and a port that is free,
    /// or 0 for any.
    fn free_address(&self) -> SocketAddr;

    /// The number of the task that asks.
    fn own_number(&self) -> TaskNumber;

    /// Waits until nothing is under way: on the network, between sockets of these ports, everything that was
    /// sent has arrived and is acknowledged, as far as it is not held back; and each of these tasks sleeps in a
    /// system call, or `has_ended` says that it is done. Time that a call was given, or a connection that is
    /// tried again later, is not waited for.
    fn settle(
        &self,
        ports: &[u16],
        tasks: &[TaskNumber],
        has_ended: impl Fn(TaskNumber) -> bool,
    ) -> impl Future<Output = ()>;

    /// The same, and until a full connection stays as it is: through the first attempt of its sender's to find
    /// out whether there is room after all.
    fn settle_full(
        &self,
        ports: &[u16],
        tasks: &[TaskNumber],
        has_ended: impl Fn(TaskNumber) -> bool,
    ) -> impl Future<Output = ()>;

    /// Waits for up to `most` until the condition holds, and says whether it does. It is looked at again
    /// whenever a task may have changed it.
    fn until(&self, most: Duration, condition: impl Fn() -> bool) -> impl Future<Output = bool>;

    /// `select(2)` with its arguments as they stand, wrong ones too: the first one as a number, and the time
    /// in milliseconds (`None` is for ever). Descriptors from `nfds` on are not looked at, and their bits stay
    /// as they are up to the end of the last word that crosses.
    ///
    /// # Errors
    /// `EINVAL` if `nfds` or the time is negative, `EBADF`.
    fn select_raw(
        &self,
        nfds: i32,
        sets: &mut FdSets,
        timeout_ms: Option<i64>,
    ) -> impl Future<Output = Result<usize, Errno>>;

    /// `epoll_ctl(2)` with an operation that there is not. It fails, but after the other arguments were looked
    /// at: which error it is says which was looked at first.
    ///
    /// # Errors
    /// Always: `EBADF`, `EPERM`, and `EINVAL` if all else is right.
    fn epoll_ctl_unknown(
        &self,
        epoll: Fd,
        fd: Fd,
        event: EpollEvent,
    ) -> impl Future<Output = Result<(), Errno>>;
}
