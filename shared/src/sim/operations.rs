//! Operations of the completion interfaces: what they do to a socket when they are carried out.

use crate::errno::Errno;
use crate::event::Inside;
use crate::ids::FileId;
use crate::kernel::{Accepted, Completed, Mask, Mode, Operation};
use crate::sim::machine::Machine;

/// An operation that is under way: it could not be done at once.
#[derive(Debug)]
pub(super) struct Pending {
    /// The program's number for it.
    pub(super) user: u64,
    /// What it is about.
    pub(super) file: FileId,
    pub(super) operation: Operation,
    /// How many bytes of a send have been sent.
    pub(super) sent: usize,
}

/// What came of carrying out an operation.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// What was received.
    pub(super) bytes: Vec<u8>,
    /// How many bytes were sent.
    pub(super) sent: u32,
    /// The connection that was accepted.
    pub(super) accepted: Option<Accepted>,
}

impl Pending {
    /// The events of the file after which it is worth another try.
    pub(super) fn wants(&self) -> Mask {
        match self.operation {
            Operation::Send { .. } => Mask::OUT | Mask::ALWAYS,
            _ => Mask::IN | Mask::ALWAYS,
        }
    }

    /// The completion that tells of its end with an error.
    pub(super) fn failed(self, errno: Errno) -> Completed {
        self.completed(Err(errno), false)
    }

    /// Its last completion, or, with `more`, one that others will follow.
    pub(super) fn completed(self, outcome: Result<Outcome, Errno>, more: bool) -> Completed {
        let mut completed = completion(self.user, outcome, more);
        // A send brings back the bytes that it was given.
        if let Operation::Send { bytes, .. } = self.operation {
            completed.bytes = bytes;
        }
        completed
    }
}

/// A completion.
pub(super) fn completion(user: u64, outcome: Result<Outcome, Errno>, more: bool) -> Completed {
    let result = outcome.as_ref().map(Outcome::count).map_err(|errno| *errno);
    let Outcome { bytes, accepted, .. } = outcome.unwrap_or_default();
    Completed { user, result, more, bytes, accepted }
}

impl Outcome {
    /// How many bytes it took out of the receive buffer, and how many it put into the send buffer.
    pub(super) fn moved(&self) -> (u32, u32) {
        (self.bytes.len() as u32, self.sent)
    }

    /// What the call would have returned.
    fn count(&self) -> u32 {
        match self.accepted {
            Some(accepted) => accepted.fd.0 as u32,
            None => self.bytes.len() as u32 + self.sent,
        }
    }
}

impl Machine {
    /// Carries an operation out as far as that is possible now; `None` if it has to wait. Whether calls on the
    /// socket may sleep is of no importance (observed on Linux for io_uring; documented for completion ports).
    pub(super) fn carry_out(
        &mut self,
        file: FileId,
        operation: &Operation,
    ) -> Option<Result<Outcome, Errno>> {
        let outcome = match operation {
            Operation::Accept { .. } | Operation::AcceptMulti { .. } => self
                .accept(file, Mode::Blocking)
                .map(|accepted| Outcome { accepted: Some(accepted), ..Outcome::default() }),
            Operation::Recv { most, .. } | Operation::RecvMulti { most, .. } => {
                self.receive(file, *most).map(|bytes| Outcome { bytes, ..Outcome::default() })
            }
            Operation::Send { bytes, .. } => self
                .stream(file)
                .map(|_| ())
                .and_then(|()| self.put(file, bytes))
                .map(|sent| Outcome { sent: sent as u32, ..Outcome::default() }),
            Operation::Cancel { .. } => Err(Errno::EINVAL),
        };
        if outcome.as_ref().is_err_and(|errno| *errno == Errno::EAGAIN) { None } else { Some(outcome) }
    }

    fn receive(&mut self, file: FileId, most: u32) -> Result<Vec<u8>, Errno> {
        let waiting = self.stream(file)?.recv.len();
        // One without room only asks whether there is anything.
        if most == 0 && waiting > 0 {
            return Ok(Vec::new());
        }
        let mut bytes = vec![0; (most as usize).min(waiting.max(1))];
        let count = self.take(file, &mut bytes)?;
        bytes.truncate(count);
        Ok(bytes)
    }

    /// Tells what an operation did: how many bytes it took out of the receive buffer of its file, and how many
    /// it put into the send buffer, which are the first of `bytes`.
    pub(super) fn tell_completed(
        &self,
        queue: FileId,
        (user, file): (u64, FileId),
        (taken, put): (u32, u32),
        bytes: &[u8],
    ) {
        let head = &bytes[..bytes.len().min(put as usize)];
        self.tell_kernel(Inside::Completed { queue, user, file, taken, put }, head);
    }
}
