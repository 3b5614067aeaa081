//! The descriptors: their tubes, the program's buffer for each, and what the kernel was asked to watch.

use std::net::SocketAddr;

use loopscope_shared::ids::{Fd, FileId, PeerId, TaskId};
use loopscope_shared::kernel::Mask;
use loopscope_shared::rot13;
use loopscope_shared::world::{Descriptor, File, FileKind, Provenance, Stream, Task, Tube, World};

use super::names::name;
use super::readiness::{Readiness, readiness};
use super::wait::wait_of;
use super::words::letters;
use super::{Wait, unread};
use crate::model::text::counted;

/// A tube of unknown size is drawn as if it held so much: what Linux gives a new socket for receiving
/// (`tcp_rmem`, the default of 128 KiB).
const SIZE_SUPPOSED: u64 = 131_072;

/// A descriptor, as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// Its number.
    pub fd: Fd,
    /// Which life of the number.
    pub generation: u32,
    /// What it is.
    pub kind: Kind,
    /// What a wait would say of it.
    pub readiness: Readiness,
    /// What is watched: by an epoll instance, or by the `select` that is under way.
    pub watched: Option<Mask>,
    /// It is on a ready list.
    pub listed: bool,
    /// Bytes wait in it, and no edge will tell of them again.
    pub stranded: bool,
    /// Bytes wait in it until its answers are taken: the edge of the room to send tells of them again.
    pub held_back: bool,
    /// Its state, in a word or two.
    pub state: &'static str,
    /// The reader has chosen it.
    pub selected: bool,
    /// The latest call is about it.
    pub touched: bool,
}

/// What a descriptor is.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A socket that listens.
    Listener {
        /// The clients that wait in its accept queue; nothing is known of one that is `None`.
        queue: Vec<Option<PeerId>>,
        /// How many may wait.
        room: u32,
        /// The queue can be seen: a real kernel does not show it.
        seen: bool,
    },
    /// A connection.
    Stream(Box<StreamView>),
    /// Something else, in a few words.
    Other(&'static str),
}

/// A connection, as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamView {
    /// The kernel's receive buffer.
    pub recv: TubeView,
    /// The kernel's send buffer.
    pub send: TubeView,
    /// The program's own buffer.
    pub slot: Slot,
    /// The client.
    pub peer: Option<PeerId>,
    /// The client's address.
    pub from: Option<SocketAddr>,
    /// The client has ended its direction.
    pub ended: bool,
    /// Bytes that the client has sent and that have not come; `None` where the network is not seen.
    pub coming: Option<u64>,
}

/// A buffer of the kernel's, as it is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct TubeView {
    /// How many bytes are in it.
    pub level: u64,
    /// How many it holds, where that is known.
    pub capacity: Option<u64>,
    /// How full it is, from 0 to 1.
    pub fill: f64,
    /// The first of the bytes, a character for each.
    pub letters: String,
    /// How its level is known.
    pub how: Provenance,
}

/// The program's buffer for one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slot {
    /// How many bytes are in it.
    pub level: u64,
    /// The first of them as the program holds them, rotated; a character for each.
    pub letters: String,
    /// Complete lines that are not yet sent.
    pub lines: u64,
    /// What is to be said of it.
    pub note: String,
}

impl Card {
    /// `7`, or `7.2` where the number has its second life.
    pub fn name(&self) -> String {
        name(self.fd, self.generation)
    }

    /// The connection, if it is one.
    pub fn stream(&self) -> Option<&StreamView> {
        match &self.kind {
            Kind::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    /// Whether there is anything in one of its buffers.
    pub fn is_busy(&self) -> bool {
        self.touched || self.stream().is_some_and(|stream| stream.recv.level + stream.send.level > 0)
    }

    /// Its state, if its levels and its readiness do not say the same.
    pub fn notable(&self) -> Option<&'static str> {
        let said = ["", "idle", "data waits", "answer on its way", "send buffer full"];
        (!said.contains(&self.state)).then_some(self.state)
    }

    /// All that the card shows, in one sentence.
    pub fn sentence(&self) -> String {
        let name = format!("Descriptor {}", self.name());
        let ready = match (self.readiness.readable(), self.readiness.writable()) {
            (None, _) => "readiness not known",
            (Some(true), Some(true)) => "readable and writable",
            (Some(true), _) => "readable",
            (_, Some(true)) => "writable",
            _ => "ready for nothing",
        };
        match &self.kind {
            Kind::Listener { queue, room, seen: true } => {
                format!("{name}: listens, {} of {room} wait to be accepted, {ready}.", queue.len())
            }
            Kind::Listener { .. } => format!("{name}: listens, {ready}."),
            Kind::Stream(stream) => format!(
                "{name}: {} to be read, {} to be sent, {ready}, {}.",
                stream.recv.text(),
                stream.send.text(),
                self.state
            ),
            Kind::Other(what) => format!("{name}: {what}."),
        }
    }
}

impl TubeView {
    /// `6 bytes`, or that it is not known.
    pub fn text(&self) -> String {
        match self.how {
            Provenance::Unknown => "an unknown number of bytes".to_owned(),
            _ => counted(self.level, "byte"),
        }
    }

    /// A tube that was empty when it was looked at, and is told to be readable now, holds nobody knows what.
    fn beside(self, readiness: Readiness) -> Self {
        let looked = matches!(self.how, Provenance::Sampled | Provenance::Inferred);
        let stale = looked && self.level == 0 && readiness.readable() == Some(true);
        Self { how: if stale { Provenance::Unknown } else { self.how }, ..self }
    }

    fn of(tube: &Tube) -> Self {
        let size = tube.capacity.unwrap_or(SIZE_SUPPOSED).max(1);
        Self {
            level: tube.level,
            capacity: tube.capacity,
            fill: (tube.level as f64 / size as f64).min(1.0),
            letters: letters(&tube.head),
            how: tube.provenance,
        }
    }
}

impl Slot {
    fn of(stream: &Stream) -> Self {
        let mut head = stream.program.head.clone();
        if stream.own {
            return Self { level: stream.program.level, letters: letters(&head), ..Self::default() };
        }
        rot13::rotate_in_place(&mut head);
        let lines = stream.lines_due.iter().map(|(_, lines)| u64::from(*lines)).sum();
        let level = stream.program.level;
        let note = match (level, lines) {
            (0, _) => String::new(),
            (_, 0) => "no line feed yet".to_owned(),
            (_, lines) => format!("{} to send", counted(lines, "line")),
        };
        Self { level, letters: letters(&head), lines, note }
    }
}

/// What is looked at.
pub(super) struct Look<'a> {
    pub(super) world: &'a World,
    pub(super) id: TaskId,
    pub(super) task: &'a Task,
    pub(super) touched: Option<Fd>,
    pub(super) selected: Option<Fd>,
}

impl Look<'_> {
    /// Every open descriptor of the process but its registries.
    pub(super) fn cards(&self) -> Vec<Card> {
        let wait = wait_of(self.world, self.task);
        let watchers: Vec<&File> =
            self.descriptors().map(|(_, _, file)| file).filter(|file| is_apart(file)).collect();
        let open = self.descriptors().filter(|(_, _, file)| !is_apart(file));
        open.map(|(fd, descriptor, file)| {
            let registered = registered(&watchers, fd, descriptor.file);
            self.card(fd, descriptor, file, wait.as_ref(), registered)
        })
        .collect()
    }

    pub(super) fn descriptors(&self) -> impl Iterator<Item = (Fd, Descriptor, &File)> {
        let table = self.world.table_of(self.id).into_iter();
        table
            .flat_map(|table| table.fds.iter())
            .filter_map(|(fd, descriptor)| Some((*fd, *descriptor, self.world.files.get(&descriptor.file)?)))
    }

    fn card(
        &self,
        fd: Fd,
        descriptor: Descriptor,
        file: &File,
        wait: Option<&Wait>,
        registered: Option<(Mask, bool)>,
    ) -> Card {
        let told = !World::is_inferred(descriptor.file);
        let readiness = readiness(file, told, fd, wait, registered.map(|(mask, _)| mask));
        let listed = registered.is_some_and(|(_, listed)| listed);
        let unheard = unread::is_unheard(self.world, self.task, file, registered);
        let held_back = unheard && unread::is_held_back(file, readiness, registered.map(|(mask, _)| mask));
        let stranded = unheard && !held_back;
        Card {
            fd,
            generation: descriptor.generation,
            kind: self.kind(descriptor.file, file, readiness),
            readiness,
            watched: registered.map(|(mask, _)| mask).or_else(|| wait?.asked_of(fd)),
            listed,
            stranded,
            held_back,
            state: match () {
                () if stranded => "stranded",
                () if held_back => "held back",
                () => state(file, readiness),
            },
            selected: self.selected == Some(fd),
            touched: self.touched == Some(fd),
        }
    }

    fn kind(&self, id: FileId, file: &File, readiness: Readiness) -> Kind {
        match &file.kind {
            FileKind::Listener { backlog, queue, .. } => {
                let peer = |waiting: &FileId| match &self.world.files.get(waiting)?.kind {
                    FileKind::Stream(stream) => stream.peer,
                    _ => None,
                };
                let queue: Vec<Option<PeerId>> = queue.iter().map(peer).collect();
                // A full queue holds one more than the backlog (listen(2)).
                Kind::Listener { queue, room: backlog + 1, seen: !World::is_inferred(id) }
            }
            FileKind::Stream(stream) => {
                let sent = stream.peer.and_then(|peer| self.world.peers.get(&peer)).map(|peer| peer.sent);
                Kind::Stream(Box::new(StreamView {
                    recv: TubeView::of(&stream.recv).beside(readiness),
                    send: TubeView::of(&stream.send),
                    slot: Slot::of(stream),
                    peer: stream.peer,
                    from: stream.from,
                    ended: stream.input_ended || stream.end_seen,
                    coming: sent.map(|sent| sent.saturating_sub(stream.arrived)),
                }))
            }
            FileKind::Socket { .. } => Kind::Other("a socket, not connected"),
            FileKind::Pipe { reads: true } => Kind::Other("the end of a pipe that reads"),
            FileKind::Pipe { reads: false } => Kind::Other("the end of a pipe that writes"),
            FileKind::Regular => Kind::Other("a file"),
            FileKind::Other(thing) => Kind::Other(thing.text()),
            FileKind::Registry(_) | FileKind::Operations(_) | FileKind::Unknown => {
                Kind::Other("nothing is known of it")
            }
        }
    }
}

/// Whether it has a form of its own on the stage: what is watched, and what is to be done.
fn is_apart(file: &File) -> bool {
    matches!(file.kind, FileKind::Registry(_) | FileKind::Operations(_))
}

/// What epoll instances watch of the file, and whether one has it on its ready list.
fn registered(watchers: &[&File], fd: Fd, id: FileId) -> Option<(Mask, bool)> {
    watchers.iter().find_map(|file| {
        let FileKind::Registry(registry) = &file.kind else { return None };
        registry.interest.get(&(fd, id)).map(|entry| (entry.event.events, registry.ready.contains(&fd)))
    })
}

fn state(file: &File, readiness: Readiness) -> &'static str {
    let FileKind::Stream(stream) = &file.kind else { return "" };
    let full = stream.send.level > 0
        && stream.send.provenance == Provenance::Told
        && readiness.writable() == Some(false);
    match () {
        () if stream.reset => "reset",
        () if full => "send buffer full",
        () if stream.end_seen => "end of input",
        () if stream.input_ended => "client ended (FIN)",
        () if stream.recv.level > 0 => "data waits",
        () if stream.send.level > 0 => "answer on its way",
        () if stream.recv.provenance == Provenance::Unknown => "not looked at",
        () => "idle",
    }
}

#[cfg(test)]
mod tests;
