//! Read-until-EAGAIN without need: a short read has said that there is no more, and a second one asks again.

use crate::errno::Errno;
use crate::findings::act::Act;
use crate::findings::log::{Log, Sighting};
use crate::findings::look::{Look, Made, forget};
use crate::findings::{Evidence, Kind, Settings};
use crate::ids::{Fd, TaskId};
use crate::sorted::SortedMap;
use crate::world::{FileKind, World};

/// Counts reads that fail with `EAGAIN` straight after a short read of the same connection, in a turn whose wait
/// has reported it level-triggered: had more come meanwhile, the next wait would say so. Under edge-triggering the
/// second read can be needed, so nothing is said of it.
#[derive(Debug, Default)]
pub(super) struct Drained {
    /// The last read, if it was short, by task and descriptor.
    short: SortedMap<(TaskId, Fd), Evidence>,
}

impl Drained {
    pub(super) fn look(_settings: &Settings) -> Box<dyn Look> {
        Box::new(Self::default())
    }
}

impl Look for Drained {
    fn returned(&mut self, made: &Made<'_>, world: &World, log: &mut Log) {
        let (fd, room) = match made.act {
            Act::Read(fd, room) => (fd, room),
            Act::Close(fd) => {
                self.short.remove(&(made.task, fd));
                return;
            }
            _ if made.call.is_wait() => return forget(&mut self.short, made.task),
            _ => return,
        };
        let kind = made.file.and_then(|file| world.files.get(&file)).map(|file| &file.kind);
        let flows = matches!(kind, Some(FileKind::Stream(_) | FileKind::Pipe { .. }));
        if !flows || !made.turn.report(fd).is_some_and(|report| report.is_level()) {
            return;
        }
        log.occasion(Kind::NeedlessEagain, made);
        let short = self.short.remove(&(made.task, fd));
        match made.value() {
            Some(count) if count > 0 && count < room => {
                self.short.insert((made.task, fd), made.evidence());
            }
            _ => {}
        }
        if let Some(short) = short.filter(|_| made.failed(Errno::EAGAIN)) {
            log.saw(&Sighting::at(Kind::NeedlessEagain, made, &[short, made.evidence()]));
        }
    }

    fn task_ended(&mut self, task: TaskId, _gone: bool) {
        forget(&mut self.short, task);
    }

    fn gap(&mut self) {
        self.short.clear();
    }
}
