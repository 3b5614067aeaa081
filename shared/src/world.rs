//! The reducer: events fold into a [`World`], and every picture is drawn from one.
//!
//! [`World::apply`] is total: any list of events gives a world, and what cannot be so goes into
//! [`World::violations`] instead of stopping anything. A trace that lost events, or one that begins in the
//! middle, is still shown, with what is known.

mod calls;
mod check;
mod files;
mod insides;
mod operations;
mod outside;
mod registries;
mod sockets;
mod tally;
mod tasks;
mod transfer;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

pub use check::{Impossible, VIOLATIONS_MAX, Violation};
pub use files::{Descriptor, File, FileKind, Table};
pub use operations::{Landed, Operations, Pending, Queue, Taken};
pub use registries::{Interested, Interface, Registry};
pub use sockets::{Peer, Provenance, Stream, Tube};
pub use tally::{Tally, Work};
pub use tasks::{ENDED_MAX, OpenCall, PastCall, Task, TaskState};

use crate::event::{Event, What};
use crate::ids::{Fd, FileId, PeerId, Seq, TaskId};
use crate::kernel::Note;
use crate::shelf::Shelf;
use crate::sorted::SortedMap;
use crate::time::Nanos;

/// All that is known of the machine at one instant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct World {
    /// The number of the next event: so many have been applied or were lost.
    pub seq: Seq,
    /// The instant of the last event.
    pub now: Nanos,
    /// Every task that lives or waits for its parent, and the last [`ENDED_MAX`] that have ended.
    pub tasks: Shelf<TaskId, Task>,
    /// A descriptor table for each process, by the task that began it.
    pub tables: SortedMap<TaskId, Table>,
    /// Every open file description that a descriptor or a queue still refers to.
    pub files: Shelf<FileId, File>,
    /// The clients, where they are known.
    pub peers: Shelf<PeerId, Peer>,
    /// What has been counted.
    pub tally: Tally,
    /// The first things that could not be so.
    pub violations: Vec<Violation>,
    /// What else is known of each process.
    families: SortedMap<TaskId, tasks::Family>,
    /// The tasks that have ended, the oldest first.
    ended: VecDeque<TaskId>,
    /// A simulated kernel tells of every sleep. Otherwise each wait may have been one.
    sleep_is_told: bool,
    /// Who tells sees the program from outside only, and any program: nothing is known of what it keeps, of how
    /// full buffers are, nor of when a line is answered.
    pub outside: bool,
    /// The number for the next file that the reducer itself must name.
    next_file: u32,
}

/// Files named by the reducer start here, so that they never meet those that a simulated kernel names.
const FIRST_INFERRED_FILE: u32 = 1 << 31;

impl World {
    /// A world in which nothing has happened.
    pub fn new() -> Self {
        Self { next_file: FIRST_INFERRED_FILE, ..Self::default() }
    }

    /// Applies one event, with its payload.
    pub fn apply(&mut self, event: &Event, payload: &[u8]) {
        let seq = self.seq;
        self.seq = seq.next();
        // A simulated kernel has one clock. Of a real one, what another task did may be heard of late.
        if event.at < self.now && self.sleep_is_told {
            self.violate(seq, Impossible::TimeWentBack);
        }
        self.now = self.now.max(event.at);
        match event.what {
            What::TaskBegin { parent, thread } => self.task_begin(event.task, parent, thread, payload),
            What::TaskEnd { status } => self.task_end(event.task, status),
            What::Listening { fd, backlog } => self.listening(event.task, fd, backlog),
            What::Enter { call, place } => {
                self.enter(seq, event.task, OpenCall::new(call, place, event.at, payload))
            }
            What::Exit { ret, lines } => self.exit(seq, event.task, ret, lines, payload),
            What::Note { note, .. } => self.note(event.task, note),
            What::Queue { fd, waiting } => self.queue_sampled(event.task, fd, waiting),
            What::Counted => {
                if let Ok(counted) = postcard::from_bytes(payload) {
                    self.correct(&counted);
                }
            }
            What::Sample { fd, levels } => self.sample(event.task, fd, levels, payload),
            What::Dropped { count } => {
                self.seq = Seq(self.seq.0 + count);
                self.tally.dropped += count;
                // What the task was in, it may have left; nobody knows.
                if let Some(task) = self.tasks.get_mut(&event.task) {
                    task.call = None;
                }
            }
            What::Outside => self.outside = true,
            What::Found { fd, thing, nonblocking, close_on_exec } => {
                self.found(event.task, fd, thing, (nonblocking, close_on_exec), payload);
            }
            What::Signal { .. } => self.tally.signals += 1,
            What::Inside(inside) => self.inside(seq, event.task, inside, payload),
        }
    }

    fn note(&mut self, task: TaskId, note: Note) {
        self.task_mut(task).note(note);
        match note {
            Note::Buffered { fd, input, output } => {
                if let Some(stream) = self.file_of(task, fd).and_then(|file| self.stream_mut(file)) {
                    stream.buffered = Some((input, output));
                }
            }
            Note::Discarded { fd, bytes, lines } => self.discarded(task, fd, bytes, lines),
            Note::CallbackBegins { .. } | Note::CallbackEnds { .. } => {}
        }
    }

    /// The file that a descriptor of a task names.
    pub fn file_of(&self, task: TaskId, fd: Fd) -> Option<FileId> {
        Some(self.table_of(task)?.fds.get(&fd)?.file)
    }

    /// The descriptor table of the process that a task belongs to.
    pub fn table_of(&self, task: TaskId) -> Option<&Table> {
        self.tables.get(&self.tasks.get(&task)?.process)
    }

    /// The first process and descriptor that name a file.
    pub fn descriptor_of(&self, file: FileId) -> Option<(TaskId, Fd)> {
        self.files.get(&file)?.names.first().copied()
    }

    /// The stream socket that a descriptor names.
    pub fn stream(&self, task: TaskId, fd: Fd) -> Option<&Stream> {
        self.stream_of(self.file_of(task, fd)?)
    }

    /// How many parts a copy of it has, roughly: files, descriptors, clients, tasks.
    pub fn parts(&self) -> usize {
        let open = self.tally.fds_opened.saturating_sub(self.tally.fds_closed) as usize;
        self.files.len() + open + self.peers.len() + self.tasks.len()
    }

    /// Whether something is known only from outside: no simulated kernel told the state of this file.
    pub fn is_inferred(file: FileId) -> bool {
        file.0 >= FIRST_INFERRED_FILE
    }

    /// Whether a simulated kernel tells of every sleep. If not, a task in a wait may sleep or not: that cannot be
    /// seen from outside.
    pub fn tells_of_sleep(&self) -> bool {
        self.sleep_is_told
    }

    fn name_file(&mut self) -> FileId {
        let file = FileId(self.next_file.max(FIRST_INFERRED_FILE));
        self.next_file = file.0.wrapping_add(1);
        file
    }
}
