//! Newtypes for every number that names something, so that no two of them can be confused.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A file descriptor: the number by which a process names an open file description (`open(2)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fd(pub i32);

/// A task: a process or a thread, whatever the scheduler runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TaskId(pub u32);

impl TaskId {
    /// Not a task: the kernel itself, for events that no task caused.
    pub const KERNEL: Self = Self(0);
    /// The first task of a run.
    pub const FIRST: Self = Self(1);
}

/// An open file description (`open(2)`): what descriptors refer to, shared by `dup` and `fork`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileId(pub u32);

/// A client at the far end of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PeerId(pub u32);

impl PeerId {
    /// No client of the network's: the program itself, which has called its own listener.
    pub const OWN: Self = Self(0);
}

/// The number of an event in its trace, counted from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Seq(pub u64);

impl Seq {
    /// Which event this is, counted from 1, as it is named to a reader: after event 5, five have happened.
    pub fn ordinal(self) -> u64 {
        self.0 + 1
    }

    /// The number after this one.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

macro_rules! display_as_number {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

display_as_number!(Fd, TaskId, FileId, PeerId, Seq);
