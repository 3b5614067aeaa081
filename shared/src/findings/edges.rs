//! An edge that was not drained: what is left in the buffer is never told of again.

use crate::event::Call;
use crate::findings::act::Act;
use crate::findings::log::{Log, Sighting};
use crate::findings::look::{Look, Made, forget};
use crate::findings::turn::timeout_of;
use crate::findings::{Evidence, Kind, Settings};
use crate::ids::{Fd, TaskId};
use crate::sorted::SortedMap;
use crate::time::Nanos;
use crate::world::{FileKind, Provenance, World};

/// Counts descriptors that were reported edge-triggered, from which not all was read, and which nobody has touched
/// since while the task waits. It must be known that something is left: how full buffers and accept queues are is
/// told by a simulation, and looked at by the live server; an import does not have it. The weight is how many
/// bytes, or connections, are left.
#[derive(Debug)]
pub(super) struct Edges {
    undrained: Nanos,
    /// Edges that are not drained yet, by task and descriptor.
    open: SortedMap<(TaskId, Fd), Edge>,
    /// Whose own answers find no room: reading may wait for that. By task and descriptor.
    stuck: SortedMap<(TaskId, Fd), ()>,
}

#[derive(Clone, Copy, Debug)]
struct Edge {
    wait: Evidence,
    program: TaskId,
    /// The last read or accept since.
    read: Option<Evidence>,
    /// The wait in which the task sleeps over it, how much is left, and whether that is sure.
    left: Option<Left>,
}

#[derive(Clone, Copy, Debug)]
struct Left {
    wait: Evidence,
    since: Nanos,
    much: u64,
    sure: bool,
}

impl Edges {
    pub(super) fn look(settings: &Settings) -> Box<dyn Look> {
        let (open, stuck) = (SortedMap::new(), SortedMap::new());
        Box::new(Self { undrained: settings.undrained, open, stuck })
    }

    /// The task waits, and may sleep: what has it left behind?
    fn sleeps(&mut self, made: &Made<'_>, world: &World) {
        let its = (made.task, Fd(i32::MIN))..=(made.task, Fd(i32::MAX));
        for ((_, fd), edge) in self.open.range_mut(its) {
            if edge.left.is_some() || self.stuck.contains_key(&(made.task, *fd)) {
                continue;
            }
            if let Some((much, sure)) = left_in(world, made.task, *fd) {
                edge.left = Some(Left { wait: made.evidence(), since: made.now, much, sure });
            }
        }
    }

    /// It was touched, or the trace is over: how long did it lie there?
    fn settle(&self, task: TaskId, fd: Fd, edge: &Edge, now: Nanos, over: bool, log: &mut Log) {
        let Some(left) = edge.left else { return };
        if now.since(left.since) < self.undrained && !(over && left.sure) {
            return;
        }
        let calls = [Some(edge.wait), edge.read, Some(left.wait)];
        let calls: Vec<Evidence> = calls.into_iter().flatten().collect();
        log.saw(&Sighting {
            kind: Kind::UndrainedEdge,
            program: edge.program,
            place: edge.read.unwrap_or(edge.wait).place,
            task,
            fd: Some(fd),
            other: None,
            seq: left.wait.seq,
            at: left.since,
            weight: left.much,
            evidence: &calls,
        });
    }

    /// Something new is known of it: what was before is over.
    fn close(&mut self, made: &Made<'_>, fd: Fd, log: &mut Log) {
        if let Some(edge) = self.open.remove(&(made.task, fd)) {
            self.settle(made.task, fd, &edge, made.entered, false, log);
        }
    }

    fn read(&mut self, made: &Made<'_>, fd: Fd, drained: bool, log: &mut Log) {
        let Some(edge) = self.open.get(&(made.task, fd)).copied() else { return };
        self.close(made, fd, log);
        if !drained {
            let edge = Edge { read: Some(made.evidence()), left: None, ..edge };
            self.open.insert((made.task, fd), edge);
        }
    }
}

/// How much is known to be left to read, and whether nothing can have changed since it was told.
fn left_in(world: &World, task: TaskId, fd: Fd) -> Option<(u64, bool)> {
    let (much, sure) = match &world.files.get(&world.file_of(task, fd)?)?.kind {
        FileKind::Stream(stream) => match stream.recv.provenance {
            Provenance::Told => (stream.recv.level, true),
            Provenance::Sampled => (stream.recv.level, false),
            Provenance::Unknown | Provenance::Inferred => (0, false),
        },
        // What an observer saw of it says nothing of those that were accepted since.
        FileKind::Listener { queue, .. } => (queue.len() as u64, true),
        _ => (0, false),
    };
    (much > 0).then_some((much, sure))
}

impl Look for Edges {
    fn entered(&mut self, made: &Made<'_>, world: &World, _log: &mut Log) {
        let sleeps = timeout_of(made.call).is_some_and(|timeout| timeout.0 != Some(Nanos::ZERO));
        if made.call.is_wait() && sleeps {
            self.sleeps(made, world);
        }
    }

    fn returned(&mut self, made: &Made<'_>, _world: &World, log: &mut Log) {
        match (made.act, made.call) {
            (Act::Accept(fd), _) => self.read(made, fd, made.value().is_none(), log),
            (Act::Read(fd, room), _) => {
                let full = made.value().is_some_and(|count| count > 0 && count >= room);
                self.read(made, fd, !full, log);
            }
            (Act::Write(fd, len), _) => match made.value().is_some_and(|count| count >= len) {
                true => _ = self.stuck.remove(&(made.task, fd)),
                false => _ = self.stuck.insert((made.task, fd), ()),
            },
            (Act::Close(fd), _) => {
                self.close(made, fd, log);
                self.stuck.remove(&(made.task, fd));
            }
            // What is registered anew is looked at anew.
            (_, Call::EpollCtl { fd, .. }) => _ = self.open.remove(&(made.task, fd)),
            (_, call) if call.is_wait() => {
                let edges = made.turn.reports.iter().filter(|report| !report.is_level() && report.reads());
                for report in edges.filter(|report| report.ghost.is_none()) {
                    self.close(made, report.fd, log);
                    let (wait, program) = (made.evidence(), made.program);
                    self.open.insert((made.task, report.fd), Edge { wait, program, read: None, left: None });
                }
            }
            _ => {}
        }
    }

    fn task_ended(&mut self, task: TaskId, _gone: bool) {
        forget(&mut self.open, task);
        forget(&mut self.stuck, task);
    }

    fn gap(&mut self) {
        self.open.clear();
        self.stuck.clear();
    }

    fn over(&mut self, world: &World, log: &mut Log) {
        for ((task, fd), edge) in &self.open {
            self.settle(*task, *fd, edge, world.now, true, log);
        }
    }
}
