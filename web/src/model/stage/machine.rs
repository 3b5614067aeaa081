//! What the program runs upon: its processes with their descriptor tables, the CPUs, and how much of what it
//! asks is for nothing.

use loopscope_shared::ids::{Fd, FileId, TaskId};
use loopscope_shared::sorted::SortedMap;
use loopscope_shared::world::{FileKind, Table, Task, TaskState, World};

use super::names::name;
use crate::messages as m;

/// Up to so many processes are drawn beside each other; of the others it is said how many there are.
const PROCESSES_MAX: usize = 4;

/// Up to so many descriptors of a table are drawn.
const TABLE_MAX: usize = 6;

/// From so many calls on it can be said how many of them are for nothing.
const CALLS_TO_JUDGE: u64 = 8;

/// A process, with its copy of the descriptor table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its first task, which names it.
    pub id: TaskId,
    /// Who began it; `None` for the first.
    pub parent: Option<TaskId>,
    /// It is the one that the stage is about.
    pub focus: bool,
    /// It has ended, and nobody has taken notice.
    pub zombie: bool,
    /// The first of its descriptors.
    pub table: Vec<Copied>,
    /// How many more it has.
    pub more: usize,
}

/// An entry of a descriptor table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// What it is called.
    pub name: String,
    /// It listens.
    pub listens: bool,
    /// Another process has a descriptor for the same thing.
    pub shared: bool,
}

/// A CPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cpu {
    /// Its number, from 0.
    pub number: u16,
    /// The task that has it.
    pub task: Option<TaskId>,
    /// What it does mostly is to ask for nothing.
    pub hot: bool,
}

/// How much of what a program asks is for nothing, where it asks instead of waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hammer {
    /// System calls that have returned.
    pub calls: u64,
    /// How many of them came back with `EAGAIN`.
    pub eagain: u64,
}

impl Hammer {
    /// The part of the calls that was for nothing, in percent.
    pub fn percent(self) -> u64 {
        self.eagain * 100 / self.calls.max(1)
    }
}

/// The processes of the program, if there is more than one, and how many more there are.
pub(super) fn processes_of(world: &World, focus: TaskId) -> (Vec<Process>, usize) {
    let mine = world.tasks.get(&focus).map(|task| task.process);
    let stands = |id: &TaskId, task: &Task| {
        task.process == *id && (world.tables.contains_key(id) || matches!(task.state, TaskState::Zombie(_)))
    };
    let mut known: Vec<(TaskId, &Task)> =
        world.tasks.iter().filter(|(id, task)| stands(id, task)).map(|(id, task)| (*id, task)).collect();
    if known.len() < 2 {
        return (Vec::new(), 0);
    }
    let more = known.len().saturating_sub(PROCESSES_MAX);
    // The one in focus and its parent first, then the youngest.
    let parent = known.iter().find(|(id, _)| Some(*id) == mine).map(|(_, task)| task.parent);
    let rank = |id: TaskId| (Some(id) != mine, Some(id) != parent, std::cmp::Reverse(id));
    known.sort_by_key(|(id, _)| rank(*id));
    known.truncate(PROCESSES_MAX);
    known.sort_by_key(|(id, _)| *id);
    let mut held: SortedMap<FileId, usize> = SortedMap::new();
    for table in world.tables.values() {
        for descriptor in table.fds.values() {
            *held.entry(descriptor.file).or_default() += 1;
        }
    }
    let none = Table::default();
    let process = |(id, task): (TaskId, &Task)| {
        let table = world.tables.get(&id).unwrap_or(&none);
        let entry = |(fd, descriptor): (&Fd, &loopscope_shared::world::Descriptor)| Copied {
            name: name(*fd, descriptor.generation),
            listens: matches!(
                world.files.get(&descriptor.file).map(|file| &file.kind),
                Some(FileKind::Listener { .. })
            ),
            shared: held.get(&descriptor.file).is_some_and(|holders| *holders > 1),
        };
        Process {
            id,
            parent: (task.parent != TaskId::KERNEL).then_some(task.parent),
            focus: Some(id) == mine,
            zombie: matches!(task.state, TaskState::Zombie(_)),
            table: table.fds.iter().take(TABLE_MAX).map(entry).collect(),
            more: table.fds.len().saturating_sub(TABLE_MAX),
        }
    };
    (known.into_iter().map(process).collect(), more)
}

/// The CPUs that are known of, each with the task that it carries out.
pub(super) fn cpus_of(world: &World, hammer: Option<Hammer>) -> Vec<Cpu> {
    let Some(last) = world.tasks.values().filter_map(|task| task.cpu).max() else { return Vec::new() };
    let on = |number: u16| {
        let runs =
            |task: &&(&TaskId, &Task)| task.1.cpu == Some(number) && task.1.state == TaskState::Running;
        world.tasks.iter().collect::<Vec<_>>().iter().find(runs).map(|(id, _)| **id)
    };
    let cpu = |number| {
        let task = on(number);
        Cpu { number, task, hot: task.is_some() && hammer.is_some_and(|hammer| hammer.percent() >= 50) }
    };
    (0..=last).map(cpu).collect()
}

/// How the program hammers at the line, if it never waits and is told `EAGAIN` instead.
pub(super) fn hammer_of(world: &World, task: &Task) -> Option<Hammer> {
    let waits = task.waited().is_some() || task.call.as_ref().is_some_and(|open| open.call.is_wait());
    let (calls, eagain) = (world.tally.calls, world.tally.eagain);
    (!waits && eagain > 0 && calls >= CALLS_TO_JUDGE).then_some(Hammer { calls, eagain })
}

/// What the reader must be warned of: events that cannot have been so, and events that are missing.
pub(super) fn warnings_of(world: &World) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(first) = world.violations.first() {
        let count = world.violations.len() as u64;
        warnings.push(m::stage_violations(count, first.seq, first.what));
    }
    if world.tally.dropped > 0 {
        warnings.push(m::stage_dropped(world.tally.dropped));
    }
    warnings
}

/// The tasks that sleep in a call about this descriptor, of the process that the card belongs to.
pub(super) fn sleepers(world: &World, process: TaskId) -> SortedMap<Fd, Vec<TaskId>> {
    let mut sleepers: SortedMap<Fd, Vec<TaskId>> = SortedMap::new();
    for (id, task) in world.tasks.iter().filter(|(_, task)| task.process == process) {
        let Some(open) = task.call.as_ref().filter(|open| !open.call.is_wait()) else { continue };
        if let (TaskState::Blocked, Some(fd)) = (task.state, open.call.fd()) {
            sleepers.entry(fd).or_default().push(*id);
        }
    }
    sleepers
}

#[cfg(test)]
mod tests {
    use loopscope_shared::errno::Errno;
    use loopscope_shared::event::{Call, Event, Inside, What};

    use super::super::made::Made;
    use super::*;

    #[test]
    fn a_forked_process_has_a_copy_of_the_table_and_one_alone_is_not_drawn() {
        let mut made = Made::new("fork");
        made.accepted(4);
        assert_eq!(made.stage().processes, []);
        made.enter(Call::Fork, &[]);
        made.exit(Ok(2), &[]);
        let processes = made.stage().processes;
        let tables: Vec<Vec<(&str, bool)>> = processes
            .iter()
            .map(|each| each.table.iter().map(|copied| (copied.name.as_str(), copied.shared)).collect())
            .collect();
        assert_eq!(tables, [[("3", true), ("4", true)], [("3", true), ("4", true)]]);
        assert_eq!((processes[0].focus, processes[1].parent), (true, Some(TaskId::FIRST)));
    }

    #[test]
    fn a_program_that_asks_instead_of_waiting_is_seen_to_hammer() {
        let mut made = Made::new("busy-poll");
        made.accepted(4);
        for _ in 0..6 {
            made.recv(4, Err(Errno::EAGAIN));
        }
        assert_eq!(made.stage().hammer, None, "too few calls to judge by");
        made.recv(4, Err(Errno::EAGAIN));
        assert_eq!(made.stage().hammer, Some(Hammer { calls: 8, eagain: 7 }));
        made.inside(Inside::Running { cpu: 0 });
        assert_eq!(
            made.stage().cpus,
            [Cpu { number: 0, task: Some(TaskId::FIRST), hot: true }],
            "it runs, and for nothing"
        );
        made.select_enter(&[3], &[]);
        assert_eq!(made.stage().hammer, None, "it waits");
    }

    #[test]
    fn a_task_that_sleeps_in_a_call_is_drawn_at_its_descriptor() {
        let mut made = Made::new("sequential");
        made.accepted(4);
        made.enter(Call::Recv { fd: Fd(4), len: 100 }, &[]);
        made.inside(Inside::Blocked);
        let stage = made.stage();
        let card = stage.cards.iter().find(|card| card.fd == Fd(4)).unwrap();
        assert_eq!(card.sleepers, [TaskId::FIRST]);
    }

    #[test]
    fn what_cannot_be_so_is_told() {
        let mut made = Made::new("select");
        assert_eq!(made.stage().warnings, [""; 0]);
        made.inside(Inside::Running { cpu: 0 });
        let early = Event {
            at: loopscope_shared::time::Nanos(0),
            task: TaskId::FIRST,
            what: What::TaskEnd { status: 0 },
            payload_len: 0,
        };
        made.world.apply(&early, &[]);
        let warnings = made.stage().warnings;
        assert!(warnings[0].contains("time went backwards"), "{warnings:?}");
    }
}
