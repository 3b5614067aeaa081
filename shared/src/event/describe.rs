//! One sentence for each event: what happened, and why.

use crate::errno::Errno;
use crate::event::{Call, Doing, Event, Inside, Place, Ret, What};
use crate::ids::{Fd, FileId, TaskId};
use crate::kernel::{CtlOp, EpollEvent, FdSets, Shutdown};
use crate::servers;
use crate::world::World;

/// How many descriptors a sentence names before it only counts them.
const LISTED_MAX: usize = 8;

/// Says in one sentence what happened and what caused it. `world` is the world after the event.
pub fn describe(event: &Event, payload: &[u8], world: &World) -> String {
    let task = task_name(event.task, world);
    match event.what {
        What::TaskBegin { .. } => format!("{task} begins."),
        What::TaskEnd { status } => format!("{task} ends with status {status}."),
        What::Listening { fd, backlog } => {
            format!(
                "Descriptor {fd} listens; {backlog} connections and one more may wait in its accept queue."
            )
        }
        What::Enter { call, place } => format!("{task} calls {}{}.", call_text(call, payload), at(place)),
        What::Exit { ret, .. } => {
            let call = world.tasks.get(&event.task).and_then(|task| task.last.as_ref()).map(|last| last.call);
            returned(&task, call, ret, payload)
        }
        What::Sample { fd, levels } => format!(
            "Looked at descriptor {fd}: {} bytes wait to be read, {} to be acknowledged.",
            levels.recv, levels.send
        ),
        What::Note { note, .. } => format!("{task}: {note:?}."),
        What::Dropped { count } => {
            format!("{count} events were lost here: they came faster than they could be kept.")
        }
        What::Inside(inside) => describe_inside(inside, &task, payload, world),
    }
}

/// The call as `strace(1)` would write it, without its result.
pub fn call_text(call: Call, payload: &[u8]) -> String {
    match call {
        Call::Accept { fd } => format!("accept({fd})"),
        Call::Recv { fd, len } => format!("recv({fd}, …, {len})"),
        Call::Send { fd, len } => format!("send({fd}, {}, {len})", quoted(payload, len)),
        Call::Shutdown { fd, how } => {
            let how = match how {
                Shutdown::Read => "SHUT_RD",
                Shutdown::Write => "SHUT_WR",
                Shutdown::Both => "SHUT_RDWR",
            };
            format!("shutdown({fd}, {how})")
        }
        Call::Close { fd } => format!("close({fd})"),
        Call::SetNodelay { fd } => format!("setsockopt({fd}, TCP_NODELAY)"),
        Call::Select { nfds, timeout } => format!("select({nfds}, {}, {timeout})", sets_text(payload)),
        Call::EpollCreate => "epoll_create()".to_owned(),
        Call::EpollCtl { epoll, op, fd, events } => match op {
            CtlOp::Add => format!("epoll_ctl({epoll}, ADD, {fd}, {events})"),
            CtlOp::Mod => format!("epoll_ctl({epoll}, MOD, {fd}, {events})"),
            CtlOp::Del => format!("epoll_ctl({epoll}, DEL, {fd})"),
        },
        Call::EpollWait { epoll, most, timeout } => format!("epoll_wait({epoll}, …, {most}, {timeout})"),
        Call::Kqueue => "kqueue()".to_owned(),
        Call::Kevent { kqueue, changes, most, timeout } => {
            format!("kevent({kqueue}, …, {changes}, …, {most}, {timeout})")
        }
        Call::Sleep { span } => format!("nanosleep({span})"),
        Call::SpawnThread => "clone()".to_owned(),
        other => format!("{}()", other.name()),
    }
}

/// A call with its result, for a history: `recv(7, …, 16384) = 6 "hello\n"`.
pub fn history_line(call: Call, down: &[u8], ret: Ret, up: &[u8]) -> String {
    let result = match (call, ret) {
        (_, Err(errno)) => return format!("{} = {errno}", call_text(call, down)),
        (Call::Recv { .. }, Ok(count)) if count > 0 => format!("{count} {}", quoted(up, count)),
        (Call::Select { .. }, Ok(count)) => format!("{count} {}", sets_text(up)),
        (Call::EpollWait { .. } | Call::Kevent { .. }, Ok(count)) if count > 0 => {
            format!("{count} {}", events_text(up))
        }
        (_, Ok(count)) => count.to_string(),
    };
    format!("{} = {result}", call_text(call, down))
}

fn returned(task: &str, call: Option<Call>, ret: Ret, payload: &[u8]) -> String {
    let Some(call) = call else { return format!("{task} comes back from a call.") };
    let name = call.name();
    match (call, ret) {
        (_, Err(errno)) => format!("{name} fails with {errno}: {}.", why_it_failed(call, errno)),
        (Call::Recv { fd, .. }, Ok(0)) => format!("recv on {fd} returns 0: the client sends no more."),
        (Call::Recv { fd, .. }, Ok(count)) => {
            format!("recv takes {count} bytes {} out of descriptor {fd}.", quoted(payload, count))
        }
        (Call::Send { fd, len }, Ok(count)) if count < len => {
            format!("send puts only {count} of {len} bytes into descriptor {fd}: its send buffer is full.")
        }
        (Call::Send { fd, .. }, Ok(count)) => format!("send puts {count} bytes into descriptor {fd}."),
        (Call::Accept { .. }, Ok(fd)) => {
            format!("accept takes a connection from the queue: it is descriptor {fd} now.")
        }
        (Call::Select { nfds, .. }, Ok(0)) => {
            format!(
                "select returns 0: it went through {nfds} numbers, and the time was over before one was ready."
            )
        }
        (Call::Select { nfds, .. }, Ok(bits)) => {
            let ready = sets_text(payload);
            format!("select returns {bits}: it went through {nfds} numbers in three sets to find {ready}.")
        }
        (Call::EpollWait { .. } | Call::Kevent { .. }, Ok(0)) => {
            format!("{name} returns 0: nothing became ready in time.")
        }
        (Call::EpollWait { .. } | Call::Kevent { .. }, Ok(count)) => {
            format!(
                "{name} returns {count}: {} came up, and nothing else was looked at.",
                events_text(payload)
            )
        }
        (Call::EpollCreate | Call::Kqueue, Ok(fd)) => format!("{name} makes descriptor {fd}."),
        (_, Ok(_)) => format!("{} is done.", call_text(call, &[])),
    }
}

/// `EAGAIN` says something else of each call; the other errors explain themselves.
fn why_it_failed(call: Call, errno: Errno) -> &'static str {
    match (call, errno) {
        (Call::Recv { .. }, Errno::EAGAIN) => "there is nothing more to be read now",
        (Call::Send { .. }, Errno::EAGAIN) => "the send buffer is full, and what is left must wait",
        (Call::Accept { .. }, Errno::EAGAIN) => "nobody waits in the accept queue any more",
        _ => errno.meaning(),
    }
}

fn describe_inside(inside: Inside, task: &str, payload: &[u8], world: &World) -> String {
    match inside {
        Inside::Queued { peer, .. } => format!("Client {peer} is connected and waits in the accept queue."),
        Inside::SynDropped { peer, .. } => {
            format!("The accept queue is full: the SYN of client {peer} is dropped, it will try again.")
        }
        Inside::Installed { fd, .. } => format!("The lowest free number is {fd}: it names the new file."),
        Inside::Arrived { file, bytes } => {
            format!("{bytes} bytes {} arrive for {}.", quoted(payload, bytes), file_name(file, world))
        }
        Inside::Drained { file, bytes } => {
            format!(
                "The client's kernel acknowledges {bytes} bytes: they leave the send buffer of {}.",
                file_name(file, world)
            )
        }
        Inside::InputEnded { file } => {
            format!("The client of {} sends no more (FIN).", file_name(file, world))
        }
        Inside::Reset { file } => {
            format!("The client of {} resets the connection (RST).", file_name(file, world))
        }
        Inside::Ready { file, mask } => match mask.is_empty() {
            true => format!("{} is no longer ready for anything.", capitalised(&file_name(file, world))),
            false => format!("{} is ready now: {mask}.", capitalised(&file_name(file, world))),
        },
        Inside::Listed { fd, .. } => format!("Descriptor {fd} goes onto the ready list."),
        Inside::Unlisted { fd, .. } => format!("Descriptor {fd} leaves the ready list."),
        Inside::Established { .. } | Inside::Completed { .. } => String::new(),
        Inside::Blocked => format!("Nothing that was asked for is ready: {task} sleeps in its call."),
        Inside::Woken { cause } => format!("{task} is woken by event {}.", cause.ordinal()),
        Inside::Running { cpu } => format!("{task} has CPU {cpu}."),
        Inside::Preempted => format!("The slice of {task} is over: another has the CPU now."),
        Inside::Peer { peer, doing } => format!("Client {peer} {}.", doing_text(doing, payload)),
    }
}

fn doing_text(doing: Doing, payload: &[u8]) -> String {
    match doing {
        Doing::Connecting => "sends a SYN".to_owned(),
        Doing::Connected => "is connected".to_owned(),
        Doing::Sent { bytes } => format!("sends {bytes} bytes {}", quoted(payload, bytes)),
        Doing::Received { bytes, .. } => format!("reads {bytes} bytes {}", quoted(payload, bytes)),
        Doing::Thinking => "thinks".to_owned(),
        Doing::Awaiting => "waits for its answers".to_owned(),
        Doing::NotReading => "stops reading".to_owned(),
        Doing::Reading => "reads again".to_owned(),
        Doing::HalfClosed => "will send no more".to_owned(),
        Doing::Closed => "closes its socket".to_owned(),
        Doing::Reset => "throws the connection away".to_owned(),
        Doing::SawEnd => "sees the end of what the server sends".to_owned(),
        Doing::WasReset => "finds its connection reset".to_owned(),
    }
}

fn task_name(task: TaskId, world: &World) -> String {
    match world.tasks.get(&task) {
        Some(known) => format!("Task {task} ({})", known.name),
        None => format!("Task {task}"),
    }
}

fn file_name(file: FileId, world: &World) -> String {
    match world.descriptor_of(file) {
        Some((_, fd)) => format!("descriptor {fd}"),
        None if world.files.contains_key(&file) => "a connection that waits to be accepted".to_owned(),
        None => "a connection that the program has closed".to_owned(),
    }
}

fn at(place: Place) -> String {
    match servers::SOURCES.get(usize::from(place.source)) {
        Some(source) => format!(" in line {} of {}", place.line, source.name),
        None => String::new(),
    }
}

fn sets_text(bytes: &[u8]) -> String {
    let sets = FdSets::from_bytes(bytes);
    let list = |fds: Vec<Fd>| fds.iter().take(LISTED_MAX).map(Fd::to_string).collect::<Vec<_>>().join(" ");
    let parts = [("read", &sets.read), ("write", &sets.write), ("except", &sets.except)];
    let texts: Vec<String> = parts
        .into_iter()
        .filter(|(_, set)| !set.is_empty())
        .map(|(name, set)| match set.len() {
            0..=LISTED_MAX => format!("{name} {{{}}}", list(set.iter().collect())),
            many => format!("{name} {{{} … {many} in all}}", list(set.iter().collect())),
        })
        .collect();
    if texts.is_empty() { "{}".to_owned() } else { texts.join(" ") }
}

/// The events of a wait, each as `descriptor:what`.
fn events_text(bytes: &[u8]) -> String {
    let events = bytes.as_chunks::<{ EpollEvent::SIZE }>().0;
    let text = |event: &[u8; EpollEvent::SIZE]| {
        EpollEvent::from_bytes(event)
            .map_or_else(String::new, |event| format!("{}:{}", event.fd(), event.events))
    };
    let mut texts: Vec<String> = events.iter().take(LISTED_MAX).map(text).collect();
    if events.len() > LISTED_MAX {
        texts.push(format!("… {} in all", events.len()));
    }
    texts.join(" ")
}

/// The bytes as a string literal, with an ellipsis if there were more than are known.
fn quoted(bytes: &[u8], of: u32) -> String {
    let more = if bytes.len() < of as usize { "…" } else { "" };
    format!("\"{}\"{more}", bytes.escape_ascii())
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
