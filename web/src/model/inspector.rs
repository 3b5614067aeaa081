//! The inspector: all that is known of a descriptor, or of the task if none is chosen.

mod client;
mod history;
mod says;

use loopscope_shared::ids::{Seq, TaskId};
use loopscope_shared::servers::SOURCES;
use loopscope_shared::world::{
    Descriptor, File, FileKind, Provenance, Queue, Stream, Task, TaskState, Tube, World,
};

use crate::messages as m;
use crate::model::selection::{Name, Selection};
use crate::model::text::{escaped, grouped, hex};

pub use history::{HISTORY_FIRST, Past, concerning, history, silence};

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
    /// How its level is known.
    pub known: Provenance,
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

/// Inspects what is chosen: a descriptor, of the process that acted last if that has it; nothing chosen is the
/// task that acted last.
pub fn inspect(world: &World, selected: Option<Selection>, acting: TaskId) -> Inspection {
    match selected {
        Some(Selection::Descriptor(name)) => inspect_descriptor(world, name, acting),
        Some(Selection::Client(peer)) => client::inspect_client(world, peer),
        Some(Selection::Task(task)) => inspect_task(world, task),
        None => inspect_task(world, acting),
    }
}

/// How a value came to be known, in a word.
pub fn provenance(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Told => m::inspect_simulated(),
        Provenance::Sampled => m::inspect_sampled(),
        Provenance::Inferred => m::inspect_inferred(),
        Provenance::Unknown => m::inspect_unknown(),
    }
}

fn field(name: &'static str, value: impl Into<String>) -> Field {
    Field { name, value: value.into() }
}

fn inspect_descriptor(world: &World, name: Name, acting: TaskId) -> Inspection {
    let fd = name.fd;
    let Some((process, descriptor, file)) = find(world, name, acting) else {
        let title = if name.life == 0 { fd.to_string() } else { name.to_string() };
        let fields = vec![field(m::inspect_state(), m::inspect_not_open())];
        return Inspection { title: m::inspect_fd(title), fields, buffers: Vec::new() };
    };
    let title = m::inspect_fd(match descriptor.generation {
        1 => fd.to_string(),
        life => format!("{fd}.{life}"),
    });
    let mut fields = Vec::new();
    let mut buffers = Vec::new();
    match &file.kind {
        FileKind::Listener { backlog, queue, sampled } => {
            fields.push(field(m::inspect_state(), m::inspect_listening()));
            let most = grouped(u64::from(*backlog) + 1);
            let queued = m::inspect_queued(grouped(queue.len() as u64), &most);
            let sampled = sampled.map(|waiting| m::inspect_queued_sampled(grouped(waiting.into()), &most));
            fields.push(field(m::inspect_queue(), sampled.unwrap_or_else(|| seen(&descriptor, queued))));
            fields.extend(says::fields(world, process, fd, &descriptor, file));
        }
        FileKind::Registry(registry) => {
            fields.push(field(m::inspect_state(), says::registry_state(registry.interface)));
            fields.push(field(
                m::inspect_interest_list(),
                m::inspect_descriptors(registry.interest.len() as u64),
            ));
            let ready: Vec<String> = registry.ready.iter().map(ToString::to_string).collect();
            let list = if ready.is_empty() { m::inspect_empty().to_owned() } else { ready.join(", ") };
            fields.push(field(m::inspect_ready_list(), seen(&descriptor, list)));
        }
        FileKind::Stream(stream) => {
            fields.push(field(m::inspect_state(), state(stream)));
            fields.extend(client::fields(world, stream));
            fields.extend(says::fields(world, process, fd, &descriptor, file));
            let in_all = m::inspect_in_and_out(grouped(stream.received), grouped(stream.sent));
            fields.push(field(m::inspect_in_all(), in_all));
            if stream.lost > 0 {
                fields.push(field(m::inspect_lost(), m::figure_of_bytes(grouped(stream.lost))));
            }
            buffers.push(buffer(m::inspect_receive_buffer(), &stream.recv));
            buffers.push(buffer(m::inspect_program_buffer(), &stream.program));
            buffers.push(buffer(m::inspect_send_buffer(), &stream.send));
        }
        FileKind::Operations(operations) => {
            let what = match operations.queue {
                Queue::Rings => m::inspect_rings(),
                Queue::CompletionPort => m::inspect_completion_port(),
            };
            fields.push(field(m::inspect_state(), what));
            fields
                .push(field(m::inspect_under_way(), m::inspect_operations(operations.pending.len() as u64)));
            let landed = m::inspect_completions(operations.landed.len() as u64);
            fields.push(field(m::inspect_landed(), seen(&descriptor, landed)));
        }
        FileKind::Socket { bound } => {
            fields.push(field(m::inspect_state(), m::inspect_socket()));
            fields.extend(bound.map(|address| field(m::inspect_address(), address.to_string())));
        }
        FileKind::Pipe { reads: true } => fields.push(field(m::inspect_state(), m::inspect_pipe_reads())),
        FileKind::Pipe { reads: false } => fields.push(field(m::inspect_state(), m::inspect_pipe_writes())),
        FileKind::Regular => fields.push(field(m::inspect_state(), m::inspect_regular())),
        FileKind::Other(thing) => fields.push(field(m::inspect_state(), thing.text())),
        FileKind::Unknown => fields.push(field(m::inspect_state(), m::inspect_open())),
    }
    Inspection { title, fields, buffers }
}

/// What the kernel alone knows is shown only where a simulated kernel told it.
fn seen(descriptor: &Descriptor, value: String) -> String {
    if World::is_inferred(descriptor.file) { m::inspect_unseen().to_owned() } else { value }
}

fn find(world: &World, name: Name, acting: TaskId) -> Option<(TaskId, Descriptor, &File)> {
    let own = world.tasks.get(&acting).map(|task| task.process);
    own.into_iter().chain(world.tables.keys().copied()).find_map(|process| {
        let descriptor = world.tables.get(&process)?.fds.get(&name.fd)?;
        if !name.is(descriptor.generation) {
            return None;
        }
        Some((process, *descriptor, world.files.get(&descriptor.file)?))
    })
}

fn state(stream: &Stream) -> &'static str {
    match () {
        () if stream.reset => m::inspect_reset(),
        () if stream.input_ended && stream.output_ended => m::inspect_both_over(),
        () if stream.end_seen => m::inspect_end_known(),
        () if stream.input_ended => m::inspect_end_unread(),
        () if stream.output_ended => m::inspect_output_over(),
        () => m::inspect_established(),
    }
}

fn buffer(name: &'static str, tube: &Tube) -> Buffer {
    let level = match tube.capacity {
        Some(capacity) => m::inspect_level(grouped(tube.level), grouped(capacity)),
        None if tube.provenance == Provenance::Unknown => "?".to_owned(),
        None => m::inspect_bytes(grouped(tube.level)),
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
        known: tube.provenance,
    }
}

fn inspect_task(world: &World, acting: TaskId) -> Inspection {
    let Some((id, task)) = world.tasks.get_key_value(&acting).or_else(|| world.tasks.iter().next()) else {
        let fields = vec![field(m::inspect_state(), m::inspect_nothing_yet())];
        return Inspection { title: m::inspect_no_task().to_owned(), fields, buffers: Vec::new() };
    };
    let mut fields =
        vec![field(m::inspect_program(), task.name.clone()), field(m::inspect_state(), task_state(task))];
    if let Some(place) = task.place() {
        let source = SOURCES.get(usize::from(place.source));
        let name = source.map_or_else(m::inspect_elsewhere, |source| source.name);
        fields.push(field(m::inspect_at(), format!("{name}:{}", place.line)));
    }
    if task.process != *id {
        fields.push(field(m::inspect_process(), task.process.to_string()));
    }
    fields.extend(task.cpu.map(|cpu| field(m::inspect_cpu(), cpu.to_string())));
    fields.push(field(m::inspect_turns(), grouped(task.turns)));
    fields.extend(task.woken_by.map(|cause| field(m::inspect_woken_by(), event_name(cause))));
    if !task.callbacks.is_empty() {
        let of: Vec<String> = task.callbacks.iter().map(|(fd, why)| format!("fd {fd} ({why})")).collect();
        fields.push(field(m::inspect_callback(), of.join(" → ")));
    }
    let table = world.tables.get(&task.process);
    let open = table.map_or(0, |table| table.fds.len() as u64);
    fields.push(field(m::inspect_opened(), m::inspect_descriptors(open)));
    fields.push(field(m::inspect_calls(), grouped(world.tally.calls)));
    Inspection { title: m::inspect_task(id), fields, buffers: Vec::new() }
}

/// What the page calls an event: the number of those that have happened once it has.
fn event_name(seq: Seq) -> String {
    m::inspect_event(grouped(seq.next().0))
}

fn task_state(task: &Task) -> String {
    let call = task.call.as_ref().map(|open| open.call.name());
    match (task.state, call) {
        (TaskState::Blocked, Some(call)) => m::inspect_asleep_in(call),
        (TaskState::Blocked, None) => m::inspect_asleep().to_owned(),
        (TaskState::Runnable, _) => m::inspect_woken().to_owned(),
        (TaskState::Running, Some(call)) => m::inspect_in_call(call),
        (TaskState::Running, None) => m::inspect_running().to_owned(),
        (TaskState::Zombie(status), _) => m::inspect_zombie(status),
        (TaskState::Ended(status), _) => m::inspect_ended(status),
    }
}

#[cfg(test)]
mod tests {
    use loopscope_shared::event::{Call, Event, Place, What};
    use loopscope_shared::ids::Fd;
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
            let fields =
                inspect(&world, Some(Selection::Descriptor(Name::any(Fd(fd)))), TaskId::FIRST).fields;
            fields.into_iter().find(|field| field.name == name).map(|field| field.value)
        };
        assert_eq!(value(3, "accept queue").as_deref(), Some(m::inspect_unseen()));
        assert_eq!(value(4, "ready list").as_deref(), Some(m::inspect_unseen()));
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
        assert_eq!(provenance(shown.known), "simulated");
        tube.level = 4;
        assert_eq!(buffer("", &tube).text, "wor …");
        assert_eq!(buffer("", &Tube::default()).level, "?");
    }

    #[test]
    fn what_is_not_there_is_said() {
        assert_eq!(
            inspect(&World::new(), Some(Selection::Descriptor(Name::any(Fd(9)))), TaskId::FIRST).fields[0]
                .value,
            "not open at this instant"
        );
        assert_eq!(inspect(&World::new(), None, TaskId::FIRST).title, "No task");
    }
}
