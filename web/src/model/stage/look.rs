//! Goes over the descriptors of a process, and makes a card of each; of thousands, a cell of each, and a card
//! only of those that matter now.

use std::iter::Peekable;

use loopscope_shared::ids::{Fd, FileId, PeerId, TaskId};
use loopscope_shared::kernel::{Mask, OperationKind};
use loopscope_shared::shelf;
use loopscope_shared::sorted::{SortedMap, SortedSet};
use loopscope_shared::world::{
    Descriptor, File, FileKind, Interested, Interface, Provenance, Registry, Task, World,
};

use super::cards::{Card, Kind, Slot, State, StreamView, TubeView};
use super::readiness::{Readiness, readiness};
use super::wait::{Said, Wait};
use super::wall::{Cell, Wall};
use super::{Density, machine, registries, unread};
use crate::messages as m;

/// What is looked at.
pub(super) struct Look<'a> {
    pub(super) world: &'a World,
    pub(super) task: &'a Task,
    pub(super) touched: Option<Fd>,
    pub(super) selected: Option<Fd>,
    /// What the wait that is under way asks of each descriptor in its sets.
    asked: SortedMap<Fd, Mask>,
    /// What the wait that has just returned says of each.
    said: SortedMap<Fd, Said>,
    /// Every open descriptor of the process, in order: they are gone over several times.
    open: Vec<(Fd, Descriptor, &'a File)>,
    /// The interest lists, each with what is on its ready list.
    watchers: Vec<(&'a Registry, SortedSet<Fd>)>,
    sleepers: SortedMap<Fd, Vec<TaskId>>,
    under_way: SortedMap<Fd, Vec<&'static str>>,
    /// An interest list of the process forgets whom it has reported.
    forgets: bool,
}

impl<'a> Look<'a> {
    /// At the process of a task, of which the stage is about.
    pub(super) fn at(
        world: &'a World,
        (id, task): (TaskId, &'a Task),
        wait: Option<&Wait>,
        touched: Option<Fd>,
        selected: Option<Fd>,
    ) -> Self {
        let table = world.table_of(id).into_iter().flat_map(|table| table.fds.iter());
        let mut files = world.files.along();
        let open =
            table.filter_map(|(fd, descriptor)| Some((*fd, *descriptor, files.get(&descriptor.file)?)));
        let mut look = Self {
            world,
            task,
            touched,
            selected,
            asked: wait.map(Wait::asks).unwrap_or_default(),
            said: wait.map(Wait::says).unwrap_or_default(),
            open: open.collect(),
            watchers: Vec::new(),
            sleepers: machine::sleepers(world, task.process),
            under_way: SortedMap::new(),
            forgets: false,
        };
        let (mut watchers, mut forgets) = (Vec::new(), false);
        let mut under_way: SortedMap<Fd, Vec<&'static str>> = SortedMap::new();
        for (_, _, file) in look.descriptors() {
            match &file.kind {
                FileKind::Registry(registry) => {
                    forgets |= registry.interface == Interface::EventPort;
                    watchers.push((&**registry, registry.ready.iter().copied().collect()));
                }
                FileKind::Operations(operations) => {
                    for (_, pending) in registries::going_on(operations) {
                        if let Some(fd) = pending.kind.fd() {
                            under_way.entry(fd).or_default().push(verb(pending.kind));
                        }
                    }
                }
                _ => {}
            }
        }
        (look.watchers, look.under_way, look.forgets) = (watchers, under_way, forgets);
        look
    }

    /// Every open descriptor of the process but its registries, how many there are, and how they are drawn. Where
    /// they are drawn as a wall, only those have a card that matter now.
    pub(super) fn all(&self) -> (Vec<Card>, Option<Wall>, usize) {
        let count = self.descriptors().filter(|(_, _, file)| !is_apart(file)).count();
        let mut wall = (Density::of(count) == Density::Wall).then(Wall::default);
        let mut interests = self.interests();
        let mut cards = Vec::new();
        for (fd, descriptor, file) in self.descriptors() {
            let entry = interests.iter_mut().find_map(|interest| interest.at(fd, descriptor.file));
            if is_apart(file) {
                continue;
            }
            let seen = self.see(fd, descriptor, file, entry);
            if let Some(wall) = &mut wall {
                let cell = self.cell(fd, file, seen);
                wall.put(fd, cell);
                if !cell.matters() && !self.sleepers.contains_key(&fd) {
                    continue;
                }
            }
            cards.push(self.card(fd, descriptor, file, seen));
        }
        (cards, wall, count)
    }

    /// The sockets of other processes that this one has no descriptor for: what children serve, and what their
    /// parent listens at. At most so many.
    pub(super) fn others(&self, most: usize) -> Vec<Card> {
        let own = self.task.process;
        let foreign = self.world.tables.iter().filter(|(process, _)| **process != own);
        let sockets = foreign.flat_map(|(process, table)| {
            table.fds.iter().filter_map(|(fd, descriptor)| {
                let file = self.world.files.get(&descriptor.file)?;
                let shared = file.names.iter().any(|(holder, _)| *holder < *process || *holder == own);
                let socket = matches!(file.kind, FileKind::Stream(_) | FileKind::Listener { .. });
                (socket && !shared).then_some((*process, *fd, *descriptor, file))
            })
        });
        let card = |(process, fd, descriptor, file): (TaskId, Fd, Descriptor, &File)| {
            let told = !World::is_inferred(descriptor.file);
            let readiness = readiness(file, told, None, None);
            let seen = Seen {
                readiness,
                watched: None,
                listed: false,
                stranded: false,
                held_back: false,
                registered: false,
            };
            let sleepers = machine::sleepers(self.world, process).remove(&fd).unwrap_or_default();
            let card = self.card(fd, descriptor, file, seen);
            Card {
                owner: Some(process),
                selected: false,
                touched: false,
                deaf: false,
                sleepers,
                under_way: Vec::new(),
                ..card
            }
        };
        sockets.take(most).map(card).collect()
    }

    pub(super) fn descriptors(&self) -> impl Iterator<Item = (Fd, Descriptor, &'a File)> {
        self.open.iter().copied()
    }

    /// The interest lists, to be gone along with the descriptors.
    fn interests(&self) -> Vec<Interest<'_>> {
        let of = |watcher: &'_ (&'a Registry, SortedSet<Fd>)| watcher.0.interest.iter().peekable();
        self.watchers.iter().map(|watcher| Interest { entries: of(watcher), ready: &watcher.1 }).collect()
    }

    /// `registered` is what the first list that has it asks, and whether it is on its ready list.
    fn see(&self, fd: Fd, descriptor: Descriptor, file: &File, registered: Option<(Mask, bool)>) -> Seen {
        let told = !World::is_inferred(descriptor.file);
        let watched = registered.map(|(mask, _)| mask);
        let readiness = readiness(file, told, self.said.get(&fd).copied(), watched);
        let unheard = unread::is_unheard(self.world, self.task, file, registered);
        let held_back = unheard && unread::is_held_back(file, readiness, watched);
        Seen {
            readiness,
            watched: watched.or_else(|| self.asked.get(&fd).copied()),
            listed: registered.is_some_and(|(_, listed)| listed),
            stranded: unheard && !held_back,
            held_back,
            registered: registered.is_some(),
        }
    }

    fn cell(&self, fd: Fd, file: &File, seen: Seen) -> Cell {
        let (recv, send, unknown) = match &file.kind {
            FileKind::Stream(stream) => {
                let unknown = stream.recv.provenance == Provenance::Unknown;
                (stream.recv.level > 0, stream.send.level > 0, unknown)
            }
            _ => (false, false, false),
        };
        Cell::OPEN
            | Cell::WATCHED.if_so(seen.watched.is_some())
            | Cell::READABLE.if_so(seen.readiness.readable() == Some(true))
            | Cell::WAITS.if_so(recv)
            | Cell::SENDING.if_so(send)
            | Cell::LISTED.if_so(seen.listed)
            | Cell::STRANDED.if_so(seen.stranded)
            | Cell::ASKED.if_so(self.asked.contains_key(&fd))
            | Cell::CHOSEN.if_so(self.selected == Some(fd))
            | Cell::TOUCHED.if_so(self.touched == Some(fd))
            | Cell::LISTENS.if_so(matches!(file.kind, FileKind::Listener { .. }))
            | Cell::UNKNOWN.if_so(unknown)
    }

    fn card(&self, fd: Fd, descriptor: Descriptor, file: &File, seen: Seen) -> Card {
        Card {
            fd,
            generation: descriptor.generation,
            file: descriptor.file,
            owner: None,
            kind: self.kind(descriptor.file, file, seen.readiness),
            readiness: seen.readiness,
            watched: seen.watched,
            listed: seen.listed,
            stranded: seen.stranded,
            held_back: seen.held_back,
            state: match () {
                () if seen.stranded => State::Stranded,
                () if seen.held_back => State::HeldBack,
                () => State::of(file, seen.readiness),
            },
            selected: self.selected == Some(fd),
            touched: self.touched == Some(fd),
            sleepers: self.sleepers.get(&fd).cloned().unwrap_or_default(),
            under_way: self.under_way.get(&fd).cloned().unwrap_or_default(),
            deaf: self.forgets && !seen.registered,
        }
    }

    fn kind(&self, id: FileId, file: &File, readiness: Readiness) -> Kind {
        match &file.kind {
            FileKind::Listener { backlog, queue, sampled } => {
                let peer = |waiting: &FileId| match &self.world.files.get(waiting)?.kind {
                    FileKind::Stream(stream) => stream.peer,
                    _ => None,
                };
                let queue: Vec<Option<PeerId>> = queue.iter().map(peer).collect();
                // A full queue holds one more than the backlog (listen(2)).
                Kind::Listener { queue, room: backlog + 1, seen: !World::is_inferred(id), sampled: *sampled }
            }
            FileKind::Stream(stream) => {
                let sent = stream.peer.and_then(|peer| self.world.peers.get(&peer)).map(|peer| peer.sent);
                Kind::Stream(Box::new(StreamView {
                    recv: TubeView::of(&stream.recv).beside(readiness),
                    send: TubeView::of(&stream.send),
                    slot: Slot::of(stream, self.world.outside),
                    peer: stream.peer,
                    from: stream.from,
                    ended: stream.input_ended || stream.end_seen,
                    coming: sent.map(|sent| sent.saturating_sub(stream.arrived)),
                }))
            }
            FileKind::Socket { .. } => Kind::Other(m::stage_a_socket()),
            FileKind::Pipe { reads: true } => Kind::Other(m::stage_a_pipe_reads()),
            FileKind::Pipe { reads: false } => Kind::Other(m::stage_a_pipe_writes()),
            FileKind::Regular => Kind::Other(m::stage_a_file()),
            FileKind::Other(thing) => Kind::Other(thing.text()),
            FileKind::Registry(_) | FileKind::Operations(_) | FileKind::Unknown => {
                Kind::Other(m::stage_a_nothing_known())
            }
        }
    }
}

/// An interest list that is gone along with the descriptors, both being in order.
struct Interest<'a> {
    entries: Peekable<shelf::Iter<'a, (Fd, FileId), Interested>>,
    ready: &'a SortedSet<Fd>,
}

impl Interest<'_> {
    /// What it asks of a descriptor, the one after the last that was asked for, and whether that is on the ready list.
    fn at(&mut self, fd: Fd, file: FileId) -> Option<(Mask, bool)> {
        while self.entries.next_if(|(key, _)| **key < (fd, file)).is_some() {}
        let (_, entry) = self.entries.next_if(|(key, _)| **key == (fd, file))?;
        Some((entry.event.events, self.ready.contains(&fd)))
    }
}

/// What is looked up once for each descriptor.
#[derive(Clone, Copy)]
struct Seen {
    readiness: Readiness,
    watched: Option<Mask>,
    listed: bool,
    stranded: bool,
    held_back: bool,
    registered: bool,
}

/// Whether it has a form of its own on the stage: what is watched, and what is to be done.
fn is_apart(file: &File) -> bool {
    matches!(file.kind, FileKind::Registry(_) | FileKind::Operations(_))
}

fn verb(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Accept { .. } | OperationKind::AcceptMulti { .. } => "accept",
        OperationKind::Recv { .. } | OperationKind::RecvMulti { .. } => "recv",
        OperationKind::Send { .. } => "send",
        OperationKind::Cancel { .. } => "cancel",
    }
}
