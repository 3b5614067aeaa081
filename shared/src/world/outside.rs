//! What is seen of a program from outside only: what its descriptors name, and the calls of programs that are
//! not ours.

use crate::event::{Details, Thing};
use crate::ids::{Fd, FileId, TaskId};
use crate::world::{FileKind, Interface, Operations, Queue, Registry, Stream, Table, World};

impl World {
    /// An observer sees what a descriptor names. What is known of it already stays, where it fits; if it does not,
    /// the number has been given to something else, and nobody has told.
    pub(super) fn found(
        &mut self,
        task: TaskId,
        fd: Fd,
        thing: Thing,
        (nonblocking, close_on_exec): (Option<bool>, Option<bool>),
        payload: &[u8],
    ) {
        let details: Details = postcard::from_bytes(payload).unwrap_or_default();
        let known = self.file_of(task, fd).and_then(|file| self.files.get(&file));
        let fits = known.map(|file| fit(&file.kind, thing, &details));
        let file = match fits {
            Some(Fit::Same) => self.file_of(task, fd),
            Some(Fit::More) => Some(self.becomes(task, fd, kind_of(thing, &details))),
            Some(Fit::Other) => {
                self.uninstall(task, fd);
                Some(self.becomes(task, fd, kind_of(thing, &details)))
            }
            None => Some(self.becomes(task, fd, kind_of(thing, &details))),
        };
        let Some(file) = file.and_then(|file| self.files.get_mut(&file)) else { return };
        file.nonblocking = nonblocking.or(file.nonblocking);
        if !details.label.is_empty() {
            file.label = Some(details.label);
        }
        match &mut file.kind {
            FileKind::Stream(stream) => stream.from = details.remote.or(stream.from),
            FileKind::Socket { bound } => *bound = details.local.or(*bound),
            _ => {}
        }
        if close_on_exec.is_some() {
            self.set_close_on_exec(task, fd, close_on_exec);
        }
    }

    /// Whether [`crate::event::What::Found`] with this would tell anything new.
    pub fn learns(
        &self,
        task: TaskId,
        fd: Fd,
        thing: Thing,
        (nonblocking, close_on_exec): (Option<bool>, Option<bool>),
        details: &Details,
    ) -> bool {
        let descriptor = self.table_of(task).and_then(|table| table.fds.get(&fd));
        let Some(descriptor) = descriptor else { return true };
        let Some(file) = self.files.get(&descriptor.file) else { return true };
        let from = match &file.kind {
            FileKind::Stream(stream) => stream.from.is_none() && details.remote.is_some(),
            FileKind::Socket { bound } => bound.is_none() && details.local.is_some(),
            _ => false,
        };
        let new = |seen: Option<bool>, known: Option<bool>| seen.is_some() && seen != known;
        fit(&file.kind, thing, details) != Fit::Same
            || from
            || (file.label.is_none() && !details.label.is_empty())
            || new(nonblocking, file.nonblocking)
            || new(close_on_exec, descriptor.close_on_exec)
    }

    /// A descriptor is closed when its process begins another program, or is not.
    pub(super) fn set_close_on_exec(&mut self, task: TaskId, fd: Fd, on: Option<bool>) {
        if let Some(descriptor) = self.table_mut(task).and_then(|table| table.fds.get_mut(&fd)) {
            descriptor.close_on_exec = on;
        }
    }

    /// A file's calls fail with `EAGAIN` from now on, or sleep.
    pub(super) fn set_nonblocking(&mut self, task: TaskId, fd: Fd, on: bool) {
        if let Some(file) = self.file_of(task, fd).and_then(|file| self.files.get_mut(&file)) {
            file.nonblocking = Some(on);
        }
    }

    /// What a file is called.
    pub(super) fn label(&mut self, task: TaskId, fd: Fd, label: &[u8]) {
        if let Some(file) = self.file_of(task, fd).and_then(|file| self.files.get_mut(&file)) {
            file.label = Some(String::from_utf8_lossy(label).into_owned());
        }
    }

    /// Whether a descriptor names something of which no more is known than what it is.
    pub(super) fn is_other(&self, task: TaskId, fd: Fd) -> bool {
        let file = self.file_of(task, fd).and_then(|file| self.files.get(&file));
        file.is_some_and(|file| matches!(file.kind, FileKind::Other(_)))
    }

    /// A range of numbers is closed, or marked to be closed.
    pub(super) fn close_range(&mut self, task: TaskId, first: Fd, last: Fd, on_exec: bool) {
        // The last is an unsigned number, and most often the largest there is.
        let last = if last.0 < 0 { i32::MAX } else { last.0 };
        if first.0 > last {
            return;
        }
        let Some(table) = self.table_of(task) else { return };
        let open: Vec<Fd> = table.fds.range(first..=Fd(last)).map(|(fd, _)| *fd).collect();
        for fd in open {
            match on_exec {
                true => self.set_close_on_exec(task, fd, Some(true)),
                false => self.uninstall(task, fd),
            }
        }
    }

    /// A task has begun another program: it has a descriptor table of its own, from which is gone what was
    /// close-on-exec (`execve(2)`).
    pub(super) fn executed(&mut self, task: TaskId, path: &[u8]) {
        self.leave_thread_group(task);
        let table = self.table_of(task);
        let open = table.map(|table| table.fds.iter()).into_iter().flatten();
        let over = open.filter(|(_, descriptor)| descriptor.close_on_exec == Some(true));
        for fd in over.map(|(fd, _)| *fd).collect::<Vec<_>>() {
            self.uninstall(task, fd);
        }
        let path = String::from_utf8_lossy(path);
        let name = path.rsplit('/').next().unwrap_or_default();
        if !name.is_empty() {
            self.task_mut(task).name = name.to_owned();
        }
    }

    /// Bytes went from one descriptor to another inside the kernel.
    pub(super) fn transferred(&mut self, task: TaskId, from: Fd, to: Fd, count: u32) {
        self.task_mut(task).progress = true;
        for (fd, up) in [(from, true), (to, false)] {
            let Some(file) = self.file_of(task, fd) else { continue };
            self.counted(Some(file), count, up);
            let Some(stream) = self.stream_mut(file) else { continue };
            match up {
                true => stream.received += u64::from(count),
                false => stream.sent += u64::from(count),
            }
            match up {
                true => self.tally.receives(u64::from(count)),
                false => self.tally.sent += u64::from(count),
            }
        }
    }

    /// A call has taken bytes out of a file, or put them there.
    pub(super) fn counted(&mut self, file: Option<FileId>, count: u32, up: bool) {
        let Some(file) = file.and_then(|file| self.files.get_mut(&file)) else { return };
        match up {
            true => file.read += u64::from(count),
            false => file.written += u64::from(count),
        }
    }

    fn table_mut(&mut self, task: TaskId) -> Option<&mut Table> {
        let process = self.tasks.get(&task)?.process;
        self.tables.get_mut(&process)
    }
}

/// How what an observer sees goes with what is known.
#[derive(Clone, Copy, PartialEq)]
enum Fit {
    /// It says no more.
    Same,
    /// It says more.
    More,
    /// It is something else.
    Other,
}

fn fit(known: &FileKind, thing: Thing, details: &Details) -> Fit {
    // Another far end is another connection.
    if let (FileKind::Stream(stream), Some(remote)) = (known, details.remote)
        && stream.from.is_some_and(|from| from.port() != remote.port())
    {
        return Fit::Other;
    }
    let same = |yes: bool| if yes { Fit::Same } else { Fit::Other };
    match (known, thing) {
        (_, Thing::Unknown) => Fit::Same,
        (FileKind::Unknown, _)
        | (FileKind::Socket { .. }, Thing::Connection | Thing::Listener | Thing::Datagrams)
        | (FileKind::Other(Thing::Pipe), Thing::PipeReads | Thing::PipeWrites)
        | (FileKind::Regular, Thing::Directory | Thing::Device | Thing::Memory) => Fit::More,
        (FileKind::Socket { .. }, Thing::Socket)
        | (FileKind::Listener { .. }, Thing::Listener | Thing::Socket)
        | (FileKind::Stream(_), Thing::Connection | Thing::Socket)
        | (FileKind::Regular, Thing::File)
        | (FileKind::Other(Thing::Directory | Thing::Device | Thing::Memory), Thing::File)
        | (FileKind::Other(Thing::Datagrams), Thing::Socket)
        | (FileKind::Pipe { .. }, Thing::Pipe) => Fit::Same,
        (FileKind::Pipe { reads }, Thing::PipeReads) => same(*reads),
        (FileKind::Pipe { reads }, Thing::PipeWrites) => same(!*reads),
        (FileKind::Registry(registry), Thing::Epoll) => same(registry.interface == Interface::Epoll),
        (FileKind::Operations(operations), Thing::Rings) => same(operations.queue == Queue::Rings),
        (FileKind::Other(known), seen) => same(*known == seen),
        _ => Fit::Other,
    }
}

/// A file of which no more is known than what it is.
pub(super) fn kind_of(thing: Thing, details: &Details) -> FileKind {
    match thing {
        Thing::Unknown => FileKind::Unknown,
        Thing::File => FileKind::Regular,
        Thing::PipeReads => FileKind::Pipe { reads: true },
        Thing::PipeWrites => FileKind::Pipe { reads: false },
        Thing::Socket => FileKind::Socket { bound: details.local },
        Thing::Listener => FileKind::Listener { backlog: 0, queue: Vec::new(), sampled: None },
        Thing::Connection => FileKind::Stream(Box::new(Stream { from: details.remote, ..Stream::default() })),
        Thing::Epoll => Registry::empty(Interface::Epoll),
        Thing::Rings => Operations::empty(Queue::Rings, 0),
        other => FileKind::Other(other),
    }
}
