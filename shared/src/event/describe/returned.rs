//! What a call came back with, and what that means.

use crate::errno::Errno;
use crate::event::{Call, Ret};
use crate::ids::Fd;
use crate::kernel::{Mode, MsgFlags};

use super::call::{address_text, call_text, came_up, quoted, sets_text, text};

/// The sentence for a call that returned. `down` is what went into it, `up` what came out.
pub(super) fn returned(task: &str, call: Call, down: &[u8], ret: Ret, up: &[u8]) -> String {
    let name = call.name();
    match (call, ret) {
        (_, Err(errno)) => format!("{name} fails with {errno}: {}.", why_it_failed(call, errno)),
        (Call::Recv { fd, len } | Call::Read { fd, len }, Ok(0)) if len > 0 => {
            format!("{name} on {fd} returns 0: the client sends no more.")
        }
        (Call::RecvWith { fd, flags, .. }, Ok(count)) if flags.contains(MsgFlags::PEEK) => {
            format!("recv looks at {count} bytes {} of descriptor {fd}, and leaves them.", quoted(up, count))
        }
        (Call::RecvWith { fd, flags, .. }, Ok(count)) if flags.contains(MsgFlags::TRUNC) => {
            format!("recv takes {count} bytes out of descriptor {fd} and throws them away.")
        }
        (Call::Recv { fd, .. } | Call::Read { fd, .. } | Call::RecvWith { fd, .. }, Ok(count)) => {
            format!("{name} takes {count} bytes {} out of descriptor {fd}.", quoted(up, count))
        }
        (Call::Send { fd, len } | Call::Write { fd, len } | Call::SendWith { fd, len, .. }, Ok(count)) => {
            match count < len {
                true => format!(
                    "{name} puts only {count} of {len} bytes into descriptor {fd}: its send buffer is full."
                ),
                false => format!("{name} puts {count} bytes into descriptor {fd}."),
            }
        }
        (Call::Accept { .. }, Ok(fd)) => {
            format!("accept takes a connection from the queue: it is descriptor {fd} now.")
        }
        (Call::Other { .. }, Ok(_)) => match up {
            [] => format!("{} has returned.", call_text(call, down)),
            up => format!("{} returns {}.", call_text(call, down), text(up)),
        },
        (Call::Transfer { from, to, .. }, Ok(count)) => {
            format!(
                "{name} moves {count} bytes from descriptor {from} to {to}; the program does not see them."
            )
        }
        (Call::GetOption { .. } | Call::Unread { .. }, Ok(value)) => {
            format!("{} says {}.", call_text(call, &[]), value as i32)
        }
        (_, Ok(value)) => made(task, call, down, value, up),
    }
}

/// The sentence for a call that made something, or took notice of it.
fn made(task: &str, call: Call, down: &[u8], value: u32, up: &[u8]) -> String {
    let name = call.name();
    match (call, value) {
        (Call::SpawnThread, child) => {
            format!("{task} has started task {child}, a thread: it shares the descriptors.")
        }
        (Call::Fork, child) => {
            format!("{task} has started task {child}, a process: it has a copy of each descriptor.")
        }
        (Call::Wait { mode: Mode::NonBlocking } | Call::WaitFor { mode: Mode::NonBlocking, .. }, 0) => {
            "wait4 returns 0: no child has ended since.".to_owned()
        }
        (Call::Wait { .. } | Call::WaitFor { .. }, child) => {
            let status = up.first_chunk().map_or(0, |bytes| i32::from_le_bytes(*bytes));
            format!("wait4 takes notice that task {child} has ended with status {status}: it is gone now.")
        }
        (Call::Resolve { .. }, count) => {
            let of = quoted(down, down.len() as u32);
            match count {
                1 => format!("getaddrinfo finds an address for {of}."),
                _ => format!("getaddrinfo finds {count} addresses for {of}."),
            }
        }
        (Call::Bind { fd }, _) => format!("Descriptor {fd} has the address {} now.", address_text(up)),
        (Call::Connect { fd }, _) => {
            format!("Descriptor {fd} is connected with {} now.", address_text(down))
        }
        (Call::Dup { fd }, new) => format!("dup makes descriptor {new}: it names the same file as {fd}."),
        (Call::Pipe, reads) => {
            let writes = up.first_chunk().map_or(Fd(-1), |bytes| Fd(i32::from_le_bytes(*bytes)));
            format!("pipe2 makes two descriptors: what is written to {writes} can be read from {reads}.")
        }
        (Call::SocketPair, one) => {
            let other = up.first_chunk().map_or(Fd(-1), |bytes| Fd(i32::from_le_bytes(*bytes)));
            format!("socketpair makes descriptors {one} and {other}, which are connected with each other.")
        }
        (Call::Open, fd) => format!("openat makes descriptor {fd}: it names {}.", text(down)),
        (Call::Create { thing }, fd) => format!("{name} makes descriptor {fd}: {}.", thing.text()),
        (Call::Exec, _) => {
            format!("{task} is another program now: {}. What is close-on-exec is closed.", text(down))
        }
        (
            Call::EpollCreate
            | Call::Kqueue
            | Call::PortCreate
            | Call::DevPollOpen
            | Call::RingSetup { .. }
            | Call::CompletionPortCreate
            | Call::Socket
            | Call::OpenFile,
            fd,
        ) => format!("{name} makes descriptor {fd}."),
        (_, count) => waited(call, down, count, up),
    }
}

/// The sentence for a wait that returned, and for the calls that say what is to be waited for.
fn waited(call: Call, down: &[u8], count: u32, up: &[u8]) -> String {
    let name = call.name();
    match call {
        Call::Select { nfds, .. } if count == 0 => format!(
            "select returns 0: it went through {nfds} numbers, and the time was over before one was ready."
        ),
        Call::Select { nfds, .. } => {
            let ready = sets_text(up);
            format!("select returns {count}: it went through {nfds} numbers in three sets to find {ready}.")
        }
        Call::Poll { count: entries, .. } if count == 0 => format!(
            "poll returns 0: it went through {entries} entries, and the time was over before one was ready."
        ),
        Call::Poll { count: entries, .. } => {
            let ready = came_up(call, up).unwrap_or_default();
            format!("poll returns {count}: it went through {entries} entries to find {ready}.")
        }
        Call::RingEnter { .. } | Call::CompletionPortGet { .. } if count == 0 => match call {
            Call::RingEnter { at_least: 0, submit, .. } => {
                format!("io_uring_enter has taken {submit} operations: nothing of them is done yet.")
            }
            _ => format!("{name} returns 0: nothing was done in time."),
        },
        Call::RingEnterUnseen { .. } => {
            format!("io_uring_enter has taken {count} operations; what is in the rings cannot be seen.")
        }
        Call::RingEnter { .. } | Call::CompletionPortGet { .. } => {
            let what = came_up(call, up).unwrap_or_default();
            format!("{name} returns {count}: done are {}.", what)
        }
        Call::CompletionPortStart { submitted } => format!(
            "The kernel has operation #{}: {}. It says when it is done.",
            submitted.user,
            super::call::kind_text(submitted.kind)
        ),
        Call::PortAssociate { port, fd, events } => {
            format!("Port {port} will report one event of descriptor {fd}: {events}.")
        }
        Call::DevPollWrite { dev, .. } => {
            format!("{} is done: the set stays in {dev}.", call_text(call, down))
        }
        _ if call.is_wait() && count == 0 => format!("{name} returns 0: nothing became ready in time."),
        Call::EpollWait { .. } | Call::Kevent { .. } | Call::DevPollWait { .. } if call.is_wait() => {
            let what = came_up(call, up).unwrap_or_default();
            format!("{name} returns {count}: {what} came up, and nothing else was looked at.")
        }
        Call::PortGetn { .. } => {
            let what = came_up(call, up).unwrap_or_default();
            format!("port_getn returns {count}: {what} came up, and is no longer associated.")
        }
        _ => format!("{} is done.", call_text(call, down)),
    }
}

/// `EAGAIN` says something else of each call; the other errors explain themselves.
fn why_it_failed(call: Call, errno: Errno) -> &'static str {
    match (call, errno) {
        (Call::Recv { .. } | Call::RecvWith { .. } | Call::Read { .. }, Errno::EAGAIN) => {
            "there is nothing more to be read now"
        }
        (Call::Send { .. } | Call::SendWith { .. } | Call::Write { .. }, Errno::EAGAIN) => {
            "the send buffer is full, and what is left must wait"
        }
        (Call::Accept { .. }, Errno::EAGAIN) => "nobody waits in the accept queue any more",
        (Call::Fork | Call::SpawnThread, Errno::EAGAIN) => "there may be no more tasks",
        (Call::Connect { .. }, Errno::EINPROGRESS) => {
            "it is under way; the socket becomes writable when it is there, or has failed"
        }
        (Call::PortGetn { .. }, Errno::ETIME) => "the time was over before there were as many events",
        _ => errno.meaning(),
    }
}
