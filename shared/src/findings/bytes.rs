//! One-byte reads: a system call for each byte of a connection.

use crate::findings::act::Act;
use crate::findings::log::{Log, Sighting};
use crate::findings::look::{Look, Made, forget};
use crate::findings::{Evidence, Kind, Settings};
use crate::ids::{Fd, TaskId};
use crate::sorted::SortedMap;
use crate::world::{FileKind, World};

/// Counts reads that ask a connection for one byte and get it, as the read before on the same descriptor did, with
/// no wait between them: the byte was there to be had with the one before. The weight is how many followed each
/// other so. Pipes and terminals are left out: who shares them with others must not read too far.
#[derive(Debug, Default)]
pub(super) struct Bytes {
    /// The last read of one byte, by task and descriptor.
    single: SortedMap<(TaskId, Fd), (Evidence, u64)>,
}

impl Bytes {
    pub(super) fn look(_settings: &Settings) -> Box<dyn Look> {
        Box::new(Self::default())
    }
}

impl Look for Bytes {
    fn returned(&mut self, made: &Made<'_>, world: &World, log: &mut Log) {
        let (fd, room) = match made.act {
            Act::Read(fd, room) => (fd, room),
            Act::Close(fd) => {
                self.single.remove(&(made.task, fd));
                return;
            }
            _ if made.call.is_wait() => return forget(&mut self.single, made.task),
            _ => return,
        };
        let kind = made.file.and_then(|file| world.files.get(&file)).map(|file| &file.kind);
        if !matches!(kind, Some(FileKind::Stream(_))) {
            return;
        }
        log.occasion(Kind::ByteReads, made);
        if room != 1 || made.value() != Some(1) {
            self.single.remove(&(made.task, fd));
            return;
        }
        let read = made.evidence();
        let before = self.single.get(&(made.task, fd)).copied();
        let run = before.map_or(1, |(_, run)| run + 1);
        self.single.insert((made.task, fd), (read, run));
        if let Some((before, _)) = before {
            log.saw(&Sighting { weight: run, ..Sighting::at(Kind::ByteReads, made, &[before, read]) });
        }
    }

    fn task_ended(&mut self, task: TaskId, _gone: bool) {
        forget(&mut self.single, task);
    }

    fn gap(&mut self) {
        self.single.clear();
    }
}
