//! `select(2)`: every descriptor of the sets is tested, on every call and again after every wake-up.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{FdSet, FdSets, Mask};
use crate::sim::machine::Machine;
use crate::sim::poll::Pass;
use crate::sim::rules::Flip;

impl Machine {
    /// One pass over the descriptors of the sets below `nfds`. What is ready is written over `found`, which is
    /// left alone if one is not open in the first pass (`EBADF`). One that was closed since counts as ready for
    /// whatever was asked (observed).
    pub(super) fn select(
        &mut self,
        asked: &FdSets,
        nfds: usize,
        found: &mut FdSets,
        first: bool,
    ) -> Result<Pass, Errno> {
        let mut ready_sets = FdSets::new();
        let mut waits = Vec::new();
        let mut count = 0;
        let everywhere = self.flip.contains(Flip::SELECT_ERROR_EXCEPTS);
        for fd in asked.below(nfds) {
            let events = asked_of(asked, fd);
            let ready = match self.file_of(fd) {
                Ok(file) => {
                    waits.push((file, events));
                    self.poll_file(file)
                }
                Err(errno) if first => return Err(errno),
                Err(_) => Mask::IN | Mask::OUT | Mask::PRI,
            };
            let excepts = ready.select_excepts() || (everywhere && ready.contains(Mask::ERR));
            count += keep(&mut ready_sets.read, fd, events.contains(Mask::IN) && ready.select_reads());
            count += keep(&mut ready_sets.write, fd, events.contains(Mask::OUT) && ready.select_writes());
            count += keep(&mut ready_sets.except, fd, events.contains(Mask::PRI) && excepts);
        }
        *found = ready_sets;
        Ok(if count > 0 { Pass::Found(count) } else { Pass::Nothing(waits) })
    }
}

fn asked_of(sets: &FdSets, fd: Fd) -> Mask {
    let mut events = Mask::empty();
    events.set(Mask::IN, sets.read.contains(fd));
    events.set(Mask::OUT, sets.write.contains(fd));
    events.set(Mask::PRI, sets.except.contains(fd));
    events
}

fn keep(set: &mut FdSet, fd: Fd, ready: bool) -> usize {
    // In range: the numbers come out of sets like these.
    usize::from(ready && set.insert(fd).is_ok())
}
