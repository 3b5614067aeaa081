//! An EAGAIN storm: asking again and again, without having been told that there is something.

use crate::errno::Errno;
use crate::findings::act::Act;
use crate::findings::log::{Log, Sighting};
use crate::findings::look::{Look, Made, forget};
use crate::findings::{Evidence, Kind, Settings};
use crate::ids::{Fd, TaskId};
use crate::sorted::SortedMap;
use crate::time::Nanos;
use crate::world::World;

/// Counts reads, writes and accepts that fail with `EAGAIN` as the one before on the same descriptor did, with no
/// wait between them and no pause worth the name. The weight is how many followed each other so.
#[derive(Debug)]
pub(super) struct Storm {
    pause: Nanos,
    /// The last call in vain on each descriptor, by task and descriptor.
    reads: SortedMap<(TaskId, Fd), Vain>,
    writes: SortedMap<(TaskId, Fd), Vain>,
}

#[derive(Clone, Copy, Debug)]
struct Vain {
    call: Evidence,
    run: u64,
}

impl Storm {
    pub(super) fn look(settings: &Settings) -> Box<dyn Look> {
        Box::new(Self { pause: settings.pause, reads: SortedMap::new(), writes: SortedMap::new() })
    }
}

impl Look for Storm {
    fn returned(&mut self, made: &Made<'_>, _world: &World, log: &mut Log) {
        let (kept, fd) = match made.act {
            Act::Accept(fd) | Act::Read(fd, _) => (&mut self.reads, fd),
            Act::Write(fd, _) => (&mut self.writes, fd),
            Act::Close(fd) => {
                self.reads.remove(&(made.task, fd));
                self.writes.remove(&(made.task, fd));
                return;
            }
            // Whoever waits may be told something.
            _ if made.call.is_wait() => return self.task_ended(made.task, false),
            _ => return,
        };
        log.occasion(Kind::EagainStorm, made);
        if !made.failed(Errno::EAGAIN) {
            kept.remove(&(made.task, fd));
            return;
        }
        let call = made.evidence();
        let before = kept.get(&(made.task, fd)).copied();
        let before = before.filter(|before| made.entered.since(before.call.at) < self.pause);
        let run = before.map_or(1, |before| before.run + 1);
        kept.insert((made.task, fd), Vain { call, run });
        // Twice can be one look too many; three times is a habit.
        if let Some(before) = before.filter(|_| run > 2) {
            let weight = run;
            log.saw(&Sighting { weight, ..Sighting::at(Kind::EagainStorm, made, &[before.call, call]) });
        }
    }

    fn task_ended(&mut self, task: TaskId, _gone: bool) {
        forget(&mut self.reads, task);
        forget(&mut self.writes, task);
    }

    fn gap(&mut self) {
        self.reads.clear();
        self.writes.clear();
    }
}
