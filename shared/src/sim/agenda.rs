//! What is due, in order of time and, at one instant, of being scheduled.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::time::Nanos;

/// Things that are due.
#[derive(Debug)]
pub(super) struct Agenda<T> {
    /// What was scheduled in the order in which it is due, as what crosses the network mostly is: it is put at
    /// one end and taken from the other.
    row: VecDeque<Entry<T>>,
    /// All else.
    heap: BinaryHeap<Reverse<Entry<T>>>,
    /// How much has been scheduled so far.
    scheduled: u64,
}

#[derive(Debug)]
struct Entry<T> {
    at: Nanos,
    number: u64,
    due: T,
}

impl<T> Entry<T> {
    fn key(&self) -> (Nanos, u64) {
        (self.at, self.number)
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { row: VecDeque::new(), heap: BinaryHeap::new(), scheduled: 0 }
    }
}

impl<T> Agenda<T> {
    /// Schedules something.
    pub(super) fn push(&mut self, at: Nanos, due: T) {
        let entry = self.entry(at, due);
        self.heap.push(Reverse(entry));
    }

    /// Schedules something that will hardly be due before what was scheduled in this way before.
    pub(super) fn push_in_row(&mut self, at: Nanos, due: T) {
        let entry = self.entry(at, due);
        if self.row.back().is_some_and(|last| last.at > at) {
            self.heap.push(Reverse(entry));
        } else {
            self.row.push_back(entry);
        }
    }

    /// When the first thing is due.
    pub(super) fn next(&self) -> Option<Nanos> {
        match (self.row.front(), self.heap.peek()) {
            (Some(row), Some(Reverse(heap))) => Some(row.at.min(heap.at)),
            (Some(entry), None) | (None, Some(Reverse(entry))) => Some(entry.at),
            (None, None) => None,
        }
    }

    /// Takes the first thing that is due.
    pub(super) fn pop(&mut self) -> Option<(Nanos, T)> {
        let in_row = match (self.row.front(), self.heap.peek()) {
            (Some(row), Some(Reverse(heap))) => row < heap,
            (row, _) => row.is_some(),
        };
        let entry = if in_row { self.row.pop_front() } else { self.heap.pop().map(|Reverse(entry)| entry) };
        entry.map(|entry| (entry.at, entry.due))
    }

    /// All that is due, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Nanos, &T)> {
        let heap = self.heap.iter().map(|Reverse(entry)| entry);
        self.row.iter().chain(heap).map(|entry| (entry.at, &entry.due))
    }

    fn entry(&mut self, at: Nanos, due: T) -> Entry<T> {
        self.scheduled += 1;
        Entry { at, number: self.scheduled, due }
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
