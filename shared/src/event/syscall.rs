//! System calls as they are seen from outside: arguments, result, line of source.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::{CallName, Thing, Transfer};
use crate::errno::Errno;
use crate::ids::{Fd, TaskId};
use crate::kernel::{CtlOp, Mask, Mode, MsgFlags, OperationKind, Opt, Shutdown, Timeout};
use crate::time::Nanos;

/// A system call and its arguments. What does not fit here (data, sets) is in the payload of its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the arguments that the man page of each call names")]
pub enum Call {
    /// `accept4(2)`.
    Accept { fd: Fd },
    /// `recv(2)`, with room for `len` bytes.
    Recv { fd: Fd, len: u32 },
    /// `send(2)` of `len` bytes.
    Send { fd: Fd, len: u32 },
    /// `shutdown(2)`.
    Shutdown { fd: Fd, how: Shutdown },
    /// `close(2)`.
    Close { fd: Fd },
    /// `setsockopt(2)` of `TCP_NODELAY`.
    SetNodelay { fd: Fd },
    /// `select(2)`.
    Select { nfds: u32, timeout: Timeout },
    /// `epoll_create1(2)`.
    EpollCreate,
    /// `epoll_ctl(2)`.
    EpollCtl { epoll: Fd, op: CtlOp, fd: Fd, events: Mask },
    /// `epoll_wait(2)`.
    EpollWait { epoll: Fd, most: u32, timeout: Timeout },
    /// `poll(2)`. Payload, down and up: the entries, each a `struct pollfd`.
    Poll { count: u32, timeout: Timeout },
    /// `kqueue(2)`.
    Kqueue,
    /// `kevent(2)`. Payload, as postcard writes it: down the changes, up the events, each a list of
    /// [`crate::kernel::Kevent`].
    Kevent { kqueue: Fd, changes: u32, most: u32, timeout: Timeout },
    /// `port_create(3C)`.
    PortCreate,
    /// `port_associate(3C)`.
    PortAssociate { port: Fd, fd: Fd, events: Mask },
    /// `port_dissociate(3C)`.
    PortDissociate { port: Fd, fd: Fd },
    /// `port_getn(3C)`. Payload up, as postcard writes it: a list of [`crate::kernel::PortEvent`].
    PortGetn { port: Fd, most: u32, at_least: u32, timeout: Timeout },
    /// `open(2)` of `/dev/poll`.
    DevPollOpen,
    /// `write(2)` to `/dev/poll`. Payload down: the entries, each a `struct pollfd`.
    DevPollWrite { dev: Fd, count: u32 },
    /// `ioctl(2)` with `DP_POLL`. Payload up: the entries, each a `struct pollfd`.
    DevPollWait { dev: Fd, most: u32, timeout: Timeout },
    /// `io_uring_setup(2)`.
    RingSetup { entries: u32 },
    /// `io_uring_enter(2)`. Payload, as postcard writes it: down a list of [`Handed`], up one of [`Done`].
    RingEnter { ring: Fd, submit: u32, at_least: u32, timeout: Timeout },
    /// `CreateIoCompletionPort`.
    CompletionPortCreate,
    /// `CreateIoCompletionPort` with a handle.
    CompletionPortAssociate { port: Fd, fd: Fd },
    /// `AcceptEx`, `WSARecv`, `WSASend`, `CancelIoEx`. Payload down: the bytes of a send, at most
    /// [`super::CAPTURE_MAX`] of them.
    CompletionPortStart { submitted: Submitted },
    /// `GetQueuedCompletionStatusEx`. Payload up, as postcard writes it: a list of [`Done`].
    CompletionPortGet { port: Fd, most: u32, timeout: Timeout },
    /// `clock_nanosleep(2)`.
    Sleep { span: Nanos },
    /// `clone(2)` of a thread.
    SpawnThread,
    /// `fork(2)`.
    Fork,
    /// `wait4(2)` for any child. Payload up: its exit status, little-endian.
    Wait { mode: Mode },
    /// `getaddrinfo(3)`. Payload down: the name.
    Resolve { port: u16 },
    /// `socket(2)`.
    Socket,
    /// `bind(2)`. Payload down: the address, as postcard writes it.
    Bind { fd: Fd },
    /// `listen(2)`.
    Listen { fd: Fd, backlog: u32 },
    /// `connect(2)`. Payload down: the address, as postcard writes it.
    Connect { fd: Fd },
    /// `fcntl(2)` with `F_SETFL`.
    SetNonblocking { fd: Fd, on: bool },
    /// `dup(2)`.
    Dup { fd: Fd },
    /// `pipe2(2)`. Returns the end that reads; payload up: the end that writes, little-endian.
    Pipe,
    /// `open(2)` of an empty regular file without a name (`O_TMPFILE`).
    OpenFile,
    /// `read(2)`, with room for `len` bytes. Payload as for `recv`.
    Read { fd: Fd, len: u32 },
    /// `write(2)` of `len` bytes. Payload as for `send`.
    Write { fd: Fd, len: u32 },
    /// `recv(2)` with flags. Payload as for `recv`; none if what was taken was thrown away (`MSG_TRUNC`).
    RecvWith { fd: Fd, len: u32, flags: MsgFlags },
    /// `send(2)` with flags. Payload as for `send`.
    SendWith { fd: Fd, len: u32, flags: MsgFlags },
    /// `getsockopt(2)`. Returns the value.
    GetOption { fd: Fd, option: Opt },
    /// `setsockopt(2)`.
    SetOption { fd: Fd, option: Opt, value: i32 },
    /// `setsockopt(2)` of `SO_LINGER`, with 0 seconds.
    SetLingerZero { fd: Fd },
    /// `ioctl(2)` with `FIONREAD`. Returns how many bytes wait.
    Unread { fd: Fd },
    /// `getsockname(2)`. Payload up: the address, as postcard writes it.
    LocalAddress { fd: Fd },
    /// `openat(2)` and its kin. Payload down: the path.
    Open,
    /// `eventfd2(2)`, `timerfd_create(2)`, `signalfd4(2)`, …: the call that makes such a thing.
    Create { thing: Thing },
    /// `socketpair(2)`. Returns the first descriptor; payload up: the second, little-endian.
    SocketPair,
    /// `fcntl(2)` with `F_SETFD`.
    SetCloseOnExec { fd: Fd, on: bool },
    /// `close_range(2)`; `on_exec` if it only marks them (`CLOSE_RANGE_CLOEXEC`).
    CloseRange { first: Fd, last: Fd, on_exec: bool },
    /// `sendfile(2)`, `splice(2)` and their kin: at most `len` bytes from one descriptor to another.
    Transfer { how: Transfer, from: Fd, to: Fd, len: u32 },
    /// `execve(2)`. Payload down: the path of the program.
    Exec,
    /// `exit(2)`, `exit_group(2)`: it does not return.
    End { status: i32 },
    /// `wait4(2)` for one child. Payload up: its exit status, little-endian.
    WaitFor { child: TaskId, mode: Mode },
    /// `io_uring_enter(2)`, seen by somebody who cannot look into the rings. Returns how many operations were
    /// taken.
    RingEnterUnseen { ring: Fd, submit: u32, at_least: u32 },
    /// `prctl(2)` with `PR_SET_NAME`. Payload down: the name.
    SetName,
    /// A call that has no form of its own here. Payload, text: down the call as it was written, at most
    /// [`super::OTHER_MAX`] bytes of it; up what it returned.
    Other { name: CallName, fd: Option<Fd> },
}

/// An operation that was started, as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// The program's number for it.
    pub user: u64,
    /// What it is.
    pub kind: OperationKind,
}

/// An operation on its way down in a ring, with the first of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    /// The operation.
    pub submitted: Submitted,
    /// What is to be sent, at most [`super::CAPTURE_MAX`] bytes of it; empty for what sends nothing.
    pub head: Vec<u8>,
}

/// A completion, as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The program's number for the operation.
    pub user: u64,
    /// Its result.
    pub ret: Ret,
    /// How many line feeds were among the bytes that it moved, all of them counted.
    pub lines: u32,
    /// More completions of it will follow.
    pub more: bool,
    /// What was received, at most [`super::CAPTURE_MAX`] bytes of it; empty for what receives nothing.
    pub head: Vec<u8>,
    /// Where an accepted connection comes from.
    pub from: Option<SocketAddr>,
}

impl Call {
    /// The name of the man page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept { .. } => "accept",
            Self::Recv { .. } => "recv",
            Self::Send { .. } => "send",
            Self::Shutdown { .. } => "shutdown",
            Self::Close { .. } => "close",
            Self::SetNodelay { .. } => "setsockopt",
            Self::Select { .. } => "select",
            Self::EpollCreate => "epoll_create",
            Self::EpollCtl { .. } => "epoll_ctl",
            Self::EpollWait { .. } => "epoll_wait",
            Self::Poll { .. } => "poll",
            Self::Kqueue => "kqueue",
            Self::Kevent { .. } => "kevent",
            Self::PortCreate => "port_create",
            Self::PortAssociate { .. } => "port_associate",
            Self::PortDissociate { .. } => "port_dissociate",
            Self::PortGetn { .. } => "port_getn",
            Self::DevPollOpen => "open",
            Self::DevPollWrite { .. } => "write",
            Self::DevPollWait { .. } => "ioctl",
            Self::RingSetup { .. } => "io_uring_setup",
            Self::RingEnter { .. } => "io_uring_enter",
            Self::CompletionPortCreate | Self::CompletionPortAssociate { .. } => "CreateIoCompletionPort",
            Self::CompletionPortStart { submitted } => match submitted.kind {
                OperationKind::Accept { .. } | OperationKind::AcceptMulti { .. } => "AcceptEx",
                OperationKind::Recv { .. } | OperationKind::RecvMulti { .. } => "WSARecv",
                OperationKind::Send { .. } => "WSASend",
                OperationKind::Cancel { .. } => "CancelIoEx",
            },
            Self::CompletionPortGet { .. } => "GetQueuedCompletionStatusEx",
            Self::Sleep { .. } => "nanosleep",
            Self::SpawnThread => "clone",
            Self::Fork => "fork",
            Self::Wait { .. } => "wait4",
            Self::Resolve { .. } => "getaddrinfo",
            Self::Socket => "socket",
            Self::Bind { .. } => "bind",
            Self::Listen { .. } => "listen",
            Self::Connect { .. } => "connect",
            Self::SetNonblocking { .. } => "fcntl",
            Self::Dup { .. } => "dup",
            Self::Pipe => "pipe2",
            Self::OpenFile => "open",
            Self::Read { .. } => "read",
            Self::Write { .. } => "write",
            Self::RecvWith { .. } => "recv",
            Self::SendWith { .. } => "send",
            Self::GetOption { .. } => "getsockopt",
            Self::SetOption { .. } | Self::SetLingerZero { .. } => "setsockopt",
            Self::Unread { .. } => "ioctl",
            Self::LocalAddress { .. } => "getsockname",
            Self::Open => "openat",
            Self::Create { thing } => thing.made_by(),
            Self::SocketPair => "socketpair",
            Self::SetCloseOnExec { .. } => "fcntl",
            Self::CloseRange { .. } => "close_range",
            Self::Transfer { how, .. } => how.name(),
            Self::Exec => "execve",
            Self::End { .. } => "exit",
            Self::WaitFor { .. } => "wait4",
            Self::RingEnterUnseen { .. } => "io_uring_enter",
            Self::SetName => "prctl",
            Self::Other { name, .. } => name.text(),
        }
    }

    /// The descriptor that the call is about, if it is about one.
    pub fn fd(self) -> Option<Fd> {
        match self {
            Self::Accept { fd }
            | Self::Recv { fd, .. }
            | Self::Send { fd, .. }
            | Self::Shutdown { fd, .. }
            | Self::Close { fd }
            | Self::SetNodelay { fd }
            | Self::EpollCtl { fd, .. }
            | Self::PortAssociate { fd, .. }
            | Self::PortDissociate { fd, .. }
            | Self::CompletionPortAssociate { fd, .. }
            | Self::Bind { fd }
            | Self::Listen { fd, .. }
            | Self::Connect { fd }
            | Self::SetNonblocking { fd, .. }
            | Self::Dup { fd }
            | Self::Read { fd, .. }
            | Self::Write { fd, .. }
            | Self::RecvWith { fd, .. }
            | Self::SendWith { fd, .. }
            | Self::GetOption { fd, .. }
            | Self::SetOption { fd, .. }
            | Self::SetLingerZero { fd }
            | Self::Unread { fd }
            | Self::LocalAddress { fd }
            | Self::SetCloseOnExec { fd, .. }
            | Self::Transfer { to: fd, .. }
            | Self::RingEnterUnseen { ring: fd, .. } => Some(fd),
            Self::Other { fd, .. } => fd,
            Self::EpollWait { epoll: fd, .. }
            | Self::Kevent { kqueue: fd, .. }
            | Self::PortGetn { port: fd, .. }
            | Self::DevPollWrite { dev: fd, .. }
            | Self::DevPollWait { dev: fd, .. }
            | Self::RingEnter { ring: fd, .. }
            | Self::CompletionPortGet { port: fd, .. } => Some(fd),
            Self::CompletionPortStart { submitted } => submitted.kind.fd(),
            Self::Select { .. }
            | Self::Poll { .. }
            | Self::EpollCreate
            | Self::Kqueue
            | Self::PortCreate
            | Self::DevPollOpen
            | Self::RingSetup { .. }
            | Self::CompletionPortCreate
            | Self::Sleep { .. }
            | Self::SpawnThread
            | Self::Fork
            | Self::Wait { .. }
            | Self::Resolve { .. }
            | Self::Socket
            | Self::Pipe
            | Self::OpenFile
            | Self::Open
            | Self::Create { .. }
            | Self::SocketPair
            | Self::CloseRange { .. }
            | Self::Exec
            | Self::End { .. }
            | Self::WaitFor { .. }
            | Self::SetName => None,
        }
    }

    /// Whether it waits for readiness: the call in which an event loop sleeps.
    pub fn is_wait(self) -> bool {
        match self {
            Self::Select { .. }
            | Self::Poll { .. }
            | Self::EpollWait { .. }
            | Self::PortGetn { .. }
            | Self::DevPollWait { .. }
            | Self::CompletionPortGet { .. } => true,
            // These also change what is asked for, and need not wait then.
            Self::Kevent { most, .. } => most > 0,
            Self::RingEnter { at_least, .. } | Self::RingEnterUnseen { at_least, .. } => at_least > 0,
            _ => false,
        }
    }
}

/// What a call returned: a number whose meaning is the call's (a count, a descriptor, 0), or an error.
pub type Ret = Result<u32, Errno>;

/// A line of source: which of [`crate::servers::SOURCES`], and the line's number in it, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The index of the source, or [`Place::ELSEWHERE`]'s.
    pub source: u8,
    /// The line, from 1.
    pub line: u32,
}

impl Place {
    /// A place in no source that is known here.
    pub const ELSEWHERE: Self = Self { source: u8::MAX, line: 0 };
}
