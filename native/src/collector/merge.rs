//! Events of several tasks, put into the order in which they happened.
//!
//! Each task has a ring of its own, and each process a thread that empties its rings some times a second; so
//! the events of one task come in order, and those of another up to a moment later. What is new is held back
//! for that moment, and then goes on by its time.

use std::time::Duration;

use loopscope_shared::event::{Event, What};
use loopscope_shared::ids::TaskId;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::Batch;

/// How long the events of one task may be behind those of another, several times what a thread that carries
/// them lets them gather. What comes later still is not lost: it stands where it comes.
pub(super) const BEHIND_MAX: Duration = Duration::from_millis(60);

/// Events that are held back.
#[derive(Debug, Default)]
pub(super) struct Merge {
    held: Vec<(Event, Vec<u8>)>,
    /// The first task that was seen, and whether there was another.
    first: Option<TaskId>,
    several: bool,
    newest: Nanos,
}

impl Merge {
    /// Takes an event as it comes.
    pub(super) fn push(&mut self, event: Event, payload: &[u8]) {
        self.several |= *self.first.get_or_insert(event.task) != event.task;
        self.newest = self.newest.max(event.at);
        self.held.push((event, payload.to_vec()));
    }

    /// Takes something about all tasks, after what has come.
    pub(super) fn push_for_all(&mut self, what: What, payload: &[u8]) {
        let event = Event { at: self.newest, task: TaskId::KERNEL, what, payload_len: 0 };
        self.held.push((event, payload.to_vec()));
    }

    /// Whether nothing is held back.
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// What is old enough to be in order. The events of a lone task are so at once.
    pub(super) fn settled(&mut self) -> Batch {
        let behind = BEHIND_MAX.as_nanos() as u64;
        match self.several {
            true => self.until(Nanos(self.newest.0.saturating_sub(behind))),
            false => self.all(),
        }
    }

    /// Everything: nothing has come for a moment.
    pub(super) fn all(&mut self) -> Batch {
        self.until(self.newest)
    }

    fn until(&mut self, at: Nanos) -> Batch {
        // Stable, so that what one task did at one instant stays in order.
        self.held.sort_by_key(|(event, _)| event.at);
        let settled = self.held.partition_point(|(event, _)| event.at <= at);
        let mut batch = Batch::default();
        for (event, payload) in self.held.drain(..settled) {
            batch.push(event, &payload);
        }
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(task: u32, millis: u64) -> Event {
        let what = What::TaskEnd { status: 0 };
        Event { at: Nanos::from_millis(millis), task: TaskId(task), what, payload_len: 0 }
    }

    fn order(batch: &Batch) -> Vec<(u32, u64)> {
        batch.events.iter().map(|event| (event.task.0, event.at.0 / 1_000_000)).collect()
    }

    #[test]
    fn a_lone_task_is_not_held_back() {
        let mut merge = Merge::default();
        merge.push(event(1, 5), b"");
        assert_eq!(order(&merge.settled()), [(1, 5)]);
    }

    #[test]
    fn what_comes_late_finds_its_place() {
        let mut merge = Merge::default();
        for (task, at) in [(1, 10), (1, 20), (2, 15), (1, 76), (2, 16)] {
            merge.push(event(task, at), b"payload");
        }
        assert_eq!(order(&merge.settled()), [(1, 10), (2, 15), (2, 16)]);
        assert!(!merge.is_empty());
        let rest = merge.all();
        assert_eq!(order(&rest), [(1, 20), (1, 76)]);
        assert!(rest.iter().all(|(_, payload)| payload == b"payload"));
        assert!(merge.is_empty());
    }
}
