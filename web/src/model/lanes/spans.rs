//! What lanes are made of: stretches of time.

use loopscope_shared::event::{Call, Place, Ret};
use loopscope_shared::ids::{Fd, Seq, TaskId};
use loopscope_shared::time::Nanos;

/// What a lane shows for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The task has a CPU.
    Running,
    /// The task could run and waits for a CPU.
    Runnable,
    /// The task sleeps in a call.
    Blocked,
    /// The descriptor is open, and nothing is in it.
    Idle,
    /// Something waits to be read or accepted.
    Waiting,
    /// Something waits to leave.
    Leaving,
    /// Nothing more can be sent: the send buffer is full.
    Full,
}

/// A stretch of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// When it begins.
    pub start: Nanos,
    /// When it ends; `None` while it lasts.
    pub end: Option<Nanos>,
    /// What it is.
    pub kind: Kind,
    /// In the lane of a descriptor, which life of its number it is of, from 1; in any other, 1.
    pub life: u32,
}

/// A call in the lane of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallSpan {
    /// When it was made.
    pub start: Nanos,
    /// When it returned; `None` while it has not.
    pub end: Option<Nanos>,
    /// The call.
    pub call: Call,
    /// What it returned.
    pub ret: Option<Ret>,
    /// Where in the source it was made.
    pub place: Place,
    /// The event with which it returned.
    pub exit: Option<Seq>,
}

/// The lane of a task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskLane {
    /// What it is called.
    pub name: String,
    /// What the task did.
    pub spans: Vec<Span>,
    /// The calls that it made.
    pub calls: Vec<CallSpan>,
}

/// A stretch of time in which a task had a CPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// When it got it.
    pub start: Nanos,
    /// When it left it; `None` while it has it.
    pub end: Option<Nanos>,
    /// Who.
    pub task: TaskId,
}

/// A wake-up and what caused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wake {
    /// When the cause was.
    pub from: Nanos,
    /// The descriptor at which it was, if it was at one.
    pub fd: Option<(TaskId, Fd)>,
    /// When the task was woken.
    pub at: Nanos,
    /// The task.
    pub task: TaskId,
}
