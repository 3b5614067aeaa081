//! What a call came back with, and what that means.

use crate::errno::Errno;
use crate::event::{Call, Ret};
use crate::ids::Fd;
use crate::kernel::{Mode, MsgFlags};
use crate::messages as m;

use super::call::{address_text, call_text, came_up, quoted, sets_text, text};

/// The sentence for a call that returned. `down` is what went into it, `up` what came out.
pub(super) fn returned(task: &str, call: Call, down: &[u8], ret: Ret, up: &[u8]) -> String {
    let name = call.name();
    match (call, ret) {
        (_, Err(errno)) => m::return_fails(name, errno, why_it_failed(call, errno)),
        (Call::Recv { fd, len } | Call::Read { fd, len }, Ok(0)) if len > 0 => m::return_end(name, fd),
        (Call::RecvWith { fd, flags, .. }, Ok(count)) if flags.contains(MsgFlags::PEEK) => {
            m::return_peeks(count, quoted(up, count), fd)
        }
        (Call::RecvWith { fd, flags, .. }, Ok(count)) if flags.contains(MsgFlags::TRUNC) => {
            m::return_discards(count, fd)
        }
        (Call::Recv { fd, .. } | Call::Read { fd, .. } | Call::RecvWith { fd, .. }, Ok(count)) => {
            m::return_takes(name, count, quoted(up, count), fd)
        }
        (Call::Send { fd, len } | Call::Write { fd, len } | Call::SendWith { fd, len, .. }, Ok(count)) => {
            match count < len {
                true => m::return_puts_part(name, count, len, fd),
                false => m::return_puts(name, count, fd),
            }
        }
        (Call::Accept { .. }, Ok(fd)) => m::return_accepts(fd),
        (Call::Other { .. }, Ok(_)) => match up {
            [] => m::return_has_returned(call_text(call, down)),
            up => m::return_returns(call_text(call, down), text(up)),
        },
        (Call::Transfer { from, to, .. }, Ok(count)) => m::return_transfers(name, count, from, to),
        (Call::GetOption { .. } | Call::Unread { .. }, Ok(value)) => {
            m::return_says(call_text(call, &[]), value as i32)
        }
        (_, Ok(value)) => made(task, call, down, value, up),
    }
}

/// The sentence for a call that made something, or took notice of it.
fn made(task: &str, call: Call, down: &[u8], value: u32, up: &[u8]) -> String {
    let name = call.name();
    match (call, value) {
        (Call::SpawnThread, child) => m::return_thread(task, child),
        (Call::Fork, child) => m::return_process(task, child),
        (Call::Wait { mode: Mode::NonBlocking } | Call::WaitFor { mode: Mode::NonBlocking, .. }, 0) => {
            m::return_no_child().to_owned()
        }
        (Call::Wait { .. } | Call::WaitFor { .. }, child) => {
            let status = up.first_chunk().map_or(0, |bytes| i32::from_le_bytes(*bytes));
            m::return_child(child, status)
        }
        (Call::Resolve { .. }, count) => {
            let of = quoted(down, down.len() as u32);
            m::return_resolves(count.into(), of)
        }
        (Call::Bind { fd }, _) => m::return_bound(fd, address_text(up)),
        (Call::Connect { fd }, _) => m::return_connected(fd, address_text(down)),
        (Call::Dup { fd }, new) => m::return_dup(new, fd),
        (Call::Pipe, reads) => {
            let writes = up.first_chunk().map_or(Fd(-1), |bytes| Fd(i32::from_le_bytes(*bytes)));
            m::return_pipe(writes, reads)
        }
        (Call::SocketPair, one) => {
            let other = up.first_chunk().map_or(Fd(-1), |bytes| Fd(i32::from_le_bytes(*bytes)));
            m::return_pair(one, other)
        }
        (Call::Open, fd) => m::return_opens(fd, text(down)),
        (Call::Create { thing }, fd) => m::return_creates(name, fd, thing.text()),
        (Call::Exec, _) => m::return_exec(task, text(down)),
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
        ) => m::return_makes(name, fd),
        (_, count) => waited(call, down, count, up),
    }
}

/// The sentence for a wait that returned, and for the calls that say what is to be waited for.
fn waited(call: Call, down: &[u8], count: u32, up: &[u8]) -> String {
    let name = call.name();
    match call {
        Call::Select { nfds, .. } if count == 0 => m::return_select_none(nfds),
        Call::Select { nfds, .. } => {
            let ready = sets_text(up);
            m::return_select(count, nfds, ready)
        }
        Call::Poll { count: entries, .. } if count == 0 => m::return_poll_none(entries),
        Call::Poll { count: entries, .. } => {
            let ready = came_up(call, up).unwrap_or_default();
            m::return_poll(count, entries, ready)
        }
        Call::RingEnter { .. } | Call::CompletionPortGet { .. } if count == 0 => match call {
            Call::RingEnter { at_least: 0, submit, .. } => m::return_submitted(submit),
            _ => m::return_nothing_done(name),
        },
        Call::RingEnterUnseen { .. } => m::return_submitted_unseen(count),
        Call::RingEnter { .. } | Call::CompletionPortGet { .. } => {
            let what = came_up(call, up).unwrap_or_default();
            m::return_done(name, count, what)
        }
        Call::CompletionPortStart { submitted } => {
            m::return_started(submitted.user, super::call::kind_text(submitted.kind))
        }
        Call::PortAssociate { port, fd, events } => m::return_associated(port, fd, events),
        Call::DevPollWrite { dev, .. } => m::return_written(call_text(call, down), dev),
        _ if call.is_wait() && count == 0 => m::return_nothing_ready(name),
        Call::EpollWait { .. } | Call::Kevent { .. } | Call::DevPollWait { .. } if call.is_wait() => {
            let what = came_up(call, up).unwrap_or_default();
            m::return_came_up(name, count, what)
        }
        Call::PortGetn { .. } => {
            let what = came_up(call, up).unwrap_or_default();
            m::return_came_up_once(count, what)
        }
        _ => m::return_is_done(call_text(call, down)),
    }
}

/// `EAGAIN` says something else of each call; the other errors explain themselves.
fn why_it_failed(call: Call, errno: Errno) -> &'static str {
    match (call, errno) {
        (Call::Recv { .. } | Call::RecvWith { .. } | Call::Read { .. }, Errno::EAGAIN) => m::failed_read(),
        (Call::Send { .. } | Call::SendWith { .. } | Call::Write { .. }, Errno::EAGAIN) => m::failed_send(),
        (Call::Accept { .. }, Errno::EAGAIN) => m::failed_accept(),
        (Call::Fork | Call::SpawnThread, Errno::EAGAIN) => m::failed_fork(),
        (Call::Connect { .. }, Errno::EINPROGRESS) => m::failed_connect(),
        (Call::PortGetn { .. }, Errno::ETIME) => m::failed_getn(),
        _ => errno.meaning(),
    }
}
