//! A map for numbers that are given out in rising order: a look-up is an index, and costs next to nothing.

use std::marker::PhantomData;

use crate::ids::{FileId, PeerId, TaskId};
use crate::sorted::SortedMap;

/// A number that is given out in rising order, from a small one on.
pub(super) trait Number: Copy {
    /// Its place in the row.
    fn index(self) -> usize;

    /// The number at that place.
    fn at(index: usize) -> Self;
}

macro_rules! numbers {
    ($($name:ident),*) => {$(
        impl Number for $name {
            fn index(self) -> usize {
                self.0 as usize
            }

            fn at(index: usize) -> Self {
                Self(index as u32)
            }
        }
    )*};
}

numbers!(TaskId, FileId, PeerId);

/// A number that is so much beyond the last is not one that was given out: it stands alone, so that it does
/// not cost the memory of all numbers before it.
const FAR: usize = 65_536;

/// What each number names. The methods are those of a map.
#[derive(Debug)]
pub(super) struct Slab<I, T> {
    items: Vec<Option<T>>,
    /// The items of numbers that stand alone.
    far: SortedMap<usize, T>,
    count: usize,
    number: PhantomData<I>,
}

impl<I, T> Default for Slab<I, T> {
    fn default() -> Self {
        Self { items: Vec::new(), far: SortedMap::new(), count: 0, number: PhantomData }
    }
}

impl<I: Number, T> Slab<I, T> {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn get(&self, number: I) -> Option<&T> {
        let index = number.index();
        match self.items.get(index) {
            Some(item) => item.as_ref(),
            None => self.far.get(&index),
        }
    }

    pub(super) fn get_mut(&mut self, number: I) -> Option<&mut T> {
        let index = number.index();
        match self.items.get_mut(index) {
            Some(item) => item.as_mut(),
            None => self.far.get_mut(&index),
        }
    }

    /// Two different ones at once, if there are both.
    pub(super) fn get_two_mut(&mut self, one: I, other: I) -> Option<(&mut T, &mut T)> {
        let [one, other] = self.items.get_disjoint_mut([one.index(), other.index()]).ok()?;
        Some((one.as_mut()?, other.as_mut()?))
    }

    pub(super) fn insert(&mut self, number: I, item: T) {
        let index = number.index();
        if index >= self.items.len() + FAR {
            self.count += usize::from(self.far.insert(index, item).is_none());
            return;
        }
        while index >= self.items.len() {
            let next = self.items.len();
            self.items.push(self.far.remove(&next));
        }
        self.count += usize::from(self.items[index].replace(item).is_none());
    }

    pub(super) fn remove(&mut self, number: I) -> Option<T> {
        let index = number.index();
        let item = match self.items.get_mut(index) {
            Some(item) => item.take(),
            None => self.far.remove(&index),
        };
        self.count -= usize::from(item.is_some());
        item
    }

    /// All that there are, in the order of their numbers.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (I, &T)> {
        let near = self.items.iter().enumerate().filter_map(|(index, item)| Some((index, item.as_ref()?)));
        let far = self.far.iter().map(|(index, item)| (*index, item));
        near.chain(far).map(|(index, item)| (I::at(index), item))
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
        assert_eq!(slab.iter().collect::<Vec<_>>(), [(TaskId(2), &"two again")]);
    }

    #[test]
    fn a_number_from_far_away_costs_no_more_and_is_found_when_the_others_come_there() {
        let mut slab = Slab::default();
        slab.insert(PeerId(u32::MAX), -1);
        slab.insert(PeerId(FAR as u32), -2);
        assert_eq!((slab.items.len(), slab.len()), (0, 2));
        for number in 0..=FAR as u32 + 1 {
            if number != FAR as u32 {
                slab.insert(PeerId(number), number as i64);
            }
        }
        assert_eq!((slab.get(PeerId(FAR as u32)), slab.get(PeerId(u32::MAX))), (Some(&-2), Some(&-1)));
        assert_eq!(slab.iter().next_back(), Some((PeerId(u32::MAX), &-1)));
        assert_eq!((slab.remove(PeerId(u32::MAX)), slab.len()), (Some(-1), FAR + 2));
    }
}
