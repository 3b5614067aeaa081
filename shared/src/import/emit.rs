//! From what lines tell, in the order of time, to events.
//!
//! The events are folded into a [`World`] on the way, so that only what it does not know yet is told of a
//! descriptor.

use crate::event::{Call, Event, Place, What};
use crate::ids::{Fd, FileId, TaskId};
use crate::kernel::EpollEvent;
use crate::sorted::SortedMap;
use crate::time::Nanos;
use crate::trace::Batch;
use crate::world::World;

use super::decode::{Back, Meant};
use super::label::Seen;
use super::order::Told;

/// A program's own number in an epoll instance that belongs to no descriptor that is known.
const NOBODY: Fd = Fd(-1);

/// Makes events.
#[derive(Debug)]
pub(super) struct Emitter {
    world: World,
    batch: Batch,
    /// The instant that is 0.
    base: Option<u64>,
    /// Which descriptor a program means by its own number in an epoll instance.
    numbers: SortedMap<(FileId, u64), Fd>,
    /// The program's own number in the `epoll_ctl` that a task is in.
    changing: SortedMap<TaskId, u64>,
}

impl Emitter {
    pub(super) fn new() -> Self {
        let (world, batch) = (World::new(), Batch::default());
        Self { world, batch, base: None, numbers: SortedMap::new(), changing: SortedMap::new() }
    }

    /// The world after what has been told.
    pub(super) fn world(&self) -> &World {
        &self.world
    }

    /// The events since they were taken last.
    pub(super) fn take(&mut self) -> Batch {
        std::mem::replace(&mut self.batch, Batch::starting_at(self.world.seq))
    }

    /// The instant that is 0, in nanoseconds as the log counts them.
    pub(super) fn base(&self) -> Option<u64> {
        self.base
    }

    /// Makes events of what a line tells.
    pub(super) fn tell(&mut self, at: u64, task: TaskId, told: Told) {
        if self.base.is_none() {
            self.base = Some(at);
            self.event(Nanos::ZERO, TaskId::KERNEL, What::Outside, &[]);
        }
        let at = Nanos(at.saturating_sub(self.base.unwrap_or(at)));
        match told {
            Told::Begin { parent, name } => self.begin(at, task, parent, name),
            Told::Enter(meant) => self.enter(at, task, *meant),
            Told::Exit(back, before) => self.exit(at, task, *back, before),
            Told::Signal(number, text) => self.event(at, task, What::Signal { number }, &text),
            Told::End(status) => self.event(at, task, What::TaskEnd { status }, &[]),
            Told::Hole => {}
        }
    }

    fn event(&mut self, at: Nanos, task: TaskId, what: What, payload: &[u8]) {
        let event = Event { at, task, what, payload_len: payload.len() as u32 };
        self.world.apply(&event, payload);
        self.batch.push(event, payload);
    }

    fn begin(&mut self, at: Nanos, task: TaskId, parent: Option<(TaskId, bool)>, name: Option<String>) {
        let (parent, thread) = parent.unwrap_or((TaskId::KERNEL, false));
        // A new task is called as its parent is, until it begins another program.
        let inherited = self.world.tasks.get(&parent).map(|parent| parent.name.clone());
        let name = name.or(inherited).unwrap_or_else(|| "a program".to_owned());
        self.event(at, task, What::TaskBegin { parent, thread }, name.as_bytes());
    }

    fn enter(&mut self, at: Nanos, task: TaskId, meant: Meant) {
        let Meant { call, mut down, before, .. } = meant;
        self.see(at, task, before);
        if let Call::EpollCtl { fd, .. } = call
            && let Some(event) = EpollEvent::from_bytes(&down)
        {
            self.changing.insert(task, event.data);
            down = EpollEvent::of(fd, event.events).to_bytes().to_vec();
        }
        self.event(at, task, What::Enter { call, place: Place::ELSEWHERE }, &down);
    }

    fn exit(&mut self, at: Nanos, task: TaskId, back: Back, before: Vec<Seen>) {
        let Back { ret, lines, mut up, after, .. } = back;
        self.see(at, task, before);
        match self.world.tasks.get(&task).and_then(|task| task.call.as_ref()).map(|open| open.call) {
            Some(Call::EpollCtl { epoll, fd, .. }) => {
                let number = self.changing.remove(&task);
                if let (Some(number), Some(epoll), true) =
                    (number, self.world.file_of(task, epoll), ret.is_ok())
                {
                    self.numbers.insert((epoll, number), fd);
                }
            }
            Some(Call::EpollWait { epoll, .. }) => up = self.renumbered(task, epoll, &up),
            _ => {}
        }
        self.event(at, task, What::Exit { ret, lines }, &up);
        self.see(at, task, after);
    }

    /// The events of `epoll_wait` with the descriptors that the program's numbers stand for. A number of which
    /// nothing is known is taken for a descriptor if there is one of that number.
    fn renumbered(&self, task: TaskId, epoll: Fd, up: &[u8]) -> Vec<u8> {
        let epoll = self.world.file_of(task, epoll);
        let fd_of = |number: u64| {
            let registered = epoll.and_then(|epoll| self.numbers.get(&(epoll, number))).copied();
            let same = || i32::try_from(number).ok().map(Fd);
            registered.or_else(|| same().filter(|fd| self.world.file_of(task, *fd).is_some()))
        };
        let events = up.as_chunks::<{ EpollEvent::SIZE }>().0.iter();
        let events = events.filter_map(|bytes| EpollEvent::from_bytes(bytes));
        events
            .flat_map(|event| EpollEvent::of(fd_of(event.data).unwrap_or(NOBODY), event.events).to_bytes())
            .collect()
    }

    /// Tells what is not known yet of descriptors.
    fn see(&mut self, at: Nanos, task: TaskId, seen: Vec<Seen>) {
        for Seen { fd, thing, nonblocking, close_on_exec, details } in seen {
            if self.world.learns(task, fd, thing, (nonblocking, close_on_exec), &details) {
                let payload = postcard::to_stdvec(&details).unwrap_or_default();
                self.event(at, task, What::Found { fd, thing, nonblocking, close_on_exec }, &payload);
            }
        }
    }
}
