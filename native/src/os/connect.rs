//! Making sockets on the real kernel.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::os::fd::{BorrowedFd, IntoRawFd as _, OwnedFd};

use loopscope_shared::errno::Errno;
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{Connect, Mode};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};

use super::{Os, borrowed, errno, retry};

impl Connect for Os {
    async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Errno> {
        // The library's errors have no numbers; whatever it was, there is no address.
        let found = (host, port).to_socket_addrs().map_err(|_| Errno::ENOENT)?;
        Ok(found.collect())
    }

    async fn socket(&self, like: SocketAddr, mode: Mode) -> Result<Fd, Errno> {
        let family = if like.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let socket = open(family, mode).map_err(errno::of)?;
        Ok(Fd(socket.into_raw_fd()))
    }

    async fn bind(&self, fd: Fd, address: SocketAddr) -> Result<SocketAddr, Errno> {
        let socket = borrowed(&fd)?;
        rustix::net::bind(socket, &address).map_err(errno::of)?;
        own_address(socket)
    }

    async fn local_address(&self, fd: Fd) -> Result<SocketAddr, Errno> {
        own_address(borrowed(&fd)?)
    }

    async fn listen(&self, fd: Fd, backlog: u32) -> Result<(), Errno> {
        let socket = borrowed(&fd)?;
        // A number above the greatest of a signed one is, as a negative one, as many as the system allows.
        rustix::net::listen(socket, backlog as i32).map_err(errno::of)
    }

    async fn connect(&self, fd: Fd, to: SocketAddr) -> Result<(), Errno> {
        let socket = borrowed(&fd)?;
        match rustix::net::connect(socket, &to) {
            // The attempt goes on without us (connect(2)): its end is waited for.
            Err(rustix::io::Errno::INTR) => {
                retry(|| poll(&mut [PollFd::from_borrowed_fd(socket, PollFlags::OUT)], None))?;
                retry(|| sockopt::socket_error(socket))?.map_err(errno::of)
            }
            other => other.map_err(errno::of),
        }
    }
}

/// The address of a socket (`getsockname(2)`).
pub(super) fn own_address(socket: BorrowedFd<'_>) -> Result<SocketAddr, Errno> {
    let address = rustix::net::getsockname(socket).map_err(errno::of)?;
    SocketAddr::try_from(address).map_err(|_| Errno::EOPNOTSUPP)
}

/// `socket(2)`: close-on-exec, and non-blocking if asked for, from its first instant.
#[cfg(not(target_vendor = "apple"))]
fn open(family: AddressFamily, mode: Mode) -> rustix::io::Result<OwnedFd> {
    let blocking = match mode {
        Mode::Blocking => SocketFlags::empty(),
        Mode::NonBlocking => SocketFlags::NONBLOCK,
    };
    rustix::net::socket_with(family, SocketType::STREAM, blocking | SocketFlags::CLOEXEC, None)
}

/// `socket(2)` and then the flags, on the systems whose call takes none.
#[cfg(target_vendor = "apple")]
fn open(family: AddressFamily, mode: Mode) -> rustix::io::Result<OwnedFd> {
    let socket = rustix::net::socket_with(family, SocketType::STREAM, SocketFlags::empty(), None)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    rustix::io::ioctl_fionbio(&socket, mode == Mode::NonBlocking)?;
    Ok(socket)
}
