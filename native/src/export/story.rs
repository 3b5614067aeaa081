//! A trace as viewers of traces show one: calls are slices on the tracks of tasks, the lives of descriptors on tracks
//! of their own, sums are counters, and an arrow leads from each cause to whom it woke.
//!
//! [`Story`] makes [`Item`]s of events; a [`Drawer`] writes them in its format.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use anyhow::Result;
use loopscope_shared::event::{Event, Inside, What, call_text, describe, history_line};
use loopscope_shared::ids::{Fd, FileId, Seq, TaskId};
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::file::Header;
use loopscope_shared::world::{File, FileKind, World};

use super::{Sink, Sources};

/// How many events are remembered as possible causes: they are causes soon or never.
const CAUSES_MAX: usize = 4_096;

/// Something to be drawn. Every task comes with its process.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item<'a> {
    /// There is a process of this name; it is named by its first task.
    Process { process: TaskId, name: &'a str },
    /// There is a task.
    Task { task: TaskId, process: TaskId, name: &'a str },
    /// There is a descriptor number that was not used before.
    Descriptor { process: TaskId, fd: Fd },
    /// A call is made.
    Begin { task: TaskId, process: TaskId, at: Nanos, name: &'a str, args: Args<'a> },
    /// The call returns.
    End { task: TaskId, process: TaskId, at: Nanos, args: Args<'a> },
    /// A descriptor is opened. No other life of one has this number.
    Opened { process: TaskId, fd: Fd, at: Nanos, name: &'a str, id: u64 },
    /// It is closed.
    Closed { process: TaskId, fd: Fd, at: Nanos, id: u64 },
    /// A call about a descriptor has returned.
    Acted { process: TaskId, fd: Fd, at: Nanos, text: &'a str, id: u64 },
    /// Something else happened to a task.
    Said { task: TaskId, process: TaskId, at: Nanos, text: &'a str },
    /// A number has changed.
    Count { counter: Counter, at: Nanos, value: u64 },
    /// An event woke a task: both with their processes. No other waking has this number.
    Woken {
        id: u64,
        from: (TaskId, TaskId),
        cause_at: Nanos,
        cause: &'a str,
        to: (TaskId, TaskId),
        at: Nanos,
    },
}

/// What is said beside a call, by name.
pub(super) type Args<'a> = &'a [(&'static str, String)];

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Counter {
    /// Connections that were accepted and not closed.
    Connections,
    /// Descriptors, in all processes.
    Descriptors,
    /// Bytes in receive buffers, where that is known.
    ToReceive,
    /// Bytes in send buffers, where that is known.
    ToSend,
    /// Events that were lost.
    Lost,
}

/// All of them.
pub(super) const COUNTERS: [Counter; 5] =
    [Counter::Connections, Counter::Descriptors, Counter::ToReceive, Counter::ToSend, Counter::Lost];

impl Counter {
    /// What it is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Descriptors => "descriptors",
            Self::ToReceive => "bytes waiting to be received",
            Self::ToSend => "bytes waiting to be sent",
            Self::Lost => "events lost",
        }
    }

    /// What it counts.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::Connections | Self::Descriptors => "open",
            Self::ToReceive | Self::ToSend => "bytes",
            Self::Lost => "events",
        }
    }
}

/// Writes what is drawn.
pub(super) trait Drawer {
    /// Draws one thing.
    fn draw(&mut self, item: &Item<'_>) -> Result<()>;

    /// There is no more.
    fn finish(&mut self) -> Result<()>;
}

/// What has been drawn so far, as far as what follows depends on it.
pub(super) struct Story<D> {
    drawer: D,
    sources: Sources,
    processes: BTreeSet<TaskId>,
    tasks: BTreeSet<TaskId>,
    tracks: BTreeSet<(TaskId, Fd)>,
    /// The descriptors that are open: the number of their life, and which one it is to the world.
    open: BTreeMap<(TaskId, Fd), (u64, Life)>,
    lives: u64,
    /// The tasks that are in a call.
    calling: BTreeSet<TaskId>,
    /// How many bytes wait in each connection, to be received and to be sent.
    levels: BTreeMap<FileId, (u64, u64)>,
    waiting: (u64, u64),
    /// What was counted last.
    counted: BTreeMap<Counter, u64>,
    recent: VecDeque<(Seq, Event)>,
    wakings: u64,
    /// The connection that the event may change, and how many descriptors were opened and closed before it.
    touched: Option<FileId>,
    turnover: Option<u64>,
    /// The processes whose descriptors have changed since they were drawn.
    stale: BTreeSet<TaskId>,
    now: Nanos,
}

type Life = (FileId, u32);

impl<D: Drawer> Story<D> {
    pub(super) fn new(drawer: D, header: &Header) -> Self {
        Self {
            drawer,
            sources: Sources::of(header),
            processes: BTreeSet::new(),
            tasks: BTreeSet::new(),
            tracks: BTreeSet::new(),
            open: BTreeMap::new(),
            lives: 0,
            calling: BTreeSet::new(),
            levels: BTreeMap::new(),
            waiting: (0, 0),
            counted: BTreeMap::new(),
            recent: VecDeque::new(),
            wakings: 0,
            touched: None,
            turnover: None,
            stale: BTreeSet::new(),
            now: Nanos::ZERO,
        }
    }

    /// Introduces a task, and the process that it belongs to.
    fn introduce(&mut self, task: TaskId, world: &World) -> Result<TaskId> {
        let known = world.tasks.get(&task);
        let process = known.map_or(task, |known| known.process);
        if task == TaskId::KERNEL || self.tasks.contains(&task) {
            return Ok(process);
        }
        let name = known.map_or("", |known| &known.name);
        if self.processes.insert(process) {
            let of = world.tasks.get(&process).map_or(name, |first| &first.name);
            self.drawer.draw(&Item::Process { process, name: of })?;
        }
        self.tasks.insert(task);
        // A process has copies of descriptors from its beginning.
        self.stale.insert(process);
        self.drawer.draw(&Item::Task { task, process, name })?;
        Ok(process)
    }

    /// Draws what has become of the descriptors of a process.
    fn compare(&mut self, process: TaskId, world: &World, at: Nanos) -> Result<()> {
        let now = world.tables.get(&process).map(|table| &table.fds);
        let life = |fd: Fd| now.and_then(|fds| fds.get(&fd)).map(|entry| (entry.file, entry.generation));
        let known = self.open.range((process, Fd(i32::MIN))..=(process, Fd(i32::MAX)));
        let gone = known.filter(|((_, fd), (_, was))| life(*fd) != Some(*was));
        let gone: Vec<(Fd, u64)> = gone.map(|((_, fd), (id, _))| (*fd, *id)).collect();
        for (fd, id) in gone {
            self.open.remove(&(process, fd));
            self.drawer.draw(&Item::Closed { process, fd, at, id })?;
        }
        for (fd, entry) in now.into_iter().flatten() {
            if self.open.contains_key(&(process, *fd)) {
                continue;
            }
            if self.tracks.insert((process, *fd)) {
                self.drawer.draw(&Item::Descriptor { process, fd: *fd })?;
            }
            self.lives += 1;
            self.open.insert((process, *fd), (self.lives, (entry.file, entry.generation)));
            let name = world.files.get(&entry.file).map_or_else(|| "file".to_owned(), file_text);
            self.drawer.draw(&Item::Opened { process, fd: *fd, at, name: &name, id: self.lives })?;
        }
        Ok(())
    }

    fn compare_all(&mut self, world: &World, at: Nanos) -> Result<()> {
        let processes: BTreeSet<TaskId> =
            self.open.keys().map(|(process, _)| *process).chain(world.tables.keys().copied()).collect();
        for process in processes {
            self.introduce(process, world)?;
            self.compare(process, world, at)?;
        }
        Ok(())
    }

    /// Draws the call that a task makes, or from which it returns.
    fn call(&mut self, event: &Event, process: TaskId, payload: &[u8], world: &World) -> Result<()> {
        let (task, at) = (event.task, event.at);
        match event.what {
            What::Enter { call, place } => {
                // The end of the last call was lost.
                if !self.calling.insert(task) {
                    self.drawer.draw(&Item::End { task, process, at, args: &[] })?;
                }
                let mut args = vec![("call", call_text(call, payload))];
                args.extend(self.sources.text(place).map(|place| ("source", place)));
                self.drawer.draw(&Item::Begin { task, process, at, name: call.name(), args: &args })
            }
            What::Exit { ret, .. } if self.calling.remove(&task) => {
                let args = match ret {
                    Ok(value) => [("returned", value.to_string())],
                    Err(errno) => [("failed", errno.to_string())],
                };
                self.drawer.draw(&Item::End { task, process, at, args: &args })?;
                let Some(last) = world.tasks.get(&task).and_then(|task| task.last.as_ref()) else {
                    return Ok(());
                };
                let Some(fd) = last.call.fd() else { return Ok(()) };
                let Some((id, _)) = self.open.get(&(process, fd)) else { return Ok(()) };
                let text = history_line(last.call, &last.down, last.ret, &last.up);
                self.drawer.draw(&Item::Acted { process, fd, at, text: &text, id: *id })
            }
            _ => Ok(()),
        }
    }

    fn woken(&mut self, cause: Seq, event: &Event, process: TaskId, world: &World) -> Result<()> {
        let to = (process, event.task);
        let place = self.recent.binary_search_by_key(&cause, |(seq, _)| *seq);
        let Some((_, by)) = place.ok().and_then(|place| self.recent.get(place)).copied() else {
            return Ok(());
        };
        let from = (self.introduce(by.task, world)?, by.task);
        let text = describe(&by, &[], world);
        self.wakings += 1;
        let (id, at, cause_at) = (self.wakings, event.at, by.at);
        self.drawer.draw(&Item::Woken { id, from, cause_at, cause: &text, to, at })
    }

    /// Draws the numbers that have changed.
    fn count(&mut self, world: &World) -> Result<()> {
        let level = |file: &FileId| match &world.files.get(file)?.kind {
            FileKind::Stream(stream) => Some((stream.recv.level, stream.send.level)),
            _ => None,
        };
        if let Some(file) = self.touched.take() {
            let now = level(&file).unwrap_or_default();
            let was = self.levels.insert(file, now).unwrap_or_default();
            if now == (0, 0) {
                self.levels.remove(&file);
            }
            let (recv, send) = self.waiting;
            self.waiting = ((recv + now.0).saturating_sub(was.0), (send + now.1).saturating_sub(was.1));
        }
        let tally = &world.tally;
        for counter in COUNTERS {
            let value = match counter {
                Counter::Connections => tally.accepted.saturating_sub(tally.closed),
                Counter::Descriptors => tally.fds_opened.saturating_sub(tally.fds_closed),
                Counter::ToReceive => self.waiting.0,
                Counter::ToSend => self.waiting.1,
                Counter::Lost => tally.dropped,
            };
            if self.counted.insert(counter, value) != Some(value) {
                self.drawer.draw(&Item::Count { counter, at: world.now, value })?;
            }
        }
        Ok(())
    }
}

impl<D: Drawer> Sink for Story<D> {
    fn before(&mut self, event: &Event, world: &World) {
        // It may be gone afterwards.
        self.touched = touched(event, world);
    }

    fn event(&mut self, seq: Seq, event: &Event, payload: &[u8], world: &World) -> Result<()> {
        let process = self.introduce(event.task, world)?;
        self.now = world.now;
        self.call(event, process, payload, world)?;
        let turnover = world.tally.fds_opened + world.tally.fds_closed;
        if self.turnover.replace(turnover) != Some(turnover) {
            self.stale.insert(process);
        }
        // What a descriptor names is known when the call returns that makes it.
        if !matches!(event.what, What::Inside(_)) && self.stale.remove(&process) {
            self.compare(process, world, event.at)?;
        }
        self.touched = self.touched.or_else(|| touched(event, world));
        let (task, at) = (event.task, event.at);
        match event.what {
            What::Inside(Inside::Woken { cause }) => self.woken(cause, event, process, world)?,
            What::TaskEnd { .. } | What::Note { .. } | What::Dropped { .. } => {
                let text = describe(event, payload, world);
                self.drawer.draw(&Item::Said { task, process, at, text: &text })?;
            }
            _ => {}
        }
        self.recent.push_back((seq, *event));
        if self.recent.len() > CAUSES_MAX {
            self.recent.pop_front();
        }
        self.count(world)
    }

    fn missing(&mut self, from: Seq, next: Seq, world: &World) -> Result<()> {
        for task in std::mem::take(&mut self.calling) {
            let process = self.introduce(task, world)?;
            self.drawer.draw(&Item::End { task, process, at: self.now, args: &[] })?;
        }
        let (task, process, at) = (TaskId::KERNEL, TaskId::KERNEL, self.now);
        let text = format!("events {} to {} are not in the trace", from.ordinal(), next.0);
        self.drawer.draw(&Item::Said { task, process, at, text: &text })?;
        self.compare_all(world, world.now)?;
        self.levels.clear();
        self.waiting = (0, 0);
        for file in world.files.keys() {
            self.touched = Some(*file);
            self.count(world)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.drawer.finish()
    }
}

/// The file that an event may change.
fn touched(event: &Event, world: &World) -> Option<FileId> {
    match event.what {
        What::Enter { call, .. } => world.file_of(event.task, call.fd()?),
        What::Exit { .. } => {
            world.file_of(event.task, world.tasks.get(&event.task)?.call.as_ref()?.call.fd()?)
        }
        What::Sample { fd, .. } => world.file_of(event.task, fd),
        What::Inside(
            Inside::Arrived { file, .. }
            | Inside::Put { file, .. }
            | Inside::Drained { file, .. }
            | Inside::Reset { file }
            | Inside::Completed { file, .. },
        ) => Some(file),
        _ => None,
    }
}

/// What a descriptor names, in a few words.
fn file_text(file: &File) -> String {
    let kind = match &file.kind {
        FileKind::Stream(stream) => {
            let from = stream.from.map(|from| format!(" with {from}"));
            format!("connection{}", from.unwrap_or_default())
        }
        FileKind::Registry(registry) => format!("{:?}", registry.interface).to_lowercase(),
        other => {
            let name = format!("{other:?}");
            name.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default().to_lowercase()
        }
    };
    match &file.label {
        Some(label) => format!("{kind} {label}"),
        None => kind,
    }
}
