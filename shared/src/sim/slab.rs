//! A map for numbers that are given out in rising order: a look-up is an index, and costs nothing.

use std::marker::PhantomData;

use crate::ids::{FileId, PeerId, TaskId};

/// A number that is given out in rising order, from a small one on.
pub(super) trait Number: Copy {
    /// Its place in the row.
    fn index(self) -> usize;
}

impl Number for TaskId {
    fn index(self) -> usize {
        self.0 as usize
    }
}

impl Number for FileId {
    fn index(self) -> usize {
        self.0 as usize
    }
}

impl Number for PeerId {
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// What each number names. A number that names nothing any more costs one pointer.
#[derive(Debug)]
pub(super) struct Slab<I, T> {
    items: Vec<Option<Box<T>>>,
    count: usize,
    number: PhantomData<I>,
}

impl<I, T> Default for Slab<I, T> {
    fn default() -> Self {
        Self { items: Vec::new(), count: 0, number: PhantomData }
    }
}

impl<I: Number, T> Slab<I, T> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn get(&self, number: I) -> Option<&T> {
        self.items.get(number.index())?.as_deref()
    }

    pub(super) fn get_mut(&mut self, number: I) -> Option<&mut T> {
        self.items.get_mut(number.index())?.as_deref_mut()
    }

    /// Two different ones at once, if there are both.
    pub(super) fn get_two_mut(&mut self, one: I, other: I) -> Option<(&mut T, &mut T)> {
        let [one, other] = self.items.get_disjoint_mut([one.index(), other.index()]).ok()?;
        Some((one.as_deref_mut()?, other.as_deref_mut()?))
    }

    pub(super) fn insert(&mut self, number: I, item: T) {
        let index = number.index();
        if index >= self.items.len() {
            self.items.resize_with(index + 1, || None);
        }
        self.count += usize::from(self.items[index].is_none());
        self.items[index] = Some(Box::new(item));
    }

    pub(super) fn remove(&mut self, number: I) -> Option<T> {
        let item = self.items.get_mut(number.index())?.take()?;
        self.count -= 1;
        Some(*item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_names_what_was_put_there_until_it_is_taken() {
        let mut slab = Slab::default();
        slab.insert(TaskId(7), "seven");
        slab.insert(TaskId(2), "two");
        slab.insert(TaskId(2), "two again");
        assert_eq!((slab.len(), slab.get(TaskId(2)), slab.get(TaskId(3))), (2, Some(&"two again"), None));
        assert_eq!(slab.remove(TaskId(7)), Some("seven"));
        assert_eq!(slab.remove(TaskId(7)), None);
        assert_eq!((slab.len(), slab.get(TaskId(900))), (1, None));
    }
}
