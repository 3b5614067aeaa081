//! Operations that a program has started, and their completions: io_uring and completion ports.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::event::{CAPTURE_MAX, Done, Handed, Ret, Submitted};
use crate::ids::{Fd, FileId, Seq, TaskId};
use crate::kernel::OperationKind;
use crate::sorted::SortedMap;
use crate::time::Nanos;
use crate::world::transfer::Moved;
use crate::world::{FileKind, Impossible, World};

/// Where operations go and completions come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operations {
    /// What it is.
    pub queue: Queue,
    /// How many entries the submission ring has; 0 for a completion port, which has no ring.
    pub entries: u32,
    /// How many operations were started so far: where the tail of the submission ring is.
    pub started: u64,
    /// How many completions were taken so far: where the head of the completion ring is.
    pub ended: u64,
    /// What is under way, by the program's own numbers.
    pub pending: SortedMap<u64, Pending>,
    /// What has been done and waits to be taken, the oldest first. Only a simulated kernel tells it.
    pub landed: VecDeque<Landed>,
    /// What the program has taken in its last wait, in order.
    pub taken: Vec<Taken>,
}

/// The interfaces that hand completions back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Queue {
    /// The two rings of `io_uring(7)`.
    Rings,
    /// A completion port of Windows.
    CompletionPort,
}

/// An operation that is under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// What it is to do.
    pub kind: OperationKind,
    /// The file that it is about: the operation holds it, whatever becomes of the number.
    pub file: Option<FileId>,
    /// When it was started.
    pub since: Nanos,
    /// The first bytes of what it sends.
    pub head: Vec<u8>,
}

/// What an operation has done, and of which the program does not know yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landed {
    /// The program's number for the operation.
    pub user: u64,
    /// The file that it was about.
    pub file: FileId,
    /// How many bytes it took out of the receive buffer.
    pub taken: u32,
    /// How many it put into the send buffer.
    pub put: u32,
    /// Since when the first of the bytes that it took had waited.
    pub since: Option<Nanos>,
}

/// A completion that the program has taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The program's number for the operation.
    pub user: u64,
    /// What the operation was.
    pub kind: OperationKind,
    /// Its result.
    pub ret: Ret,
    /// What was received, the first bytes of it.
    pub head: Vec<u8>,
}

impl Operations {
    /// One in which nothing is under way.
    pub(super) fn empty(queue: Queue, entries: u32) -> FileKind {
        let (pending, landed, taken) = (SortedMap::new(), VecDeque::new(), Vec::new());
        let (started, ended) = (0, 0);
        FileKind::Operations(Box::new(Self { queue, entries, started, ended, pending, landed, taken }))
    }
}

impl World {
    fn operations_mut(&mut self, file: FileId) -> Option<&mut Operations> {
        match &mut self.files.get_mut(&file)?.kind {
            FileKind::Operations(operations) => Some(operations),
            _ => None,
        }
    }

    /// Operations were handed over to a pair of rings.
    pub(super) fn submitted(&mut self, task: TaskId, ring: Fd, down: &[u8]) {
        let Some(ring) = self.file_of(task, ring) else { return };
        for Handed { submitted, head } in postcard::from_bytes::<Vec<Handed>>(down).unwrap_or_default() {
            self.start(task, ring, submitted, head);
        }
    }

    /// An operation is started on a handle that is tied to a completion port.
    pub(super) fn port_started(&mut self, task: TaskId, submitted: Submitted, head: &[u8]) {
        if let Some(port) = self.port_of(task, submitted)
            && !matches!(submitted.kind, OperationKind::Cancel { .. })
        {
            self.start(task, port, submitted, head.to_vec());
        }
    }

    /// It could not be started.
    pub(super) fn port_refused(&mut self, task: TaskId, submitted: Submitted) {
        if let Some(port) = self.port_of(task, submitted)
            && let Some(operations) = self.operations_mut(port)
        {
            operations.pending.remove(&submitted.user);
        }
    }

    fn port_of(&self, task: TaskId, submitted: Submitted) -> Option<FileId> {
        self.files.get(&self.file_of(task, submitted.kind.fd()?)?)?.port
    }

    fn start(&mut self, task: TaskId, queue: FileId, submitted: Submitted, head: Vec<u8>) {
        let (since, file) = (self.now, submitted.kind.fd().and_then(|fd| self.file_of(task, fd)));
        if let Some(operations) = self.operations_mut(queue) {
            operations.started += 1;
            operations.pending.insert(submitted.user, Pending { kind: submitted.kind, file, since, head });
        }
    }

    /// A simulated kernel tells that an operation has done something. The buffers change now; the program will
    /// hear of it when it takes the completion.
    pub(super) fn landed(&mut self, seq: Seq, queue: FileId, mut landed: Landed) {
        let mut short = false;
        let pending = self.operations_mut(queue).and_then(|operations| operations.pending.get(&landed.user));
        let head = pending.map_or_else(Vec::new, |pending| pending.head.clone());
        if let Some(stream) = self.stream_mut(landed.file) {
            landed.since = stream.waiting_since;
            if landed.taken > 0 {
                let room = CAPTURE_MAX - stream.poured.len().min(CAPTURE_MAX);
                let known = stream.recv.head.len().min(landed.taken as usize).min(room);
                stream.poured.extend_from_slice(&stream.recv.head[..known]);
                short = !stream.recv.pop(landed.taken.into());
                stream.taken_ahead += u64::from(landed.taken);
                if stream.recv.level == 0 {
                    stream.waiting_since = None;
                }
            }
            if landed.put > 0 {
                stream.send.push(landed.put.into(), &head[..head.len().min(landed.put as usize)]);
                stream.put_ahead += u64::from(landed.put);
            }
        }
        if let Some(operations) = self.operations_mut(queue) {
            // A send that a completion port carries out in parts is one operation.
            let begun = |known: &&mut Landed| known.user == landed.user && known.put > 0;
            match operations.landed.iter_mut().find(begun) {
                Some(known) => known.put += landed.put,
                None => operations.landed.push_back(landed),
            }
        }
        if short {
            self.violate(seq, Impossible::TookTooMuch(landed.file));
        }
    }

    /// The program has taken completions.
    pub(super) fn completed(&mut self, seq: Seq, task: TaskId, queue: Fd, up: &[u8], entered: Nanos) {
        if let Some(operations) = self.file_of(task, queue).and_then(|queue| self.operations_mut(queue)) {
            operations.taken.clear();
        }
        for done in postcard::from_bytes::<Vec<Done>>(up).unwrap_or_default() {
            self.complete(seq, task, queue, &done, entered);
        }
    }

    fn complete(&mut self, seq: Seq, task: TaskId, queue: Fd, done: &Done, entered: Nanos) {
        let Some(operations) = self.file_of(task, queue).and_then(|queue| self.operations_mut(queue)) else {
            return;
        };
        operations.ended += 1;
        let place = operations.landed.iter().position(|landed| landed.user == done.user);
        let landed = place.and_then(|place| operations.landed.remove(place));
        let pending = match done.more {
            true => operations.pending.get(&done.user).cloned(),
            false => operations.pending.remove(&done.user),
        };
        let Some(Pending { kind, file, since, head }) = pending else { return };
        let received = matches!(kind, OperationKind::Recv { .. } | OperationKind::RecvMulti { .. });
        let shown = if received { done.head.clone() } else { Vec::new() };
        operations.taken.push(Taken { user: done.user, kind, ret: done.ret, head: shown });
        let file = landed.map(|landed| landed.file).or(file);
        let (taken, put) = landed.map_or((0, 0), |landed| (landed.taken, landed.put));
        if let Some(stream) = file.and_then(|file| self.stream_mut(file)) {
            stream.taken_ahead = stream.taken_ahead.saturating_sub(taken.into());
            stream.poured.drain(..stream.poured.len().min(taken as usize));
            if stream.taken_ahead == 0 {
                stream.poured.clear();
            }
            // One that failed after a part of it was sent does not say how much that was.
            let counted = if done.ret.is_ok() { put } else { 0 };
            stream.put_ahead = stream.put_ahead.saturating_sub(counted.into());
        }
        let since = landed.map_or_else(|| Some(since.max(entered)), |landed| landed.since).unwrap_or(entered);
        match (kind, done.ret) {
            (OperationKind::Accept { fd } | OperationKind::AcceptMulti { fd }, Ok(number)) => {
                self.accepted(task, fd, Fd(number as i32), done.from);
            }
            (OperationKind::Recv { fd, .. } | OperationKind::RecvMulti { fd, .. }, Ok(count)) => {
                let moved = Moved { fd, file, count, lines: done.lines, head: &done.head, ahead: taken };
                self.tally.bytes_up += u64::from(count);
                self.received(seq, task, moved, since);
            }
            (OperationKind::Send { fd, .. }, Ok(count)) => {
                let moved = Moved { fd, file, count, lines: done.lines, head: &head, ahead: put };
                self.tally.bytes_down += u64::from(count);
                self.sent(task, moved);
            }
            (OperationKind::Cancel { .. }, _) => {}
            (_, Err(errno)) => self.broke(task, file, errno),
        }
    }
}
