//! Options of sockets, and reading and writing what is no socket.

use std::net::SocketAddr;

use crate::errno::Errno;
use crate::ids::{Fd, FileId};
use crate::kernel::Opt;
use crate::sim::files::Kind;
use crate::sim::machine::Machine;
use crate::sim::tcp::State;

/// The smallest buffers that can be asked for, in bytes, as they read back (Linux's `SOCK_MIN_SNDBUF` and
/// `SOCK_MIN_RCVBUF`; observed).
const SEND_MIN: i32 = 4_608;
const RECV_MIN: i32 = 2_304;

/// Linux doubles what it is asked for, to have room for its own bookkeeping (`socket(7)`). Here a buffer holds the
/// bytes that were asked for, and reads back as twice that.
const DOUBLED: i32 = 2;

impl Machine {
    /// `getsockopt(2)`.
    pub(super) fn option(&mut self, id: FileId, option: Opt) -> Result<i32, Errno> {
        let tcp = self.stream(id)?;
        let doubled = |bytes: usize| i32::try_from(bytes).unwrap_or(i32::MAX).saturating_mul(DOUBLED);
        Ok(match option {
            Opt::Error => {
                let number = tcp.take_error().map_or(0, Errno::linux_number);
                self.changed();
                self.tell_ready(id);
                number
            }
            Opt::SndBuf => doubled(tcp.send_capacity),
            Opt::RcvBuf => doubled(tcp.recv_capacity),
            Opt::OobInline => 0,
            Opt::RcvLowat => i32::try_from(tcp.lowat).unwrap_or(i32::MAX),
            Opt::AcceptConn => i32::from(tcp.state == State::Listening),
            Opt::ReuseAddr => i32::from(tcp.reuse_address),
            Opt::NoDelay => i32::from(tcp.nodelay),
            Opt::ReusePort => i32::from(tcp.reuse_port),
        })
    }

    /// `setsockopt(2)`.
    pub(super) fn set_option(&mut self, id: FileId, option: Opt, value: i32) -> Result<(), Errno> {
        let tcp = self.stream(id)?;
        let bytes = |least: i32| (value.saturating_mul(DOUBLED).max(least) / DOUBLED) as usize;
        match option {
            Opt::SndBuf => {
                tcp.send_capacity = bytes(SEND_MIN);
                // Whoever waits for room may find some now.
                if tcp.no_space && tcp.is_writable() {
                    tcp.no_space = false;
                    self.wake(id, crate::kernel::Mask::OUT);
                }
            }
            Opt::RcvBuf => tcp.recv_capacity = bytes(RECV_MIN),
            Opt::RcvLowat => {
                tcp.lowat = if value < 0 { usize::MAX } else { (value as usize).max(1) };
                if tcp.is_readable() || tcp.end_received {
                    self.wake(id, crate::kernel::Mask::IN);
                }
            }
            Opt::ReuseAddr => tcp.reuse_address = value != 0,
            Opt::ReusePort => tcp.reuse_port = value != 0,
            Opt::NoDelay => {
                tcp.nodelay = value != 0;
                self.transmit(id);
            }
            Opt::OobInline => {}
            Opt::Error | Opt::AcceptConn => return Err(Errno::ENOPROTOOPT),
        }
        self.tell_ready(id);
        Ok(())
    }

    /// How many bytes wait to be read (`FIONREAD`).
    pub(super) fn unread(&self, id: FileId) -> Result<u32, Errno> {
        match self.files.get(id).map(|file| &file.kind) {
            Some(Kind::Socket(tcp)) if tcp.state != State::Listening => Ok(tcp.recv.len() as u32),
            Some(Kind::PipeRead(reader)) => Ok(reader.len()),
            Some(Kind::PipeWrite(Some(reader))) => self.unread(*reader),
            Some(Kind::PipeWrite(None) | Kind::Regular) => Ok(0),
            _ => Err(Errno::EINVAL),
        }
    }

    /// `read(2)` of what is no socket. The regular file is read at its end.
    pub(super) fn read_other(&mut self, id: FileId, buffer: &mut [u8]) -> Result<usize, Errno> {
        match self.files.get(id).map(|file| &file.kind) {
            // Nothing is asked for: System V says 0, whatever is there (Linux's `sock_read_iter`).
            Some(Kind::Socket(_)) if buffer.is_empty() => Ok(0),
            Some(Kind::Regular) => Ok(0),
            Some(Kind::PipeRead(_) | Kind::PipeWrite(_)) => self.pipe_read(id, buffer),
            _ => Err(Errno::EINVAL),
        }
    }

    /// `write(2)` to what is no socket.
    pub(super) fn write_other(&mut self, id: FileId, bytes: &[u8]) -> Result<usize, Errno> {
        match self.files.get(id).map(|file| &file.kind) {
            Some(Kind::Regular) => Ok(bytes.len()),
            Some(Kind::PipeRead(_) | Kind::PipeWrite(_)) => self.pipe_write(id, bytes),
            _ => Err(Errno::EINVAL),
        }
    }

    /// The address that a socket has (`getsockname(2)`).
    pub(super) fn local_address(&mut self, fd: Fd) -> Result<SocketAddr, Errno> {
        let (_, tcp) = self.tcp_of(fd)?;
        tcp.local.ok_or(Errno::EINVAL)
    }

    /// `epoll_ctl(2)` with an operation that there is not: the other arguments are looked at first.
    pub(super) fn epoll_ctl_unknown(&mut self, epoll: Fd, fd: Fd) -> Result<(), Errno> {
        self.epoll_arguments(epoll, fd)?;
        Err(Errno::EINVAL)
    }
}
