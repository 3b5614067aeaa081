//! Write-readiness left on with nothing to write: there is nearly always room, so the wait returns at once.

use crate::findings::act::Act;
use crate::findings::log::{Log, Sighting};
use crate::findings::look::{Look, Made, forget};
use crate::findings::turn::Report;
use crate::findings::{Evidence, Kind, Settings};
use crate::ids::{Fd, Seq, TaskId};
use crate::kernel::Mask;
use crate::sorted::SortedMap;
use crate::world::World;

/// Counts level-triggered reports of room to write that repeat that of the wait before, though nobody has tried to
/// write in between. The weight is how many followed each other so.
#[derive(Debug, Default)]
pub(super) struct Writes {
    /// What the last wait of each task has told of room: since which wait, and how often.
    room: SortedMap<TaskId, SortedMap<Fd, (Evidence, u64)>>,
    /// When somebody tried to write last, by process and descriptor.
    tried: SortedMap<(TaskId, Fd), Seq>,
}

impl Writes {
    pub(super) fn look(_settings: &Settings) -> Box<dyn Look> {
        Box::new(Self::default())
    }

    fn waited(&mut self, made: &Made<'_>, world: &World, log: &mut Log) {
        log.occasion(Kind::WriteInterest, made);
        let wait = made.evidence();
        let before = self.room.remove(&made.task).unwrap_or_default();
        let mut room = SortedMap::new();
        for Report { fd, .. } in made.turn.reports.iter().filter(|report| is_room(report, made, world)) {
            let tried = self.tried.get(&(made.process, *fd));
            let same =
                |call: &Evidence| (call.call.name(), call.call.fd()) == (made.call.name(), made.call.fd());
            let again = before
                .get(fd)
                .filter(|(before, _)| same(before) && tried.is_none_or(|tried| *tried < before.seq));
            let run = again.map_or(1, |(_, run)| run + 1);
            room.insert(*fd, (wait, run));
            if let Some((before, _)) = again {
                let calls = [*before, wait];
                let told = Sighting::at(Kind::WriteInterest, made, &calls);
                log.saw(&Sighting { fd: Some(*fd), weight: run, ..told });
            }
        }
        if !room.is_empty() {
            self.room.insert(made.task, room);
        }
    }
}

/// Whether it says that there is room, and would say so again. While a connection is being made, it says that it
/// is there.
fn is_room(report: &Report, made: &Made<'_>, world: &World) -> bool {
    report.ready.contains(Mask::OUT)
        && report.is_level()
        && report.ghost.is_none()
        && world.stream(made.task, report.fd).is_none_or(|stream| !stream.connecting)
}

impl Look for Writes {
    fn returned(&mut self, made: &Made<'_>, world: &World, log: &mut Log) {
        if made.call.is_wait() {
            return self.waited(made, world, log);
        }
        match made.act {
            Act::Close(fd) => {
                if let Some(room) = self.room.get_mut(&made.task) {
                    room.remove(&fd);
                }
                self.tried.remove(&(made.process, fd));
            }
            Act::Write(fd, _) => _ = self.tried.insert((made.process, fd), made.seq),
            _ => {}
        }
    }

    fn task_ended(&mut self, task: TaskId, gone: bool) {
        self.room.remove(&task);
        if gone {
            forget(&mut self.tried, task);
        }
    }

    fn gap(&mut self) {
        self.room.clear();
        self.tried.clear();
    }
}
