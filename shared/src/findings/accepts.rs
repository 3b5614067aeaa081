//! Accept loops on EMFILE: there are no descriptors left, and the listener is asked again at once.

use crate::errno::Errno;
use crate::findings::act::Act;
use crate::findings::log::{Log, Sighting};
use crate::findings::look::{Look, Made, forget};
use crate::findings::{Evidence, Kind, Settings};
use crate::ids::{Fd, TaskId};
use crate::sorted::SortedMap;
use crate::time::Nanos;
use crate::world::World;

/// Counts accepts that fail for want of descriptors as the one before did, without a pause between them, without
/// an edge that tells of another client, and without that the process has closed anything. The weight is how many
/// followed each other so.
#[derive(Debug)]
pub(super) struct Accepts {
    pause: Nanos,
    /// The last refusal, by process and listener.
    refused: SortedMap<(TaskId, Fd), (Evidence, u64)>,
}

impl Accepts {
    pub(super) fn look(settings: &Settings) -> Box<dyn Look> {
        Box::new(Self { pause: settings.pause, refused: SortedMap::new() })
    }
}

impl Look for Accepts {
    fn returned(&mut self, made: &Made<'_>, _world: &World, log: &mut Log) {
        let fd = match made.act {
            Act::Accept(fd) => fd,
            // There is a descriptor again: to ask is right.
            Act::Close(_) if made.value().is_some() => return forget(&mut self.refused, made.process),
            _ => return,
        };
        log.occasion(Kind::EmfileLoop, made);
        if !made.failed(Errno::EMFILE) && !made.failed(Errno::ENFILE) {
            self.refused.remove(&(made.process, fd));
            return;
        }
        let call = made.evidence();
        let before = self.refused.get(&(made.process, fd)).copied();
        // An edge tells of another client: to try is right.
        let edge = made.turn.report(fd).is_some_and(|report| !report.is_level());
        let before = before.filter(|(before, _)| !edge && made.entered.since(before.at) < self.pause);
        let run = before.map_or(1, |(_, run)| run + 1);
        self.refused.insert((made.process, fd), (call, run));
        if let Some((before, _)) = before {
            log.saw(&Sighting { weight: run, ..Sighting::at(Kind::EmfileLoop, made, &[before, call]) });
        }
    }

    fn task_ended(&mut self, task: TaskId, gone: bool) {
        if gone {
            forget(&mut self.refused, task);
        }
    }

    fn gap(&mut self) {
        self.refused.clear();
    }
}
