//! Going through a map: row by row, from both ends.

use std::slice;

/// Keys and values of a [`SortedMap`](super::SortedMap), in order.
#[derive(Debug)]
pub struct Iter<'a, K, V> {
    pub(super) rows: slice::Iter<'a, Vec<(K, V)>>,
    pub(super) front: slice::Iter<'a, (K, V)>,
    pub(super) back: slice::Iter<'a, (K, V)>,
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), front: self.front.clone(), back: self.back.clone() }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        while self.front.as_slice().is_empty() {
            match self.rows.next() {
                Some(row) => self.front = row.iter(),
                None => return self.back.next().map(|(key, value)| (key, value)),
            }
        }
        self.front.next().map(|(key, value)| (key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len =
            self.front.len() + self.back.len() + self.rows.as_slice().iter().map(Vec::len).sum::<usize>();
        (len, Some(len))
    }
}

impl<K, V> DoubleEndedIterator for Iter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        while self.back.as_slice().is_empty() {
            match self.rows.next_back() {
                Some(row) => self.back = row.iter(),
                None => return self.front.next_back().map(|(key, value)| (key, value)),
            }
        }
        self.back.next_back().map(|(key, value)| (key, value))
    }
}

impl<K, V> ExactSizeIterator for Iter<'_, K, V> {}
