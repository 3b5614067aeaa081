//! A map of which a copy costs next to nothing: it shares with the original whatever neither has changed since.
//!
//! The [`crate::world::World`] is copied for every picture and at every checkpoint of a trace, and of ten thousand
//! connections a few have changed in between. So the values stand in rows of some dozen, and both rows and values
//! are counted references: a copy counts the rows, and a change copies one row of references and one value.

use crate::sorted::SortedMap;

use std::fmt;
use std::ops::{Bound, RangeBounds};
use std::sync::Arc;

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A row with more than this is split: short enough to be copied for one change, long enough that ten thousand
/// values are few rows.
const ROW_MAX: usize = 64;

/// A row of values, in the order of their keys.
type Row<K, V> = Vec<(K, Arc<V>)>;

/// Values by their keys, in the order of the keys.
#[derive(Clone)]
pub struct Shelf<K, V> {
    /// None of them is empty.
    rows: Vec<Arc<Row<K, V>>>,
    len: usize,
}

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self { rows: Vec::new(), len: 0 }
    }
}

impl<K: Copy + Ord, V> Shelf<K, V> {
    /// How many values there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        let (row, place) = self.place(key).ok()?;
        Some(&self.rows[row][place].1)
    }

    /// The value of a key, with the key as it is kept here.
    pub fn get_key_value(&self, key: &K) -> Option<(&K, &V)> {
        let (row, place) = self.place(key).ok()?;
        let (key, value) = &self.rows[row][place];
        Some((key, value))
    }

    /// Whether the key has a value.
    pub fn contains_key(&self, key: &K) -> bool {
        self.place(key).is_ok()
    }

    /// Gives a key a value, in the place of the one that it had.
    pub fn insert(&mut self, key: K, value: V) {
        match self.place(&key) {
            Ok((row, place)) => Arc::make_mut(&mut self.rows[row])[place].1 = Arc::new(value),
            Err((row, place)) => self.insert_at(row, place, key, value),
        }
    }

    /// Keys and values, in order.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter { rows: self.rows.iter(), front: [].iter(), back: [].iter() }
    }

    /// Looks up one key after the other: without a search where each is the one after the last.
    pub fn along(&self) -> Along<'_, K, V> {
        Along { shelf: self, row: 0, place: 0 }
    }

    /// Those whose keys lie between two, in order.
    pub fn range(&self, keys: impl RangeBounds<K>) -> impl Iterator<Item = (&K, &V)> {
        let row = match keys.start_bound() {
            Bound::Included(first) | Bound::Excluded(first) => {
                self.place(first).map_or_else(|(row, _)| row, |(row, _)| row)
            }
            Bound::Unbounded => 0,
        };
        let after = keys.end_bound().cloned();
        let rest = self.rows[row.min(self.rows.len())..].iter().flat_map(|row| row.iter());
        rest.map(|(key, value)| (key, &**value))
            .take_while(move |(key, _)| match after {
                Bound::Included(last) => **key <= last,
                Bound::Excluded(end) => **key < end,
                Bound::Unbounded => true,
            })
            .filter(move |(key, _)| keys.contains(*key))
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The row and the place in it of a key; where it would have to go, if it is not there.
    fn place(&self, key: &K) -> Result<(usize, usize), (usize, usize)> {
        let row = self.rows.partition_point(|row| row[0].0 <= *key).saturating_sub(1);
        let Some(found) = self.rows.get(row) else { return Err((0, 0)) };
        match found.binary_search_by_key(key, |(key, _)| *key) {
            Ok(place) => Ok((row, place)),
            Err(place) => Err((row, place)),
        }
    }

    fn insert_at(&mut self, row: usize, place: usize, key: K, value: V) {
        self.len += 1;
        let value = Arc::new(value);
        let last = row + 1 == self.rows.len();
        let Some(found) = self.rows.get_mut(row) else {
            self.rows.push(Arc::new(vec![(key, value)]));
            return;
        };
        let found = Arc::make_mut(found);
        found.insert(place, (key, value));
        if found.len() > ROW_MAX {
            // Keys mostly grow: behind the last there is nothing to be spread.
            let at = if last && place == ROW_MAX { ROW_MAX } else { ROW_MAX / 2 };
            let rest = found.split_off(at);
            self.rows.insert(row + 1, Arc::new(rest));
        }
    }
}

impl<K: Copy + Ord, V: Clone> Shelf<K, V> {
    /// The value of a key, to be changed. Copies keep the one that they have.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let (row, place) = self.place(key).ok()?;
        Some(self.change(row, place))
    }

    /// Takes a value out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let (row, place) = self.place(key).ok()?;
        let (_, value) = Arc::make_mut(&mut self.rows[row]).remove(place);
        if self.rows[row].is_empty() {
            self.rows.remove(row);
        }
        self.len -= 1;
        Some(Arc::unwrap_or_clone(value))
    }

    /// The value of a key, which is made if it is not there.
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let (row, place) = match self.place(&key) {
            Ok(found) => found,
            Err((row, place)) => {
                self.insert_at(row, place, key, make());
                // A split has moved it, perhaps.
                self.place(&key).unwrap_or((row, place))
            }
        };
        self.change(row, place)
    }

    fn change(&mut self, row: usize, place: usize) -> &mut V {
        Arc::make_mut(&mut Arc::make_mut(&mut self.rows[row])[place].1)
    }
}

/// Keys and values of a [`Shelf`], in order.
#[derive(Clone, Debug)]
pub struct Iter<'a, K, V> {
    rows: std::slice::Iter<'a, Arc<Row<K, V>>>,
    front: std::slice::Iter<'a, (K, Arc<V>)>,
    back: std::slice::Iter<'a, (K, Arc<V>)>,
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.front.next() {
                return Some((key, value));
            }
            match self.rows.next() {
                Some(row) => self.front = row.iter(),
                None => return self.back.next().map(|(key, value)| (key, &**value)),
            }
        }
    }
}

impl<K, V> DoubleEndedIterator for Iter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((key, value)) = self.back.next_back() {
                return Some((key, value));
            }
            match self.rows.next_back() {
                Some(row) => self.back = row.iter(),
                None => return self.front.next_back().map(|(key, value)| (key, &**value)),
            }
        }
    }
}

/// Looks up keys of a [`Shelf`] that mostly follow each other.
#[derive(Debug)]
pub struct Along<'a, K: Copy + Ord, V> {
    shelf: &'a Shelf<K, V>,
    /// Where the next key is expected.
    row: usize,
    place: usize,
}

impl<'a, K: Copy + Ord, V> Along<'a, K, V> {
    /// The value of a key.
    pub fn get(&mut self, key: &K) -> Option<&'a V> {
        let rows = &self.shelf.rows;
        if rows.get(self.row).is_some_and(|row| self.place >= row.len()) {
            (self.row, self.place) = (self.row + 1, 0);
        }
        let expected = rows.get(self.row).and_then(|row| row.get(self.place));
        if expected.is_none_or(|(found, _)| found != key) {
            (self.row, self.place) = self.shelf.place(key).ok()?;
        }
        let (_, value) = &rows[self.row][self.place];
        self.place += 1;
        Some(value)
    }
}

impl<'a, K: Copy + Ord, V> IntoIterator for &'a Shelf<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: Copy + Ord, V> FromIterator<(K, V)> for Shelf<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(values: I) -> Self {
        let mut shelf = Self::default();
        for (key, value) in values {
            shelf.insert(key, value);
        }
        shelf
    }
}

impl<K: Copy + Ord, V> std::ops::Index<&K> for Shelf<K, V> {
    type Output = V;

    fn index(&self, key: &K) -> &V {
        self.get(key).expect("the caller knows that it is there, as with any other index")
    }
}

impl<K: Copy + Ord, V: PartialEq> PartialEq for Shelf<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<K: Copy + Ord + fmt::Debug, V: fmt::Debug> fmt::Debug for Shelf<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K: Copy + Ord + Serialize, V: Serialize> Serialize for Shelf<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len))?;
        for (key, value) in self {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de, K: Copy + Ord + Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for Shelf<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(SortedMap::deserialize(deserializer)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_map_and_a_copy_stays_what_it_was(
            changes in prop::collection::vec((0u16..400, any::<bool>()), 0..1000),
            copied_at in 0usize..1000,
        ) {
            let (mut shelf, mut map) = (Shelf::default(), BTreeMap::new());
            let mut copies = None;
            for (index, (key, put)) in changes.into_iter().enumerate() {
                if index == copied_at {
                    copies = Some((shelf.clone(), map.clone()));
                }
                if put {
                    *shelf.get_or_insert_with(key, || 0) = index;
                    map.insert(key, index);
                } else {
                    prop_assert_eq!(shelf.remove(&key), map.remove(&key));
                }
            }
            for (shelf, map) in copies.into_iter().chain([(shelf, map)]) {
                prop_assert_eq!(shelf.len(), map.len());
                prop_assert!(shelf.iter().eq(map.iter()));
                prop_assert!(shelf.iter().rev().eq(map.iter().rev()));
                prop_assert!((0..400).all(|key| shelf.get(&key) == map.get(&key)));
                prop_assert!(shelf.range(50..=300).eq(map.range(50..=300)));
                prop_assert!(shelf.range(120..).eq(map.range(120..)));
                let mut along = shelf.along();
                prop_assert!((0..400).chain((0..400).rev()).all(|key| along.get(&key) == map.get(&key)));
                prop_assert_eq!(&map.into_iter().collect::<Shelf<_, _>>(), &shelf);
            }
        }
    }

    #[test]
    fn a_change_copies_one_row_and_one_value() {
        let shelf: Shelf<u32, u32> = (0..1000).map(|key| (key, key)).collect();
        let mut copy = shelf.clone();
        *copy.get_mut(&500).unwrap() = 7;
        let own = shelf.rows.iter().zip(&copy.rows).filter(|(a, b)| !Arc::ptr_eq(a, b));
        assert_eq!(own.count(), 1);
        assert_eq!((shelf[&500], copy[&500]), (500, 7));
    }
}
