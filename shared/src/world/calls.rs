//! What calls do to the world, as far as it can be seen from outside: arguments and results.

use std::net::SocketAddr;

use crate::errno::Errno;
use crate::event::{CAPTURE_MAX, Call, Ret};
use crate::ids::{Fd, FileId, Seq, TaskId};
use crate::kernel::{CtlOp, EpollEvent, Filter, Kevent, KeventFlags, Levels, Mask, Shutdown};
use crate::world::{
    File, FileKind, Interested, OpenCall, PastCall, Provenance, Stream, TaskState, Tube, World,
};

impl World {
    pub(super) fn enter(&mut self, seq: Seq, task: TaskId, call: OpenCall) {
        let known = self.task_mut(task);
        let doubled = known.call.is_some();
        let idle_turn = call.call.is_wait() && !known.progress;
        known.state = TaskState::Running;
        if call.call.is_wait() {
            known.progress = true;
        }
        self.tally.wakeups_idle += u64::from(idle_turn);
        self.tally.bytes_down += bytes_down(&call);
        self.task_mut(task).call = Some(call);
        if doubled {
            self.violate(seq, format!("task {task} makes a call inside a call"));
        }
    }

    pub(super) fn exit(&mut self, seq: Seq, task: TaskId, ret: Ret, lines: u32, up: &[u8]) {
        let left = self.now;
        let Some(open) = self.task_mut(task).call.take() else {
            self.violate(seq, format!("task {task} returns from a call that it did not make"));
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
        if let Ok(value) = ret {
            self.succeeded(seq, task, &open, value, lines, up);
        } else {
            self.failed(task, open.call, ret);
        }
        let OpenCall { call, place, entered, down, .. } = open;
        let past = PastCall { call, place, entered, left, ret, down, up: up.to_vec() };
        let known = self.task_mut(task);
        known.state = TaskState::Running;
        if call.is_wait() {
            known.waited = Some(past.clone());
        }
        known.last = Some(past);
    }

    fn succeeded(&mut self, seq: Seq, task: TaskId, open: &OpenCall, value: u32, lines: u32, up: &[u8]) {
        match open.call {
            Call::Accept { fd } => self.accepted(task, fd, Fd(value as i32), up),
            Call::Recv { fd, .. } => self.received(seq, task, fd, value, lines, up, open),
            Call::Send { fd, .. } => self.sent(seq, task, fd, value, lines, open),
            Call::Close { fd } => self.uninstall(task, fd),
            Call::Shutdown { fd, how } => self.shut_down(task, fd, how),
            Call::EpollCreate | Call::Kqueue => self.epoll_created(task, Fd(value as i32)),
            Call::EpollCtl { epoll, op, fd, events } => {
                let data = EpollEvent::from_bytes(&open.down).map_or(0, |event| event.data);
                let event = (op != CtlOp::Del).then_some(EpollEvent { events, data });
                self.interest(task, epoll, fd, event);
            }
            Call::Kevent { kqueue, .. } => {
                let changes: Vec<Kevent> = postcard::from_bytes(&open.down).unwrap_or_default();
                for change in changes {
                    self.kqueue_change(task, kqueue, &change);
                }
            }
            _ => {}
        }
    }

    /// A failed read or write tells something of the connection, too.
    fn failed(&mut self, task: TaskId, call: Call, ret: Ret) {
        let over = matches!(ret, Err(Errno::ECONNRESET | Errno::EPIPE));
        if let (Call::Recv { fd, .. } | Call::Send { fd, .. }, true) = (call, over) {
            self.task_mut(task).progress = true;
            self.with_stream(task, fd, |stream| {
                stream.reset |= ret == Err(Errno::ECONNRESET);
                stream.error = None;
            });
        }
    }

    fn accepted(&mut self, task: TaskId, listener: Fd, fd: Fd, up: &[u8]) {
        self.task_mut(task).progress = true;
        self.tally.accepted += 1;
        let told = self.file_of(task, fd).filter(|file| !Self::is_inferred(*file));
        let file = told.unwrap_or_else(|| {
            let file = self.name_file();
            let inferred = Tube { provenance: Provenance::Unknown, ..Tube::default() };
            let stream = Stream { recv: inferred.clone(), send: inferred, ..Stream::default() };
            self.files.insert(file, File::new(FileKind::Stream(Box::new(stream))));
            self.install(task, fd, file);
            file
        });
        if let Some(File { kind: FileKind::Stream(stream), .. }) = self.files.get_mut(&file) {
            stream.from = postcard::from_bytes::<SocketAddr>(up).ok();
            stream.program.provenance = Provenance::Inferred;
        }
        self.unqueue(task, listener, file);
    }

    fn unqueue(&mut self, task: TaskId, listener: Fd, taken: FileId) {
        let Some(listener) = self.file_of(task, listener) else { return };
        if let Some(File { kind: FileKind::Listener { queue, .. }, .. }) = self.files.get_mut(&listener) {
            queue.retain(|waiting| *waiting != taken);
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the arguments and results of one call")]
    fn received(
        &mut self,
        seq: Seq,
        task: TaskId,
        fd: Fd,
        count: u32,
        lines: u32,
        up: &[u8],
        open: &OpenCall,
    ) {
        self.task_mut(task).progress = true;
        self.tally.received += u64::from(count);
        let mut short = false;
        self.with_stream(task, fd, |stream| {
            if count == 0 {
                stream.end_seen = true;
                stream.input_ended = true;
                return;
            }
            stream.received += u64::from(count);
            match stream.recv.provenance {
                Provenance::Told => short = !stream.recv.pop(count.into()),
                _ => {
                    stream.recv.pop(count.into());
                }
            }
            stream.program.push(count.into(), up);
            let since = stream.waiting_since.unwrap_or(open.entered);
            if lines > 0 {
                stream.lines_due.push_back((since, lines));
            }
            if stream.recv.level == 0 {
                stream.waiting_since = None;
            }
        });
        if short {
            self.violate(seq, format!("more bytes were received from descriptor {fd} than had arrived"));
        }
    }

    fn sent(&mut self, seq: Seq, task: TaskId, fd: Fd, count: u32, lines: u32, open: &OpenCall) {
        self.task_mut(task).progress = true;
        self.tally.sent += u64::from(count);
        self.tally.bytes_down += u64::from(count);
        self.tally.lines += u64::from(lines);
        let now = self.now;
        let mut spans = Vec::new();
        let mut unanswered = false;
        self.with_stream(task, fd, |stream| {
            stream.sent += u64::from(count);
            unanswered = !stream.program.pop(count.into());
            if stream.send.provenance == Provenance::Told {
                stream.send.push(count.into(), &open.down[..open.down.len().min(count as usize)]);
            }
            let mut left = lines;
            while let (true, Some((since, due))) = (left > 0, stream.lines_due.front_mut()) {
                let answered = left.min(*due);
                spans.push((now.since(*since), answered));
                *due -= answered;
                left -= answered;
                if *due == 0 {
                    stream.lines_due.pop_front();
                }
            }
        });
        for (span, answered) in spans {
            self.tally.latency.add(span, answered.into());
        }
        if unanswered {
            self.violate(seq, format!("more bytes were sent to descriptor {fd} than had been received"));
        }
    }

    fn shut_down(&mut self, task: TaskId, fd: Fd, how: Shutdown) {
        self.with_stream(task, fd, |stream| {
            stream.output_ended |= how != Shutdown::Read;
            stream.input_ended |= how != Shutdown::Write;
        });
    }

    fn epoll_created(&mut self, task: TaskId, fd: Fd) {
        let told = self.file_of(task, fd).filter(|file| !Self::is_inferred(*file));
        let file = told.unwrap_or_else(|| self.name_file());
        let kind = FileKind::Epoll { interest: Default::default(), ready: Vec::new() };
        let refs = self.files.get(&file).map_or(0, |file| file.refs);
        self.files.insert(file, File { refs, ..File::new(kind) });
        self.install(task, fd, file);
    }

    fn interest(&mut self, task: TaskId, epoll: Fd, fd: Fd, event: Option<EpollEvent>) {
        let (Some(epoll), Some(file)) = (self.file_of(task, epoll), self.file_of(task, fd)) else { return };
        let Some(File { kind: FileKind::Epoll { interest, .. }, .. }) = self.files.get_mut(&epoll) else {
            return;
        };
        match event {
            Some(event) => interest.insert((fd, file), Interested { event }),
            None => interest.remove(&(fd, file)),
        };
    }

    /// A change of what a kqueue watches, seen as the bits of an interest list.
    fn kqueue_change(&mut self, task: TaskId, kqueue: Fd, change: &Kevent) {
        let bit = match change.filter {
            Filter::Read => Mask::IN,
            Filter::Write => Mask::OUT,
        };
        let (Some(queue), Some(file)) = (self.file_of(task, kqueue), self.file_of(task, change.fd)) else {
            return;
        };
        let Some(File { kind: FileKind::Epoll { interest, .. }, .. }) = self.files.get(&queue) else {
            return;
        };
        let mut events = interest.get(&(change.fd, file)).map_or(Mask::empty(), |known| known.event.events);
        let off = change.flags.intersects(KeventFlags::DELETE | KeventFlags::DISABLE);
        events.set(bit, !off);
        let event = EpollEvent { events, data: change.user };
        self.interest(task, kqueue, change.fd, (!events.is_empty()).then_some(event));
    }

    pub(super) fn sample(&mut self, task: TaskId, fd: Fd, levels: Levels, head: &[u8]) {
        let now = self.now;
        self.with_stream(task, fd, |stream| {
            stream.recv.sample(levels.recv, &head[..head.len().min(CAPTURE_MAX)]);
            stream.send.sample(levels.send, &[]);
            stream.waiting_since = (levels.recv > 0).then_some(now);
        });
    }

    /// Does something to the stream that a descriptor names; one that was not known is made known.
    fn with_stream(&mut self, task: TaskId, fd: Fd, act: impl FnOnce(&mut Stream)) {
        let file = self.file_of(task, fd).unwrap_or_else(|| {
            let file = self.name_file();
            self.files.insert(file, File::new(FileKind::Stream(Box::default())));
            self.install(task, fd, file);
            file
        });
        if let Some(File { kind: FileKind::Stream(stream), .. }) = self.files.get_mut(&file) {
            act(stream);
        }
    }
}

/// What a call takes down into the kernel, in bytes: the data and structures that its arguments point to.
fn bytes_down(open: &OpenCall) -> u64 {
    match open.call {
        Call::Send { .. } => 0, // Counted when it returns: only what was taken has crossed.
        _ => open.down.len() as u64,
    }
}

fn bytes_up(call: Call, ret: Ret, up: &[u8]) -> u64 {
    match (call, ret) {
        (Call::Recv { .. }, Ok(count)) => count.into(),
        _ => up.len() as u64,
    }
}

/// How many descriptors a wait looked at: `select` tests every number below `nfds`, `epoll_wait` only takes
/// what is on the ready list (`select(2)`, `epoll(7)`).
fn scanned(call: Call, ret: Ret) -> u64 {
    match (call, ret) {
        (Call::Select { nfds, .. }, _) => nfds.into(),
        (Call::EpollWait { .. } | Call::Kevent { .. }, Ok(count)) => count.into(),
        _ => 0,
    }
}
