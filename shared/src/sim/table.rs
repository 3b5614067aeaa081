//! A process's descriptors: which file each number names.

use crate::errno::Errno;
use crate::ids::{Fd, FileId};
use crate::sorted::SortedSet;

/// Descriptors that are taken before the program begins: standard input, output and error.
const FIRST_FREE: usize = 3;

/// A table of descriptors.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// By number, from [`FIRST_FREE`] on.
    files: Vec<Option<FileId>>,
    /// The places of `files` that are empty.
    free: SortedSet<usize>,
}

impl Table {
    /// The file that a descriptor names.
    pub(super) fn get(&self, fd: Fd) -> Result<FileId, Errno> {
        place(fd).and_then(|place| *self.files.get(place)?).ok_or(Errno::EBADF)
    }

    /// Gives the file the lowest free number, if fewer than `most` are taken.
    pub(super) fn install(&mut self, file: FileId, most: usize) -> Result<Fd, Errno> {
        let place = self.free.first().copied().unwrap_or(self.files.len());
        // The limit is one on numbers: the three that are taken before count.
        if place + FIRST_FREE >= most {
            return Err(Errno::EMFILE);
        }
        if !self.free.remove(&place) {
            self.files.push(None);
        }
        self.files[place] = Some(file);
        Ok(Fd((place + FIRST_FREE) as i32))
    }

    /// Whether there is no number left of so many.
    pub(super) fn is_full(&self, most: usize) -> bool {
        self.free.first().copied().unwrap_or(self.files.len()) + FIRST_FREE >= most
    }

    /// Takes a descriptor out.
    pub(super) fn remove(&mut self, fd: Fd) -> Result<FileId, Errno> {
        let place = place(fd).ok_or(Errno::EBADF)?;
        let file = self.files.get_mut(place).and_then(Option::take).ok_or(Errno::EBADF)?;
        self.free.insert(place);
        Ok(file)
    }

    /// How many descriptors are open.
    pub(super) fn len(&self) -> usize {
        self.files.len() - self.free.len()
    }

    /// All descriptors that are open, the lowest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Fd, FileId)> {
        let number = |place: usize| Fd((place + FIRST_FREE) as i32);
        self.files.iter().enumerate().filter_map(move |(place, file)| Some((number(place), (*file)?)))
    }
}

fn place(fd: Fd) -> Option<usize> {
    usize::try_from(fd.0).ok()?.checked_sub(FIRST_FREE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_number_is_given_and_no_more_than_the_limit() {
        let mut table = Table::default();
        let fds: Vec<Fd> = (0..4).map(|file| table.install(FileId(file), 7).unwrap()).collect();
        assert_eq!(fds, [Fd(3), Fd(4), Fd(5), Fd(6)]);
        assert_eq!(table.install(FileId(9), 7), Err(Errno::EMFILE));
        assert_eq!((table.remove(Fd(5)), table.remove(Fd(3))), (Ok(FileId(2)), Ok(FileId(0))));
        assert_eq!(table.remove(Fd(3)), Err(Errno::EBADF));
        assert_eq!(table.install(FileId(9), 7), Ok(Fd(3)));
        assert_eq!((table.get(Fd(3)), table.get(Fd(5))), (Ok(FileId(9)), Err(Errno::EBADF)));
        assert_eq!((table.get(Fd(-1)), table.get(Fd(2))), (Err(Errno::EBADF), Err(Errno::EBADF)));
        assert_eq!(table.iter().map(|(fd, _)| fd).collect::<Vec<_>>(), [Fd(3), Fd(4), Fd(6)]);
        assert_eq!(table.len(), 3);
    }
}
