//! `select(2)`: every descriptor of the sets is tested, on every call and again after every wake-up.

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{FdSets, Mask};
use crate::sim::machine::{Attempt, Machine};

impl Machine {
    /// One pass over the sets. Without anything ready, and with time left, the task goes to sleep on all of
    /// them; otherwise the sets are overwritten.
    pub(super) fn select(&mut self, sets: &mut FdSets, timed_out: bool) -> Attempt<usize> {
        let mut found = FdSets::new();
        let mut asked = Vec::new();
        for fd in (0..sets.nfds() as i32).map(Fd) {
            let events = asked_of(sets, fd);
            if events.is_empty() {
                continue;
            }
            let file = match self.file_of(fd) {
                Ok(file) => file,
                Err(errno) => return Attempt::Done(Err(errno)),
            };
            asked.push((file, events));
            let ready = self.ready(file);
            // In range: the numbers come out of sets like these.
            let _: [Result<(), Errno>; 3] = [
                keep(&mut found.read, fd, events.contains(Mask::IN) && ready.select_reads()),
                keep(&mut found.write, fd, events.contains(Mask::OUT) && ready.select_writes()),
                keep(&mut found.except, fd, events.contains(Mask::PRI) && ready.select_excepts()),
            ];
        }
        if found.bits() == 0 && !timed_out {
            self.sleep_on(asked);
            return Attempt::Sleep;
        }
        *sets = found;
        Attempt::Done(Ok(found.bits()))
    }
}

fn asked_of(sets: &FdSets, fd: Fd) -> Mask {
    let mut events = Mask::empty();
    events.set(Mask::IN, sets.read.contains(fd));
    events.set(Mask::OUT, sets.write.contains(fd));
    events.set(Mask::PRI, sets.except.contains(fd));
    events
}

fn keep(set: &mut crate::kernel::FdSet, fd: Fd, ready: bool) -> Result<(), Errno> {
    if ready { set.insert(fd) } else { Ok(()) }
}
