//! How full a socket's buffers are, as the real kernel tells an observer.

use std::os::fd::BorrowedFd;

use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{Gauge, Levels};
use rustix::net::{AddressFamily, RecvFlags, SocketType, sockopt};

use super::{Os, borrowed};

/// How many connections wait in the accept queue of a listener; `None` if the descriptor is none.
#[cfg(target_os = "linux")]
pub(crate) fn accept_queue(fd: BorrowedFd<'_>) -> Option<u32> {
    use std::os::fd::AsRawFd as _;

    if !sockopt::socket_acceptconn(fd).ok()? {
        return None;
    }
    // SAFETY: every bit pattern of it is a value.
    let mut info: libc::tcp_info = unsafe { std::mem::zeroed() };
    let mut length = size_of::<libc::tcp_info>() as libc::socklen_t;
    // SAFETY: the call writes at most `length` bytes to `info`, which is that long (tcp(7)).
    let done = unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_INFO,
            (&raw mut info).cast(),
            &raw mut length,
        )
    };
    // Of a listener, this is how many wait to be accepted (`tcp_get_info` of Linux).
    (done == 0).then_some(info.tcpi_unacked)
}

/// Other systems tell it in other ways, which are not used here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn accept_queue(_: BorrowedFd<'_>) -> Option<u32> {
    None
}

/// Whether a descriptor is a TCP socket.
pub(crate) fn is_tcp(fd: BorrowedFd<'_>) -> bool {
    let stream = sockopt::socket_type(fd) == Ok(SocketType::STREAM);
    // A socket that is not bound has an address, too: that of nobody.
    let family = || rustix::net::getsockname(fd).map(|address| address.address_family());
    stream && matches!(family(), Ok(AddressFamily::INET | AddressFamily::INET6))
}

/// How full the buffers of a socket are, with the first waiting bytes copied into `peek`; `None` for a listener,
/// and where the system tells it in another way.
pub(crate) fn levels(socket: BorrowedFd<'_>, peek: &mut [u8]) -> Option<Levels> {
    let send = unacknowledged(socket)?;
    // A listener has a receive queue, too, but no bytes in it: the call fails there (tcp(7)).
    let recv = rustix::io::ioctl_fionread(socket).ok()?;
    let peeked = match recv {
        0 => 0,
        _ => rustix::net::recv(socket, &mut *peek, RecvFlags::PEEK | RecvFlags::DONTWAIT)
            .map_or(0, |(count, _)| count),
    };
    Some(Levels { recv: u32::try_from(recv).unwrap_or(u32::MAX), send, peeked: peeked as u32 })
}

impl Gauge for Os {
    fn levels(&self, fd: Fd, peek: &mut [u8]) -> Option<Levels> {
        levels(borrowed(&fd).ok()?, peek)
    }
}

/// `SIOCOUTQ` (`tcp(7)`): the bytes that were sent and that the other end has not acknowledged.
#[cfg(target_os = "linux")]
fn unacknowledged(socket: BorrowedFd<'_>) -> Option<u32> {
    use rustix::ioctl::{Getter, Opcode, ioctl};

    /// `SIOCOUTQ` is another name of `TIOCOUTQ`.
    const SIOCOUTQ: Opcode = libc::TIOCOUTQ as Opcode;
    // SAFETY: `SIOCOUTQ` writes one `int`, and no more, to where it is told (tcp(7)).
    let bytes = unsafe { ioctl(socket, Getter::<SIOCOUTQ, libc::c_int>::new()) }.ok()?;
    u32::try_from(bytes).ok()
}

/// Other systems tell it in other ways, which are not used here.
#[cfg(not(target_os = "linux"))]
fn unacknowledged(_: BorrowedFd<'_>) -> Option<u32> {
    None
}
