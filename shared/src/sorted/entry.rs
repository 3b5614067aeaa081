//! The place of a key in a map: looked up once, for both a look and a change.

use super::{Place, SortedMap};

/// The place of a key in a [`SortedMap`], which may be empty.
#[derive(Debug)]
pub struct Entry<'a, K, V> {
    pub(super) map: &'a mut SortedMap<K, V>,
    pub(super) key: K,
    /// Where it stands, or would have to.
    pub(super) place: Result<Place, Place>,
}

impl<'a, K, V> Entry<'a, K, V> {
    /// Changes the value, if there is one.
    pub fn and_modify(self, change: impl FnOnce(&mut V)) -> Self {
        if let Ok((row, place)) = self.place {
            change(&mut self.map.rows[row][place].1);
        }
        self
    }

    /// The value, which is made if there is none.
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> &'a mut V {
        let (row, place) = match self.place {
            Ok(place) => place,
            Err(place) => self.map.put(place, (self.key, make())),
        };
        &mut self.map.rows[row][place].1
    }

    /// The value; this one, if there is none.
    pub fn or_insert(self, value: V) -> &'a mut V {
        self.or_insert_with(|| value)
    }

    /// The value; the usual one, if there is none.
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}
