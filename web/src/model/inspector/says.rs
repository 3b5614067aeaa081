//! What each interface would say of a descriptor now: the same readiness, told three ways.

use loopscope_shared::ids::{Fd, TaskId};
use loopscope_shared::kernel::{EpollEvent, FdSets, Mask};
use loopscope_shared::world::{Descriptor, File, FileKind, Interface, World};

use crate::model::inspector::{Field, UNSEEN, field};

/// What the program asks for, and what select, poll and epoll would say.
pub(super) fn fields(
    world: &World,
    process: TaskId,
    fd: Fd,
    descriptor: &Descriptor,
    file: &File,
) -> Vec<Field> {
    let registered = registration(world, descriptor, fd);
    let mut fields = vec![field("interest", interest(world, process, fd, registered))];
    let Some(ready) = file.ready else {
        fields.push(field("ready", UNSEEN));
        return fields;
    };
    fields.push(field("select says", select_says(ready)));
    fields.push(field("poll says", prefixed("POLL", ready & poll_default())));
    let epoll = registered
        .map_or_else(|| "not registered".to_owned(), |(event, listed)| epoll_says(ready, event, listed));
    fields.push(field("epoll says", epoll));
    fields
}

/// What an interest list is, in a few words.
pub(super) fn registry_state(interface: Interface) -> &'static str {
    match interface {
        Interface::Epoll => "epoll instance",
        Interface::Kqueue => "kqueue (as documented: not compared with a real one)",
        Interface::EventPort => "event port (as documented: not compared with a real one)",
        Interface::DevPoll => "/dev/poll (as documented: not compared with a real one)",
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
    let Some(down) = down else { return "not asked for yet".to_owned() };
    let sets = FdSets::from_bytes(down);
    let words = [("read", sets.read.contains(fd)), ("write", sets.write.contains(fd))];
    let asked: Vec<&str> = words.iter().filter(|(_, asked)| *asked).map(|(word, _)| *word).collect();
    if asked.is_empty() { "none".to_owned() } else { asked.join(", ") }
}

fn poll_default() -> Mask {
    Mask::IN | Mask::OUT | Mask::PRI | Mask::ERR | Mask::HUP | Mask::RDHUP
}

fn select_says(ready: Mask) -> String {
    let words = [
        ("readable", ready.select_reads()),
        ("writable", ready.select_writes()),
        ("exceptional", ready.select_excepts()),
    ];
    let said: Vec<&str> = words.iter().filter(|(_, so)| *so).map(|(word, _)| *word).collect();
    if said.is_empty() { "nothing".to_owned() } else { said.join(", ") }
}

fn epoll_says(ready: Mask, event: EpollEvent, listed: bool) -> String {
    let told = ready & (event.events | Mask::ALWAYS) & Mask::READINESS;
    let text = prefixed("EPOLL", told);
    match (event.events.contains(Mask::ET), told.is_empty(), listed) {
        (true, false, true) => format!("{text} (edge: pending)"),
        (true, false, false) => format!("{text} (edge: spent)"),
        _ => text,
    }
}

fn prefixed(prefix: &str, mask: Mask) -> String {
    let names: Vec<String> = mask.iter_names().map(|(name, _)| format!("{prefix}{name}")).collect();
    if names.is_empty() { "0".to_owned() } else { names.join("|") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_readiness_is_told_three_ways() {
        let ready = Mask::IN | Mask::OUT;
        assert_eq!(select_says(ready), "readable, writable");
        assert_eq!(prefixed("POLL", ready), "POLLIN|POLLOUT");
        let edge = EpollEvent::of(Fd(7), Mask::IN | Mask::ET);
        assert_eq!(epoll_says(ready, edge, false), "EPOLLIN (edge: spent)");
        assert_eq!(epoll_says(ready, edge, true), "EPOLLIN (edge: pending)");
        let level = EpollEvent::of(Fd(7), Mask::IN);
        assert_eq!(epoll_says(Mask::HUP | Mask::OUT, level, true), "EPOLLHUP");
        assert_eq!(epoll_says(Mask::OUT, level, false), "0");
    }
}
