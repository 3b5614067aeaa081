//! A descriptor leak: connections that are over, and are never closed.

use crate::errno::Errno;
use crate::findings::act::Act;
use crate::findings::log::{Log, Sighting};
use crate::findings::look::{Look, Made, forget};
use crate::findings::{Evidence, Kind, Settings};
use crate::ids::{Fd, FileId, TaskId};
use crate::sorted::SortedMap;
use crate::time::Nanos;
use crate::world::{FileKind, World};

/// Counts connections whose end the program has seen, which are open still when the trace ends, and which nobody
/// has touched for long. A copy of the descriptor that is left in another process, as `fork` makes it, counts
/// there. What was opened and never used again is not counted: it may be meant to stay. The weight is for how
/// long, in nanoseconds. It needs the times of calls.
#[derive(Debug)]
pub(super) struct Leaks {
    forgotten: Nanos,
    forgotten_by_most: Nanos,
    /// Connections whose end was seen, by process and descriptor.
    ended: SortedMap<(TaskId, Fd), Ended>,
    /// Of how many connections the end was seen in all.
    all: u64,
}

#[derive(Clone, Copy, Debug)]
struct Ended {
    file: FileId,
    program: TaskId,
    end: Evidence,
    touched: Nanos,
}

impl Leaks {
    pub(super) fn look(settings: &Settings) -> Box<dyn Look> {
        let &Settings { forgotten, forgotten_by_most, .. } = settings;
        Box::new(Self { forgotten, forgotten_by_most, ended: SortedMap::new(), all: 0 })
    }

    fn end(&mut self, made: &Made<'_>, file: FileId, world: &World) {
        let Some(known) = world.files.get(&file) else { return };
        if !matches!(known.kind, FileKind::Stream(_)) {
            return;
        }
        self.all += 1;
        for name in &known.names {
            let (program, end, touched) = (made.program, made.evidence(), made.now);
            self.ended.entry(*name).or_insert(Ended { file, program, end, touched });
        }
    }
}

impl Look for Leaks {
    fn returned(&mut self, made: &Made<'_>, world: &World, _log: &mut Log) {
        let Some(fd) = made.act.touched() else { return };
        if matches!(made.act, Act::Close(_)) && made.value().is_some() {
            self.ended.remove(&(made.process, fd));
            return;
        }
        if let Some(ended) = self.ended.get_mut(&(made.process, fd)) {
            ended.touched = made.now;
        }
        let over = match made.act {
            Act::Read(_, room) => (made.value() == Some(0) && room > 0) || made.failed(Errno::ECONNRESET),
            Act::Write(..) => made.failed(Errno::EPIPE) || made.failed(Errno::ECONNRESET),
            _ => false,
        };
        if let Some(file) = made.file.filter(|_| over && !self.ended.contains_key(&(made.process, fd))) {
            self.end(made, file, world);
        }
    }

    fn task_ended(&mut self, task: TaskId, gone: bool) {
        if gone {
            forget(&mut self.ended, task);
        }
    }

    fn gap(&mut self) {
        self.ended.clear();
        self.all = 0;
    }

    fn over(&mut self, world: &World, log: &mut Log) {
        let open = |(process, fd): &(TaskId, Fd), ended: &Ended| {
            let table = world.tables.get(process);
            table.and_then(|table| table.fds.get(fd)).is_some_and(|named| named.file == ended.file)
        };
        let idle = |ended: &Ended| world.now.since(ended.touched);
        let by_most = self
            .ended
            .iter()
            .filter(|(key, ended)| open(key, ended) && idle(ended) >= self.forgotten_by_most)
            .count() as u64;
        let least = if by_most * 2 >= self.all { self.forgotten_by_most } else { self.forgotten };
        for (key @ (process, fd), ended) in &self.ended {
            if !open(key, ended) || idle(ended) < least {
                continue;
            }
            log.saw(&Sighting {
                kind: Kind::FdLeak,
                program: ended.program,
                place: ended.end.place,
                task: *process,
                fd: Some(*fd),
                other: None,
                seq: ended.end.seq,
                at: ended.end.at,
                weight: idle(ended).0,
                evidence: &[ended.end],
            });
        }
    }
}
