//! Tasks: who runs, who sleeps, and in which call.

use serde::{Deserialize, Serialize};

use crate::event::{Call, Place, Ret};
use crate::ids::{Seq, TaskId};
use crate::time::Nanos;
use crate::world::World;

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
    /// The CPU that it was on last, where that is told.
    pub cpu: Option<u16>,
    /// The call it is in.
    pub call: Option<OpenCall>,
    /// The call that returned last.
    pub last: Option<PastCall>,
    /// The wait that returned last: its answer stays in the program's hands while it makes other calls.
    pub waited: Option<PastCall>,
    /// The event that woke it last.
    pub woken_by: Option<Seq>,
    /// How often its waiting call has returned: the turns of its loop.
    pub turns: u64,
    /// Whether anything was read, sent or accepted since the task was woken last.
    pub progress: bool,
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
    /// It has ended, with this status.
    Ended(i32),
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
}

impl OpenCall {
    /// A call that is made now.
    pub fn new(call: Call, place: Place, entered: Nanos, down: &[u8]) -> Self {
        Self { call, place, entered, down: down.to_vec(), slept: false }
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
        }
    }

    /// The line of source at which the task is: that of the call it is in, else of the last one.
    pub fn place(&self) -> Option<Place> {
        self.call.as_ref().map(|call| call.place).or_else(|| self.last.as_ref().map(|last| last.place))
    }
}

impl World {
    pub(super) fn task_begin(&mut self, task: TaskId, parent: TaskId, thread: bool, name: &[u8]) {
        let process = match self.tasks.get(&parent) {
            Some(parent) if thread => parent.process,
            _ => task,
        };
        let name = String::from_utf8_lossy(name).into_owned();
        // A simulated kernel has told of its CPU just before.
        let cpu = self.tasks.get(&task).and_then(|known| known.cpu);
        self.tasks.insert(task, Task { cpu, ..Task::new(name, parent, process) });
        self.tables.entry(process).or_default();
    }

    pub(super) fn task_end(&mut self, task: TaskId, status: i32) {
        let process = self.task_mut(task).process;
        self.task_mut(task).state = TaskState::Ended(status);
        self.task_mut(task).call = None;
        let alive = |task: &Task| task.process == process && !matches!(task.state, TaskState::Ended(_));
        if !self.tasks.values().any(alive) {
            self.close_all(process);
        }
    }

    /// The task, which is made known if it was not: a trace may begin in the middle.
    pub(super) fn task_mut(&mut self, task: TaskId) -> &mut Task {
        self.tasks.entry(task).or_insert_with(|| Task::new(format!("task {task}"), TaskId::KERNEL, task))
    }
}
