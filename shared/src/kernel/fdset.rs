//! The sets of `select(2)`: one bit a descriptor.

use std::fmt;

use crate::errno::Errno;
use crate::ids::Fd;

/// How many descriptors an `fd_set` has room for (`select(2)`): a set cannot hold 1024 or above.
pub const FD_SETSIZE: usize = 1024;

/// `fd_set`: one bit for each descriptor below [`FD_SETSIZE`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FdSet {
    words: [u64; FD_SETSIZE / 64],
}

impl FdSet {
    /// `FD_ZERO`.
    pub const fn new() -> Self {
        Self { words: [0; FD_SETSIZE / 64] }
    }

    /// `FD_SET`.
    ///
    /// # Errors
    /// `EINVAL` for a number outside `0..FD_SETSIZE`: C's macro would write past the end of the set.
    pub fn insert(&mut self, fd: Fd) -> Result<(), Errno> {
        let (word, bit) = Self::place(fd).ok_or(Errno::EINVAL)?;
        self.words[word] |= bit;
        Ok(())
    }

    /// `FD_CLR`. A number outside the set is not in it anyway.
    pub fn remove(&mut self, fd: Fd) {
        if let Some((word, bit)) = Self::place(fd) {
            self.words[word] &= !bit;
        }
    }

    /// `FD_ISSET`; false for a number outside the set.
    pub fn contains(&self, fd: Fd) -> bool {
        Self::place(fd).is_some_and(|(word, bit)| self.words[word] & bit != 0)
    }

    /// The descriptors of the set, in order.
    pub fn iter(&self) -> impl Iterator<Item = Fd> + '_ {
        self.words.iter().enumerate().flat_map(|(index, word)| bits(index, *word))
    }

    /// How many descriptors are in the set.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether no descriptor is in the set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The words that the kernel copies for so many descriptors: whole 64-bit words.
    pub fn words(&self, nfds: usize) -> &[u64] {
        &self.words[..nfds.div_ceil(64).min(self.words.len())]
    }

    fn place(fd: Fd) -> Option<(usize, u64)> {
        let number = usize::try_from(fd.0).ok().filter(|number| *number < FD_SETSIZE)?;
        Some((number / 64, 1 << (number % 64)))
    }
}

/// The descriptors whose bits are set in the word at that place of a set.
fn bits(index: usize, mut word: u64) -> impl Iterator<Item = Fd> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros())?;
        word &= word - 1;
        Some(Fd((index * 64) as i32 + bit as i32))
    })
}

impl Default for FdSet {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for FdSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|fd| fd.0)).finish()
    }
}

/// The three sets of a call of `select(2)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FdSets {
    /// To be readable.
    pub read: FdSet,
    /// To be writable.
    pub write: FdSet,
    /// To have urgent data.
    pub except: FdSet,
}

impl FdSets {
    /// Three empty sets.
    pub const fn new() -> Self {
        Self { read: FdSet::new(), write: FdSet::new(), except: FdSet::new() }
    }

    /// The first argument of `select(2)`: the highest descriptor of the three sets, plus one.
    pub fn nfds(&self) -> usize {
        let highest = |set: &FdSet| {
            let last = set.words.iter().rposition(|word| *word != 0)?;
            Some(last * 64 + 64 - set.words[last].leading_zeros() as usize)
        };
        [&self.read, &self.write, &self.except].into_iter().filter_map(highest).max().unwrap_or(0)
    }

    /// The descriptors below `nfds` that are in one of the sets, in order.
    pub fn below(&self, nfds: usize) -> impl Iterator<Item = Fd> + '_ {
        let words = self.read.words.iter().zip(&self.write.words).zip(&self.except.words);
        let either = words.map(|((read, write), except)| read | write | except);
        let all = either.enumerate().take(nfds.div_ceil(64)).flat_map(|(index, word)| bits(index, word));
        all.take_while(move |fd| (fd.0 as usize) < nfds)
    }

    /// How many bits are set in all three: what `select(2)` returns.
    pub fn bits(&self) -> usize {
        self.read.len() + self.write.len() + self.except.len()
    }

    /// The sets with the descriptors below `nfds` only: those that the kernel looks at.
    pub fn cut_at(&self, nfds: usize) -> Self {
        let below = |set: &FdSet| {
            let mut kept = FdSet::new();
            for fd in set.iter().take_while(|fd| (fd.0 as usize) < nfds) {
                // In range: it comes from a set.
                let _ = kept.insert(fd);
            }
            kept
        };
        Self { read: below(&self.read), write: below(&self.write), except: below(&self.except) }
    }

    /// Takes over what the kernel writes for `nfds` descriptors: whole words. What lies behind stays.
    pub fn overwrite(&mut self, written: &Self, nfds: usize) {
        let pairs = [
            (&mut self.read, &written.read),
            (&mut self.write, &written.write),
            (&mut self.except, &written.except),
        ];
        for (set, written) in pairs {
            let words = written.words(nfds);
            set.words[..words.len()].copy_from_slice(words);
        }
    }

    /// The bytes that cross into the kernel for `nfds` descriptors: whole words of each set, little-endian.
    pub fn to_bytes(&self, nfds: usize, bytes: &mut Vec<u8>) {
        for set in [&self.read, &self.write, &self.except] {
            bytes.extend(set.words(nfds).iter().flat_map(|word| word.to_le_bytes()));
        }
    }

    /// Reads what [`FdSets::to_bytes`] wrote. Missing bytes are missing descriptors.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut sets = Self::new();
        let third = bytes.len() / 3;
        if third == 0 {
            return sets;
        }
        for (set, part) in
            [&mut sets.read, &mut sets.write, &mut sets.except].into_iter().zip(bytes.chunks(third))
        {
            for (word, bytes) in set.words.iter_mut().zip(part.as_chunks::<8>().0) {
                *word = u64::from_le_bytes(*bytes);
            }
        }
        sets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_fd_set_ends_at_fd_setsize() {
        let mut set = FdSet::new();
        assert_eq!(set.insert(Fd(1023)), Ok(()));
        assert_eq!(set.insert(Fd(1024)), Err(Errno::EINVAL));
        assert_eq!(set.insert(Fd(-1)), Err(Errno::EINVAL));
        assert_eq!(set.iter().collect::<Vec<_>>(), [Fd(1023)]);
        assert!(!set.contains(Fd(1024)));
    }

    #[test]
    fn the_sets_survive_the_crossing() {
        let mut sets = FdSets::new();
        for fd in [3, 63, 64, 130] {
            sets.read.insert(Fd(fd)).unwrap();
        }
        sets.write.insert(Fd(64)).unwrap();
        assert_eq!(sets.nfds(), 131);
        let mut bytes = Vec::new();
        sets.to_bytes(131, &mut bytes);
        assert_eq!(bytes.len(), 3 * 3 * 8);
        assert_eq!(FdSets::from_bytes(&bytes), sets);
        assert_eq!(FdSets::from_bytes(&[]), FdSets::new());
    }
}
