//! `dup`, pipes, options and flags on the real kernel.

use std::os::fd::{IntoRawFd as _, OwnedFd};

use loopscope_shared::errno::Errno;
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{Descriptors, MsgFlags, Opt};
use rustix::net::{RecvFlags, SendFlags, sockopt};

use super::sockets::NO_SIGNAL;
use super::{Os, borrowed, errno, retry};

impl Descriptors for Os {
    async fn dup(&self, fd: Fd) -> Result<Fd, Errno> {
        let file = borrowed(&fd)?;
        let other = rustix::io::fcntl_dupfd_cloexec(file, 0).map_err(errno::of)?;
        Ok(Fd(other.into_raw_fd()))
    }

    async fn pipe(&self) -> Result<(Fd, Fd), Errno> {
        let (reads, writes) = pipe().map_err(errno::of)?;
        Ok((Fd(reads.into_raw_fd()), Fd(writes.into_raw_fd())))
    }

    async fn open_file(&self) -> Result<Fd, Errno> {
        let file = unnamed().map_err(errno::of)?;
        Ok(Fd(file.into_raw_fd()))
    }

    async fn read(&self, fd: Fd, buffer: &mut [u8]) -> Result<usize, Errno> {
        let file = borrowed(&fd)?;
        retry(|| rustix::io::read(file, &mut *buffer))
    }

    async fn write(&self, fd: Fd, bytes: &[u8]) -> Result<usize, Errno> {
        // The standard library has had SIGPIPE ignored since the process began: EPIPE says it.
        let file = borrowed(&fd)?;
        retry(|| rustix::io::write(file, bytes))
    }

    async fn recv_with(&self, fd: Fd, buffer: &mut [u8], flags: MsgFlags) -> Result<usize, Errno> {
        let socket = borrowed(&fd)?;
        let flags = RecvFlags::from_bits_retain(raw(flags));
        retry(|| rustix::net::recv(socket, &mut *buffer, flags)).map(|(_, count)| count)
    }

    async fn send_with(&self, fd: Fd, bytes: &[u8], flags: MsgFlags) -> Result<usize, Errno> {
        let socket = borrowed(&fd)?;
        let flags = SendFlags::from_bits_retain(raw(flags)) | NO_SIGNAL;
        retry(|| rustix::net::send(socket, bytes, flags))
    }

    async fn option(&self, fd: Fd, option: Opt) -> Result<i32, Errno> {
        let (level, name) = named(option);
        let (mut value, mut size): (libc::c_int, _) = (0, size_of::<libc::c_int>() as libc::socklen_t);
        // SAFETY: the call writes at most `size` bytes to `value`, and that is its size.
        let result = unsafe { libc::getsockopt(fd.0, level, name, (&raw mut value).cast(), &raw mut size) };
        if result < 0 { Err(errno::of(errno::last())) } else { Ok(value) }
    }

    async fn set_option(&self, fd: Fd, option: Opt, value: i32) -> Result<(), Errno> {
        let (level, name) = named(option);
        let size = size_of::<libc::c_int>() as libc::socklen_t;
        // SAFETY: the call reads `size` bytes of `value`, and that is its size.
        let result = unsafe { libc::setsockopt(fd.0, level, name, (&raw const value).cast(), size) };
        if result < 0 { Err(errno::of(errno::last())) } else { Ok(()) }
    }

    async fn set_linger_zero(&self, fd: Fd) -> Result<(), Errno> {
        let socket = borrowed(&fd)?;
        sockopt::set_socket_linger(socket, Some(std::time::Duration::ZERO)).map_err(errno::of)
    }

    async fn unread(&self, fd: Fd) -> Result<u32, Errno> {
        let file = borrowed(&fd)?;
        let waiting = rustix::io::ioctl_fionread(file).map_err(errno::of)?;
        Ok(u32::try_from(waiting).unwrap_or(u32::MAX))
    }
}

/// The flags with this system's bits.
fn raw(flags: MsgFlags) -> u32 {
    let bits = [
        (MsgFlags::OOB, libc::MSG_OOB),
        (MsgFlags::PEEK, libc::MSG_PEEK),
        (MsgFlags::TRUNC, libc::MSG_TRUNC),
        (MsgFlags::DONTWAIT, libc::MSG_DONTWAIT),
        (MsgFlags::WAITALL, libc::MSG_WAITALL),
    ];
    bits.iter().filter(|(flag, _)| flags.contains(*flag)).fold(0, |raw, (_, bit)| raw | *bit as u32)
}

/// The level and the name of an option. They go through `getsockopt(2)` as it is, because rustix lacks one of
/// them and gives others another form: here the number that the system gives is what is asked for.
fn named(option: Opt) -> (libc::c_int, libc::c_int) {
    match option {
        Opt::Error => (libc::SOL_SOCKET, libc::SO_ERROR),
        Opt::SndBuf => (libc::SOL_SOCKET, libc::SO_SNDBUF),
        Opt::RcvBuf => (libc::SOL_SOCKET, libc::SO_RCVBUF),
        Opt::OobInline => (libc::SOL_SOCKET, libc::SO_OOBINLINE),
        Opt::RcvLowat => (libc::SOL_SOCKET, libc::SO_RCVLOWAT),
        Opt::AcceptConn => (libc::SOL_SOCKET, libc::SO_ACCEPTCONN),
        Opt::ReuseAddr => (libc::SOL_SOCKET, libc::SO_REUSEADDR),
        Opt::NoDelay => (libc::IPPROTO_TCP, libc::TCP_NODELAY),
        Opt::ReusePort => (libc::SOL_SOCKET, libc::SO_REUSEPORT),
    }
}

/// `pipe2(2)`.
#[cfg(not(target_vendor = "apple"))]
fn pipe() -> rustix::io::Result<(OwnedFd, OwnedFd)> {
    use rustix::pipe::PipeFlags;

    rustix::pipe::pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)
}

/// `pipe(2)` and then the flags, on the systems that have no `pipe2`.
#[cfg(target_vendor = "apple")]
fn pipe() -> rustix::io::Result<(OwnedFd, OwnedFd)> {
    let (reads, writes) = rustix::pipe::pipe()?;
    for end in [&reads, &writes] {
        rustix::io::fcntl_setfd(end, rustix::io::FdFlags::CLOEXEC)?;
        rustix::io::ioctl_fionbio(end, true)?;
    }
    Ok((reads, writes))
}

/// A regular file in memory (`memfd_create(2)`).
#[cfg(target_os = "linux")]
fn unnamed() -> rustix::io::Result<OwnedFd> {
    rustix::fs::memfd_create("loopscope", rustix::fs::MemfdFlags::CLOEXEC)
}

/// Other systems have no such call.
#[cfg(not(target_os = "linux"))]
fn unnamed() -> rustix::io::Result<OwnedFd> {
    Err(rustix::io::Errno::NOSYS)
}
