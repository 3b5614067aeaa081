//! How full a socket's buffers are, as the real kernel tells an observer.

use std::os::fd::BorrowedFd;

use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{Gauge, Levels};
use rustix::net::RecvFlags;

use super::{Os, borrowed};

impl Gauge for Os {
    fn levels(&self, fd: Fd, peek: &mut [u8]) -> Option<Levels> {
        let socket = borrowed(&fd).ok()?;
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
