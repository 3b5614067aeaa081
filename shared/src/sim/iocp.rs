//! I/O completion ports of Windows: operations are started one by one, and a packet comes for each.
//!
//! The rules are those of Microsoft's documentation; they were read, not observed. Packets are taken in the order
//! in which they came. Threads that wait are released in the opposite one, the last first, because its memory is
//! still warm, and never more of them than may work at a time. Closing a socket ends what is under way on it.

use std::collections::VecDeque;

use crate::errno::Errno;
use crate::ids::{Fd, FileId, TaskId};
use crate::kernel::{Completed, Filter, Mask, Operation, Submission};
use crate::sim::cost;
use crate::sim::files::{File, Kind};
use crate::sim::kqueue::Found;
use crate::sim::machine::{Attempt, Machine};
use crate::sim::operations::{Outcome, Pending};
use crate::sim::waitq::Watch;
use crate::sorted::{SortedMap, SortedSet};
use crate::time::Nanos;

/// A completion port.
#[derive(Debug)]
pub(super) struct Port {
    /// How many of its threads may work at a time.
    concurrency: usize,
    /// The sockets that are tied to it.
    sockets: SortedSet<FileId>,
    /// Operations that are under way, in the order in which they were started.
    pending: Vec<Pending>,
    /// What is done and not yet taken, the oldest first.
    packets: VecDeque<Packet>,
    /// Threads that wait for a packet, the one that came last at the end.
    waiting: Vec<TaskId>,
    /// Threads that have taken a packet and not come back for another.
    working: SortedSet<TaskId>,
}

/// What is tied to which port.
#[derive(Debug, Default)]
pub(super) struct Ties {
    /// The port of each socket that is tied to one.
    ports: SortedMap<FileId, FileId>,
    /// The port that each working thread works for.
    threads: SortedMap<TaskId, FileId>,
}

/// What waits to be taken.
#[derive(Debug)]
enum Packet {
    /// An operation that is done.
    Done(Completed),
    /// A connection that an accept has got. Its descriptor is made for the thread that takes the packet.
    Accept(Pending),
}

impl Port {
    /// The sockets that are tied to it.
    pub(super) fn files(&self) -> impl Iterator<Item = FileId> {
        self.sockets.iter().copied()
    }

    /// How many accepts of a listener have a connection that is still in its queue.
    fn accepts_done(&self, listener: FileId) -> usize {
        let is_its = |packet: &&Packet| matches!(packet, Packet::Accept(pending) if pending.file == listener);
        self.packets.iter().filter(is_its).count()
    }
}

impl Machine {
    /// `CreateIoCompletionPort`. With a concurrency of 0 as many threads may work as there are CPUs.
    pub(super) fn completion_port_create(&mut self, concurrency: u32) -> Result<Fd, Errno> {
        let concurrency = if concurrency == 0 { self.sched.cpus() } else { concurrency as usize };
        let port = Port {
            concurrency,
            sockets: SortedSet::new(),
            pending: Vec::new(),
            packets: VecDeque::new(),
            waiting: Vec::new(),
            working: SortedSet::new(),
        };
        let id = self.add_file(File::new(Kind::CompletionPort(port), None));
        self.install(id)
    }

    /// `CreateIoCompletionPort` with a handle.
    pub(super) fn completion_port_associate(&mut self, port: Fd, fd: Fd) -> Result<(), Errno> {
        let id = self.file_of(port)?;
        let file = self.file_of(fd)?;
        self.completion_port(id)?;
        if self.ties.ports.contains_key(&file) {
            return Err(Errno::EINVAL);
        }
        self.ties.ports.insert(file, id);
        self.completion_port(id)?.sockets.insert(file);
        self.watch(file, Watch { by: id, fd });
        Ok(())
    }

    /// `AcceptEx`, `WSARecv`, `WSASend`: starts an operation. `CancelIoEx`: ends one.
    pub(super) fn completion_port_start(&mut self, submission: Submission) -> Result<(), Errno> {
        let Submission { user, operation } = submission;
        if let Operation::Cancel { user } = operation {
            return self.completion_port_cancel(user);
        }
        let fd = operation.kind().fd().ok_or(Errno::EINVAL)?;
        let file = self.file_of(fd)?;
        let id = *self.ties.ports.get(&file).ok_or(Errno::EINVAL)?;
        match operation {
            // There is no such thing.
            Operation::AcceptMulti { .. } | Operation::RecvMulti { .. } => return Err(Errno::EINVAL),
            // The socket for the connection has to be there before it is accepted.
            Operation::Accept { .. } if self.table_is_full() => return Err(Errno::EMFILE),
            _ => {}
        }
        self.completion_port(id)?.pending.push(Pending { user, file, operation, sent: 0 });
        self.completion_port_notice(id, file, Mask::all());
        Ok(())
    }

    /// `GetQueuedCompletionStatusEx`: takes up to `most` packets, or sleeps until there is one, if as many
    /// threads work as may.
    pub(super) fn completion_port_get(
        &mut self,
        port: Fd,
        completions: &mut Vec<Completed>,
        most: usize,
        timed_out: bool,
    ) -> Attempt<usize> {
        completions.clear();
        let task = self.current;
        let id = match self.file_of(port) {
            Ok(id) => id,
            Err(errno) => return Attempt::Done(Err(errno)),
        };
        self.stop_working(task);
        let Ok(port) = self.completion_port(id) else { return Attempt::Done(Err(Errno::EBADF)) };
        port.waiting.retain(|waiting| *waiting != task);
        let may_work = self.may_work(id);
        while may_work
            && completions.len() < most
            && let Some(packet) = self.completion_port(id).ok().and_then(|port| port.packets.pop_front())
        {
            completions.push(self.unpack(packet));
        }
        let Ok(port) = self.completion_port(id) else { return Attempt::Done(Err(Errno::EBADF)) };
        if completions.is_empty() && !timed_out {
            port.waiting.push(task);
            return Attempt::Sleep;
        }
        if !completions.is_empty() {
            port.working.insert(task);
            self.ties.threads.insert(task, id);
        }
        Attempt::Done(Ok(completions.len()))
    }

    /// What taking the packets that are there costs: for each, and for the bytes that they brought.
    pub(super) fn completion_port_cost(&mut self, port: Fd, most: usize) -> Nanos {
        let costs = self.costs;
        let id = self.file_of(port);
        let Ok(port) = id.and_then(|id| self.completion_port(id)) else { return Nanos::ZERO };
        let packets = port.packets.iter().take(most);
        let cost_of = |packet: &Packet| match packet {
            Packet::Done(completed) => cost::copy(&costs, completed.bytes.len()),
            Packet::Accept(_) => Nanos(costs.accept_ns),
        };
        packets.map(|packet| Nanos(costs.completion_ns) + cost_of(packet)).fold(Nanos::ZERO, |a, b| a + b)
    }

    /// Something happened to a socket: what is under way on it goes on. Operations of one kind are done in the
    /// order in which they were started.
    pub(super) fn completion_port_notice(&mut self, id: FileId, file: FileId, key: Mask) {
        let mut blocked = Mask::empty();
        let mut place = 0;
        while let Ok(port) = self.completion_port(id)
            && let Some(pending) = port.pending.get(place)
        {
            let wants = pending.wants().difference(Mask::ALWAYS);
            let passes =
                pending.file != file || !pending.wants().intersects(key) || blocked.intersects(wants);
            if passes || !self.go_on_with(id, place) {
                if !passes {
                    blocked |= wants;
                }
                place += 1;
            }
        }
    }

    /// A handle of a socket is closed: what is under way on it is ended.
    pub(super) fn completion_port_forget(&mut self, id: FileId, file: FileId) {
        let Ok(port) = self.completion_port(id) else { return };
        port.sockets.remove(&file);
        let (gone, rest) =
            std::mem::take(&mut port.pending).into_iter().partition(|pending| pending.file == file);
        port.pending = rest;
        for pending in gone {
            self.post(id, file, Packet::Done(pending.failed(Errno::ECANCELED)), (0, 0));
        }
        self.ties.ports.remove(&file);
    }

    /// The port is closed: its sockets are tied to it no longer, and whoever waits there is told.
    pub(super) fn completion_port_ended(&mut self, id: FileId) {
        let Ok(port) = self.completion_port(id) else { return };
        let (waiting, sockets) = (std::mem::take(&mut port.waiting), std::mem::take(&mut port.sockets));
        for file in sockets {
            self.ties.ports.remove(&file);
        }
        for task in waiting {
            self.wake_task(task);
        }
    }

    /// A thread falls asleep: if it was working for a port, another may work in its place.
    pub(super) fn working_thread_sleeps(&mut self, task: TaskId) {
        if let Some(id) = self.ties.threads.get(&task).copied() {
            self.release_thread(id);
        }
    }

    /// Tries an operation again. True if it is done and gone from the list.
    fn go_on_with(&mut self, id: FileId, place: usize) -> bool {
        let Ok(port) = self.completion_port(id) else { return false };
        let Some(pending) = port.pending.get(place) else { return false };
        let file = pending.file;
        let (packet, moved) = match &pending.operation {
            Operation::Accept { .. } => {
                let accepts = port.accepts_done(file);
                let Found { eof, data, .. } = self.find(file, Filter::Read);
                if !eof && data <= accepts {
                    return false;
                }
                (None, (0, 0))
            }
            Operation::Send { .. } => match self.send_more(id, place) {
                Some((outcome, put)) => (Some(outcome), (0, put)),
                None => return false,
            },
            operation => {
                let operation = operation.clone();
                let Some(outcome) = self.carry_out(file, &operation) else { return false };
                let moved = outcome.as_ref().map(Outcome::moved).unwrap_or_default();
                (Some(outcome), moved)
            }
        };
        let Ok(port) = self.completion_port(id) else { return false };
        let pending = port.pending.remove(place);
        let packet = match packet {
            Some(outcome) => Packet::Done(pending.completed(outcome, false)),
            None => Packet::Accept(pending),
        };
        self.post(id, file, packet, moved);
        true
    }

    /// Sends more of an operation's bytes. It is done when all of them are in the send buffer: then this says
    /// so, and how many were put there last.
    fn send_more(&mut self, id: FileId, place: usize) -> Option<(Result<Outcome, Errno>, u32)> {
        let pending = self.completion_port(id).ok()?.pending.get(place)?;
        let Operation::Send { bytes, .. } = &pending.operation else { return None };
        let (user, file, sent, rest) =
            (pending.user, pending.file, pending.sent, bytes[pending.sent..].to_vec());
        let put = match self.stream(file).map(|_| ()).and_then(|()| self.put(file, &rest)) {
            Ok(put) => put,
            Err(Errno::EAGAIN) => return None,
            Err(errno) => return Some((Err(errno), 0)),
        };
        let sent = sent + put;
        if put == rest.len() {
            return Some((Ok(Outcome { sent: sent as u32, ..Outcome::default() }), put as u32));
        }
        self.tell_completed(id, (user, file), (0, put as u32), &rest);
        self.completion_port(id).ok()?.pending.get_mut(place)?.sent = sent;
        None
    }

    /// Makes a completion of a packet, in the task that takes it.
    fn unpack(&mut self, packet: Packet) -> Completed {
        match packet {
            Packet::Done(completed) => completed,
            Packet::Accept(pending) => {
                let outcome = self.carry_out(pending.file, &pending.operation);
                pending.completed(outcome.unwrap_or(Err(Errno::ECONNABORTED)), false)
            }
        }
    }

    fn completion_port_cancel(&mut self, user: u64) -> Result<(), Errno> {
        let ids: SortedSet<FileId> = self.ties.ports.values().copied().collect();
        for id in ids {
            let port = self.completion_port(id)?;
            if let Some(place) = port.pending.iter().position(|pending| pending.user == user) {
                let pending = port.pending.remove(place);
                let file = pending.file;
                self.post(id, file, Packet::Done(pending.failed(Errno::ECANCELED)), (0, 0));
                return Ok(());
            }
        }
        Err(Errno::ENOENT)
    }

    /// Puts a packet into the queue, and lets a thread have it.
    fn post(&mut self, id: FileId, file: FileId, packet: Packet, moved: (u32, u32)) {
        match &packet {
            Packet::Done(completed) => {
                // Of a send, these are the bytes that were sent last.
                let first = completed.bytes.len().saturating_sub(moved.1 as usize);
                self.tell_completed(id, (completed.user, file), moved, &completed.bytes[first..]);
            }
            Packet::Accept(pending) => self.tell_completed(id, (pending.user, file), moved, &[]),
        }
        if let Ok(port) = self.completion_port(id) {
            port.packets.push_back(packet);
        }
        self.release_thread(id);
    }

    /// Releases the thread that began to wait last, if there is a packet and one more may work.
    fn release_thread(&mut self, id: FileId) {
        let may_work = self.may_work(id);
        let Ok(port) = self.completion_port(id) else { return };
        if may_work
            && !port.packets.is_empty()
            && let Some(task) = port.waiting.pop()
        {
            self.wake_task(task);
        }
    }

    /// Whether fewer threads work for a port than may: one that sleeps elsewhere does not count.
    fn may_work(&mut self, id: FileId) -> bool {
        let Ok(port) = self.completion_port(id) else { return false };
        let (working, most) = (port.working.clone(), port.concurrency);
        working.into_iter().filter(|task| !self.is_asleep(*task)).count() < most
    }

    fn stop_working(&mut self, task: TaskId) {
        if let Some(id) = self.ties.threads.remove(&task)
            && let Ok(port) = self.completion_port(id)
        {
            port.working.remove(&task);
        }
    }

    fn completion_port(&mut self, id: FileId) -> Result<&mut Port, Errno> {
        match self.files.get_mut(id).map(|file| &mut file.kind) {
            Some(Kind::CompletionPort(port)) => Ok(port),
            _ => Err(Errno::EBADF),
        }
    }
}
