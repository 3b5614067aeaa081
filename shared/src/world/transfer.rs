//! Connections accepted, bytes received and sent: by whatever call, it counts the same.

use std::net::SocketAddr;

use crate::errno::Errno;
use crate::event::{CAPTURE_MAX, Counted};
use crate::ids::{Fd, FileId, Seq, TaskId};
use crate::kernel::{Levels, Shutdown};
use crate::time::Nanos;
use crate::world::{File, FileKind, Impossible, Provenance, Stream, Tube, World};

/// Bytes that a call or an operation has moved.
#[derive(Clone, Copy)]
pub(super) struct Moved<'a> {
    /// The descriptor.
    pub(super) fd: Fd,
    /// What it named when the operation was started, if that is known.
    pub(super) file: Option<FileId>,
    /// How many.
    pub(super) count: u32,
    /// How many line feeds were among them.
    pub(super) lines: u32,
    /// The first of them.
    pub(super) head: &'a [u8],
    /// How many of them the kernel's buffers know of already: those of an operation that was done before the
    /// program heard of it, and those that a call put there before it slept.
    pub(super) ahead: u32,
}

impl World {
    /// A connection was taken out of a listener's queue.
    pub(super) fn accepted(&mut self, task: TaskId, listener: Fd, fd: Fd, from: Option<SocketAddr>) {
        self.task_mut(task).progress = true;
        self.tally.accepted += 1;
        let outside = self.outside;
        let told = self.file_of(task, fd).filter(|file| !Self::is_inferred(*file));
        let file = told.unwrap_or_else(|| {
            let file = self.name_file();
            let inferred = Tube { provenance: Provenance::Unknown, ..Tube::default() };
            let stream = Stream { recv: inferred.clone(), send: inferred, ..Stream::default() };
            self.files.insert(file, File::new(FileKind::Stream(Box::new(stream))));
            self.install(task, fd, file);
            file
        });
        if let Some(stream) = self.stream_mut(file) {
            stream.from = from;
            if !outside {
                stream.program.provenance = Provenance::Inferred;
            }
        }
        let Some(listener) = self.file_of(task, listener) else { return };
        if let Some(File { kind: FileKind::Listener { queue, .. }, .. }) = self.files.get_mut(&listener)
            && let Some(place) = queue.iter().position(|waiting| *waiting == file)
        {
            queue.remove(place);
        }
    }

    /// Bytes came up to the program. `since` is when it began to wait for them, if their arrival is not told.
    pub(super) fn received(&mut self, seq: Seq, task: TaskId, moved: Moved<'_>, since: Nanos) {
        self.task_mut(task).progress = true;
        let Moved { fd, count, lines, head, ahead, .. } = moved;
        let mut short = false;
        let outside = self.outside;
        let file = moved.file.unwrap_or_else(|| self.stream_file(task, fd));
        let Some(stream) = self.stream_mut(file) else { return };
        if count == 0 {
            stream.end_seen = true;
            stream.input_ended = true;
            return;
        }
        stream.received += u64::from(count);
        // Of any program nobody knows what it keeps, nor what is an answer to what.
        if outside {
            self.tally.receives(u64::from(count));
            return;
        }
        let since = if ahead > 0 { since } else { stream.waiting_since.unwrap_or(since) };
        if ahead == 0 {
            short = !stream.recv.pop(count.into()) && stream.recv.provenance == Provenance::Told;
        }
        stream.program.push(count.into(), head);
        if lines > 0 && !stream.own {
            stream.lines_due.push_back((since, lines));
        }
        if stream.recv.level == 0 {
            stream.waiting_since = None;
        }
        self.tally.receives(u64::from(count));
        let gone = self.tally.sent + self.tally.lost;
        self.tally.held_most = self.tally.held_most.max(self.tally.received.saturating_sub(gone));
        if short {
            self.violate(seq, Impossible::ReceivedTooMuch(fd));
        }
    }

    /// The program has thrown away the last bytes that it received, with so many line feeds among them.
    pub(super) fn discarded(&mut self, task: TaskId, fd: Fd, bytes: u32, lines: u32) {
        self.tally.lost += u64::from(bytes);
        let Some(stream) = self.file_of(task, fd).and_then(|file| self.stream_mut(file)) else { return };
        stream.lost += u64::from(bytes);
        stream.program.pop_last(bytes.into());
        // Nobody waits in vain for what will not be answered: the lines that came last are no more.
        let mut left = lines;
        while let (true, Some((_, due))) = (left > 0, stream.lines_due.back_mut()) {
            let gone = left.min(*due);
            *due -= gone;
            left -= gone;
            if *due == 0 {
                stream.lines_due.pop_back();
            }
        }
    }

    /// Bytes went down from the program.
    pub(super) fn sent(&mut self, task: TaskId, moved: Moved<'_>) {
        self.task_mut(task).progress = true;
        let Moved { fd, count, lines, head, ahead, .. } = moved;
        let now = self.now;
        let mut spans = Vec::new();
        let lossless = self.tally.dropped == 0;
        let outside = self.outside;
        let file = moved.file.unwrap_or_else(|| self.stream_file(task, fd));
        let Some(stream) = self.stream_mut(file) else { return };
        stream.sent += u64::from(count);
        if outside {
            self.tally.sent += u64::from(count);
            return;
        }
        // A program that asked for the connection itself speaks first, and what it sends are no answers.
        let answers = stream.program.provenance == Provenance::Inferred;
        let lines = if stream.own { 0 } else { lines };
        // What it had received may be among what was lost.
        let unasked =
            if answers && lossless { u64::from(count).saturating_sub(stream.program.level) } else { 0 };
        stream.program.pop(count.into());
        if stream.send.provenance == Provenance::Told {
            let rest = head.get(ahead as usize..head.len().min(count as usize)).unwrap_or_default();
            stream.send.push(count.saturating_sub(ahead).into(), rest);
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
        self.tally.sent += u64::from(count);
        self.tally.unasked += unasked;
        self.tally.answers(lines.into());
        for (span, answered) in spans {
            self.tally.latency.add(span, answered.into());
        }
    }

    /// A failed read or write tells something of the connection, too.
    pub(super) fn broke(&mut self, task: TaskId, file: Option<FileId>, errno: Errno) {
        if !matches!(errno, Errno::ECONNRESET | Errno::EPIPE) {
            return;
        }
        self.task_mut(task).progress = true;
        if let Some(stream) = file.and_then(|file| self.stream_mut(file)) {
            stream.reset |= errno == Errno::ECONNRESET;
            stream.error = None;
        }
    }

    pub(super) fn shut_down(&mut self, task: TaskId, fd: Fd, how: Shutdown) {
        let file = self.stream_file(task, fd);
        if let Some(stream) = self.stream_mut(file) {
            stream.output_ended |= how != Shutdown::Read;
            stream.input_ended |= how != Shutdown::Write;
        }
    }

    /// An observer has looked at a socket's buffers.
    pub(super) fn sample(&mut self, task: TaskId, fd: Fd, levels: Levels, head: &[u8]) {
        let now = self.now;
        let file = self.stream_file(task, fd);
        if let Some(stream) = self.stream_mut(file) {
            stream.recv.sample(levels.recv, &head[..head.len().min(CAPTURE_MAX)]);
            stream.send.sample(levels.send, &[]);
            stream.waiting_since = (levels.recv > 0).then_some(now);
        }
    }

    /// An observer has looked at the queue of a listener.
    pub(super) fn queue_sampled(&mut self, task: TaskId, fd: Fd, count: u32) {
        let file = self.file_of(task, fd).and_then(|file| self.files.get_mut(&file));
        if let Some(File { kind: FileKind::Listener { sampled, .. }, .. }) = file {
            *sampled = Some(count);
        }
    }

    /// The server has counted what was lost, too. Of what connections hold, nobody knows any more: it is as if
    /// each was at rest.
    pub(super) fn correct(&mut self, counted: &Counted) {
        if counted.dropped > self.tally.dropped_before {
            // What is at rest anyway is not copied for this.
            let holds = |file: &File| match &file.kind {
                FileKind::Stream(stream) => stream.program.level > 0 || !stream.lines_due.is_empty(),
                _ => false,
            };
            let held: Vec<FileId> =
                self.files.iter().filter(|(_, file)| holds(file)).map(|(id, _)| *id).collect();
            for id in held {
                if let Some(stream) = self.stream_mut(id) {
                    stream.program = Tube { provenance: stream.program.provenance, ..Tube::default() };
                    stream.lines_due.clear();
                }
            }
        }
        self.tally.dropped_before = counted.dropped;
        self.tally.correct(counted);
    }

    /// A connection that the program itself asked for: `connect` has returned, or says that it is under way.
    pub(super) fn connecting(&mut self, task: TaskId, fd: Fd, to: Option<SocketAddr>, there: bool) {
        let known = self.file_of(task, fd).filter(|file| self.stream_of(*file).is_some());
        let file = known.unwrap_or_else(|| self.becomes(task, fd, FileKind::Stream(Box::default())));
        if let Some(stream) = self.stream_mut(file) {
            stream.from = to.or(stream.from);
            stream.own = true;
            stream.connecting = !there && stream.recv.provenance != Provenance::Told;
        }
    }

    /// The file of a descriptor at which data is moved; one that was not known is made known as a connection.
    pub(super) fn stream_file(&mut self, task: TaskId, fd: Fd) -> FileId {
        match self.file_of(task, fd) {
            Some(file) => file,
            // Seen from outside, it may be anything.
            None if self.outside => self.becomes(task, fd, FileKind::Unknown),
            None => self.becomes(task, fd, FileKind::Stream(Box::default())),
        }
    }

    pub(crate) fn stream_of(&self, file: FileId) -> Option<&Stream> {
        match &self.files.get(&file)?.kind {
            FileKind::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    pub(super) fn stream_mut(&mut self, file: FileId) -> Option<&mut Stream> {
        match &mut self.files.get_mut(&file)?.kind {
            FileKind::Stream(stream) => Some(stream),
            _ => None,
        }
    }
}
