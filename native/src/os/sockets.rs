//! Stream sockets on the real kernel.

use std::net::SocketAddr;
use std::os::fd::{IntoRawFd, OwnedFd};

use loopscope_shared::errno::Errno;
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{Accepted, Mode, Shutdown, Sockets};
use rustix::net::{RecvFlags, SendFlags, SocketAddrAny, sockopt};

use super::{Os, borrowed, errno, retry};

impl Sockets for Os {
    async fn accept(&self, listener: Fd, mode: Mode) -> Result<Accepted, Errno> {
        let listener = borrowed(&listener)?;
        let (socket, from) = retry(|| accept_once(listener, mode))?;
        // The listeners here are TCP, so a client has an Internet address.
        let from = from.and_then(|from| SocketAddr::try_from(from).ok()).ok_or(Errno::EOPNOTSUPP)?;
        Ok(Accepted { fd: Fd(socket.into_raw_fd()), from })
    }

    async fn recv(&self, fd: Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
        let socket = borrowed(&fd)?;
        retry(|| rustix::net::recv(socket, &mut *buffer, RecvFlags::empty())).map(|(count, _)| count)
    }

    async fn send(&self, fd: Fd, bytes: &[u8]) -> Result<usize, Errno> {
        let socket = borrowed(&fd)?;
        retry(|| rustix::net::send(socket, bytes, NO_SIGNAL))
    }

    async fn shutdown(&self, fd: Fd, how: Shutdown) -> Result<(), Errno> {
        let how = match how {
            Shutdown::Read => rustix::net::Shutdown::Read,
            Shutdown::Write => rustix::net::Shutdown::Write,
            Shutdown::Both => rustix::net::Shutdown::Both,
        };
        let socket = borrowed(&fd)?;
        retry(|| rustix::net::shutdown(socket, how))
    }

    async fn close(&self, fd: Fd) -> Result<(), Errno> {
        // What mio made, mio closes.
        if self.selectors.borrow_mut().remove(&fd).is_some() {
            return Ok(());
        }
        #[cfg(target_os = "linux")]
        if self.rings.borrow_mut().remove(&fd).is_some() {
            return Ok(());
        }
        // SAFETY: a program names its descriptors by number, as in C, and no value here owns this one. The
        // call is not made again after EINTR: on Linux the number is free then all the same (close(2)).
        match unsafe { libc::close(fd.0) } {
            0 => Ok(()),
            _ => match errno::of_io(&std::io::Error::last_os_error()) {
                Errno::EINTR => Ok(()),
                errno => Err(errno),
            },
        }
    }

    async fn set_nodelay(&self, fd: Fd) -> Result<(), Errno> {
        let socket = borrowed(&fd)?;
        retry(|| sockopt::set_tcp_nodelay(socket, true))
    }

    async fn set_nonblocking(&self, fd: Fd, on: bool) -> Result<(), Errno> {
        let file = borrowed(&fd)?;
        retry(|| rustix::io::ioctl_fionbio(file, on))
    }
}

/// No signal where the other end is gone: `EPIPE` says it.
#[cfg(not(target_vendor = "apple"))]
pub(super) const NO_SIGNAL: SendFlags = SendFlags::NOSIGNAL;

/// There is no such flag here, but the standard library has had `SIGPIPE` ignored since the process began.
#[cfg(target_vendor = "apple")]
pub(super) const NO_SIGNAL: SendFlags = SendFlags::empty();

/// `accept4(2)`: the new socket is close-on-exec, and non-blocking if asked for, from its first instant.
#[cfg(not(target_vendor = "apple"))]
fn accept_once(
    listener: impl std::os::fd::AsFd,
    mode: Mode,
) -> rustix::io::Result<(OwnedFd, Option<SocketAddrAny>)> {
    use rustix::net::SocketFlags;

    let blocking = match mode {
        Mode::Blocking => SocketFlags::empty(),
        Mode::NonBlocking => SocketFlags::NONBLOCK,
    };
    rustix::net::acceptfrom_with(listener, blocking | SocketFlags::CLOEXEC)
}

/// `accept(2)` and then the flags, on the systems that have no `accept4`.
#[cfg(target_vendor = "apple")]
fn accept_once(
    listener: impl std::os::fd::AsFd,
    mode: Mode,
) -> rustix::io::Result<(OwnedFd, Option<SocketAddrAny>)> {
    let (socket, from) = rustix::net::acceptfrom(listener)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    rustix::io::ioctl_fionbio(&socket, mode == Mode::NonBlocking)?;
    Ok((socket, from))
}
