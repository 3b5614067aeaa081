//! What lines tell, put into the order of time.
//!
//! A line may tell of something that has not been told in full: the arguments of a call that sleeps are
//! written when it returns, and who has begun a task is known when its parent's call returns. Such a place is
//! kept free, and nothing behind it is given out until it is filled, or until [`HELD_MAX`] things wait: then it
//! is given up, and what belongs there comes late, with its true time.

use crate::ids::TaskId;
use crate::sorted::SortedMap;

use super::decode::{Back, Meant};
use super::label::Seen;

/// How many things wait at the most for one that is not known: some 60 MB, and more than one call in a thousand
/// logs sleeps through.
const HELD_MAX: usize = 1 << 18;

/// Something that a line tells.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Told {
    /// A task begins. Its parent may not be known yet.
    Begin {
        /// Who has begun it, and whether they share their descriptors.
        parent: Option<(TaskId, bool)>,
        /// What it is called, where the log says it.
        name: Option<String>,
    },
    /// A call is made.
    Enter(Box<Meant>),
    /// A call is made, of which too little is known.
    Hole,
    /// A call returns. What is to be known of descriptors before that.
    Exit(Box<Back>, Vec<Seen>),
    /// A signal: its number, and what strace says of it.
    Signal(i32, Vec<u8>),
    /// The task ends.
    End(i32),
}

/// A place in the order: the time, and the order of the lines where times are equal.
pub(super) type Key = (u64, u64);

/// Things in the order of time.
#[derive(Debug, Default)]
pub(super) struct Order {
    queue: SortedMap<Key, (TaskId, Told)>,
    count: u64,
}

impl Order {
    /// Puts something at its time, behind what is there at the same time.
    pub(super) fn push(&mut self, at: u64, task: TaskId, told: Told) -> Key {
        let key = (at, self.count);
        self.count += 1;
        self.queue.insert(key, (task, told));
        key
    }

    /// What lies at a place, unless it has been given out.
    pub(super) fn at(&mut self, key: Key) -> Option<&mut Told> {
        self.queue.get_mut(&key).map(|(_, told)| told)
    }

    /// The first thing, if it comes before that time. `unknown` says who has begun a task of which that is not
    /// known: nobody that the log shows, somebody, or that it may yet be told.
    pub(super) fn next(
        &mut self,
        before: u64,
        unknown: impl Fn(u64) -> Parent,
    ) -> Option<(u64, TaskId, Told)> {
        let many = self.queue.len() > HELD_MAX;
        loop {
            let (&(at, _), (_, first)) = self.queue.iter_mut().next().filter(|(key, _)| key.0 < before)?;
            match first {
                Told::Hole if many => {
                    self.queue.pop_first();
                    continue;
                }
                Told::Hole => return None,
                Told::Begin { parent: parent @ None, .. } => match unknown(at) {
                    Parent::Known(known, shares) => *parent = Some((known, shares)),
                    Parent::Open if !many => return None,
                    Parent::Nobody | Parent::Open => {}
                },
                _ => {}
            }
            let (_, (task, told)) = self.queue.pop_first()?;
            return Some((at, task, told));
        }
    }
}

/// Who has begun a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parent {
    /// This task, and whether they share their descriptors.
    Known(TaskId, bool),
    /// Nobody whom the log shows.
    Nobody,
    /// One of several, which may yet be told.
    Open,
}
