//! `io_uring(7)` on the real kernel.
//!
//! What an operation reads from or writes to is kept here, at a fixed place, until its completion has come: only
//! then does it go back to the program. A receive that goes on is one receive after the other here, which looks
//! the same from outside; the kernel's own form needs buffers that are handed over beforehand.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsRawFd;

use io_uring::types::{self, SubmitArgs, Timespec};
use io_uring::{IoUring, cqueue, opcode, squeue};
use loopscope_shared::errno::Errno;
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{Accepted, Completed, Operation, Rings, Submission, Timeout};

use super::{Os, borrowed, errno, retry_wait};

/// The number of an operation that is not under way, for a cancel that finds none.
const NOBODY: u64 = u64::MAX;

/// A pair of rings, and what is under way in it.
pub(super) struct Ring {
    ring: IoUring,
    /// By a number of ours, since the program's own numbers need not differ.
    under_way: BTreeMap<u64, UnderWay>,
    next: u64,
}

/// An operation that the kernel has.
#[derive(Debug)]
struct UnderWay {
    user: u64,
    operation: Operation,
    /// Where a receive writes. It does not move: the kernel has its address.
    buffer: Vec<u8>,
}

/// Whether the kernel lets this process make rings.
///
/// # Errors
/// Why not: `EPERM` where the sysctl `kernel.io_uring_disabled` or a sandbox forbids it, `ENOSYS` where there are none.
pub(crate) fn allowed() -> Result<(), Errno> {
    IoUring::new(1).map(drop).map_err(|error| errno::of_io(&error))
}

impl Rings for Os {
    async fn ring_setup(&self, entries: u32) -> Result<Fd, Errno> {
        let ring = IoUring::new(entries).map_err(|error| errno::of_io(&error))?;
        let fd = Fd(ring.as_raw_fd());
        self.rings.borrow_mut().insert(fd, Ring { ring, under_way: BTreeMap::new(), next: 0 });
        Ok(fd)
    }

    async fn ring_enter(
        &self,
        ring: Fd,
        submissions: &mut Vec<Submission>,
        completions: &mut Vec<Completed>,
        at_least: usize,
        timeout: Timeout,
    ) -> Result<usize, Errno> {
        let mut rings = self.rings.borrow_mut();
        let ring = rings.get_mut(&ring).ok_or(Errno::EBADF)?;
        for submission in submissions.drain(..) {
            ring.start(submission)?;
        }
        ring.wait(at_least, timeout)?;
        completions.clear();
        loop {
            let done: Vec<cqueue::Entry> = ring.ring.completion().collect();
            for entry in done {
                completions.extend(ring.completed(&entry)?);
            }
            // What had no room in the queue the kernel has kept, and puts there when it is entered.
            if !ring.ring.submission().cq_overflow() {
                return Ok(completions.len());
            }
            ring.wait(0, Timeout(None))?;
        }
    }
}

impl Ring {
    fn start(&mut self, Submission { user, operation }: Submission) -> Result<(), Errno> {
        let number = self.next;
        self.next += 1;
        let buffer = match operation {
            Operation::Recv { most, .. } | Operation::RecvMulti { most, .. } => vec![0; most as usize],
            _ => Vec::new(),
        };
        self.under_way.insert(number, UnderWay { user, operation, buffer });
        self.push(number)
    }

    /// Hands the operation of that number to the kernel.
    fn push(&mut self, number: u64) -> Result<(), Errno> {
        let Some(operation) = self.under_way.get(&number).map(|under_way| &under_way.operation) else {
            return Ok(());
        };
        let target = match operation {
            Operation::Cancel { user } => self.number_of(*user),
            _ => NOBODY,
        };
        let Some(under_way) = self.under_way.get_mut(&number) else { return Ok(()) };
        let entry = under_way.entry(target).user_data(number);
        loop {
            // SAFETY: what the entry points to lies in `under_way`, in vectors that are not touched, until its
            // completion has come.
            if unsafe { self.ring.submission().push(&entry) }.is_ok() {
                return Ok(());
            }
            // The queue is full: the kernel takes what is in it.
            self.wait(0, Timeout(None))?;
        }
    }

    /// Our number of an operation of the program's.
    fn number_of(&self, user: u64) -> u64 {
        let is_it = |(_, under_way): &(&u64, &UnderWay)| {
            under_way.user == user && !matches!(under_way.operation, Operation::Cancel { .. })
        };
        self.under_way.iter().find(is_it).map_or(NOBODY, |(number, _)| *number)
    }

    /// Hands over what is in the submission queue, and waits for so many completions or until the time is over.
    fn wait(&self, at_least: usize, timeout: Timeout) -> Result<(), Errno> {
        let submitter = self.ring.submitter();
        let waited = retry_wait(timeout, |left| {
            let waited = match left {
                None => submitter.submit_and_wait(at_least),
                Some(left) => {
                    let left = Timespec::new().sec(left.as_secs()).nsec(left.subsec_nanos());
                    submitter.submit_with_args(at_least, &SubmitArgs::new().timespec(&left))
                }
            };
            match waited {
                // That the time is over is no error here, nor that completions are to be taken first.
                Err(error) if [Some(libc::ETIME), Some(libc::EBUSY)].contains(&error.raw_os_error()) => Ok(0),
                waited => waited.map_err(|error| errno::raw(&error)),
            }
        });
        waited.map(|_| ())
    }

    /// Makes the program's completion of the kernel's.
    fn completed(&mut self, entry: &cqueue::Entry) -> Result<Option<Completed>, Errno> {
        let number = entry.user_data();
        let result = u32::try_from(entry.result())
            .map_err(|_| errno::of(rustix::io::Errno::from_raw_os_error(-entry.result())));
        let Some(under_way) = self.under_way.get_mut(&number) else { return Ok(None) };
        let user = under_way.user;
        let goes_on =
            matches!(under_way.operation, Operation::RecvMulti { .. }) && result.is_ok_and(|n| n > 0);
        let more = goes_on || cqueue::more(entry.flags());
        let received = result.map_or(0, |count| under_way.buffer.len().min(count as usize));
        let mut completed =
            Completed { user, result, more, bytes: under_way.buffer[..received].to_vec(), accepted: None };
        match &mut under_way.operation {
            Operation::Accept { .. } | Operation::AcceptMulti { .. } => {
                completed.accepted = result.ok().map(|fd| accepted(Fd(fd as i32)));
            }
            Operation::Send { bytes, .. } => completed.bytes = std::mem::take(bytes),
            _ => {}
        }
        if goes_on {
            self.push(number)?;
        } else if !more {
            self.under_way.remove(&number);
        }
        Ok(Some(completed))
    }
}

impl Drop for Ring {
    /// What is under way is cancelled, and its buffers go when the kernel has let go of them.
    fn drop(&mut self) {
        let all = types::CancelBuilder::any().all();
        let cancelled = self.ring.submitter().register_sync_cancel(None, all);
        // Not found is what it says if nothing was under way.
        let quiet = cancelled.is_ok() || cancelled.is_err_and(|error| errno::of_io(&error) == Errno::ENOENT);
        if !quiet {
            // Rather lose the memory than let the kernel write to what belongs to others by then.
            std::mem::forget(std::mem::take(&mut self.under_way));
        }
    }
}

impl UnderWay {
    /// The operation as the kernel reads it.
    fn entry(&mut self, target: u64) -> squeue::Entry {
        let close_on_exec = libc::SOCK_CLOEXEC;
        match &self.operation {
            Operation::Accept { listener } => {
                let (none, nothing) = (std::ptr::null_mut(), std::ptr::null_mut());
                opcode::Accept::new(types::Fd(listener.0), none, nothing).flags(close_on_exec).build()
            }
            Operation::AcceptMulti { listener } => {
                opcode::AcceptMulti::new(types::Fd(listener.0)).flags(close_on_exec).build()
            }
            Operation::Recv { fd, .. } | Operation::RecvMulti { fd, .. } => {
                let (start, len) = (self.buffer.as_mut_ptr(), self.buffer.len() as u32);
                opcode::Recv::new(types::Fd(fd.0), start, len).build()
            }
            Operation::Send { fd, bytes } => {
                let send = opcode::Send::new(types::Fd(fd.0), bytes.as_ptr(), bytes.len() as u32);
                send.flags(libc::MSG_NOSIGNAL).build()
            }
            Operation::Cancel { .. } => opcode::AsyncCancel::new(target).build(),
        }
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").field("under_way", &self.under_way.len()).finish_non_exhaustive()
    }
}

/// A connection, with its client's address, which an accept that goes on does not say (`getpeername(2)`). One
/// that was reset meanwhile has none any more.
fn accepted(fd: Fd) -> Accepted {
    let named = borrowed(&fd).ok().and_then(|socket| rustix::net::getpeername(socket).ok().flatten());
    let from = named.and_then(|from| SocketAddr::try_from(from).ok());
    Accepted { fd, from: from.unwrap_or_else(|| (Ipv4Addr::UNSPECIFIED, 0).into()) }
}
