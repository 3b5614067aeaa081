//! The tasks that logs tell of: in which call each is, and who has begun whom.

use crate::event::Call;
use crate::ids::TaskId;
use crate::sorted::SortedMap;

use super::super::order::{Key, Parent};

/// All tasks.
#[derive(Debug, Default)]
pub(super) struct Threads {
    all: SortedMap<u32, Thread>,
    /// Tasks that have been begun, and of which no line has told yet: by whom, and whether they share
    /// descriptors.
    children: SortedMap<u32, (u32, bool)>,
    /// A task without a number is known, the first of a log: [`TaskId::FIRST`].
    nameless: bool,
    /// The number that it turned out to have.
    first: Option<u32>,
}

/// A task.
#[derive(Debug, Default)]
pub(super) struct Thread {
    begun: bool,
    /// Where its beginning is told, if nobody knows yet who has begun it.
    pub(super) begun_at: Option<Key>,
    /// The call that it is in.
    pub(super) open: Option<Open>,
    /// When its last call returned.
    pub(super) free_at: u64,
    /// A call that a signal has interrupted, and that goes on by `restart_syscall(2)`.
    pub(super) interrupted: Option<(Call, Vec<u8>)>,
}

/// A call that has not returned.
#[derive(Debug)]
pub(super) struct Open {
    /// What was written of it.
    pub(super) head: Vec<u8>,
    /// When it was made.
    pub(super) at: u64,
    /// Its place in the order, if too little was written to tell it.
    pub(super) hole: Option<Key>,
    /// Whether it begins a task, and whether that one shares the descriptors.
    pub(super) begins: Option<bool>,
}

/// What is known of a task's beginning.
pub(super) enum Begun {
    /// It has been told.
    Before,
    /// This task has begun it.
    By(u32, bool),
    /// It has not been told, and who has begun it is not known.
    Unknown,
}

impl Open {
    /// One that was told.
    pub(super) fn told(head: Vec<u8>, at: u64, call: Call) -> Self {
        let begins = match call {
            Call::SpawnThread => Some(true),
            Call::Fork => Some(false),
            _ => None,
        };
        Self { head, at, hole: None, begins }
    }

    /// One of which too little was written to tell it.
    pub(super) fn untold(head: Vec<u8>, at: u64, hole: Key) -> Self {
        Self { head, at, hole: Some(hole), begins: None }
    }
}

impl Threads {
    /// A task.
    pub(super) fn of(&mut self, pid: u32) -> &mut Thread {
        self.all.entry(pid).or_default()
    }

    /// The first task, of which the log does not say the number.
    pub(super) fn nameless(&mut self) -> u32 {
        self.nameless |= self.first.is_none();
        TaskId::FIRST.0
    }

    /// The task that the log calls so. The first lines of a log of one task do not name it; the first number that
    /// belongs to nobody else is its own.
    pub(super) fn named(&mut self, pid: u32, known: bool) -> u32 {
        if self.first == Some(pid) {
            return TaskId::FIRST.0;
        }
        let known = known || self.children.contains_key(&pid) || self.all.contains_key(&pid);
        if self.nameless && !known {
            self.nameless = false;
            self.first = Some(pid);
            return TaskId::FIRST.0;
        }
        pid
    }

    /// A line tells of the task.
    pub(super) fn begin(&mut self, pid: u32) -> Begun {
        let by = self.children.remove(&pid);
        let thread = self.of(pid);
        match by {
            _ if std::mem::replace(&mut thread.begun, true) => Begun::Before,
            Some((parent, shares)) => Begun::By(parent, shares),
            None => Begun::Unknown,
        }
    }

    /// A call has returned that began a task. Where the beginning is told, if it was and nobody knew who.
    pub(super) fn has_begun(&mut self, parent: u32, child: u32, shares: bool) -> Option<Key> {
        match self.all.get_mut(&child).filter(|child| child.begun) {
            Some(child) => child.begun_at.take(),
            None => {
                self.children.insert(child, (parent, shares));
                None
            }
        }
    }

    /// The task is gone. Its number may come again, later.
    pub(super) fn end(&mut self, pid: u32) {
        let thread = self.of(pid);
        *thread = Thread { free_at: thread.free_at, ..Thread::default() };
    }

    /// Who has begun a task that nobody is known to have begun, and of which the first line is of this time: who
    /// was in a call then that begins one.
    pub(super) fn parent(&self, at: u64) -> Parent {
        let mut found = Parent::Nobody;
        for (pid, thread) in &self.all {
            let Some(open) = thread.open.as_ref().filter(|open| open.at <= at) else { continue };
            let Some(shares) = open.begins else { continue };
            found = match found {
                Parent::Nobody => Parent::Known(TaskId(*pid), shares),
                _ => return Parent::Open,
            };
        }
        found
    }

    /// The calls that have not returned.
    pub(super) fn unreturned(&self) -> impl Iterator<Item = &Open> {
        self.all.values().filter_map(|thread| thread.open.as_ref())
    }
}
