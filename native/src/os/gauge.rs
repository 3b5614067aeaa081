//! How full a socket's buffers are, as the real kernel tells an observer.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{Gauge, Levels};
use rustix::net::{AddressFamily, RecvFlags, SocketType, sockopt};

use super::{Os, borrowed};

/// How many connections wait in the accept queue of a listener; `None` if the descriptor is none.
#[cfg(target_os = "linux")]
pub(crate) fn accept_queue(fd: BorrowedFd<'_>) -> Option<u32> {
    if !sockopt::socket_acceptconn(fd).ok()? {
        return None;
    }
    // Of a listener, this is how many wait to be accepted (`tcp_get_info` of Linux).
    info(fd).map(|info| info.tcpi_unacked)
}

/// `TCP_INFO` (`tcp(7)`).
#[cfg(target_os = "linux")]
fn info(fd: BorrowedFd<'_>) -> Option<libc::tcp_info> {
    use std::os::fd::AsRawFd as _;

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
    (done == 0).then_some(info)
}

/// What is under way on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Connection {
    /// Received and not yet read by the program, in bytes.
    pub(crate) unread: u32,
    /// Sent by it and not yet acknowledged, in bytes.
    pub(crate) unsent: u32,
    /// The program has said that it sends no more, and the client has acknowledged that and all before it.
    pub(crate) goodbye_heard: bool,
    /// For how long nothing has come from the client.
    pub(crate) silent: Duration,
}

/// What is under way on a connection; `None` if it is none, or is over, and where the system does not tell.
#[cfg(target_os = "linux")]
pub(crate) fn connection(fd: BorrowedFd<'_>) -> Option<Connection> {
    /// States of a connection (`include/net/tcp_states.h` of Linux).
    const ESTABLISHED: u8 = 1;
    const FIN_WAIT2: u8 = 5;
    let info = info(fd)?;
    if ![ESTABLISHED, FIN_WAIT2].contains(&info.tcpi_state) {
        return None;
    }
    let unread = u32::try_from(rustix::io::ioctl_fionread(fd).ok()?).unwrap_or(u32::MAX);
    let silent = Duration::from_millis(info.tcpi_last_data_recv.into());
    let goodbye_heard = info.tcpi_state == FIN_WAIT2;
    Some(Connection { unread, unsent: unacknowledged(fd)?, goodbye_heard, silent })
}

/// Other systems tell it in other ways, which are not used here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn connection(_: BorrowedFd<'_>) -> Option<Connection> {
    None
}

/// The TCP sockets that this process has open, by their descriptors, in order (`proc(5)`); none where nobody tells.
pub(crate) fn tcp_sockets() -> Vec<i32> {
    let entries = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let mut numbers: Vec<i32> =
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    // SAFETY: the number is not -1. If it names another file by now, or none, the calls say so.
    numbers.retain(|number| is_tcp(unsafe { BorrowedFd::borrow_raw(*number) }));
    numbers.sort_unstable();
    numbers
}

/// Other systems tell it in other ways, which are not used here.
#[cfg(not(target_os = "linux"))]
pub(crate) fn accept_queue(_: BorrowedFd<'_>) -> Option<u32> {
    None
}

/// Whether a descriptor is a TCP socket.
pub(super) fn is_tcp(fd: BorrowedFd<'_>) -> bool {
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
