//! Maps and sets are held against those of the standard library.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn a_map_is_what_a_tree_is(
        changes in prop::collection::vec((0u16..400, 0u8..4), 0..1500),
        (from, to) in (0u16..400, 0u16..400),
    ) {
        let (mut map, mut tree) = (SortedMap::new(), BTreeMap::new());
        for (index, (key, change)) in changes.into_iter().enumerate() {
            match change {
                0 => prop_assert_eq!(map.insert(key, index), tree.insert(key, index)),
                1 => {
                    *map.entry(key).and_modify(|value| *value += 1).or_default() += 1;
                    *tree.entry(key).and_modify(|value| *value += 1).or_default() += 1;
                }
                2 => prop_assert_eq!(map.remove(&key), tree.remove(&key)),
                _ if index % 50 == 0 => {
                    map.retain(|key, value| (usize::from(*key) + *value) % 3 > 0);
                    tree.retain(|key, value| (usize::from(*key) + *value) % 3 > 0);
                }
                _ => prop_assert_eq!(map.pop_first(), tree.pop_first()),
            }
            prop_assert_eq!(map.len(), tree.len());
        }
        prop_assert!(map.rows.iter().all(|row| !row.is_empty() && row.len() <= ROW_MAX));
        prop_assert!(map.iter().eq(tree.iter()) && map.iter().rev().eq(tree.iter().rev()));
        prop_assert!((0..400).all(|key| map.get(&key) == tree.get(&key)));
        prop_assert!(map.range(from..).eq(tree.range(from..)));
        prop_assert!(map.range(..=to).rev().eq(tree.range(..=to).rev()));
        if from < to {
            prop_assert!(map.range(from..to).eq(tree.range(from..to)));
            let bounds = (Bound::Excluded(from), Bound::Included(to));
            prop_assert!(map.range(bounds).rev().eq(tree.range(bounds).rev()));
            prop_assert_eq!(map.range(bounds).len(), tree.range(bounds).count());
        }
        let bytes = postcard::to_stdvec(&map).unwrap();
        prop_assert_eq!(&bytes, &postcard::to_stdvec(&tree).unwrap());
        prop_assert_eq!(&postcard::from_bytes::<SortedMap<u16, usize>>(&bytes).unwrap(), &map);
        prop_assert!(map.into_iter().eq(tree));
    }

    #[test]
    fn a_set_is_what_a_tree_is(changes in prop::collection::vec((0u16..300, any::<bool>()), 0..800)) {
        let (mut set, mut tree) = (SortedSet::new(), BTreeSet::new());
        for (value, put) in changes {
            if put {
                prop_assert_eq!(set.insert(value), tree.insert(value));
            } else {
                prop_assert_eq!(set.remove(&value), tree.remove(&value));
            }
        }
        prop_assert_eq!((set.len(), set.first(), set.last()), (tree.len(), tree.first(), tree.last()));
        prop_assert!(set.iter().eq(&tree) && (0..300).all(|value| set.contains(&value) == tree.contains(&value)));
        let text = serde_json::to_string(&set).unwrap();
        prop_assert_eq!(&text, &serde_json::to_string(&tree).unwrap());
        prop_assert_eq!(&serde_json::from_str::<SortedSet<u16>>(&text).unwrap(), &set);
        prop_assert!(set.into_iter().eq(tree));
    }
}

#[test]
fn what_is_equal_is_equal_however_it_came_about() {
    let up: SortedMap<u32, u32> = (0..300).map(|key| (key, key)).collect();
    let down: SortedMap<u32, u32> = (0..300).rev().map(|key| (key, key)).collect();
    assert_ne!(up.rows.len(), down.rows.len(), "they are split otherwise");
    assert_eq!(up, down);
    assert_eq!(up.cmp(&down), std::cmp::Ordering::Equal);
}
