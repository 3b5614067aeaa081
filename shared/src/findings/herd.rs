//! A thundering herd: one client wakes several, and all but one of them find nothing.

use crate::errno::Errno;
use crate::findings::act::Act;
use crate::findings::log::{Log, Sighting};
use crate::findings::look::{Look, Made};
use crate::findings::{Evidence, Kind, Settings};
use crate::ids::{FileId, Seq, TaskId};
use crate::kernel::Mask;
use crate::sorted::SortedMap;
use crate::world::World;

/// Counts accepts that fail with `EAGAIN` in a turn whose wait has reported the listener, and in which the task
/// has got nobody, while another task has got somebody since that wait was made. Where the listener is watched
/// with `EPOLLEXCLUSIVE` all has been done, and nothing is said. It must be known that the tasks share the
/// listener: the trace has to begin before they were started.
#[derive(Debug, Default)]
pub(super) struct Herd {
    /// The last client of each listener, and who got it.
    taken: SortedMap<FileId, Evidence>,
    /// In which turn each task has got somebody: the number of its wait.
    served: SortedMap<TaskId, Seq>,
}

impl Herd {
    pub(super) fn look(_settings: &Settings) -> Box<dyn Look> {
        Box::new(Self::default())
    }
}

impl Look for Herd {
    fn returned(&mut self, made: &Made<'_>, world: &World, log: &mut Log) {
        let (Act::Accept(fd), Some(listener)) = (made.act, made.file) else { return };
        log.occasion(Kind::ThunderingHerd, made);
        if made.value().is_some() {
            self.taken.retain(|file, _| world.files.contains_key(file));
            self.taken.insert(listener, made.evidence());
            if let Some(wait) = made.turn.wait {
                self.served.insert(made.task, wait.seq);
            }
            return;
        }
        let Some(wait) = made.turn.wait.filter(|_| made.failed(Errno::EAGAIN)) else { return };
        let told = made.turn.report(fd).filter(|report| !report.how.contains(Mask::EXCLUSIVE));
        let served = self.served.get(&made.task) == Some(&wait.seq);
        let taken = self.taken.get(&listener).filter(|taken| taken.task != made.task && taken.seq > wait.seq);
        if let (Some(_), false, Some(taken)) = (told, served, taken) {
            log.saw(&Sighting::at(Kind::ThunderingHerd, made, &[wait, *taken, made.evidence()]));
        }
    }

    fn task_ended(&mut self, task: TaskId, _gone: bool) {
        self.served.remove(&task);
    }

    fn gap(&mut self) {
        self.taken.clear();
        self.served.clear();
    }
}
