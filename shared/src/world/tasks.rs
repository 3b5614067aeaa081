//! Tasks: who runs, who sleeps, and in which call; who began whom, and who has taken notice of an end.

use serde::{Deserialize, Serialize};

use crate::event::{Call, Place, Ret};
use crate::ids::{Fd, Seq, TaskId};
use crate::kernel::{Mask, Note};
use crate::sorted::SortedSet;
use crate::time::Nanos;
use crate::world::World;

/// How many tasks that have ended are kept: enough to show the last ones, few enough that a server that makes
/// a task a connection does not grow for ever.
pub const ENDED_MAX: usize = 64;

/// How deep callbacks may call each other before they are no longer followed.
const CALLBACKS_MAX: usize = 16;

/// A process or a thread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// What it is called.
    pub name: String,
    /// Who started it.
    pub parent: TaskId,
    /// The process it belongs to, named by its first task; its descriptors are in that one's table.
    pub process: TaskId,
    /// Whether it runs.
    pub state: TaskState,
    /// The CPU that it was on last, counted from 0, where that is told.
    pub cpu: Option<u16>,
    /// The call it is in.
    pub call: Option<OpenCall>,
    /// The call that returned last.
    pub last: Option<PastCall>,
    /// The wait that returned last, if another call has returned since.
    waited: Option<PastCall>,
    /// The event that woke it last.
    pub woken_by: Option<Seq>,
    /// How often its waiting call has returned: the turns of its loop.
    pub turns: u64,
    /// Whether anything was read, sent or accepted since the task was woken last.
    pub progress: bool,
    /// The callbacks that it is in, the outermost first: of which descriptor, and because of what.
    pub callbacks: Vec<(Fd, Mask)>,
    /// Its parent has taken notice of its end.
    reaped: bool,
    /// Nothing has been told of how it began.
    guessed: bool,
}

/// What a task is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskState {
    /// It has a CPU.
    Running,
    /// It could run, and waits for a CPU.
    Runnable,
    /// It sleeps in its call.
    Blocked,
    /// A process that has ended with this status, and whose parent has not taken notice (`wait(2)`).
    Zombie(i32),
    /// It has ended, with this status.
    Ended(i32),
}

impl TaskState {
    /// Whether it has not ended.
    pub fn is_alive(self) -> bool {
        !matches!(self, Self::Zombie(_) | Self::Ended(_))
    }
}

/// A call that has not returned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenCall {
    /// The call.
    pub call: Call,
    /// Where in the source it was made.
    pub place: Place,
    /// When.
    pub entered: Nanos,
    /// What went down into the kernel.
    pub down: Vec<u8>,
    /// Whether the task has slept in it, where that is told.
    pub slept: bool,
    /// How many bytes it has put into the send buffer before it returns, where that is told.
    pub put: u32,
}

impl OpenCall {
    /// A call that is made now.
    pub fn new(call: Call, place: Place, entered: Nanos, down: &[u8]) -> Self {
        Self { call, place, entered, down: down.to_vec(), slept: false, put: 0 }
    }
}

/// A call that has returned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PastCall {
    /// The call.
    pub call: Call,
    /// Where in the source it was made.
    pub place: Place,
    /// When it was made.
    pub entered: Nanos,
    /// When it returned.
    pub left: Nanos,
    /// What it returned.
    pub ret: Ret,
    /// What went down into the kernel.
    pub down: Vec<u8>,
    /// What came up out of it.
    pub up: Vec<u8>,
}

/// What is known of a process beside its tasks and descriptors.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Family {
    /// How many of its tasks live.
    pub(super) alive: u32,
    /// Its children that have ended, and of which it has not taken notice.
    pub(super) zombies: SortedSet<TaskId>,
}

impl Task {
    fn new(name: String, parent: TaskId, process: TaskId) -> Self {
        Self {
            name,
            parent,
            process,
            state: TaskState::Running,
            cpu: None,
            call: None,
            last: None,
            waited: None,
            woken_by: None,
            turns: 0,
            progress: true,
            callbacks: Vec::new(),
            reaped: false,
            guessed: false,
        }
    }

    /// The line of source at which the task is: that of the call it is in, else of the last one.
    pub fn place(&self) -> Option<Place> {
        self.call.as_ref().map(|call| call.place).or_else(|| self.last.as_ref().map(|last| last.place))
    }

    /// The wait that returned last: its answer stays in the program's hands while it makes other calls.
    pub fn waited(&self) -> Option<&PastCall> {
        self.last.as_ref().filter(|last| last.call.is_wait()).or(self.waited.as_ref())
    }

    /// Keeps a call that has returned.
    pub(super) fn keep(&mut self, past: PastCall) {
        if let Some(last) = self.last.replace(past).filter(|last| last.call.is_wait()) {
            self.waited = Some(last);
        }
    }

    /// Follows what the program tells of its callbacks.
    pub(super) fn note(&mut self, note: Note) {
        match note {
            Note::CallbackBegins { fd, events } if self.callbacks.len() < CALLBACKS_MAX => {
                self.callbacks.push((fd, events));
            }
            Note::CallbackEnds { .. } => {
                self.callbacks.pop();
            }
            _ => {}
        }
    }
}

impl World {
    pub(super) fn task_begin(&mut self, task: TaskId, parent: TaskId, thread: bool, name: &[u8]) {
        let name = String::from_utf8_lossy(name).into_owned();
        if let Some(known) = self.tasks.get_mut(&task)
            && known.parent == parent
            && known.state.is_alive()
            && !known.guessed
        {
            // Its parent has come back from `fork` already.
            known.name = name;
            return;
        }
        match self.tasks.get(&parent).map(|parent| parent.process) {
            Some(process) if thread => self.add_task(task, Task::new(name, parent, process)),
            Some(process) => {
                self.add_task(task, Task::new(name, parent, task));
                self.copy_table(process, task);
            }
            None => self.add_task(task, Task::new(name, parent, task)),
        }
    }

    /// `fork` has returned in the parent. The child has copies of the descriptors of this instant, whenever it
    /// begins to run.
    pub(super) fn forked(&mut self, parent: TaskId, child: TaskId) {
        self.tally.forks += 1;
        if self.tasks.get(&child).is_none_or(|child| child.guessed) {
            let process = self.task_mut(parent).process;
            let state = TaskState::Runnable;
            self.add_task(child, Task { state, ..Task::new("child".to_owned(), parent, child) });
            self.copy_table(process, child);
        }
    }

    pub(super) fn task_end(&mut self, task: TaskId, status: i32) {
        let ended = self.task_mut(task);
        if !ended.state.is_alive() {
            return;
        }
        let process = ended.process;
        ended.call = None;
        ended.callbacks.clear();
        self.is_over(task, status);
        self.leave(process);
        if !self.tables.contains_key(&process) {
            self.await_notice(process);
        }
    }

    /// A process has one task less; with the last one it is over.
    fn leave(&mut self, process: TaskId) {
        let family = self.families.entry(process).or_default();
        family.alive = family.alive.saturating_sub(1);
        if family.alive == 0 {
            let orphans = self.families.remove(&process).unwrap_or_default().zombies;
            orphans.into_iter().for_each(|orphan| self.reap(orphan));
            self.close_all(process);
        }
    }

    /// A process is over with its last task. Its first task stands for it, and is a zombie while it has a parent
    /// that may ask how it ended.
    fn await_notice(&mut self, process: TaskId) {
        let Some(first) = self.tasks.get(&process) else { return };
        let (TaskState::Ended(status), false) = (first.state, first.reaped) else { return };
        let heir = self.tasks.get(&first.parent).filter(|parent| parent.state.is_alive());
        if let Some(heir) = heir.map(|parent| parent.process).filter(|heir| *heir != process) {
            self.task_mut(process).state = TaskState::Zombie(status);
            self.families.entry(heir).or_default().zombies.insert(process);
            self.tally.zombies += 1;
        }
    }

    /// A task that shares another one's descriptors begins another program: from now on it has copies of them.
    pub(super) fn leave_thread_group(&mut self, id: TaskId) {
        let task = self.task_mut(id);
        let process = task.process;
        if process == id {
            return;
        }
        let alone = Task { process: id, ..task.clone() };
        self.add_task(id, alone);
        self.copy_table(process, id);
    }

    /// Somebody has taken notice of a child's end. It may not have been told yet.
    pub(super) fn reap(&mut self, child: TaskId) {
        let Some(ended) = self.tasks.get_mut(&child) else { return };
        ended.reaped = true;
        let (state, parent) = (ended.state, ended.parent);
        let TaskState::Zombie(status) = state else { return };
        self.tally.zombies = self.tally.zombies.saturating_sub(1);
        let heir = self.tasks.get(&parent).map(|parent| parent.process);
        if let Some(family) = heir.and_then(|heir| self.families.get_mut(&heir)) {
            family.zombies.remove(&child);
        }
        self.is_over(child, status);
    }

    /// The task, which is made known if it was not: a trace may begin in the middle.
    pub(super) fn task_mut(&mut self, task: TaskId) -> &mut Task {
        let guess = || Task { guessed: true, ..Task::new(format!("task {task}"), TaskId::KERNEL, task) };
        if !self.tasks.contains_key(&task) {
            self.add_task(task, guess());
        }
        self.tasks.get_or_insert_with(task, guess)
    }

    /// A task that has ended makes a call: it is another one, of which nothing has been told.
    pub(super) fn revive(&mut self, id: TaskId) {
        if self.tasks.get(&id).is_some_and(|known| !known.state.is_alive()) {
            let name = format!("task {id}");
            self.add_task(id, Task { guessed: true, ..Task::new(name, TaskId::KERNEL, id) });
        }
    }

    /// A task begins. A simulated kernel may have told of it before: that it has a CPU.
    fn add_task(&mut self, id: TaskId, mut task: Task) {
        // A number comes again when somebody has taken notice of the end of whom it named.
        self.reap(id);
        let process = task.process;
        if let Some(before) = self.tasks.get(&id).filter(|before| before.state.is_alive()) {
            (task.cpu, task.state) = (before.cpu, before.state);
            self.leave(before.process);
        }
        self.tasks.insert(id, task);
        self.families.entry(process).or_default().alive += 1;
        self.tables.entry(process).or_default();
    }

    fn is_over(&mut self, task: TaskId, status: i32) {
        self.task_mut(task).state = TaskState::Ended(status);
        self.ended.push_back(task);
        if self.ended.len() > ENDED_MAX
            && let Some(oldest) = self.ended.pop_front()
            && self.tasks.get(&oldest).is_some_and(|oldest| matches!(oldest.state, TaskState::Ended(_)))
        {
            self.tasks.remove(&oldest);
        }
    }
}
