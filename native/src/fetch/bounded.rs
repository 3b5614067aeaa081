//! The real kernel for a client that is not to wait for ever, nor to take more than it was told to.
//!
//! The program above knows nothing of limits: they are the kernel's, which fails a call that would exceed one.

use std::cell::Cell;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use loopscope_shared::errno::Errno;
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{Accepted, Clock, Connect, Mode, Shutdown, Sockets};
use loopscope_shared::time::Nanos;
use rustix::net::sockopt::{Timeout, set_socket_timeout};

use crate::os::Os;

/// How long one address may take to answer, if there is more time in all: another may be quicker.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// A kernel with limits.
#[derive(Debug)]
pub(super) struct Bounded {
    os: Os,
    deadline: Instant,
    /// How many bytes may still be received.
    left: Cell<usize>,
}

impl Bounded {
    /// The kernel, on which calls wait until the deadline and so many bytes may be received.
    pub(super) fn new(deadline: Instant, most: usize) -> Self {
        Self { os: Os::new(), deadline, left: Cell::new(most) }
    }

    /// Lets the next call on a socket wait until the deadline, or as long as `most`.
    fn limit(&self, fd: Fd, most: Duration) -> Result<(), Errno> {
        let left = self.deadline.saturating_duration_since(Instant::now()).min(most);
        if left.is_zero() {
            // As a timeout of a socket, that would be none at all.
            return Err(Errno::ETIMEDOUT);
        }
        // SAFETY: the program got the number of this socket from `socket` and has not closed it yet; a number
        // that is not open makes the call fail with EBADF and touches no memory.
        let socket = unsafe { BorrowedFd::borrow_raw(fd.0) };
        for kind in [Timeout::Recv, Timeout::Send] {
            set_socket_timeout(socket, kind, Some(left)).map_err(|_| Errno::EINVAL)?;
        }
        Ok(())
    }
}

/// A call on a blocking socket says so when its time is over (socket(7), `SO_RCVTIMEO`).
fn in_time<T>(result: Result<T, Errno>) -> Result<T, Errno> {
    match result {
        Err(Errno::EAGAIN | Errno::EINPROGRESS) => Err(Errno::ETIMEDOUT),
        other => other,
    }
}

impl Clock for Bounded {
    fn now(&self) -> Nanos {
        self.os.now()
    }

    async fn sleep(&self, span: Nanos) {
        self.os.sleep(span).await;
    }
}

impl Sockets for Bounded {
    async fn accept(&self, listener: Fd, mode: Mode) -> Result<Accepted, Errno> {
        self.os.accept(listener, mode).await
    }

    async fn recv(&self, fd: Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
        self.limit(fd, Duration::MAX)?;
        let count = in_time(self.os.recv(fd, buffer).await)?;
        let left = self.left.get().checked_sub(count).ok_or(Errno::EMSGSIZE)?;
        self.left.set(left);
        Ok(count)
    }

    async fn send(&self, fd: Fd, bytes: &[u8]) -> Result<usize, Errno> {
        self.limit(fd, Duration::MAX)?;
        in_time(self.os.send(fd, bytes).await)
    }

    async fn shutdown(&self, fd: Fd, how: Shutdown) -> Result<(), Errno> {
        self.os.shutdown(fd, how).await
    }

    async fn close(&self, fd: Fd) -> Result<(), Errno> {
        self.os.close(fd).await
    }

    async fn set_nodelay(&self, fd: Fd) -> Result<(), Errno> {
        self.os.set_nodelay(fd).await
    }

    async fn set_nonblocking(&self, fd: Fd, on: bool) -> Result<(), Errno> {
        self.os.set_nonblocking(fd, on).await
    }
}

impl Connect for Bounded {
    async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Errno> {
        // The resolver has limits of its own (resolv.conf(5), `timeout` and `attempts`).
        self.os.resolve(host, port).await
    }

    async fn socket(&self, like: SocketAddr, mode: Mode) -> Result<Fd, Errno> {
        self.os.socket(like, mode).await
    }

    async fn bind(&self, fd: Fd, address: SocketAddr) -> Result<SocketAddr, Errno> {
        self.os.bind(fd, address).await
    }

    async fn local_address(&self, fd: Fd) -> Result<SocketAddr, Errno> {
        self.os.local_address(fd).await
    }

    async fn listen(&self, fd: Fd, backlog: u32) -> Result<(), Errno> {
        self.os.listen(fd, backlog).await
    }

    async fn connect(&self, fd: Fd, to: SocketAddr) -> Result<(), Errno> {
        self.limit(fd, CONNECT_MAX)?;
        in_time(self.os.connect(fd, to).await)
    }
}
