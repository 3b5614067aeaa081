//! `io_uring(7)`: a queue of submissions on the way down, and one of completions on the way up.
//!
//! The rules were observed on Linux 6.18. An operation that cannot be done at once is put on the wait queue of
//! its socket, whether the socket blocks or not, and is tried again, when something has happened there, by the
//! program's own task as it enters the kernel. Receives and sends are put at the front of that queue, accepts at
//! its end: that is the reason for the odd order in which several receives on one socket get data (of three, the
//! third, the first, the second). What is pending holds its file: closing the descriptor does not cancel it.

use std::collections::VecDeque;

use crate::errno::Errno;
use crate::ids::{Fd, FileId};
use crate::kernel::{Completed, Mask, Operation, Submission};
use crate::sim::cost;
use crate::sim::files::{File, Kind};
use crate::sim::machine::{Attempt, Machine};
use crate::sim::operations::{Outcome, Pending, completion};
use crate::sim::waitq::Watch;
use crate::time::Nanos;

/// The number under which a ring watches a file. It has one registration with each, whatever the descriptors.
const WATCHES_AS: Fd = Fd(-1);

/// A pair of rings.
#[derive(Debug, Default)]
pub(super) struct Rings {
    /// What waits for its file, in the order in which the wait queues wake it.
    pending: VecDeque<Pending>,
    /// What is to be tried again: something has happened to its file.
    woken: VecDeque<Pending>,
    /// What has been done and not yet been taken.
    completions: VecDeque<Completed>,
}

impl Rings {
    /// The files that operations are pending on, each as often as there are operations.
    pub(super) fn files(&self) -> impl Iterator<Item = FileId> {
        self.pending.iter().chain(&self.woken).map(|pending| pending.file)
    }

    /// Takes the operation of that number out.
    fn remove(&mut self, user: u64) -> Option<Pending> {
        let is_it = |pending: &Pending| pending.user == user;
        if let Some(place) = self.pending.iter().position(is_it) {
            return self.pending.remove(place);
        }
        let place = self.woken.iter().position(is_it)?;
        self.woken.remove(place)
    }

    /// Puts an operation on the wait queue of its file.
    fn wait(&mut self, pending: Pending) {
        match pending.operation {
            Operation::Accept { .. } | Operation::AcceptMulti { .. } => self.pending.push_back(pending),
            _ => self.pending.push_front(pending),
        }
    }

    /// Moves what a file's event wakes to what is to be tried again. An arrival wakes one accept only.
    fn notice(&mut self, file: FileId, key: Mask) {
        let one_accept = !key.intersects(Mask::ALWAYS);
        let mut accept_woken = false;
        let mut place = 0;
        while let Some(pending) = self.pending.get(place) {
            let is_accept =
                matches!(pending.operation, Operation::Accept { .. } | Operation::AcceptMulti { .. });
            let passes = pending.file != file || !pending.wants().intersects(key);
            if passes || (is_accept && one_accept && accept_woken) {
                place += 1;
                continue;
            }
            accept_woken |= is_accept;
            self.woken.extend(self.pending.remove(place));
        }
    }
}

impl Machine {
    /// `io_uring_setup(2)`.
    pub(super) fn ring_setup(&mut self, entries: u32) -> Result<Fd, Errno> {
        if entries == 0 {
            return Err(Errno::EINVAL);
        }
        let id = self.add_file(File::new(Kind::Rings(Rings::default()), None));
        self.install(id)
    }

    /// The first half of `io_uring_enter(2)`: what was woken meanwhile is tried again, and all submissions are
    /// started.
    pub(super) fn ring_submit(&mut self, ring: Fd, submissions: &mut Vec<Submission>) -> Result<(), Errno> {
        let id = self.file_of(ring)?;
        self.rings(id)?;
        self.ring_try_again(id);
        for Submission { user, operation } in submissions.drain(..) {
            match (operation.kind().fd(), &operation) {
                (_, Operation::Cancel { user: target }) => self.ring_cancel(id, user, *target),
                (Some(fd), _) => match self.file_of(fd) {
                    Ok(file) => {
                        self.hold(file);
                        self.ring_try(id, Pending { user, file, operation, sent: 0 });
                    }
                    Err(errno) => {
                        let failed = Pending { user, file: id, operation, sent: 0 }.failed(errno);
                        self.ring_post(id, id, (0, 0), failed);
                    }
                },
                (None, _) => {}
            }
        }
        Ok(())
    }

    /// The second half: waits until there are `at_least` completions or the time is over, and takes all.
    pub(super) fn ring_take(
        &mut self,
        ring: Fd,
        completions: &mut Vec<Completed>,
        at_least: usize,
        timed_out: bool,
    ) -> Attempt<usize> {
        let id = match self.file_of(ring).and_then(|id| self.rings(id).map(|_| id)) {
            Ok(id) => id,
            Err(errno) => return Attempt::Done(Err(errno)),
        };
        self.ring_try_again(id);
        let Ok(rings) = self.rings(id) else { return Attempt::Done(Err(Errno::EBADF)) };
        if rings.completions.len() < at_least && !timed_out {
            self.sleep_on([(id, Mask::IN)]);
            return Attempt::Sleep;
        }
        completions.clear();
        completions.extend(rings.completions.drain(..));
        Attempt::Done(Ok(completions.len()))
    }

    /// What a call costs beyond entering: starting what is submitted, trying again what was woken, handing
    /// over what is done, and copying what crosses.
    pub(super) fn ring_cost(&mut self, ring: Fd, submissions: &[Submission]) -> Nanos {
        let costs = self.costs;
        let id = self.file_of(ring);
        let Ok(rings) = id.and_then(|id| self.rings(id)) else { return Nanos::ZERO };
        let done = rings.completions.len() + rings.woken.len();
        let woken: Vec<FileId> = rings.woken.iter().map(|pending| pending.file).collect();
        let mut bytes: usize =
            woken.into_iter().map(|file| self.stream(file).map_or(0, |tcp| tcp.recv.len())).sum();
        for submission in submissions {
            bytes += match &submission.operation {
                Operation::Send { bytes, .. } => bytes.len(),
                Operation::Recv { fd, .. } | Operation::RecvMulti { fd, .. } => {
                    self.tcp_of(*fd).map_or(0, |(_, tcp)| tcp.recv.len())
                }
                _ => 0,
            };
        }
        cost::each(costs.submit_ns, submissions.len())
            + cost::each(costs.completion_ns, done)
            + cost::copy(&costs, bytes)
    }

    /// Something happened to a file that operations are pending on: they are tried again when the program
    /// enters the kernel, or now, if it sleeps there.
    pub(super) fn rings_notice(&mut self, id: FileId, file: FileId, key: Mask) {
        let Ok(rings) = self.rings(id) else { return };
        let before = rings.woken.len();
        rings.notice(file, key);
        if rings.woken.len() > before {
            self.wake(id, Mask::IN);
        }
    }

    /// The rings are closed: what is pending goes, and lets go of its files.
    pub(super) fn rings_ended(&mut self, id: FileId) {
        let Ok(rings) = self.rings(id) else { return };
        let held: Vec<FileId> = rings.files().collect();
        rings.pending.clear();
        rings.woken.clear();
        for file in held {
            self.unwatch(file, id, WATCHES_AS);
            self.release(file);
        }
    }

    fn ring_try_again(&mut self, id: FileId) {
        let woken = self.rings(id).map(|rings| std::mem::take(&mut rings.woken)).unwrap_or_default();
        for pending in woken {
            self.ring_try(id, pending);
        }
    }

    /// Carries an operation out, again and again if it is a multishot one, or lets it wait.
    fn ring_try(&mut self, id: FileId, pending: Pending) {
        let file = pending.file;
        loop {
            let Some(outcome) = self.carry_out(file, &pending.operation) else {
                self.ring_wait(id, pending);
                return;
            };
            let more = match (&pending.operation, &outcome) {
                (Operation::AcceptMulti { .. }, Ok(_)) => true,
                (Operation::RecvMulti { .. }, Ok(outcome)) => !outcome.bytes.is_empty(),
                _ => false,
            };
            let moved = outcome.as_ref().map(Outcome::moved).unwrap_or_default();
            if more {
                self.ring_post(id, file, moved, completion(pending.user, outcome, true));
                continue;
            }
            self.ring_post(id, file, moved, pending.completed(outcome, false));
            self.ring_forget(id, file);
            return;
        }
    }

    fn ring_wait(&mut self, id: FileId, pending: Pending) {
        let file = pending.file;
        let Ok(rings) = self.rings(id) else { return };
        let watched = rings.pending.iter().any(|other| other.file == file);
        rings.wait(pending);
        if !watched {
            self.unwatch(file, id, WATCHES_AS);
            self.watch(file, Watch { by: id, fd: WATCHES_AS });
        }
    }

    /// An operation on a file has ended.
    fn ring_forget(&mut self, id: FileId, file: FileId) {
        if self.rings(id).is_ok_and(|rings| rings.files().all(|other| other != file)) {
            self.unwatch(file, id, WATCHES_AS);
        }
        self.release(file);
    }

    /// Cancels: that it was done is told first, then the end of what was cancelled.
    fn ring_cancel(&mut self, id: FileId, user: u64, target: u64) {
        let cancelled = self.rings(id).ok().and_then(|rings| rings.remove(target));
        let result = if cancelled.is_some() { Ok(Outcome::default()) } else { Err(Errno::ENOENT) };
        self.ring_post(id, id, (0, 0), completion(user, result, false));
        if let Some(pending) = cancelled {
            let file = pending.file;
            self.ring_post(id, file, (0, 0), pending.failed(Errno::ECANCELED));
            self.ring_forget(id, file);
        }
    }

    /// Puts a completion into the queue, and tells what the operation did to the buffers of its file.
    fn ring_post(&mut self, id: FileId, file: FileId, moved: (u32, u32), completed: Completed) {
        self.tell_completed(id, (completed.user, file), moved, &completed.bytes);
        if let Ok(rings) = self.rings(id) {
            rings.completions.push_back(completed);
        }
    }

    fn rings(&mut self, id: FileId) -> Result<&mut Rings, Errno> {
        match self.files.get_mut(id).map(|file| &mut file.kind) {
            Some(Kind::Rings(rings)) => Ok(rings),
            _ => Err(Errno::EOPNOTSUPP),
        }
    }
}
