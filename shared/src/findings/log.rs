//! What was seen, grouped as it comes: by kind, program and line of source.

use std::cmp::Reverse;

use crate::event::Place;
use crate::findings::look::Made;
use crate::findings::{Evidence, Finding, Kind, Occurrence, Settings};
use crate::ids::{Fd, Seq, TaskId};
use crate::sorted::{SortedMap, SortedSet};
use crate::time::Nanos;
use crate::world::World;

/// How many groups are kept. A group is a line of source in a program, so there are few; a trace in which every
/// task seems to be a program of its own has its later ones in one group.
const GROUPS_MAX: usize = 4_096;

/// Everything that was seen.
#[derive(Debug, Default)]
pub(super) struct Log {
    groups: SortedMap<Key, Group>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: Kind,
    program: TaskId,
    place: Place,
}

#[derive(Debug, Default)]
struct Group {
    count: u64,
    of: u64,
    tasks: SortedSet<TaskId>,
    fds: SortedSet<(TaskId, Fd)>,
    seen: Option<Seen>,
}

#[derive(Debug)]
struct Seen {
    first: Occurrence,
    worst: Occurrence,
    last: Nanos,
}

/// Something that was seen once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sighting<'a> {
    pub(super) kind: Kind,
    pub(super) program: TaskId,
    /// The line of source to which it belongs.
    pub(super) place: Place,
    pub(super) task: TaskId,
    pub(super) fd: Option<Fd>,
    pub(super) other: Option<Fd>,
    pub(super) seq: Seq,
    pub(super) at: Nanos,
    pub(super) weight: u64,
    pub(super) evidence: &'a [Evidence],
}

impl<'a> Sighting<'a> {
    /// One at the call that is looked at.
    pub(super) fn at(kind: Kind, made: &Made<'_>, evidence: &'a [Evidence]) -> Self {
        Self {
            kind,
            program: made.program,
            place: made.place,
            task: made.task,
            fd: made.act.fd(),
            other: None,
            seq: made.seq,
            at: made.now,
            weight: 1,
            evidence,
        }
    }
}

impl Log {
    /// It could have been seen here.
    pub(super) fn occasion(&mut self, kind: Kind, made: &Made<'_>) {
        self.group(Key { kind, program: made.program, place: made.place }).of += 1;
    }

    /// It was seen.
    pub(super) fn saw(&mut self, sighting: &Sighting<'_>) {
        self.saw_again(sighting);
        self.group(sighting.key()).count += 1;
    }

    /// What was seen before goes on: it may have become worse.
    pub(super) fn saw_again(&mut self, sighting: &Sighting<'_>) {
        let group = self.group(sighting.key());
        if (group.tasks.len() as u64) < Finding::DISTINCT_MAX {
            group.tasks.insert(sighting.task);
        }
        if let Some(fd) = sighting.fd.filter(|_| (group.fds.len() as u64) < Finding::DISTINCT_MAX) {
            group.fds.insert((sighting.task, fd));
        }
        match &mut group.seen {
            Some(seen) => {
                seen.last = sighting.at;
                if sighting.weight > seen.worst.weight {
                    seen.worst = sighting.occurrence();
                }
            }
            None => {
                let first = sighting.occurrence();
                group.seen = Some(Seen { worst: first.clone(), first, last: sighting.at });
            }
        }
    }

    fn group(&mut self, mut key: Key) -> &mut Group {
        if self.groups.len() >= GROUPS_MAX && !self.groups.contains_key(&key) {
            (key.program, key.place) = (TaskId::KERNEL, Place::ELSEWHERE);
        }
        self.groups.entry(key).or_default()
    }

    /// What happened often enough to be told: the gravest first, then in the order of the trace.
    pub(super) fn findings(self, settings: &Settings, world: &World) -> Vec<Finding> {
        let told = self.groups.into_iter().filter_map(|(key, group)| group.finding(key, settings, world));
        let mut told: Vec<Finding> = told.collect();
        told.sort_by_key(|finding| (Reverse(finding.severity), finding.first.seq, finding.kind));
        told
    }
}

impl Group {
    fn finding(self, key: Key, settings: &Settings, world: &World) -> Option<Finding> {
        let Seen { first, worst, last } = self.seen?;
        let entry = key.kind.entry();
        let least = settings.min_count.unwrap_or(entry.min_count);
        let percent = settings.min_percent.unwrap_or(entry.min_percent);
        let finding = Finding {
            kind: key.kind,
            severity: entry.severity,
            program: key.program,
            name: world.tasks.get(&key.program).map_or_else(String::new, |task| task.name.clone()),
            place: Some(key.place).filter(|place| *place != Place::ELSEWHERE),
            count: self.count,
            of: self.of,
            tasks: self.tasks.len() as u64,
            fds: self.fds.len() as u64,
            first,
            worst,
            last,
        };
        let habit = finding.percent().is_none_or(|share| share >= percent);
        (finding.count >= least && habit).then_some(finding)
    }
}

impl Sighting<'_> {
    fn key(&self) -> Key {
        Key { kind: self.kind, program: self.program, place: self.place }
    }

    fn occurrence(&self) -> Occurrence {
        let kept = &self.evidence[..self.evidence.len().min(Occurrence::EVIDENCE_MAX)];
        Occurrence {
            seq: self.seq,
            at: self.at,
            task: self.task,
            fd: self.fd,
            other: self.other,
            weight: self.weight,
            evidence: kept.to_vec(),
        }
    }
}
