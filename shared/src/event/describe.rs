//! One sentence for each event: what happened, and why.

mod call;
mod returned;

use crate::event::{Call, Counted, Details, Doing, Event, Inside, Place, Thing, What};
use crate::ids::{Fd, FileId, TaskId};
use crate::kernel::Note;
use crate::messages;
use crate::servers;
use crate::world::{TaskState, World};

use call::quoted;
pub use call::{call_text, history_line};

/// Says in one sentence what happened and what caused it. `world` is the world after the event.
pub fn describe(event: &Event, payload: &[u8], world: &World) -> String {
    let task = task_name(event.task, world);
    match event.what {
        What::TaskBegin { parent: TaskId::KERNEL, .. } => format!("{task} begins."),
        What::TaskBegin { thread: true, .. } => {
            format!("{task} begins: a thread, which shares the descriptors.")
        }
        What::TaskBegin { parent, thread: false } => {
            format!("{task} begins: a process of its own, with copies of the descriptors of task {parent}.")
        }
        What::TaskEnd { status } => ended(event.task, &task, status, world),
        What::Listening { fd, backlog } => {
            format!(
                "Descriptor {fd} listens; {backlog} connections and one more may wait in its accept queue."
            )
        }
        What::Enter { call, place } => format!("{task} calls {}{}.", call_text(call, payload), at(place)),
        What::Exit { ret, .. } => match world.tasks.get(&event.task).and_then(|task| task.last.as_ref()) {
            Some(last) => returned::returned(&task, last.call, &last.down, ret, payload),
            None => format!("{task} comes back from a call."),
        },
        What::Queue { fd, waiting } => {
            format!("An observer sees {waiting} connections wait to be accepted at descriptor {fd}.")
        }
        What::Counted => counted(payload),
        What::Sample { fd, levels } => format!(
            "Looked at descriptor {fd}: {} bytes wait to be read, {} to be acknowledged.",
            levels.recv, levels.send
        ),
        What::Note { note, place } => noted(note, &task, place),
        What::Dropped { count } => messages::event_dropped(count),
        What::Outside => {
            "Seen from outside the program: what it keeps, and how full the kernel's buffers are, \
                          is not known."
                .to_owned()
        }
        What::Found { fd, thing, .. } => found(fd, thing, payload),
        What::Signal { number } => match payload {
            [] => format!("{task} gets signal {number}."),
            text => format!("{task} gets a signal: {}.", String::from_utf8_lossy(text)),
        },
        What::Inside(inside) => describe_inside(event, inside, &task, payload, world),
    }
}

/// What an observer sees a descriptor to be.
fn found(fd: Fd, thing: Thing, payload: &[u8]) -> String {
    let details: Details = postcard::from_bytes(payload).unwrap_or_default();
    let label = if details.label.is_empty() { String::new() } else { format!(": {}", details.label) };
    format!("Descriptor {fd} is {}{label}.", thing.text())
}

/// What a server has counted of itself.
fn counted(payload: &[u8]) -> String {
    let counted: Counted = postcard::from_bytes(payload).unwrap_or_default();
    let calls: u64 = counted.calls.iter().map(|(_, count)| count).sum();
    format!(
        "The server counts its own doings, those of which nobody was told among them: {} lines, {calls} calls.",
        counted.lines
    )
}

/// What a program tells of itself.
fn noted(note: Note, task: &str, place: Place) -> String {
    match note {
        Note::CallbackBegins { fd, events } if events.is_empty() => {
            format!("The time of descriptor {fd} is over: {task} calls its callback{}.", at(place))
        }
        Note::CallbackBegins { fd, events } => {
            format!("{task} calls the callback of descriptor {fd}, because of {events}{}.", at(place))
        }
        Note::CallbackEnds { fd } => format!("The callback of descriptor {fd} returns to the loop."),
        Note::Buffered { fd, input, output } => format!(
            "{task} keeps {input} bytes that came from descriptor {fd}, and {output} that are to go there."
        ),
    }
}

fn ended(id: TaskId, task: &str, status: i32, world: &World) -> String {
    let zombie = world.tasks.get(&id).is_some_and(|task| matches!(task.state, TaskState::Zombie(_)));
    match zombie {
        true => {
            format!("{task} ends with status {status}; it is a zombie until its parent takes notice.")
        }
        false => format!("{task} ends with status {status}."),
    }
}

/// What the call in which a task falls asleep has to wait for.
fn why_it_sleeps(event: &Event, world: &World) -> &'static str {
    let call = world.tasks.get(&event.task).and_then(|task| task.call.as_ref()).map(|open| open.call);
    match call {
        Some(Call::Sleep { .. }) => "The time has only begun",
        Some(Call::Accept { .. }) => "Nobody waits in the accept queue",
        Some(Call::Recv { .. } | Call::RecvWith { .. } | Call::Read { .. }) => {
            "There is nothing to be read yet"
        }
        Some(Call::Send { .. } | Call::SendWith { .. } | Call::Write { .. }) => "The send buffer is full",
        Some(Call::Connect { .. }) => "The handshake is under way",
        Some(Call::Resolve { .. }) => "The answer is under way",
        Some(Call::Wait { .. }) => "No child has ended yet",
        Some(Call::RingEnter { .. } | Call::CompletionPortGet { .. }) => "Nothing that was started is done",
        _ => "Nothing that was asked for is ready",
    }
}

fn describe_inside(event: &Event, inside: Inside, task: &str, payload: &[u8], world: &World) -> String {
    match inside {
        Inside::Queued { peer, .. } => format!("Client {peer} is connected and waits in the accept queue."),
        Inside::SynDropped { peer, .. } => {
            format!("The accept queue is full: the SYN of client {peer} is dropped, it will try again.")
        }
        Inside::Installed { fd, .. } => format!("The lowest free number is {fd}: it names the new file."),
        Inside::Arrived { file, bytes } => {
            format!("{bytes} bytes {} arrive for {}.", quoted(payload, bytes), file_name(file, world))
        }
        Inside::Put { file, bytes } => format!(
            "There is room for {bytes} bytes {}: they go into the send buffer of {}, the rest has to wait.",
            quoted(payload, bytes),
            file_name(file, world)
        ),
        Inside::Drained { file, bytes } => {
            format!(
                "The {}'s kernel acknowledges {bytes} bytes: they leave the send buffer of {}.",
                other_end(file, world),
                file_name(file, world)
            )
        }
        Inside::InputEnded { file } => {
            format!("The {} of {} sends no more (FIN).", other_end(file, world), file_name(file, world))
        }
        Inside::Reset { file } => {
            format!(
                "The {} of {} resets the connection (RST).",
                other_end(file, world),
                file_name(file, world)
            )
        }
        Inside::Ready { file, mask } => match mask.is_empty() {
            true => format!("{} is no longer ready for anything.", capitalised(&file_name(file, world))),
            false => format!("{} is ready now: {mask}.", capitalised(&file_name(file, world))),
        },
        Inside::Listed { fd, .. } => format!("Descriptor {fd} goes onto the ready list."),
        Inside::Unlisted { fd, .. } => format!("Descriptor {fd} leaves the ready list."),
        Inside::Established { file, .. } => {
            format!("The handshake is complete: {} is connected.", file_name(file, world))
        }
        Inside::Completed { user, file, taken, put, .. } => {
            let done = match (taken, put) {
                (0, 0) => String::new(),
                (taken, 0) => format!(": {taken} bytes went from the receive buffer to the program's"),
                (_, put) => format!(": {put} bytes went into the send buffer"),
            };
            let of = file_name(file, world);
            format!("Operation #{user} on {of} is done{done}. Its completion waits in the queue.")
        }
        Inside::Blocked => format!("{}: {task} sleeps in its call.", why_it_sleeps(event, world)),
        Inside::Woken { cause } => format!("{task} is woken by event {}.", cause.ordinal()),
        Inside::Running { cpu } => format!("{task} has CPU {cpu}."),
        Inside::Preempted => format!("The slice of {task} is over: another has the CPU now."),
        Inside::Peer { peer, doing } => {
            let host = world.peers.get(&peer).and_then(|peer| peer.host.as_ref());
            match (host, doing) {
                (Some(host), Doing::Awaiting) => format!("Host {host} waits for a request."),
                (Some(host), Doing::SawEnd) => {
                    format!("Host {host} sees the end of what the program sends.")
                }
                (Some(host), _) => format!("Host {host} {}.", doing_text(doing, payload)),
                (None, _) => format!("Client {peer} {}.", doing_text(doing, payload)),
            }
        }
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

/// Who is at the far end: a client that came, or a host that the program has called.
fn other_end(file: FileId, world: &World) -> &'static str {
    let called = world.stream_of(file).is_some_and(|stream| stream.own);
    if called { "host" } else { "client" }
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

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
