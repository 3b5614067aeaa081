//! What each finding is made of: a look at every call, with the world around it.

use std::fmt;

use crate::errno::Errno;
use crate::event::{Call, Place, Ret};
use crate::findings::Evidence;
use crate::findings::act::Act;
use crate::findings::log::Log;
use crate::findings::turn::Turn;
use crate::ids::{Fd, FileId, Seq, TaskId};
use crate::sorted::SortedMap;
use crate::time::Nanos;
use crate::world::{PastCall, World};

/// A wait that takes less has not slept: something was ready when it was made. 1 ms is many times what the call
/// itself takes, under `strace` too.
pub(super) const AT_ONCE: Nanos = Nanos::from_millis(1);

/// A call that is made, or that has returned.
#[derive(Debug)]
pub(super) struct Made<'a> {
    /// The number of the event with which it began.
    pub(super) seq: Seq,
    /// The instant of the look.
    pub(super) now: Nanos,
    pub(super) task: TaskId,
    /// The process of the task.
    pub(super) process: TaskId,
    /// The program that it belongs to.
    pub(super) program: TaskId,
    pub(super) call: Call,
    pub(super) act: Act,
    /// What it returned; `None` when it is only made.
    pub(super) ret: Option<Ret>,
    pub(super) place: Place,
    /// When it was made.
    pub(super) entered: Nanos,
    /// What went down into the kernel.
    pub(super) down: &'a [u8],
    /// What its descriptor named before it did anything.
    pub(super) file: Option<FileId>,
    /// The task's last wait, and what that reported. When a wait is made it is still the one before; when it
    /// returns it is that one.
    pub(super) turn: &'a Turn,
}

impl<'a> Made<'a> {
    /// A call that has returned: what is kept of it; its task, with the process and the program of that; the number
    /// of the event with which it began; what its descriptor named; and the last wait.
    pub(super) fn past(
        past: &'a PastCall,
        (task, process, program): (TaskId, TaskId, TaskId),
        seq: Seq,
        file: Option<FileId>,
        turn: &'a Turn,
    ) -> Self {
        Self {
            seq,
            now: past.left,
            task,
            process,
            program,
            call: past.call,
            act: Act::of(past.call),
            ret: Some(past.ret),
            place: past.place,
            entered: past.entered,
            down: &past.down,
            file,
            turn,
        }
    }
}

impl Made<'_> {
    /// It failed in this way.
    pub(super) fn failed(&self, errno: Errno) -> bool {
        self.ret == Some(Err(errno))
    }

    /// What it returned, if it did not fail.
    pub(super) fn value(&self) -> Option<u32> {
        self.ret.and_then(Result::ok)
    }

    /// It as evidence.
    pub(super) fn evidence(&self) -> Evidence {
        Evidence {
            seq: self.seq,
            at: self.entered,
            task: self.task,
            call: self.call,
            ret: self.ret,
            place: self.place,
        }
    }
}

/// A program says that it threw away what it had received.
#[derive(Clone, Copy, Debug)]
pub(super) struct Discarded {
    /// Where in its source.
    pub(super) place: Place,
    /// The connection.
    pub(super) fd: Fd,
    /// How many bytes.
    pub(super) bytes: u32,
}

/// Something that looks for one kind of trouble.
pub(super) trait Look: fmt::Debug {
    /// A call is made; the world is the one after that.
    fn entered(&mut self, _made: &Made<'_>, _world: &World, _log: &mut Log) {}

    /// A call has returned; the world is the one after that.
    fn returned(&mut self, made: &Made<'_>, world: &World, log: &mut Log);

    /// The program threw something away, after this call.
    fn discarded(&mut self, _told: &Discarded, _made: &Made<'_>, _log: &mut Log) {}

    /// A task has ended, and with it, if `gone`, the process that has its number: nothing need be remembered.
    fn task_ended(&mut self, _task: TaskId, _gone: bool) {}

    /// Events were lost: what was seen before says nothing about what comes.
    fn gap(&mut self);

    /// The trace is over.
    fn over(&mut self, _world: &World, _log: &mut Log) {}
}

/// Forgets what is kept by task or process, and descriptor.
pub(super) fn forget<T>(kept: &mut SortedMap<(TaskId, Fd), T>, whose: TaskId) {
    let its: Vec<_> =
        kept.range((whose, Fd(i32::MIN))..=(whose, Fd(i32::MAX))).map(|(key, _)| *key).collect();
    for key in its {
        kept.remove(&key);
    }
}
