//! `poll(2)`: every entry is tested, on every call and again after every wake-up.

use crate::errno::Errno;
use crate::ids::FileId;
use crate::kernel::{Mask, PollFd};
use crate::sim::machine::Machine;

/// What one pass over many descriptors found.
pub(super) enum Pass {
    /// So many are ready, and what was asked with says which.
    Found(usize),
    /// Nothing: these are to be waited for.
    Nothing(Vec<(FileId, Mask)>),
}

impl Machine {
    /// One pass over the entries. It writes what is so of each into its `revents`.
    pub(super) fn poll(&mut self, fds: &mut [PollFd]) -> Result<Pass, Errno> {
        let mut count = 0;
        let mut waits = Vec::new();
        for entry in fds {
            entry.revents = Mask::empty();
            if entry.fd.0 < 0 {
                continue;
            }
            let asked = entry.events | Mask::ALWAYS;
            match self.file_of(entry.fd) {
                Err(_) => entry.revents = Mask::NVAL,
                Ok(file) => {
                    entry.revents = self.poll_file(file).with_normal() & asked;
                    waits.push((file, asked));
                }
            }
            count += usize::from(!entry.revents.is_empty());
        }
        Ok(if count > 0 { Pass::Found(count) } else { Pass::Nothing(waits) })
    }
}
