//! What each interface would say of a descriptor now: the same readiness, told three ways.

use loopscope_shared::ids::{Fd, TaskId};
use loopscope_shared::kernel::{EpollEvent, FdSets, Mask};
use loopscope_shared::world::{Descriptor, File, FileKind, Interface, World};

use crate::messages as m;
use crate::model::inspector::{Field, field};
use crate::model::text::grouped;

/// What the program asks for, what each interface would say, and why.
pub(super) fn fields(
    world: &World,
    process: TaskId,
    fd: Fd,
    descriptor: &Descriptor,
    file: &File,
) -> Vec<Field> {
    let registered = registration(world, descriptor, fd);
    let mut fields = vec![field(m::says_interest(), interest(world, process, fd, registered))];
    let Some(ready) = file.ready else {
        fields.push(field(m::says_ready(), m::inspect_unseen()));
        return fields;
    };
    fields.push(field(m::says_why(), because(file, ready).join("; ")));
    fields.push(field(m::says_select(), select_says(ready)));
    fields.push(field(m::says_poll(), prefixed("POLL", ready & poll_default())));
    let epoll = registered.map_or_else(
        || m::says_not_registered().to_owned(),
        |(event, listed)| epoll_says(ready, event, listed),
    );
    fields.push(field(m::says_epoll(), epoll));
    fields.push(field(m::says_kqueue(), kqueue_says(file, ready)));
    fields
}

/// What of the state of a file makes it ready, or keeps it from being so.
fn because(file: &File, ready: Mask) -> Vec<String> {
    let mut because = Vec::new();
    match &file.kind {
        FileKind::Listener { queue, .. } if !queue.is_empty() => {
            because.push(m::says_because_queue(queue.len() as u64));
        }
        FileKind::Stream(stream) => {
            let ended = stream.input_ended && stream.recv.level == 0;
            because
                .extend((stream.recv.level > 0).then(|| m::says_because_bytes(grouped(stream.recv.level))));
            because.extend(ended.then(|| m::says_because_end().to_owned()));
            because.extend(stream.reset.then(|| m::says_because_reset().to_owned()));
            let room = stream.send.capacity.map(|capacity| capacity.saturating_sub(stream.send.level));
            match room.filter(|_| !stream.reset) {
                Some(room) if ready.contains(Mask::OUT) => because.push(m::says_because_room(grouped(room))),
                Some(_) => because.push(m::says_because_full().to_owned()),
                None => {}
            }
            if !ready.intersects(Mask::IN | Mask::HUP | Mask::ERR) {
                because.push(m::says_because_nothing().to_owned());
            }
        }
        _ => {}
    }
    if because.is_empty() { vec![m::says_because_nothing().to_owned()] } else { because }
}

/// What the two filters of a kqueue would bring, with the count that they bring (`kqueue(2)`).
fn kqueue_says(file: &File, ready: Mask) -> String {
    let (waiting, room, ended) = match &file.kind {
        FileKind::Listener { queue, .. } => (queue.len() as u64, None, false),
        FileKind::Stream(stream) => {
            let room = stream.send.capacity.map(|capacity| capacity.saturating_sub(stream.send.level));
            (stream.recv.level, room, stream.input_ended || stream.reset)
        }
        _ => (0, None, false),
    };
    let eof = if ended { " EV_EOF" } else { "" };
    let read = ready.intersects(Mask::IN | Mask::HUP).then(|| format!("EVFILT_READ data={waiting}{eof}"));
    let room = room.filter(|_| ready.contains(Mask::OUT));
    let write = room.map(|room| format!("EVFILT_WRITE data={room}"));
    let said: Vec<String> = read.into_iter().chain(write).collect();
    if said.is_empty() { m::says_nothing().to_owned() } else { said.join(", ") }
}

/// What an interest list is, in a few words.
pub(super) fn registry_state(interface: Interface) -> &'static str {
    match interface {
        Interface::Epoll => m::says_epoll_instance(),
        Interface::Kqueue => m::says_kqueue_instance(),
        Interface::EventPort => m::says_event_port(),
        Interface::DevPoll => m::says_dev_poll(),
    }
}

/// The entry of the first interest list that has the descriptor, and whether it is on the ready list.
fn registration(world: &World, descriptor: &Descriptor, fd: Fd) -> Option<(EpollEvent, bool)> {
    world.files.values().find_map(|file| match &file.kind {
        FileKind::Registry(registry) => {
            let entry = registry.interest.get(&(fd, descriptor.file))?;
            Some((entry.event, registry.ready.contains(&fd)))
        }
        _ => None,
    })
}

/// What the program waits for: from the interest list, or from the sets of its last `select`.
fn interest(world: &World, process: TaskId, fd: Fd, registered: Option<(EpollEvent, bool)>) -> String {
    if let Some((event, _)) = registered {
        return prefixed("EPOLL", event.events);
    }
    let task = world.tasks.values().find(|task| task.process == process);
    let down = task.and_then(|task| match (&task.call, task.waited()) {
        (Some(open), _) if open.call.is_wait() => Some(open.down.as_slice()),
        (_, waited) => waited.map(|waited| waited.down.as_slice()),
    });
    let Some(down) = down else { return m::says_not_asked().to_owned() };
    let sets = FdSets::from_bytes(down);
    let words = [(m::says_read(), sets.read.contains(fd)), (m::says_write(), sets.write.contains(fd))];
    let asked: Vec<&str> = words.iter().filter(|(_, asked)| *asked).map(|(word, _)| *word).collect();
    if asked.is_empty() { m::says_none().to_owned() } else { asked.join(", ") }
}

fn poll_default() -> Mask {
    Mask::IN | Mask::OUT | Mask::PRI | Mask::ERR | Mask::HUP | Mask::RDHUP
}

fn select_says(ready: Mask) -> String {
    let words = [
        (m::says_readable(), ready.select_reads()),
        (m::says_writable(), ready.select_writes()),
        (m::says_exceptional(), ready.select_excepts()),
    ];
    let said: Vec<&str> = words.iter().filter(|(_, so)| *so).map(|(word, _)| *word).collect();
    if said.is_empty() { m::says_nothing().to_owned() } else { said.join(", ") }
}

fn epoll_says(ready: Mask, event: EpollEvent, listed: bool) -> String {
    let told = ready & (event.events | Mask::ALWAYS) & Mask::READINESS;
    let text = prefixed("EPOLL", told);
    match (event.events.contains(Mask::ET), told.is_empty(), listed) {
        (true, false, true) => m::says_edge_pending(text),
        (true, false, false) => m::says_edge_spent(text),
        _ => text,
    }
}

fn prefixed(prefix: &str, mask: Mask) -> String {
    let names: Vec<String> = mask.iter_names().map(|(name, _)| format!("{prefix}{name}")).collect();
    if names.is_empty() { "0".to_owned() } else { names.join("|") }
}

#[cfg(test)]
mod tests {
    use loopscope_shared::event::{Event, What};
    use loopscope_shared::time::Nanos;
    use loopscope_shared::world::Stream;

    use super::*;

    #[test]
    fn a_kqueue_counts_and_every_answer_has_its_reason() {
        let mut stream = Stream::default();
        (stream.recv.level, stream.send.capacity, stream.input_ended) = (6, Some(100), true);
        let file = |stream: Stream| {
            let mut world = World::new();
            let listening = What::Listening { fd: Fd(3), backlog: 1 };
            let event = Event { at: Nanos::ZERO, task: TaskId::FIRST, what: listening, payload_len: 0 };
            world.apply(&event, &[]);
            let mut file = world.files.values().next().unwrap().clone();
            file.kind = FileKind::Stream(Box::new(stream));
            file
        };
        let readable = file(stream.clone());
        let said = kqueue_says(&readable, Mask::IN | Mask::OUT);
        assert_eq!(said, "EVFILT_READ data=6 EV_EOF, EVFILT_WRITE data=100");
        let why = ["6 B wait to be read", "the send buffer has room for 100 B"];
        assert_eq!(because(&readable, Mask::IN | Mask::OUT), why);
        (stream.recv.level, stream.input_ended, stream.send.level) = (0, false, 100);
        let full = file(stream);
        assert_eq!(kqueue_says(&full, Mask::empty()), "nothing");
        assert!(because(&full, Mask::empty())[0].contains("full"));
    }

    #[test]
    fn one_readiness_is_told_three_ways() {
        let ready = Mask::IN | Mask::OUT;
        assert_eq!(select_says(ready), "readable, writable");
        assert_eq!(prefixed("POLL", ready), "POLLIN|POLLOUT");
        let edge = EpollEvent::of(Fd(7), Mask::IN | Mask::ET);
        assert_eq!(
            epoll_says(ready, edge, false),
            "EPOLLIN (edge: spent, silent until something new arrives)"
        );
        assert_eq!(epoll_says(ready, edge, true), "EPOLLIN (edge: pending)");
        let level = EpollEvent::of(Fd(7), Mask::IN);
        assert_eq!(epoll_says(Mask::HUP | Mask::OUT, level, true), "EPOLLHUP");
        assert_eq!(epoll_says(Mask::OUT, level, false), "0");
    }
}
