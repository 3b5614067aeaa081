//! `select(2)` on the real kernel.

use std::time::Duration;

use loopscope_shared::errno::Errno;
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{FD_SETSIZE, FdSet, FdSets, Select, Timeout};
use rustix::event::{FdSetElement, FdSetIter, Timespec, fd_set_insert, fd_set_num_elements};

use super::{Os, retry_wait};

impl Select for Os {
    async fn select(&self, sets: &mut FdSets, timeout: Timeout) -> Result<usize, Errno> {
        // At most FD_SETSIZE, so the conversion loses nothing.
        let nfds = sets.nfds() as i32;
        let mut crossing = [Crossing::new(), Crossing::new(), Crossing::new()];
        let count = retry_wait(timeout, |left| {
            let [read, write, except] = &mut crossing;
            read.fill(&sets.read);
            write.fill(&sets.write);
            except.fill(&sets.except);
            // SAFETY: every descriptor in the sets is below FD_SETSIZE, for which each of them has room. One
            // that is not open makes the call fail with EBADF.
            unsafe {
                rustix::event::select(
                    nfds,
                    Some(&mut read.words),
                    Some(&mut write.words),
                    Some(&mut except.words),
                    left.map(timespec).as_ref(),
                )
            }
        })?;
        let [read, write, except] = &crossing;
        *sets = FdSets { read: read.to_set(), write: write.to_set(), except: except.to_set() };
        Ok(count as usize)
    }
}

/// `select(2)` with these arguments, wrong ones too.
#[cfg(target_os = "linux")]
pub(super) fn select_raw(nfds: i32, sets: &mut FdSets, timeout_ms: Option<i64>) -> Result<usize, Errno> {
    // More than the sets hold would be read from behind them.
    let nfds = nfds.min(FD_SETSIZE as i32);
    let mut crossing = [Crossing::new(), Crossing::new(), Crossing::new()];
    for (crossing, set) in crossing.iter_mut().zip([&sets.read, &sets.write, &sets.except]) {
        crossing.fill(set);
    }
    let mut timeout = timeout_ms.map(|ms| match ms {
        0.. => libc::timeval { tv_sec: ms / 1_000, tv_usec: ms % 1_000 * 1_000 },
        _ => libc::timeval { tv_sec: -1, tv_usec: 0 },
    });
    let [read, write, except] = crossing.each_mut().map(|set| set.words.as_mut_ptr().cast::<libc::fd_set>());
    let timeout = timeout.as_mut().map_or(std::ptr::null_mut(), |timeout| &raw mut *timeout);
    // SAFETY: each set has room for FD_SETSIZE descriptors and is aligned as the system's words are, and `nfds`
    // is not more than that; the time, if there is one, lives through the call.
    let count = unsafe { libc::select(nfds, read, write, except, timeout) };
    let count = usize::try_from(count).map_err(|_| super::errno::of(super::errno::last()))?;
    let [read, write, except] = &crossing;
    *sets = FdSets { read: read.to_set(), write: write.to_set(), except: except.to_set() };
    Ok(count)
}

/// How many words of the system's an `fd_set` is.
const WORDS: usize = FD_SETSIZE / (8 * size_of::<FdSetElement>());

/// An `fd_set` as the system lays it out.
struct Crossing {
    words: [FdSetElement; WORDS],
}

impl Crossing {
    fn new() -> Self {
        debug_assert_eq!(WORDS, fd_set_num_elements(FD_SETSIZE, FD_SETSIZE as i32));
        Self { words: [FdSetElement::default(); WORDS] }
    }

    fn fill(&mut self, set: &FdSet) {
        self.words = [FdSetElement::default(); WORDS];
        for fd in set.iter() {
            fd_set_insert(&mut self.words, fd.0);
        }
    }

    fn to_set(&self) -> FdSet {
        let mut set = FdSet::new();
        for fd in FdSetIter::new(&self.words) {
            // In range: the array has FD_SETSIZE bits.
            let _ = set.insert(Fd(fd));
        }
        set
    }
}

fn timespec(left: Duration) -> Timespec {
    Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() }
}
