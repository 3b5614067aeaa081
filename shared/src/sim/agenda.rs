//! What is due, in order of time and, at one instant, of being scheduled.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::time::Nanos;

/// Things that are due.
#[derive(Debug)]
pub(super) struct Agenda<T> {
    /// What was scheduled in the order in which it is due, as what crosses the network mostly is: it is put at
    /// one end and taken from the other.
    row: VecDeque<(Key, T)>,
    /// The keys of all else, each with its place in `things`: a heap moves what it orders, and keys are small.
    heap: BinaryHeap<Reverse<(Key, usize)>>,
    things: Vec<Option<T>>,
    /// The places of `things` that are empty.
    free: Vec<usize>,
    /// How much has been scheduled so far.
    scheduled: u64,
}

/// When, and as the how-manieth it was scheduled.
type Key = (Nanos, u64);

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        let (row, heap) = (VecDeque::new(), BinaryHeap::new());
        Self { row, heap, things: Vec::new(), free: Vec::new(), scheduled: 0 }
    }
}

impl<T> Agenda<T> {
    /// Schedules something.
    pub(super) fn push(&mut self, at: Nanos, due: T) {
        let key = self.key(at);
        let place = self.free.pop().unwrap_or_else(|| {
            self.things.push(None);
            self.things.len() - 1
        });
        self.things[place] = Some(due);
        self.heap.push(Reverse((key, place)));
    }

    /// Schedules something that will hardly be due before what was scheduled in this way before.
    pub(super) fn push_in_row(&mut self, at: Nanos, due: T) {
        if self.row.back().is_some_and(|((last, _), _)| *last > at) {
            self.push(at, due);
        } else {
            let key = self.key(at);
            self.row.push_back((key, due));
        }
    }

    /// When the first thing is due.
    pub(super) fn next(&self) -> Option<Nanos> {
        let row = self.row.front().map(|((at, _), _)| *at);
        let heap = self.heap.peek().map(|Reverse(((at, _), _))| *at);
        row.into_iter().chain(heap).min()
    }

    /// Takes the first thing that is due.
    pub(super) fn pop(&mut self) -> Option<(Nanos, T)> {
        let in_row = match (self.row.front(), self.heap.peek()) {
            (Some((row, _)), Some(Reverse((heap, _)))) => row < heap,
            (row, _) => row.is_some(),
        };
        if in_row {
            return self.row.pop_front().map(|((at, _), due)| (at, due));
        }
        let Reverse(((at, _), place)) = self.heap.pop()?;
        self.free.push(place);
        self.things[place].take().map(|due| (at, due))
    }

    /// All that is due, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Nanos, &T)> {
        let row = self.row.iter().map(|((at, _), due)| (*at, due));
        let heap = self
            .heap
            .iter()
            .filter_map(|Reverse(((at, _), place))| Some((*at, self.things[*place].as_ref()?)));
        row.chain(heap)
    }

    fn key(&mut self, at: Nanos) -> Key {
        self.scheduled += 1;
        (at, self.scheduled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_comes_in_order_of_time_and_then_of_being_scheduled() {
        let mut agenda = Agenda::default();
        agenda.push(Nanos(5), "a");
        agenda.push_in_row(Nanos(5), "b");
        agenda.push_in_row(Nanos(7), "c");
        agenda.push_in_row(Nanos(6), "d");
        agenda.push(Nanos(5), "e");
        agenda.push(Nanos(1), "f");
        assert_eq!(agenda.next(), Some(Nanos(1)));
        let order: Vec<_> = std::iter::from_fn(|| agenda.pop()).map(|(at, due)| (at.0, due)).collect();
        assert_eq!(order, [(1, "f"), (5, "a"), (5, "b"), (5, "e"), (6, "d"), (7, "c")]);
        assert_eq!(agenda.next(), None);
    }
}
