//! Calls that change what is watched, and could have been saved.

use crate::event::{Call, list_in};
use crate::findings::act::Act;
use crate::findings::log::{Log, Sighting};
use crate::findings::look::{Look, Made, forget};
use crate::findings::{Evidence, Kind, Settings};
use crate::ids::{Fd, FileId, TaskId};
use crate::kernel::{CtlOp, EpollEvent, Kevent, KeventFlags, Mask};
use crate::sorted::SortedMap;
use crate::world::{FileKind, World};

/// Counts:
///
/// - changes of one descriptor that were overtaken by another one before the next wait;
/// - changes that change nothing;
/// - room to write asked for and looked away from again, with nothing in between but a send that would have gone
///   out at once;
/// - changes of a kqueue handed over in calls of their own, though the next wait could have carried them.
#[derive(Debug, Default)]
pub(super) struct Ctl {
    /// Changes since the task's last wait, by task and descriptor.
    changed: SortedMap<(TaskId, Fd), Evidence>,
    /// A kqueue's last change in a call of its own, by task and queue.
    handed: SortedMap<(TaskId, Fd), Evidence>,
    /// How far an asking for room has come, by process and descriptor.
    rooms: SortedMap<(TaskId, Fd), Room>,
}

/// What is known of the room to write on a connection.
#[derive(Clone, Copy, Debug, Default)]
struct Room {
    /// The last send did not go out whole: a good reason to ask.
    blocked: bool,
    /// The call that asked without such a reason, and how often was sent since.
    asked: Option<(Evidence, u32)>,
}

impl Ctl {
    pub(super) fn look(_settings: &Settings) -> Box<dyn Look> {
        Box::new(Self::default())
    }

    fn epoll(&mut self, made: &Made<'_>, world: &World, log: &mut Log) {
        let Call::EpollCtl { epoll, op, fd, events } = made.call else { return };
        log.occasion(Kind::WastedCtl, made);
        let saw = |log: &mut Log, evidence: &[Evidence]| {
            log.saw(&Sighting { fd: Some(fd), ..Sighting::at(Kind::WastedCtl, made, evidence) });
        };
        let known = interest(world, made.task, epoll, fd);
        let again = op == CtlOp::Mod
            && !events.intersects(Mask::ET | Mask::ONESHOT)
            && known.is_some_and(|known| Some(known) == EpollEvent::from_bytes(made.down));
        let before = self.changed.insert((made.task, fd), made.evidence());
        let overtaken = before.filter(|before| overtakes(before.call, op));
        let room = self.room(made, op, fd, events, known);
        match (overtaken, room) {
            (Some(before), _) => saw(log, &[before, made.evidence()]),
            (None, Some(room)) => saw(log, &[room, made.evidence()]),
            (None, None) if again => saw(log, &[made.evidence()]),
            (None, None) => {}
        }
    }

    /// Follows what is asked about room to write. The asking, if it was in vain.
    fn room(
        &mut self,
        made: &Made<'_>,
        op: CtlOp,
        fd: Fd,
        events: Mask,
        known: Option<EpollEvent>,
    ) -> Option<Evidence> {
        if op != CtlOp::Mod || events.contains(Mask::ET) {
            return None;
        }
        let asked = known?.events.contains(Mask::OUT);
        let room = self.rooms.entry((made.process, fd)).or_default();
        match (asked, events.contains(Mask::OUT)) {
            (false, true) => {
                room.asked = (!room.blocked).then(|| (made.evidence(), 0));
                None
            }
            (true, false) => room.asked.take().filter(|(_, sends)| *sends == 1).map(|(asked, _)| asked),
            _ => None,
        }
    }

    /// What was sent tells whether there was need to ask for room.
    fn sent(&mut self, made: &Made<'_>, fd: Fd, len: u32) {
        let room = self.rooms.entry((made.process, fd)).or_default();
        room.blocked = made.value().is_none_or(|count| count < len);
        room.asked = room.asked.filter(|_| !room.blocked).map(|(asked, sends)| (asked, sends + 1));
    }

    fn kqueue(&mut self, made: &Made<'_>, kqueue: Fd, log: &mut Log) {
        log.occasion(Kind::WastedCtl, made);
        // Whoever wants an answer to each change has to ask at once.
        let answered = |change: &Kevent| change.flags.contains(KeventFlags::RECEIPT);
        if list_in::<Kevent>(made.down).iter().any(answered) {
            return;
        }
        if let Some(before) = self.handed.insert((made.task, kqueue), made.evidence()) {
            log.saw(&Sighting::at(Kind::WastedCtl, made, &[before, made.evidence()]));
        }
    }
}

/// Whether a change makes an earlier one of the same turn useless. What is added and removed in one turn was a
/// short visit.
fn overtakes(before: Call, op: CtlOp) -> bool {
    let Call::EpollCtl { op: before, .. } = before else { return false };
    matches!((before, op), (CtlOp::Add | CtlOp::Mod, CtlOp::Mod) | (CtlOp::Del, CtlOp::Add))
}

fn interest(world: &World, task: TaskId, epoll: Fd, fd: Fd) -> Option<EpollEvent> {
    let (epoll, file): (FileId, FileId) = (world.file_of(task, epoll)?, world.file_of(task, fd)?);
    match &world.files.get(&epoll)?.kind {
        FileKind::Registry(registry) => registry.interest.get(&(fd, file)).map(|known| known.event),
        _ => None,
    }
}

impl Look for Ctl {
    /// When the call is only made, the world has what was registered before it.
    fn entered(&mut self, made: &Made<'_>, world: &World, log: &mut Log) {
        self.epoll(made, world, log);
    }

    fn returned(&mut self, made: &Made<'_>, _world: &World, log: &mut Log) {
        match (made.call, made.act) {
            (Call::Kevent { kqueue, most: 0, .. }, _) => self.kqueue(made, kqueue, log),
            (call, _) if call.is_wait() => {
                forget(&mut self.changed, made.task);
                forget(&mut self.handed, made.task);
            }
            (_, Act::Write(fd, len)) => self.sent(made, fd, len),
            (_, Act::Close(fd)) => {
                self.changed.remove(&(made.task, fd));
                self.rooms.remove(&(made.process, fd));
            }
            _ => {}
        }
    }

    fn task_ended(&mut self, task: TaskId, gone: bool) {
        forget(&mut self.changed, task);
        forget(&mut self.handed, task);
        if gone {
            forget(&mut self.rooms, task);
        }
    }

    fn gap(&mut self) {
        self.changed.clear();
        self.handed.clear();
        self.rooms.clear();
    }
}
