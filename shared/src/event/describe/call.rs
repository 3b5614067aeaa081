//! A call as `strace(1)` would write it, and what crosses with it, as text.

use std::net::SocketAddr;

use crate::event::{Call, Done, Handed, Ret, Submitted, list_in};
use crate::ids::Fd;
use crate::kernel::{
    CtlOp, EpollEvent, FdSets, Filter, Kevent, Mode, MsgFlags, OperationKind, Opt, PollFd, PortEvent,
    Shutdown,
};
use crate::messages as m;

/// How many descriptors a sentence names before it only counts them.
const LISTED_MAX: usize = 8;

/// The call as `strace(1)` would write it, without its result.
pub fn call_text(call: Call, payload: &[u8]) -> String {
    let name = call.name();
    match call {
        Call::Accept { fd } | Call::Close { fd } | Call::Dup { fd } => format!("{name}({fd})"),
        Call::Recv { fd, len } | Call::Read { fd, len } => format!("{name}({fd}, …, {len})"),
        Call::Send { fd, len } | Call::Write { fd, len } => {
            format!("{name}({fd}, {}, {len})", quoted(payload, len))
        }
        Call::RecvWith { fd, len, flags } => format!("recv({fd}, …, {len}, {})", flags_text(flags)),
        Call::SendWith { fd, len, flags } => {
            format!("send({fd}, {}, {len}, {})", quoted(payload, len), flags_text(flags))
        }
        Call::Shutdown { fd, how } => {
            let how = match how {
                Shutdown::Read => "SHUT_RD",
                Shutdown::Write => "SHUT_WR",
                Shutdown::Both => "SHUT_RDWR",
            };
            format!("shutdown({fd}, {how})")
        }
        Call::SetNodelay { fd } => format!("setsockopt({fd}, TCP_NODELAY)"),
        Call::SetNonblocking { fd, on: true } => format!("fcntl({fd}, F_SETFL, O_NONBLOCK)"),
        Call::SetNonblocking { fd, on: false } => format!("fcntl({fd}, F_SETFL, 0)"),
        Call::GetOption { fd, option } => format!("getsockopt({fd}, {})", option_text(option)),
        Call::SetOption { fd, option, value } => {
            format!("setsockopt({fd}, {}, {value})", option_text(option))
        }
        Call::SetLingerZero { fd } => format!("setsockopt({fd}, SO_LINGER, 0 s)"),
        Call::Unread { fd } => format!("ioctl({fd}, FIONREAD)"),
        Call::LocalAddress { fd } => format!("getsockname({fd})"),
        Call::Sleep { span } => format!("nanosleep({span})"),
        Call::Wait { mode: Mode::Blocking } => "wait4(-1)".to_owned(),
        Call::Wait { mode: Mode::NonBlocking } => "wait4(-1, WNOHANG)".to_owned(),
        Call::Resolve { port } => format!("getaddrinfo({}, {port})", quoted(payload, payload.len() as u32)),
        Call::Bind { fd } | Call::Connect { fd } => format!("{name}({fd}, {})", address_text(payload)),
        Call::Listen { fd, backlog } => format!("listen({fd}, {backlog})"),
        Call::SpawnThread
        | Call::Fork
        | Call::Socket
        | Call::Pipe
        | Call::EpollCreate
        | Call::Kqueue
        | Call::PortCreate
        | Call::CompletionPortCreate => format!("{name}()"),
        Call::OpenFile => "open(O_TMPFILE)".to_owned(),
        Call::DevPollOpen => "open(\"/dev/poll\")".to_owned(),
        Call::Other { .. } => text(payload),
        Call::Open | Call::Exec | Call::SetName => format!("{name}(\"{}\")", text(payload)),
        Call::Create { .. } | Call::SocketPair => format!("{name}()"),
        Call::SetCloseOnExec { fd, on: true } => format!("fcntl({fd}, F_SETFD, FD_CLOEXEC)"),
        Call::SetCloseOnExec { fd, on: false } => format!("fcntl({fd}, F_SETFD, 0)"),
        Call::CloseRange { first, last, on_exec } => {
            let how = if on_exec { "CLOSE_RANGE_CLOEXEC" } else { "0" };
            format!("close_range({first}, {}, {how})", last.0.cast_unsigned())
        }
        Call::Transfer { from, to, len, .. } => format!("{name}({from} → {to}, {len})"),
        Call::End { status } => format!("exit({status})"),
        Call::WaitFor { child, mode: Mode::Blocking } => format!("wait4({child})"),
        Call::WaitFor { child, mode: Mode::NonBlocking } => format!("wait4({child}, WNOHANG)"),
        _ => wait_text(call, payload),
    }
}

/// The calls that wait, and those that say what is to be waited for.
fn wait_text(call: Call, payload: &[u8]) -> String {
    let name = call.name();
    match call {
        Call::Select { nfds, timeout } => format!("select({nfds}, {}, {timeout})", sets_text(payload)),
        Call::Poll { timeout, .. } => format!("poll({{{}}}, {timeout})", entries_text(payload, |e| e.events)),
        Call::EpollCtl { epoll, op, fd, events } => match op {
            CtlOp::Add => format!("epoll_ctl({epoll}, ADD, {fd}, {events})"),
            CtlOp::Mod => format!("epoll_ctl({epoll}, MOD, {fd}, {events})"),
            CtlOp::Del => format!("epoll_ctl({epoll}, DEL, {fd})"),
        },
        Call::EpollWait { epoll, most, timeout } => format!("epoll_wait({epoll}, …, {most}, {timeout})"),
        Call::Kevent { kqueue, changes: 0, most, timeout } => {
            format!("kevent({kqueue}, {{}}, …, {most}, {timeout})")
        }
        Call::Kevent { kqueue, most: 0, .. } => format!("kevent({kqueue}, {{{}}})", changes_text(payload)),
        Call::Kevent { kqueue, most, timeout, .. } => {
            format!("kevent({kqueue}, {{{}}}, …, {most}, {timeout})", changes_text(payload))
        }
        Call::PortAssociate { port, fd, events } => format!("port_associate({port}, {fd}, {events})"),
        Call::PortDissociate { port, fd } => format!("port_dissociate({port}, {fd})"),
        Call::PortGetn { port, most, at_least, timeout } => {
            format!("port_getn({port}, …, {most}, {at_least}, {timeout})")
        }
        Call::DevPollWrite { dev, .. } => {
            format!("write({dev}, {{{}}})", entries_text(payload, |e| e.events))
        }
        Call::DevPollWait { dev, most, timeout } => format!("ioctl({dev}, DP_POLL, …, {most}, {timeout})"),
        Call::RingSetup { entries } => format!("io_uring_setup({entries})"),
        Call::RingEnter { ring, at_least, timeout, .. } => {
            format!("io_uring_enter({ring}, {{{}}}, {at_least}, {timeout})", handed_text(payload))
        }
        Call::RingEnterUnseen { ring, submit, at_least } => {
            format!("io_uring_enter({ring}, {submit}, {at_least})")
        }
        Call::CompletionPortAssociate { port, fd } => format!("CreateIoCompletionPort({fd}, {port})"),
        Call::CompletionPortStart { submitted } => {
            let Submitted { user, kind } = submitted;
            let of = match kind {
                OperationKind::Accept { fd } | OperationKind::AcceptMulti { fd } => format!("{fd}"),
                OperationKind::Recv { fd, most } | OperationKind::RecvMulti { fd, most } => {
                    format!("{fd}, …, {most}")
                }
                OperationKind::Send { fd, len } => format!("{fd}, {}, {len}", quoted(payload, len)),
                OperationKind::Cancel { user } => format!("#{user}"),
            };
            m::call_as(name, of, user)
        }
        Call::CompletionPortGet { port, most, timeout } => format!("{name}({port}, …, {most}, {timeout})"),
        // The others are written above.
        _ => format!("{name}()"),
    }
}

/// A call with its result, for a history: `recv(7, …, 16384) = 6 "hello\n"`.
pub fn history_line(call: Call, down: &[u8], ret: Ret, up: &[u8]) -> String {
    let result = match (call, ret) {
        (_, Err(errno)) => return format!("{} = {errno}", call_text(call, down)),
        (Call::Recv { .. } | Call::RecvWith { .. } | Call::Read { .. }, Ok(count)) if count > 0 => {
            format!("{count} {}", quoted(up, count))
        }
        (Call::Other { .. }, Ok(_)) if !up.is_empty() => text(up),
        (Call::Select { .. }, Ok(count)) => format!("{count} {}", sets_text(up)),
        (_, Ok(count)) if count > 0 => match came_up(call, up) {
            Some(what) => format!("{count} {what}"),
            None => count.to_string(),
        },
        (_, Ok(count)) => count.to_string(),
    };
    format!("{} = {result}", call_text(call, down))
}

/// What a wait brought up, as text; `None` for a call that brings up something else.
pub(super) fn came_up(call: Call, up: &[u8]) -> Option<String> {
    Some(match call {
        Call::EpollWait { .. } => events_text(up),
        Call::Poll { .. } | Call::DevPollWait { .. } => entries_text(up, |entry| entry.revents),
        Call::Kevent { most, .. } if most > 0 => kevents_text(up),
        Call::PortGetn { .. } => {
            listed(&list_in::<PortEvent>(up), |event| format!("{}:{}", event.fd, event.events))
        }
        Call::RingEnter { .. } | Call::CompletionPortGet { .. } => {
            joined(&list_in::<Done>(up), ", ", done_text)
        }
        _ => return None,
    })
}

fn listed<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    joined(items, " ", text)
}

fn joined<T>(items: &[T], between: &str, text: impl Fn(&T) -> String) -> String {
    let mut texts: Vec<String> = items.iter().take(LISTED_MAX).map(text).collect();
    if items.len() > LISTED_MAX {
        texts.push(m::call_in_all(items.len()));
    }
    texts.join(between)
}

/// The three sets of `select`, each by its members.
pub(super) fn sets_text(bytes: &[u8]) -> String {
    let sets = FdSets::from_bytes(bytes);
    let list = |fds: Vec<Fd>| fds.iter().take(LISTED_MAX).map(Fd::to_string).collect::<Vec<_>>().join(" ");
    let parts = [("read", &sets.read), ("write", &sets.write), ("except", &sets.except)];
    let texts: Vec<String> = parts
        .into_iter()
        .filter(|(_, set)| !set.is_empty())
        .map(|(name, set)| match set.len() {
            0..=LISTED_MAX => format!("{name} {{{}}}", list(set.iter().collect())),
            many => format!("{name} {{{} {}}}", list(set.iter().collect()), m::call_in_all(many)),
        })
        .collect();
    if texts.is_empty() { "{}".to_owned() } else { texts.join(" ") }
}

/// The events of `epoll_wait`, each as `descriptor:what`.
fn events_text(bytes: &[u8]) -> String {
    let events: Vec<EpollEvent> = bytes
        .as_chunks::<{ EpollEvent::SIZE }>()
        .0
        .iter()
        .filter_map(|event| EpollEvent::from_bytes(event))
        .collect();
    listed(&events, |event| format!("{}:{}", event.fd(), event.events))
}

/// The entries of a `poll` of which `of` says anything, each as `descriptor:what`.
fn entries_text(bytes: &[u8], of: impl Fn(&PollFd) -> crate::kernel::Mask) -> String {
    let entries: Vec<PollFd> = bytes
        .as_chunks::<{ PollFd::SIZE }>()
        .0
        .iter()
        .filter_map(|entry| PollFd::from_bytes(entry))
        .filter(|entry| !of(entry).is_empty())
        .collect();
    listed(&entries, |entry| format!("{}:{}", entry.fd, of(entry)))
}

fn filter_text(filter: Filter) -> &'static str {
    match filter {
        Filter::Read => "READ",
        Filter::Write => "WRITE",
    }
}

/// The changes of a `kevent`, each as `descriptor:filter flags`.
fn changes_text(bytes: &[u8]) -> String {
    listed(&list_in::<Kevent>(bytes), |change| {
        format!("{}:{} {}", change.fd, filter_text(change.filter), names(change.flags.iter_names()))
    })
}

/// The events of a `kevent`, each as `descriptor:filter`, with the count that it carries.
fn kevents_text(bytes: &[u8]) -> String {
    use crate::kernel::KeventFlags as Flags;
    listed(&list_in::<Kevent>(bytes), |event| {
        let count = if event.data > 0 { format!("({})", event.data) } else { String::new() };
        let end = if event.flags.contains(Flags::EOF) { "|EOF" } else { "" };
        format!("{}:{}{count}{end}", event.fd, filter_text(event.filter))
    })
}

/// What goes down in a ring: the operations, each with the program's number.
fn handed_text(bytes: &[u8]) -> String {
    joined(&list_in::<Handed>(bytes), ", ", |handed| {
        let Submitted { user, kind } = handed.submitted;
        let text = match kind {
            OperationKind::Send { fd, len } => format!("send {fd} {}", quoted(&handed.head, len)),
            other => kind_text(other),
        };
        format!("#{user}: {text}")
    })
}

/// An operation, in a few words: `recv 5`.
pub(super) fn kind_text(kind: OperationKind) -> String {
    match kind {
        OperationKind::Accept { fd } => format!("accept {fd}"),
        OperationKind::AcceptMulti { fd } => m::call_again(format!("accept {fd}")),
        OperationKind::Recv { fd, .. } => format!("recv {fd}"),
        OperationKind::RecvMulti { fd, .. } => m::call_again(format!("recv {fd}")),
        OperationKind::Send { fd, .. } => format!("send {fd}"),
        OperationKind::Cancel { user } => format!("cancel #{user}"),
    }
}

fn done_text(done: &Done) -> String {
    match done.ret {
        Ok(count) if !done.head.is_empty() => {
            format!("#{}: {count} {}", done.user, quoted(&done.head, count))
        }
        Ok(value) => format!("#{}: {value}", done.user),
        Err(errno) => format!("#{}: {errno}", done.user),
    }
}

fn flags_text(flags: MsgFlags) -> String {
    if flags.is_empty() {
        return "0".to_owned();
    }
    let names: Vec<String> = flags.iter_names().map(|(name, _)| format!("MSG_{name}")).collect();
    names.join("|")
}

fn option_text(option: Opt) -> &'static str {
    match option {
        Opt::Error => "SO_ERROR",
        Opt::SndBuf => "SO_SNDBUF",
        Opt::RcvBuf => "SO_RCVBUF",
        Opt::OobInline => "SO_OOBINLINE",
        Opt::RcvLowat => "SO_RCVLOWAT",
        Opt::AcceptConn => "SO_ACCEPTCONN",
        Opt::ReuseAddr => "SO_REUSEADDR",
        Opt::NoDelay => "TCP_NODELAY",
        Opt::ReusePort => "SO_REUSEPORT",
    }
}

fn names<T>(names: impl Iterator<Item = (&'static str, T)>) -> String {
    names.map(|(name, _)| name).collect::<Vec<_>>().join("|")
}

/// An address out of a payload.
pub(super) fn address_text(bytes: &[u8]) -> String {
    let address: Option<SocketAddr> = postcard::from_bytes(bytes).ok();
    address.map_or_else(|| "…".to_owned(), |address| address.to_string())
}

/// A payload that is text.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The bytes as a string literal, with an ellipsis if there were more than are known.
pub(super) fn quoted(bytes: &[u8], of: u32) -> String {
    let more = if bytes.len() < of as usize { "…" } else { "" };
    format!("\"{}\"{more}", bytes.escape_ascii())
}
