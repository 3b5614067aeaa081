//! Goes over the descriptors of a process, and makes a card of each; of thousands, a cell of each, and a card
//! only of those that matter now.

use std::collections::{BTreeMap, BTreeSet};

use loopscope_shared::ids::{Fd, FileId, PeerId, TaskId};
use loopscope_shared::kernel::{Mask, OperationKind};
use loopscope_shared::world::{Descriptor, File, FileKind, Interface, Provenance, Task, World};

use super::cards::{Card, Kind, Slot, State, StreamView, TubeView};
use super::readiness::{Readiness, readiness};
use super::wait::{Said, Wait};
use super::wall::{Cell, Wall};
use super::{Density, machine, registries, unread};
use crate::messages as m;

/// What is looked at.
pub(super) struct Look<'a> {
    pub(super) world: &'a World,
    pub(super) id: TaskId,
    pub(super) task: &'a Task,
    pub(super) touched: Option<Fd>,
    pub(super) selected: Option<Fd>,
    /// What the wait that is under way asks of each descriptor in its sets.
    asked: BTreeMap<Fd, Mask>,
    /// What the wait that has just returned says of each.
    said: BTreeMap<Fd, Said>,
    /// The interest lists, each with what is on its ready list.
    watchers: Vec<(&'a File, BTreeSet<Fd>)>,
    sleepers: BTreeMap<Fd, Vec<TaskId>>,
    under_way: BTreeMap<Fd, Vec<&'static str>>,
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
        let mut look = Self {
            world,
            id,
            task,
            touched,
            selected,
            asked: wait.map(Wait::asks).unwrap_or_default(),
            said: wait.map(Wait::says).unwrap_or_default(),
            watchers: Vec::new(),
            sleepers: machine::sleepers(world, task.process),
            under_way: BTreeMap::new(),
            forgets: false,
        };
        let (mut watchers, mut forgets) = (Vec::new(), false);
        let mut under_way: BTreeMap<Fd, Vec<&'static str>> = BTreeMap::new();
        for (_, _, file) in look.descriptors() {
            match &file.kind {
                FileKind::Registry(registry) => {
                    forgets |= registry.interface == Interface::EventPort;
                    watchers.push((file, registry.ready.iter().copied().collect()));
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
        let open = || self.descriptors().filter(|(_, _, file)| !is_apart(file));
        let count = open().count();
        if Density::of(count) != Density::Wall {
            let cards = open().map(|(fd, descriptor, file)| {
                let seen = self.see(fd, descriptor, file);
                self.card(fd, descriptor, file, seen)
            });
            return (cards.collect(), None, count);
        }
        let (mut cards, mut wall) = (Vec::new(), Wall::default());
        for (fd, descriptor, file) in open() {
            let seen = self.see(fd, descriptor, file);
            let cell = self.cell(fd, file, seen);
            wall.put(fd, cell);
            if cell.matters() || self.sleepers.contains_key(&fd) {
                cards.push(self.card(fd, descriptor, file, seen));
            }
        }
        (cards, Some(wall), count)
    }

    pub(super) fn descriptors(&self) -> impl Iterator<Item = (Fd, Descriptor, &'a File)> {
        let world = self.world;
        let table = world.table_of(self.id).into_iter();
        table
            .flat_map(|table| table.fds.iter())
            .filter_map(move |(fd, descriptor)| Some((*fd, *descriptor, world.files.get(&descriptor.file)?)))
    }

    fn see(&self, fd: Fd, descriptor: Descriptor, file: &File) -> Seen {
        let registered = self.watchers.iter().find_map(|(watcher, ready)| {
            let FileKind::Registry(registry) = &watcher.kind else { return None };
            let entry = registry.interest.get(&(fd, descriptor.file))?;
            Some((entry.event.events, ready.contains(&fd)))
        });
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
        let listens = matches!(file.kind, FileKind::Listener { .. });
        let flags = [
            (Cell::OPEN, true),
            (Cell::WATCHED, seen.watched.is_some()),
            (Cell::READABLE, seen.readiness.readable() == Some(true)),
            (Cell::WAITS, recv),
            (Cell::SENDING, send),
            (Cell::LISTED, seen.listed),
            (Cell::STRANDED, seen.stranded),
            (Cell::ASKED, self.asked.contains_key(&fd)),
            (Cell::CHOSEN, self.selected == Some(fd)),
            (Cell::TOUCHED, self.touched == Some(fd)),
            (Cell::LISTENS, listens),
            (Cell::UNKNOWN, unknown),
        ];
        flags.into_iter().filter(|(_, so)| *so).fold(Cell::default(), |cell, (flag, _)| cell | flag)
    }

    fn card(&self, fd: Fd, descriptor: Descriptor, file: &File, seen: Seen) -> Card {
        Card {
            fd,
            generation: descriptor.generation,
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
