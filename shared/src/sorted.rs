//! Maps and sets in the order of their keys.
//!
//! They are what those of the standard library are, and take a tenth of the code: each pair of types that is kept
//! in a tree brings eight kilobytes of balancing with it, and there are some forty pairs, all of which the page
//! has to load. Here the entries stand in rows of some dozen, so that a change moves a part of one row, however
//! many rows there are. Written out, by serde, they look like those of the standard library.

mod entry;
mod iter;
mod set;

use std::borrow::Borrow;
use std::fmt;
use std::ops::{Bound, RangeBounds};

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use entry::Entry;
pub use iter::Iter;
pub use set::SortedSet;

/// A row with more than this is split: short enough to be moved for one change, long enough that ten thousand
/// entries are few rows.
const ROW_MAX: usize = 64;

/// The index of a row, and that of an entry in it.
type Place = (usize, usize);

/// Values by their keys, in the order of the keys.
#[derive(Clone)]
pub struct SortedMap<K, V> {
    /// None of them is empty.
    rows: Vec<Vec<(K, V)>>,
    len: usize,
}

impl<K, V> SortedMap<K, V> {
    /// A map of nothing.
    pub const fn new() -> Self {
        Self { rows: Vec::new(), len: 0 }
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes out everything.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Keys and values, in order.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter { rows: self.rows.iter(), front: [].iter(), back: [].iter() }
    }

    /// Keys and values, in order; the values may be changed.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (&K, &mut V)> {
        self.rows.iter_mut().flatten().map(|(key, value)| (&*key, value))
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + Clone {
        self.iter().map(|(key, _)| key)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + Clone {
        self.iter().map(|(_, value)| value)
    }

    /// The values, in the order of their keys, to be changed.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> {
        self.iter_mut().map(|(_, value)| value)
    }

    /// The values, in the order of their keys, for good.
    pub fn into_values(self) -> impl DoubleEndedIterator<Item = V> {
        self.into_iter().map(|(_, value)| value)
    }

    /// The entry with the smallest key.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// The entry with the greatest key.
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next_back()
    }

    /// Takes out the entry with the smallest key.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        (self.len > 0).then(|| self.take((0, 0)))
    }

    /// Keeps only what this is true of.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.rows.iter_mut().for_each(|row| row.retain_mut(|(key, value)| keep(key, value)));
        self.rows.retain(|row| !row.is_empty());
        self.len = self.rows.iter().map(Vec::len).sum();
    }

    /// Puts an entry where it has to stand, and says where that is after all.
    fn put(&mut self, (row, place): Place, entry: (K, V)) -> Place {
        self.len += 1;
        let last = row + 1 == self.rows.len();
        let Some(found) = self.rows.get_mut(row) else {
            self.rows.push(vec![entry]);
            return (row, 0);
        };
        found.insert(place, entry);
        if found.len() <= ROW_MAX {
            return (row, place);
        }
        // Keys mostly grow: behind the last there is nothing to be spread.
        let at = if last && place == ROW_MAX { ROW_MAX } else { ROW_MAX / 2 };
        let rest = found.split_off(at);
        self.rows.insert(row + 1, rest);
        if place < at { (row, place) } else { (row + 1, place - at) }
    }

    fn take(&mut self, (row, place): Place) -> (K, V) {
        let entry = self.rows[row].remove(place);
        if self.rows[row].is_empty() {
            self.rows.remove(row);
        }
        self.len -= 1;
        entry
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    /// The value of a key.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        let (row, place) = self.place(key).ok()?;
        Some(&self.rows[row][place].1)
    }

    /// The value of a key, to be changed.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let (row, place) = self.place(key).ok()?;
        Some(&mut self.rows[row][place].1)
    }

    /// Whether the key has a value.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.place(key).is_ok()
    }

    /// Gives a key a value, and returns the one that it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Ok((row, place)) => Some(std::mem::replace(&mut self.rows[row][place].1, value)),
            Err(place) => {
                self.put(place, (key, value));
                None
            }
        }
    }

    /// Takes the value of a key out.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.place(key).ok()?;
        Some(self.take(place).1)
    }

    /// The place of a key, which may be empty.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        Entry { place: self.place(&key), map: self, key }
    }

    /// The entries whose keys lie between these bounds, in order.
    pub fn range(&self, bounds: impl RangeBounds<K>) -> Iter<'_, K, V> {
        let (row, place) = self.start(&bounds);
        let (end_row, end) = match bounds.end_bound() {
            Bound::Included(key) => self.split_at(|other| other <= key),
            Bound::Excluded(key) => self.split_at(|other| other < key),
            Bound::Unbounded => (self.rows.len(), 0),
        };
        if (row, place) >= (end_row, end) {
            return Iter { rows: [].iter(), front: [].iter(), back: [].iter() };
        }
        if row == end_row {
            let front = self.rows[row][place..end].iter();
            return Iter { rows: [].iter(), front, back: [].iter() };
        }
        let back = self.rows.get(end_row).map_or_else(|| [].iter(), |row| row[..end].iter());
        Iter { rows: self.rows[row + 1..end_row].iter(), front: self.rows[row][place..].iter(), back }
    }

    /// The entries whose keys lie between these bounds, in order; the values may be changed.
    pub fn range_mut(&mut self, bounds: impl RangeBounds<K>) -> impl Iterator<Item = (&K, &mut V)> {
        let (row, place) = self.start(&bounds);
        let rest = self.rows[row..].iter_mut().flatten().skip(place);
        rest.map(|(key, value)| (&*key, value)).take_while(move |(key, _)| bounds.contains(key))
    }

    /// The first place between these bounds.
    fn start(&self, bounds: &impl RangeBounds<K>) -> Place {
        match bounds.start_bound() {
            Bound::Included(key) => self.split_at(|other| other < key),
            Bound::Excluded(key) => self.split_at(|other| other <= key),
            Bound::Unbounded => (0, 0),
        }
    }

    /// The first place whose key is no longer before: that of an entry, or behind them all.
    fn split_at(&self, before: impl Fn(&K) -> bool) -> Place {
        let row = self.rows.partition_point(|row| row.last().is_some_and(|(key, _)| before(key)));
        (row, self.rows.get(row).map_or(0, |row| row.partition_point(|(key, _)| before(key))))
    }

    /// The place of a key; where it would have to go, if it is not there.
    fn place<Q: Ord + ?Sized>(&self, key: &Q) -> Result<Place, Place>
    where
        K: Borrow<Q>,
    {
        let row = self.rows.partition_point(|row| row[0].0.borrow() <= key).saturating_sub(1);
        let Some(found) = self.rows.get(row) else { return Err((0, 0)) };
        match found.binary_search_by(|(other, _)| other.borrow().cmp(key)) {
            Ok(place) => Ok((row, place)),
            Err(place) => Err((row, place)),
        }
    }
}

impl<'a, K, V> IntoIterator for &'a SortedMap<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K, V> IntoIterator for SortedMap<K, V> {
    type Item = (K, V);
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Vec<(K, V)>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.into_iter().flatten()
    }
}

impl<K: Ord, V> Extend<(K, V)> for SortedMap<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for SortedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for SortedMap<K, V> {
    fn from(entries: [(K, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord, V> std::ops::Index<&K> for SortedMap<K, V> {
    type Output = V;

    fn index(&self, key: &K) -> &V {
        self.get(key).expect("the caller knows that it is there, as with any other index")
    }
}

// How the entries are spread over rows makes no difference.
impl<K: PartialEq, V: PartialEq> PartialEq for SortedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: Eq> Eq for SortedMap<K, V> {}

impl<K: PartialOrd, V: PartialOrd> PartialOrd for SortedMap<K, V> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.iter().partial_cmp(other.iter())
    }
}

impl<K: Ord, V: Ord> Ord for SortedMap<K, V> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.iter().cmp(other.iter())
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for SortedMap<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K: Serialize, V: Serialize> Serialize for SortedMap<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len))?;
        for (key, value) in self {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de, K: Ord + Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for SortedMap<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reading(Self::new()))
    }
}

/// A map that is being read.
struct Reading<K, V>(SortedMap<K, V>);

impl<'de, K: Ord + Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for Reading<K, V> {
    type Value = SortedMap<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<Self::Value, A::Error> {
        while let Some((key, value)) = entries.next_entry()? {
            self.0.insert(key, value);
        }
        Ok(self.0)
    }
}

#[cfg(test)]
mod tests;
