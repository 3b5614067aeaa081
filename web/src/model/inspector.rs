//! The inspector: all that is known of a descriptor, or of the task if none is chosen.

mod history;
mod says;

use loopscope_shared::ids::{Fd, Seq, TaskId};
use loopscope_shared::servers::SOURCES;
use loopscope_shared::world::{
    Descriptor, File, FileKind, Provenance, Queue, Stream, Task, TaskState, Tube, World,
};

use crate::model::text::{counted, escaped, grouped, hex};

pub use history::{HISTORY_MAX, Past, concerning, history, silence};

/// What is shown for a state inside a real kernel.
const UNSEEN: &str = "cannot be seen from outside";

/// A line of the inspector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is.
    pub name: &'static str,
    /// What is so.
    pub value: String,
}

/// A buffer.
#[derive(Clone, Debug, PartialEq)]
pub struct Buffer {
    /// Which one.
    pub name: &'static str,
    /// How full it is, in words.
    pub level: String,
    /// How full it is, from 0 to 1, where its capacity is known.
    pub part: Option<f64>,
    /// Its first bytes as text.
    pub text: String,
    /// Its first bytes as hexadecimal pairs.
    pub hex: String,
    /// How its level is known, in a word.
    pub provenance: &'static str,
}

/// What the inspector shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inspection {
    /// What is inspected.
    pub title: String,
    /// What is known of it.
    pub fields: Vec<Field>,
    /// Its buffers.
    pub buffers: Vec<Buffer>,
}

/// Inspects a descriptor, of the process that acted last if it has one of that number, or else the task that
/// acted last.
pub fn inspect(world: &World, selected: Option<Fd>, acting: TaskId) -> Inspection {
    match selected {
        Some(fd) => inspect_descriptor(world, fd, acting),
        None => inspect_task(world, acting),
    }
}

/// How a value came to be known, in a word.
pub fn provenance(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Told => "simulated",
        Provenance::Sampled => "sampled",
        Provenance::Inferred => "inferred",
        Provenance::Unknown => "not known",
    }
}

fn field(name: &'static str, value: impl Into<String>) -> Field {
    Field { name, value: value.into() }
}

fn inspect_descriptor(world: &World, fd: Fd, acting: TaskId) -> Inspection {
    let Some((process, descriptor, file)) = find(world, fd, acting) else {
        let fields = vec![field("state", "not open at this instant")];
        return Inspection { title: format!("Descriptor {fd}"), fields, buffers: Vec::new() };
    };
    let title = match descriptor.generation {
        1 => format!("Descriptor {fd}"),
        life => format!("Descriptor {fd}.{life}"),
    };
    let mut fields = Vec::new();
    let mut buffers = Vec::new();
    match &file.kind {
        FileKind::Listener { backlog, queue, sampled } => {
            fields.push(field("state", "listening"));
            let most = u64::from(*backlog) + 1;
            let queued = format!("{} of {}", queue.len(), grouped(most));
            let sampled =
                sampled.map(|waiting| format!("{} of {} (sampled)", grouped(waiting.into()), grouped(most)));
            fields.push(field("accept queue", sampled.unwrap_or_else(|| seen(&descriptor, queued))));
            fields.extend(says::fields(world, process, fd, &descriptor, file));
        }
        FileKind::Registry(registry) => {
            fields.push(field("state", says::registry_state(registry.interface)));
            fields.push(field("interest list", counted(registry.interest.len() as u64, "descriptor")));
            let ready: Vec<String> = registry.ready.iter().map(ToString::to_string).collect();
            let list = if ready.is_empty() { "empty".to_owned() } else { ready.join(", ") };
            fields.push(field("ready list", seen(&descriptor, list)));
        }
        FileKind::Stream(stream) => {
            fields.push(field("state", state(stream)));
            fields.extend(client(stream));
            fields.extend(says::fields(world, process, fd, &descriptor, file));
            fields.push(field(
                "in all",
                format!("{} B in, {} B out", grouped(stream.received), grouped(stream.sent)),
            ));
            buffers.push(buffer("receive buffer", &stream.recv));
            buffers.push(buffer("program's buffer", &stream.program));
            buffers.push(buffer("send buffer", &stream.send));
        }
        FileKind::Operations(operations) => {
            let what = match operations.queue {
                Queue::Rings => "the rings of io_uring",
                Queue::CompletionPort => "a completion port",
            };
            fields.push(field("state", what));
            fields.push(field("under way", counted(operations.pending.len() as u64, "operation")));
            let landed = counted(operations.landed.len() as u64, "completion");
            fields.push(field("done, not taken", seen(&descriptor, landed)));
        }
        FileKind::Socket { bound } => {
            fields.push(field("state", "a socket, neither listening nor connected"));
            fields.extend(bound.map(|address| field("address", address.to_string())));
        }
        FileKind::Pipe { reads: true } => fields.push(field("state", "the end of a pipe that reads")),
        FileKind::Pipe { reads: false } => fields.push(field("state", "the end of a pipe that writes")),
        FileKind::Regular => fields.push(field("state", "a regular file")),
        FileKind::Other(thing) => fields.push(field("state", thing.text())),
        FileKind::Unknown => fields.push(field("state", "open; nothing more is known")),
    }
    Inspection { title, fields, buffers }
}

/// What the kernel alone knows is shown only where a simulated kernel told it.
fn seen(descriptor: &Descriptor, value: String) -> String {
    if World::is_inferred(descriptor.file) { UNSEEN.to_owned() } else { value }
}

fn find(world: &World, fd: Fd, acting: TaskId) -> Option<(TaskId, Descriptor, &File)> {
    let own = world.tasks.get(&acting).map(|task| task.process);
    own.into_iter().chain(world.tables.keys().copied()).find_map(|process| {
        let descriptor = world.tables.get(&process)?.fds.get(&fd)?;
        Some((process, *descriptor, world.files.get(&descriptor.file)?))
    })
}

fn state(stream: &Stream) -> &'static str {
    match () {
        () if stream.reset => "reset by the client",
        () if stream.input_ended && stream.output_ended => "both directions over",
        () if stream.end_seen => "the client sends no more; the server knows",
        () if stream.input_ended => "the client sends no more; the server has not read that yet",
        () if stream.output_ended => "the server sends no more",
        () => "established",
    }
}

fn client(stream: &Stream) -> Option<Field> {
    let address = stream.from.map(|from| from.to_string());
    let text = match (stream.peer, address) {
        (Some(peer), Some(address)) => format!("{peer} · {address}"),
        (Some(peer), None) => peer.to_string(),
        (None, address) => address?,
    };
    Some(field("client", text))
}

fn buffer(name: &'static str, tube: &Tube) -> Buffer {
    let level = match tube.capacity {
        Some(capacity) => format!("{} of {} B", grouped(tube.level), grouped(capacity)),
        None if tube.provenance == Provenance::Unknown => "?".to_owned(),
        None => format!("{} B", grouped(tube.level)),
    };
    let part = tube.capacity.filter(|capacity| *capacity > 0);
    let more = if tube.head.len() as u64 == tube.level { "" } else { " …" };
    let shown = |text: String| if text.is_empty() { text } else { format!("{text}{more}") };
    Buffer {
        name,
        level,
        part: part.map(|capacity| (tube.level as f64 / capacity as f64).min(1.0)),
        text: shown(escaped(&tube.head)),
        hex: shown(hex(&tube.head)),
        provenance: provenance(tube.provenance),
    }
}

fn inspect_task(world: &World, acting: TaskId) -> Inspection {
    let Some((id, task)) = world.tasks.get_key_value(&acting).or_else(|| world.tasks.iter().next()) else {
        let fields = vec![field("state", "nothing has happened yet")];
        return Inspection { title: "No task".to_owned(), fields, buffers: Vec::new() };
    };
    let mut fields = vec![field("program", task.name.clone()), field("state", task_state(task))];
    if let Some(place) = task.place() {
        let name = SOURCES.get(usize::from(place.source)).map_or("elsewhere", |source| source.name);
        fields.push(field("at", format!("{name}:{}", place.line)));
    }
    fields.push(field("turns", grouped(task.turns)));
    fields.extend(task.woken_by.map(|cause| field("woken by", event_name(cause))));
    let table = world.tables.get(&task.process);
    let open = table.map_or(0, |table| table.fds.len() as u64);
    fields.push(field("open", counted(open, "descriptor")));
    fields.push(field("calls", grouped(world.tally.calls)));
    Inspection { title: format!("Task {id}"), fields, buffers: Vec::new() }
}

/// What the page calls an event: the number of those that have happened once it has.
fn event_name(seq: Seq) -> String {
    format!("event {}", grouped(seq.next().0))
}

fn task_state(task: &Task) -> String {
    let call = task.call.as_ref().map(|open| open.call.name());
    match (task.state, call) {
        (TaskState::Blocked, Some(call)) => format!("asleep in {call}"),
        (TaskState::Blocked, None) => "asleep".to_owned(),
        (TaskState::Runnable, _) => "woken, waits for the CPU".to_owned(),
        (TaskState::Running, Some(call)) => format!("in {call}"),
        (TaskState::Running, None) => "running".to_owned(),
        (TaskState::Zombie(status), _) => format!("a zombie: ended with status {status}, not waited for"),
        (TaskState::Ended(status), _) => format!("ended with status {status}"),
    }
}

#[cfg(test)]
mod tests {
    use loopscope_shared::event::{Call, Event, Place, What};
    use loopscope_shared::time::Nanos;

    use super::*;

    #[test]
    fn what_only_a_real_kernel_knows_is_not_invented() {
        let mut world = World::new();
        let enter = |call| What::Enter { call, place: Place::ELSEWHERE };
        let events = [
            What::TaskBegin { parent: TaskId::KERNEL, thread: false },
            What::Listening { fd: Fd(3), backlog: 1024 },
            enter(Call::EpollCreate),
            What::Exit { ret: Ok(4), lines: 0 },
        ];
        for what in events {
            world.apply(&Event { at: Nanos::ZERO, task: TaskId::FIRST, what, payload_len: 0 }, &[]);
        }
        let value = |fd: i32, name: &str| {
            let fields = inspect(&world, Some(Fd(fd)), TaskId::FIRST).fields;
            fields.into_iter().find(|field| field.name == name).map(|field| field.value)
        };
        assert_eq!(value(3, "accept queue").as_deref(), Some(UNSEEN));
        assert_eq!(value(4, "ready list").as_deref(), Some(UNSEEN));
        assert_eq!(
            value(4, "interest list").as_deref(),
            Some("0 descriptors"),
            "the program's own calls say it"
        );
    }

    #[test]
    fn an_event_has_the_number_at_which_the_cursor_is_behind_it() {
        assert_eq!(event_name(Seq(0)), "event 1");
        assert_eq!(event_name(Seq(41)), "event 42");
    }

    #[test]
    fn a_buffer_says_how_full_it_is_and_how_that_is_known() {
        let mut tube =
            Tube { level: 3, capacity: Some(65_536), head: b"wor".to_vec(), provenance: Provenance::Told };
        let shown = buffer("receive buffer", &tube);
        assert_eq!(shown.level.replace('\u{202f}', " "), "3 of 65 536 B");
        assert_eq!((shown.text.as_str(), shown.hex.as_str()), ("wor", "77 6f 72"));
        assert_eq!(shown.provenance, "simulated");
        tube.level = 4;
        assert_eq!(buffer("", &tube).text, "wor …");
        assert_eq!(buffer("", &Tube::default()).level, "?");
    }

    #[test]
    fn what_is_not_there_is_said() {
        assert_eq!(
            inspect(&World::new(), Some(Fd(9)), TaskId::FIRST).fields[0].value,
            "not open at this instant"
        );
        assert_eq!(inspect(&World::new(), None, TaskId::FIRST).title, "No task");
    }
}
