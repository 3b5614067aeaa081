//! One sentence for each event: what happened, and why.

mod call;
mod returned;

use crate::event::{Call, Counted, Details, Doing, Event, Inside, Place, Thing, What};
use crate::ids::{Fd, FileId, TaskId};
use crate::kernel::Note;
use crate::messages as m;
use crate::servers;
use crate::world::{TaskState, World};

use call::quoted;
pub use call::{call_text, history_line};

/// Says in one sentence what happened and what caused it. `world` is the world after the event.
pub fn describe(event: &Event, payload: &[u8], world: &World) -> String {
    let task = task_name(event.task, world);
    match event.what {
        What::TaskBegin { parent: TaskId::KERNEL, .. } => m::event_begins(task),
        What::TaskBegin { thread: true, .. } => m::event_begins_thread(task),
        What::TaskBegin { parent, thread: false } => m::event_begins_process(task, parent),
        What::TaskEnd { status } => ended(event.task, &task, status, world),
        What::Listening { fd, backlog } => m::event_listens(fd, backlog),
        What::Enter { call, place } => m::event_calls(task, call_text(call, payload), at(place)),
        What::Exit { ret, .. } => match world.tasks.get(&event.task).and_then(|task| task.last.as_ref()) {
            Some(last) => returned::returned(&task, last.call, &last.down, ret, payload),
            None => m::event_comes_back(task),
        },
        What::Queue { fd, waiting } => m::event_queue(waiting, fd),
        What::Counted => counted(payload),
        What::Sample { fd, levels } => m::event_sampled(fd, levels.recv, levels.send),
        What::Note { note, place } => noted(note, &task, place),
        What::Dropped { count } => m::event_dropped(count),
        What::Outside => m::event_outside().to_owned(),
        What::Found { fd, thing, .. } => found(fd, thing, payload),
        What::Signal { number } => match payload {
            [] => m::event_signal(task, number),
            text => m::event_signal_named(task, String::from_utf8_lossy(text)),
        },
        What::Inside(inside) => describe_inside(event, inside, &task, payload, world),
    }
}

/// What an observer sees a descriptor to be.
fn found(fd: Fd, thing: Thing, payload: &[u8]) -> String {
    let details: Details = postcard::from_bytes(payload).unwrap_or_default();
    let label = if details.label.is_empty() { String::new() } else { format!(": {}", details.label) };
    m::event_found(fd, thing.text(), label)
}

/// What a server has counted of itself.
fn counted(payload: &[u8]) -> String {
    let counted: Counted = postcard::from_bytes(payload).unwrap_or_default();
    let calls: u64 = counted.calls.iter().map(|(_, count)| count).sum();
    m::event_counted(counted.lines, calls)
}

/// What a program tells of itself.
fn noted(note: Note, task: &str, place: Place) -> String {
    match note {
        Note::CallbackBegins { fd, events } if events.is_empty() => {
            m::event_callback_timeout(fd, task, at(place))
        }
        Note::CallbackBegins { fd, events } => m::event_callback(task, fd, events, at(place)),
        Note::CallbackEnds { fd } => m::event_callback_ends(fd),
        Note::Buffered { fd, input, output } => m::event_buffered(task, input, fd, output),
        Note::Discarded { fd, bytes, .. } => m::event_discarded(task, bytes.into(), fd),
    }
}

fn ended(id: TaskId, task: &str, status: i32, world: &World) -> String {
    let zombie = world.tasks.get(&id).is_some_and(|task| matches!(task.state, TaskState::Zombie(_)));
    match zombie {
        true => m::event_ends_zombie(task, status),
        false => m::event_ends(task, status),
    }
}

/// What the call in which a task falls asleep has to wait for.
fn why_it_sleeps(event: &Event, world: &World) -> &'static str {
    let call = world.tasks.get(&event.task).and_then(|task| task.call.as_ref()).map(|open| open.call);
    match call {
        Some(Call::Sleep { .. }) => m::asleep_time(),
        Some(Call::Accept { .. }) => m::asleep_accept(),
        Some(Call::Recv { .. } | Call::RecvWith { .. } | Call::Read { .. }) => m::asleep_read(),
        Some(Call::Send { .. } | Call::SendWith { .. } | Call::Write { .. }) => m::asleep_send(),
        Some(Call::Connect { .. }) => m::asleep_connect(),
        Some(Call::Resolve { .. }) => m::asleep_resolve(),
        Some(Call::Wait { .. }) => m::asleep_child(),
        Some(Call::RingEnter { .. } | Call::CompletionPortGet { .. }) => m::asleep_operations(),
        _ => m::asleep_ready(),
    }
}

fn describe_inside(event: &Event, inside: Inside, task: &str, payload: &[u8], world: &World) -> String {
    match inside {
        Inside::Queued { peer, .. } => m::event_queued(peer),
        Inside::SynDropped { peer, .. } => m::event_syn_dropped(peer),
        Inside::Installed { fd, .. } => m::event_installed(fd),
        Inside::Arrived { file, bytes } => {
            m::event_arrived(bytes, quoted(payload, bytes), file_name(file, world))
        }
        Inside::Put { file, bytes } => m::event_put(bytes, quoted(payload, bytes), file_name(file, world)),
        Inside::Drained { file, bytes } => {
            m::event_drained(other_end(file, world), bytes, file_name(file, world))
        }
        Inside::InputEnded { file } => m::event_input_ended(other_end(file, world), file_name(file, world)),
        Inside::Reset { file } => m::event_reset(other_end(file, world), file_name(file, world)),
        Inside::Ready { file, mask } => match mask.is_empty() {
            true => m::event_unready(capitalised(&file_name(file, world))),
            false => m::event_ready(capitalised(&file_name(file, world)), mask),
        },
        Inside::Listed { fd, .. } => m::event_listed(fd),
        Inside::Unlisted { fd, .. } => m::event_unlisted(fd),
        Inside::Established { file, .. } => m::event_established(file_name(file, world)),
        Inside::Completed { user, file, taken, put, .. } => {
            let done = match (taken, put) {
                (0, 0) => String::new(),
                (taken, 0) => m::event_completed_taken(taken),
                (_, put) => m::event_completed_put(put),
            };
            let of = file_name(file, world);
            m::event_completed(user, of, done)
        }
        Inside::Blocked => m::event_blocked(why_it_sleeps(event, world), task),
        Inside::Woken { cause } => m::event_woken(task, cause.ordinal()),
        Inside::Running { cpu } => m::event_running(task, cpu),
        Inside::Preempted => m::event_preempted(task),
        Inside::Peer { peer, doing } => {
            let host = world.peers.get(&peer).and_then(|peer| peer.host.as_ref());
            match (host, doing) {
                (Some(host), Doing::Awaiting) => m::event_host_awaits(host),
                (Some(host), Doing::SawEnd) => m::event_host_saw_end(host),
                (Some(host), _) => m::event_host(host, doing_text(doing, payload)),
                (None, _) => m::event_client(peer, doing_text(doing, payload)),
            }
        }
    }
}

fn doing_text(doing: Doing, payload: &[u8]) -> String {
    match doing {
        Doing::Connecting => m::doing_connecting().to_owned(),
        Doing::Connected => m::doing_connected().to_owned(),
        Doing::Sent { bytes } => m::doing_sent(bytes, quoted(payload, bytes)),
        Doing::Received { bytes, .. } => m::doing_received(bytes, quoted(payload, bytes)),
        Doing::Thinking => m::doing_thinking().to_owned(),
        Doing::Awaiting => m::doing_awaiting().to_owned(),
        Doing::NotReading => m::doing_not_reading().to_owned(),
        Doing::Reading => m::doing_reading().to_owned(),
        Doing::HalfClosed => m::doing_half_closed().to_owned(),
        Doing::Closed => m::doing_closed().to_owned(),
        Doing::Reset => m::doing_reset().to_owned(),
        Doing::SawEnd => m::doing_saw_end().to_owned(),
        Doing::WasReset => m::doing_was_reset().to_owned(),
    }
}

fn task_name(task: TaskId, world: &World) -> String {
    match world.tasks.get(&task) {
        Some(known) => m::name_task_named(task, &known.name),
        None => m::name_task(task),
    }
}

/// Who is at the far end: a client that came, or a host that the program has called.
fn other_end(file: FileId, world: &World) -> &'static str {
    let called = world.stream_of(file).is_some_and(|stream| stream.own);
    if called { m::name_host() } else { m::name_client() }
}

fn file_name(file: FileId, world: &World) -> String {
    match world.descriptor_of(file) {
        // A number that was given out again is named with its life: two lives are two connections.
        Some((process, fd)) => {
            let open = world.tables.get(&process).and_then(|table| table.fds.get(&fd));
            m::name_descriptor(match open.map_or(1, |open| open.generation) {
                0 | 1 => fd.to_string(),
                life => format!("{fd}.{life}"),
            })
        }
        None if world.files.contains_key(&file) => m::name_queued().to_owned(),
        None => m::name_closed().to_owned(),
    }
}

fn at(place: Place) -> String {
    match servers::SOURCES.get(usize::from(place.source)) {
        Some(source) => m::name_place(place.line, source.name),
        None => String::new(),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
