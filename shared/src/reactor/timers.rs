//! Whose time is over when.

use super::base::EventId;
use crate::sorted::SortedSet;
use crate::time::Nanos;

/// The deadlines of events, the earliest first. An ordered set and no heap, because a timeout is most often
/// put off or given up before its time, in the middle of the order.
#[derive(Debug, Default)]
pub(super) struct Timers {
    order: SortedSet<(Nanos, EventId)>,
}

impl Timers {
    /// The event is due at `deadline`.
    pub(super) fn insert(&mut self, deadline: Nanos, event: EventId) {
        self.order.insert((deadline, event));
    }

    /// The event, which was due at `deadline`, is no longer.
    pub(super) fn remove(&mut self, deadline: Nanos, event: EventId) {
        self.order.remove(&(deadline, event));
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Nanos> {
        self.order.first().map(|(deadline, _)| *deadline)
    }

    /// Takes out an event whose deadline is not after `now`: the earliest, and of those at one instant the one
    /// that was made first.
    pub(super) fn pop_due(&mut self, now: Nanos) -> Option<EventId> {
        self.next().filter(|deadline| *deadline <= now)?;
        self.order.pop_first().map(|(_, event)| event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_none_before_its_time() {
        let mut timers = Timers::default();
        for (deadline, event) in [(30, 1), (10, 2), (20, 3), (10, 0)] {
            timers.insert(Nanos(deadline), EventId(event));
        }
        timers.remove(Nanos(20), EventId(3));
        assert_eq!(timers.next(), Some(Nanos(10)));
        assert_eq!(timers.pop_due(Nanos(9)), None);
        let due: Vec<_> = std::iter::from_fn(|| timers.pop_due(Nanos(29))).collect();
        assert_eq!(due, [EventId(0), EventId(2)]);
        assert_eq!(timers.pop_due(Nanos(30)), Some(EventId(1)));
        assert_eq!(timers.next(), None);
    }
}
