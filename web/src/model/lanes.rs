//! The lanes of the timeline: what each task and each descriptor was doing, and what woke whom.
//!
//! They grow with the events, one by one, so that a long recording costs no more to show than a short one.

mod draw;
mod spans;

use loopscope_shared::event::{Call, Event, Inside, Place, Ret, What};
use loopscope_shared::ids::{Fd, FileId, Seq, TaskId};
use loopscope_shared::kernel::OperationKind;
use loopscope_shared::sorted::SortedMap;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::Timeline;
use loopscope_shared::world::{FileKind, TaskState, World};

use crate::model::window::Window;

pub use draw::{Arrow, Bar, LaneKey, Layout, Picture, Row, Strip};
pub use spans::{CallSpan, Kind, Span, TaskLane, Turn, Wake};

/// All lanes of a recording.
#[derive(Clone, Debug, Default)]
pub struct Lanes {
    /// The tasks.
    pub tasks: SortedMap<TaskId, TaskLane>,
    /// The descriptors, by process and number. One number may have had several lives.
    pub fds: SortedMap<(TaskId, Fd), Vec<Span>>,
    /// The CPUs, where it is told who has one.
    pub cpus: SortedMap<u16, Vec<Turn>>,
    /// The wake-ups, in order.
    pub wakes: Vec<Wake>,
    /// The instant of the first event, or of the snapshot.
    pub start: Nanos,
    /// The instant of the last.
    pub end: Nanos,
    /// Whether a simulated kernel tells who sleeps. If not, it is inferred: a wait is a sleep.
    told: bool,
    observed: u64,
}

/// After so many events the lanes forget what the recording has forgotten.
const FORGET_EVERY: u64 = 1 << 16;

impl Lanes {
    /// The lanes of a snapshot.
    pub fn begin(&mut self, world: &World) {
        (self.start, self.end) = (world.now, world.now);
        for (id, task) in &world.tasks {
            let kind = match task.state {
                TaskState::Blocked => Some(Kind::Blocked),
                TaskState::Runnable => Some(Kind::Runnable),
                TaskState::Running if task.call.as_ref().is_some_and(|open| open.call.is_wait()) => {
                    Some(Kind::Blocked)
                }
                TaskState::Running => Some(Kind::Running),
                TaskState::Zombie(_) | TaskState::Ended(_) => None,
            };
            let lane = self.tasks.entry(*id).or_default();
            lane.name.clone_from(&task.name);
            change(&mut lane.spans, kind, 1, world.now);
        }
        for (process, table) in &world.tables {
            for fd in table.fds.keys() {
                self.refresh(*process, *fd, world);
            }
        }
    }

    /// Goes on with what another world has, because the events that led to it are not known.
    pub fn go_on(&mut self, world: &World) {
        let start = self.start;
        self.begin(world);
        self.start = start;
    }

    /// All the time that is recorded.
    pub fn whole(&self) -> Window {
        // A little room after the last event, so that its mark is seen.
        Window::between(self.start, self.end + Nanos(self.end.since(self.start).0 / 50))
    }

    /// Adds an event that the timeline has just taken in.
    pub fn observe(&mut self, seq: Seq, event: &Event, timeline: &Timeline) {
        let world = timeline.latest();
        if self.observed == 0 && self.tasks.is_empty() {
            self.start = event.at;
        }
        self.end = self.end.max(event.at);
        self.observed += 1;
        match event.what {
            What::TaskBegin { .. } => {
                self.task_is(event.task, Some(Kind::Running), world);
                if let Some(known) = world.tasks.get(&event.task) {
                    self.tasks.entry(event.task).or_default().name.clone_from(&known.name);
                }
                self.refresh_process(event.task, world);
            }
            What::TaskEnd { .. } => {
                self.task_is(event.task, None, world);
                self.refresh_all(world);
            }
            What::Listening { fd, .. }
            | What::Sample { fd, .. }
            | What::Queue { fd, .. }
            | What::Found { fd, .. } => self.refresh_of(event.task, fd, world),
            What::Enter { call, place } => self.entered(event, call, place, world),
            What::Exit { ret, .. } => self.returned(seq, event, ret, world),
            What::Note { .. } | What::Outside | What::Signal { .. } => {}
            What::Dropped { .. } | What::Counted => self.refresh_all(world),
            What::Inside(inside) => self.inside(seq, event, inside, timeline),
        }
        if self.observed.is_multiple_of(FORGET_EVERY) {
            let first = timeline.iter_from(timeline.first()).next();
            self.forget_before(first.map_or(self.start, |(_, event, _)| event.at));
        }
    }

    fn entered(&mut self, event: &Event, call: Call, place: Place, world: &World) {
        let asleep = call.is_wait() && !self.told;
        self.task_is(event.task, Some(if asleep { Kind::Blocked } else { Kind::Running }), world);
        let lane = self.tasks.entry(event.task).or_default();
        lane.calls.push(CallSpan { start: event.at, end: None, call, ret: None, place, exit: None });
    }

    fn returned(&mut self, seq: Seq, event: &Event, ret: Ret, world: &World) {
        self.task_is(event.task, Some(Kind::Running), world);
        let Some(last) = self.tasks.entry(event.task).or_default().calls.last_mut() else { return };
        last.end = Some(event.at);
        (last.ret, last.exit) = (Some(ret), Some(seq));
        let call = last.call;
        if let Some(fd) = call.fd() {
            self.refresh_of(event.task, fd, world);
        }
        let makes = matches!(
            call,
            Call::Accept { .. }
                | Call::EpollCreate
                | Call::Kqueue
                | Call::PortCreate
                | Call::DevPollOpen
                | Call::RingSetup { .. }
                | Call::CompletionPortCreate
                | Call::Socket
                | Call::Dup { .. }
        );
        if let (true, Ok(fd)) = (makes, ret) {
            self.refresh_of(event.task, Fd(fd as i32), world);
        }
        if let (Call::Fork, Ok(child)) = (call, ret) {
            self.refresh_process(TaskId(child), world);
        }
        self.completed(event.task, call, world);
    }

    /// Completions say of other descriptors than the one that was called.
    fn completed(&mut self, task: TaskId, call: Call, world: &World) {
        let file = call.fd().and_then(|fd| world.file_of(task, fd)).and_then(|file| world.files.get(&file));
        let Some(FileKind::Operations(operations)) = file.map(|file| &file.kind) else { return };
        for taken in &operations.taken {
            let accepts =
                matches!(taken.kind, OperationKind::Accept { .. } | OperationKind::AcceptMulti { .. });
            let new = taken.ret.ok().filter(|_| accepts).map(|fd| Fd(fd as i32));
            for fd in taken.kind.fd().into_iter().chain(new) {
                self.refresh_of(task, fd, world);
            }
        }
    }

    /// A new process has descriptors from the start.
    fn refresh_process(&mut self, process: TaskId, world: &World) {
        let fds = world.tables.get(&process).map(|table| table.fds.keys().copied().collect::<Vec<Fd>>());
        for fd in fds.unwrap_or_default() {
            self.refresh(process, fd, world);
        }
    }

    fn inside(&mut self, seq: Seq, event: &Event, inside: Inside, timeline: &Timeline) {
        let world = timeline.latest();
        self.told = true;
        match inside {
            Inside::Blocked => self.task_is(event.task, Some(Kind::Blocked), world),
            Inside::Running { cpu } => {
                self.task_is(event.task, Some(Kind::Running), world);
                let turns = self.cpus.entry(cpu).or_default();
                close(turns.last_mut(), event.at);
                turns.push(Turn { start: event.at, end: None, task: event.task });
            }
            Inside::Preempted => self.task_is(event.task, Some(Kind::Runnable), world),
            Inside::Woken { cause } => {
                self.task_is(event.task, Some(Kind::Runnable), world);
                if let Some((caused, _)) = timeline.get(cause).filter(|_| cause < seq) {
                    let fd = file_of(caused).and_then(|file| world.descriptor_of(file));
                    self.wakes.push(Wake { from: caused.at, fd, at: event.at, task: event.task });
                }
            }
            Inside::Completed { queue, .. } => {
                self.refresh_file(queue, world);
                if let Some(file) = file_of(event) {
                    self.refresh_file(file, world);
                }
            }
            Inside::Installed { fd, .. } => self.refresh_of(event.task, fd, world),
            Inside::Listed { epoll, .. } | Inside::Unlisted { epoll, .. } => self.refresh_file(epoll, world),
            Inside::Queued { listener, .. } => self.refresh_file(listener, world),
            _ => {
                if let Some(file) = file_of(event) {
                    self.refresh_file(file, world);
                }
            }
        }
    }

    fn task_is(&mut self, task: TaskId, kind: Option<Kind>, world: &World) {
        if task == TaskId::KERNEL {
            return;
        }
        if kind != Some(Kind::Running) {
            let has = |turns: &&mut Vec<Turn>| turns.last().is_some_and(|turn| turn.task == task);
            if let Some(turns) = self.cpus.values_mut().find(has) {
                close(turns.last_mut(), world.now);
            }
        }
        let lane = self.tasks.entry(task).or_default();
        if let (true, Some(known)) = (lane.name.is_empty(), world.tasks.get(&task)) {
            lane.name.clone_from(&known.name);
        }
        change(&mut lane.spans, kind, 1, world.now);
    }

    fn refresh_file(&mut self, file: FileId, world: &World) {
        if let Some((process, fd)) = world.descriptor_of(file) {
            self.refresh(process, fd, world);
        }
    }

    fn refresh_of(&mut self, task: TaskId, fd: Fd, world: &World) {
        let process = world.tasks.get(&task).map_or(task, |task| task.process);
        self.refresh(process, fd, world);
    }

    fn refresh_all(&mut self, world: &World) {
        let known: Vec<(TaskId, Fd)> = self.fds.keys().copied().collect();
        for (process, fd) in known {
            self.refresh(process, fd, world);
        }
    }

    fn refresh(&mut self, process: TaskId, fd: Fd, world: &World) {
        let kind = kind_of(process, fd, world);
        let life =
            world.tables.get(&process).and_then(|table| table.fds.get(&fd)).map_or(1, |open| open.generation);
        change(self.fds.entry((process, fd)).or_default(), kind, life, world.now);
    }

    fn forget_before(&mut self, before: Nanos) {
        self.start = self.start.max(before);
        let over = |end: Option<Nanos>| end.is_some_and(|end| end < before);
        for lane in self.tasks.values_mut() {
            lane.spans.retain(|span| !over(span.end));
            lane.calls.retain(|call| !over(call.end));
        }
        for spans in self.fds.values_mut() {
            spans.retain(|span| !over(span.end));
        }
        self.fds.retain(|_, spans| !spans.is_empty());
        for turns in self.cpus.values_mut() {
            turns.retain(|turn| !over(turn.end));
        }
        self.wakes.retain(|wake| wake.at >= before);
    }
}

/// From now on the lane shows something else, unless it is the same.
fn change(spans: &mut Vec<Span>, kind: Option<Kind>, life: u32, now: Nanos) {
    if let Some(last) = spans.last_mut().filter(|span| span.end.is_none()) {
        if Some(last.kind) == kind && last.life == life {
            return;
        }
        last.end = Some(now);
    }
    spans.extend(kind.map(|kind| Span { start: now, end: None, kind, life }));
}

fn close(turn: Option<&mut Turn>, now: Nanos) {
    if let Some(turn) = turn.filter(|turn| turn.end.is_none()) {
        turn.end = Some(now);
    }
}

/// What a descriptor is like; `None` if it is not open.
fn kind_of(process: TaskId, fd: Fd, world: &World) -> Option<Kind> {
    let descriptor = world.tables.get(&process)?.fds.get(&fd)?;
    let busy = |busy: bool| if busy { Kind::Waiting } else { Kind::Idle };
    Some(match &world.files.get(&descriptor.file)?.kind {
        FileKind::Listener { queue, .. } => busy(!queue.is_empty()),
        FileKind::Registry(registry) => busy(!registry.ready.is_empty()),
        FileKind::Operations(operations) => busy(!operations.landed.is_empty()),
        FileKind::Socket { .. }
        | FileKind::Pipe { .. }
        | FileKind::Regular
        | FileKind::Other(_)
        | FileKind::Unknown => Kind::Idle,
        FileKind::Stream(stream) => match () {
            () if stream.send.capacity.is_some_and(|capacity| stream.send.level >= capacity) => Kind::Full,
            () if stream.recv.level > 0 || (stream.input_ended && !stream.end_seen) => Kind::Waiting,
            () if stream.send.level > 0 => Kind::Leaving,
            () => Kind::Idle,
        },
    })
}

/// The file that something happened to inside the kernel.
fn file_of(event: &Event) -> Option<FileId> {
    match event.what {
        What::Inside(
            Inside::Arrived { file, .. }
            | Inside::Put { file, .. }
            | Inside::Drained { file, .. }
            | Inside::InputEnded { file }
            | Inside::Reset { file }
            | Inside::Completed { file, .. }
            | Inside::Established { file, .. }
            | Inside::Ready { file, .. },
        ) => Some(file),
        What::Inside(Inside::Queued { listener, .. }) => Some(listener),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
