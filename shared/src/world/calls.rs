//! What calls do to the world, as far as it can be seen from outside: arguments and results.

use crate::errno::Errno;
use crate::event::{Call, Details, Ret, Thing};
use crate::ids::{Fd, Seq, TaskId};
use crate::kernel::{CtlOp, EpollEvent, MsgFlags};
use crate::world::outside::kind_of;
use crate::world::transfer::Moved;
use crate::world::{
    FileKind, Impossible, Interface, OpenCall, Operations, PastCall, Queue, Registry, TaskState, World,
};

/// `struct kevent`, in bytes (FreeBSD 12 and later, 64 bits).
const KEVENT_BYTES: u64 = 64;

/// `port_event_t`, in bytes (illumos, 64 bits).
const PORT_EVENT_BYTES: u64 = 24;

/// An entry of the submission queue, in bytes (`io_uring(7)`).
const SQE_BYTES: u64 = 64;

/// An entry of the completion queue, in bytes (`io_uring(7)`).
const CQE_BYTES: u64 = 16;

/// `OVERLAPPED_ENTRY`, in bytes (Windows, 64 bits).
const OVERLAPPED_ENTRY_BYTES: u64 = 32;

impl World {
    pub(super) fn enter(&mut self, seq: Seq, task: TaskId, call: OpenCall) {
        self.revive(task);
        let known = self.task_mut(task);
        let doubled = known.call.is_some();
        let idle_turn = call.call.is_wait() && !known.progress;
        known.state = TaskState::Running;
        if call.call.is_wait() {
            known.progress = true;
        }
        self.tally.wakeups_idle += u64::from(idle_turn);
        self.tally.begins(call.call.is_wait());
        self.tally.bytes_down += bytes_down(&call);
        match call.call {
            Call::RingEnter { ring, .. } => self.submitted(task, ring, &call.down),
            Call::CompletionPortStart { submitted } => self.port_started(task, submitted, &call.down),
            // The changes are made before it waits.
            Call::Kevent { kqueue, .. } => self.kqueue_changed(task, kqueue, &call.down),
            _ => {}
        }
        self.task_mut(task).call = Some(call);
        if doubled {
            self.violate(seq, Impossible::CallInCall(task));
        }
    }

    pub(super) fn exit(&mut self, seq: Seq, task: TaskId, ret: Ret, lines: u32, up: &[u8]) {
        let left = self.now;
        let Some(open) = self.task_mut(task).call.take() else {
            self.violate(seq, Impossible::ReturnWithoutCall(task));
            return;
        };
        self.tally.call(open.call.name());
        self.tally.bytes_up += bytes_up(open.call, ret, up);
        self.tally.scanned += scanned(open.call, ret);
        if ret == Err(Errno::EAGAIN) {
            self.tally.eagain += 1;
        }
        if open.call.is_wait() {
            self.task_mut(task).turns += 1;
            if open.slept || !self.sleep_is_told {
                self.tally.wakeups += 1;
                self.task_mut(task).progress = false;
            }
        }
        match ret {
            Ok(value) => self.succeeded(seq, task, &open, value, lines, up),
            Err(errno) => self.failed(task, &open, errno, up),
        }
        let OpenCall { call, place, entered, down, .. } = open;
        let known = self.task_mut(task);
        known.state = TaskState::Running;
        known.keep(PastCall { call, place, entered, left, ret, down, up: up.to_vec() });
    }

    fn succeeded(&mut self, seq: Seq, task: TaskId, open: &OpenCall, value: u32, lines: u32, up: &[u8]) {
        let moved = |fd, head| Moved { fd, file: None, count: value, lines, head, ahead: 0 };
        match open.call {
            Call::Accept { fd } => {
                self.accepted(task, fd, Fd(value as i32), postcard::from_bytes(up).ok());
            }
            Call::RecvWith { flags, .. } if flags.contains(MsgFlags::PEEK) => {}
            Call::Recv { fd, len } | Call::RecvWith { fd, len, .. } | Call::Read { fd, len } => {
                let file = self.stream_file(task, fd);
                self.counted(Some(file), value, true);
                // With no room for anything, 0 says nothing.
                if value > 0 || len > 0 {
                    self.received(seq, task, moved(fd, up), open.entered);
                }
            }
            Call::Send { fd, .. } | Call::SendWith { fd, .. } | Call::Write { fd, .. } => {
                self.tally.bytes_down += u64::from(value);
                let file = self.stream_file(task, fd);
                self.counted(Some(file), value, false);
                if let Some(stream) = self.stream_mut(file) {
                    stream.put_ahead = stream.put_ahead.saturating_sub(open.put.into());
                }
                self.sent(task, Moved { ahead: open.put, ..moved(fd, &open.down) });
            }
            Call::Close { fd } => self.uninstall(task, fd),
            Call::Shutdown { fd, how } => self.shut_down(task, fd, how),
            Call::Fork => self.forked(task, TaskId(value)),
            Call::SpawnThread => self.tally.threads += 1,
            Call::Wait { .. } | Call::WaitFor { .. } if value > 0 => self.reap(TaskId(value)),
            Call::Transfer { from, to, .. } => self.transferred(task, from, to, value),
            Call::CloseRange { first, last, on_exec } => self.close_range(task, first, last, on_exec),
            Call::SetCloseOnExec { fd, on } => self.set_close_on_exec(task, fd, Some(on)),
            Call::SetNonblocking { fd, on } => self.set_nonblocking(task, fd, on),
            Call::Exec => self.executed(task, &open.down),
            Call::SetName => self.task_mut(task).name = String::from_utf8_lossy(&open.down).into_owned(),
            _ => self.made_something(task, open, Fd(value as i32), up),
        }
        self.changed_interest(seq, task, open, up);
    }

    /// Calls that make a file, or make another one of it.
    fn made_something(&mut self, task: TaskId, open: &OpenCall, new: Fd, up: &[u8]) {
        match open.call {
            Call::EpollCreate => self.made(task, new, Registry::empty(Interface::Epoll)),
            Call::Kqueue => self.made(task, new, Registry::empty(Interface::Kqueue)),
            Call::PortCreate => self.made(task, new, Registry::empty(Interface::EventPort)),
            Call::DevPollOpen => self.made(task, new, Registry::empty(Interface::DevPoll)),
            Call::RingSetup { entries } => self.made(task, new, Operations::empty(Queue::Rings, entries)),
            Call::CompletionPortCreate => self.made(task, new, Operations::empty(Queue::CompletionPort, 0)),
            Call::Socket => self.made(task, new, FileKind::Socket { bound: None }),
            Call::OpenFile => self.made(task, new, FileKind::Regular),
            Call::Open => {
                self.made(task, new, FileKind::Regular);
                self.label(task, new, &open.down);
            }
            Call::Create { thing } => self.made(task, new, kind_of(thing, &Details::default())),
            Call::SocketPair => {
                let second = up.first_chunk().map(|second| Fd(i32::from_le_bytes(*second)));
                for end in [Some(new), second].into_iter().flatten() {
                    self.made(task, end, kind_of(Thing::Connection, &Details::default()));
                }
            }
            Call::Pipe => {
                self.made(task, new, FileKind::Pipe { reads: true });
                if let Some(other) = up.first_chunk() {
                    self.made(task, Fd(i32::from_le_bytes(*other)), FileKind::Pipe { reads: false });
                }
            }
            Call::Dup { fd } => {
                if let Some(file) = self.file_of(task, fd) {
                    self.install(task, new, file);
                }
            }
            // One for datagrams stays one.
            Call::Bind { fd } if !self.is_other(task, fd) => {
                self.becomes(task, fd, FileKind::Socket { bound: postcard::from_bytes(up).ok() });
            }
            Call::Listen { fd, backlog } => self.listening(task, fd, backlog),
            Call::Connect { fd } if !self.is_other(task, fd) => {
                self.connecting(task, fd, postcard::from_bytes(&open.down).ok(), true);
            }
            _ => {}
        }
    }

    /// Calls that say what is to be watched or done, and that report it.
    fn changed_interest(&mut self, seq: Seq, task: TaskId, open: &OpenCall, up: &[u8]) {
        match open.call {
            Call::EpollCtl { epoll, op, fd, events } => {
                let data = EpollEvent::from_bytes(&open.down).map_or(0, |event| event.data);
                let events = if op == CtlOp::Del { Default::default() } else { events };
                self.epoll_changed(task, epoll, op, fd, EpollEvent { events, data });
            }
            Call::EpollWait { epoll, .. } => self.epoll_reported(task, epoll, up),
            Call::Kevent { kqueue, .. } => self.kqueue_reported(task, kqueue, up),
            Call::PortAssociate { port, fd, events } => self.port_associated(task, port, fd, events),
            Call::PortDissociate { port, fd } => self.port_dissociated(task, port, fd),
            Call::PortGetn { port, .. } => self.port_reported(task, port, up),
            Call::DevPollWrite { dev, .. } => self.dev_poll_written(task, dev, &open.down),
            Call::RingEnter { ring: queue, .. } | Call::CompletionPortGet { port: queue, .. } => {
                self.completed(seq, task, queue, up, open.entered);
            }
            Call::CompletionPortAssociate { port, fd } => {
                let port = self.file_of(task, port);
                let file = self.file_of(task, fd).and_then(|file| self.files.get_mut(&file));
                if let Some(file) = file {
                    file.port = port;
                }
            }
            _ => {}
        }
    }

    fn failed(&mut self, task: TaskId, open: &OpenCall, errno: Errno, up: &[u8]) {
        match open.call {
            Call::Recv { fd, .. }
            | Call::RecvWith { fd, .. }
            | Call::Read { fd, .. }
            | Call::Send { fd, .. }
            | Call::SendWith { fd, .. }
            | Call::Write { fd, .. } => {
                let file = self.file_of(task, fd);
                self.broke(task, file, errno);
            }
            Call::Accept { .. } => {
                self.tally.accepts_refused += u64::from(matches!(errno, Errno::EMFILE | Errno::ENFILE));
            }
            Call::Connect { fd } if errno == Errno::EINPROGRESS => {
                self.connecting(task, fd, postcard::from_bytes(&open.down).ok(), false);
            }
            // The time was over, and some events were taken all the same.
            Call::PortGetn { port, .. } => self.port_reported(task, port, up),
            Call::CompletionPortStart { submitted } => self.port_refused(task, submitted),
            _ => {}
        }
    }
}

/// What a call takes down into the kernel, in bytes: the data and structures that its arguments point to.
fn bytes_down(open: &OpenCall) -> u64 {
    match open.call {
        // Counted when it returns: only what was taken has crossed.
        Call::Send { .. } | Call::SendWith { .. } | Call::Write { .. } => 0,
        Call::Kevent { changes, .. } => u64::from(changes) * KEVENT_BYTES,
        Call::RingEnter { submit, .. } => u64::from(submit) * SQE_BYTES,
        // What is sent is counted when it has been sent.
        Call::CompletionPortStart { .. } => 0,
        // Text, which has not crossed.
        Call::Other { .. } => 0,
        Call::RingEnterUnseen { submit, .. } => u64::from(submit) * SQE_BYTES,
        _ => open.down.len() as u64,
    }
}

/// What a call brings up, in bytes.
fn bytes_up(call: Call, ret: Ret, up: &[u8]) -> u64 {
    match (call, ret) {
        (Call::Recv { .. } | Call::RecvWith { .. } | Call::Read { .. }, Ok(count)) => count.into(),
        (Call::Kevent { .. }, Ok(count)) => u64::from(count) * KEVENT_BYTES,
        (Call::PortGetn { .. }, Ok(count)) => u64::from(count) * PORT_EVENT_BYTES,
        (Call::RingEnter { .. }, Ok(count)) => u64::from(count) * CQE_BYTES,
        (Call::CompletionPortGet { .. }, Ok(count)) => u64::from(count) * OVERLAPPED_ENTRY_BYTES,
        (Call::Other { .. }, _) => 0,
        _ => up.len() as u64,
    }
}

/// How many descriptors a wait looked at: `select` tests every number below `nfds` and `poll` every entry; the
/// others only take what is on a ready list (`select(2)`, `poll(2)`, `epoll(7)`).
fn scanned(call: Call, ret: Ret) -> u64 {
    match (call, ret) {
        (Call::Select { nfds, .. }, _) => nfds.into(),
        (Call::Poll { count, .. }, _) => count.into(),
        (
            Call::EpollWait { .. } | Call::Kevent { .. } | Call::PortGetn { .. } | Call::DevPollWait { .. },
            Ok(count),
        ) => count.into(),
        _ => 0,
    }
}
