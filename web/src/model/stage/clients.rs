//! The clients at the far end of the network, and what they are doing.

use std::mem::{Discriminant, discriminant};

use loopscope_shared::event::Doing;
use loopscope_shared::ids::{Fd, PeerId, TaskId};
use loopscope_shared::sorted::SortedMap;
use loopscope_shared::world::{File, FileKind, Peer, Stream, World};

use super::Density;
use super::cards::{Card, Kind, Place};
use super::words::letters;
use crate::messages as m;

/// Up to so many letters of what a client has heard are shown.
const HEARD_SHOWN: usize = 12;

/// A client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its number, where it is known.
    pub peer: Option<PeerId>,
    /// Its number, or its port where only that is known.
    pub name: String,
    /// What it does, in a few words.
    pub doing: String,
    /// The descriptor of its connection.
    pub fd: Option<Fd>,
    /// Whose that is, if not of the process that the stage is about.
    pub owner: Option<TaskId>,
    /// It is a host that the program has called, of this name, and no client.
    pub host: Option<String>,
    /// It waits in an accept queue.
    pub queued: bool,
    /// Bytes on the way to the server.
    pub coming: u64,
    /// Bytes that have reached it and that it has not read.
    pub unread: u64,
}

impl Client {
    /// Where the descriptor of its connection is drawn.
    pub fn place(&self) -> Option<Place> {
        self.fd.map(|fd| Place { owner: self.owner, fd })
    }
}

/// A connection, and where it is drawn.
type Held<'a> = (&'a Stream, Option<Place>);

/// All clients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clients {
    /// Those that can be seen, in order.
    pub each: Vec<Client>,
    /// How many do the same, by what they do.
    pub groups: Vec<(String, usize)>,
    /// SYNs that were dropped so far, since an accept queue was full.
    pub syns_dropped: u64,
}

/// The clients that are connected or want to be. Of thousands, only those are made out that have a card.
pub(super) fn clients_of(world: &World, process: TaskId, cards: &[Card], density: Density) -> Clients {
    let (each, mut groups) = match world.peers.is_empty() {
        true => grouped(by_address(cards)),
        false if density == Density::Wall => (of_cards(world, cards), crowds(world)),
        false => grouped(by_peer(world, process)),
    };
    groups.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    Clients { each, groups, syns_dropped: world.tally.syns_dropped }
}

/// Clients, and how many do the same.
fn grouped(each: Vec<Client>) -> (Vec<Client>, Vec<(String, usize)>) {
    let mut groups = SortedMap::new();
    for client in &each {
        *groups.entry(client.doing.clone()).or_insert(0) += 1;
    }
    (each, groups.into_iter().collect())
}

/// How many do the same, of thousands: their names are looked up once for each group.
fn crowds(world: &World) -> Vec<(String, usize)> {
    let mut kinds: Vec<(Discriminant<Doing>, bool, &Peer, usize)> = Vec::new();
    for peer in world.peers.values().filter(|peer| !is_gone(peer)) {
        let (kind, reading) = (discriminant(&peer.doing), peer.reading);
        match kinds.iter_mut().find(|known| (known.0, known.1) == (kind, reading)) {
            Some((.., count)) => *count += 1,
            None => kinds.push((kind, reading, peer, 1)),
        }
    }
    let mut groups = SortedMap::new();
    for (_, _, peer, count) in kinds {
        *groups.entry(in_a_crowd(peer).to_owned()).or_insert(0) += count;
    }
    groups.into_iter().collect()
}

/// The clients of those descriptors that have a card, in order.
fn of_cards(world: &World, cards: &[Card]) -> Vec<Client> {
    let stream = |card: &Card| match &world.files.get(&card.file)?.kind {
        FileKind::Stream(stream) => Some((stream.peer?, (&**stream, Some(card.place())))),
        _ => None,
    };
    let streams: SortedMap<PeerId, Held<'_>> = cards.iter().filter_map(stream).collect();
    let client = |(id, stream): (PeerId, _)| client_of(id, world.peers.get(&id)?, Some(stream));
    streams.into_iter().filter_map(client).collect()
}

/// From outside, only the far address of each connection is known.
fn by_address(cards: &[Card]) -> Vec<Client> {
    let client = |card: &Card| {
        let Kind::Stream(stream) = &card.kind else { return None };
        Some(Client {
            peer: None,
            name: stream.from.map_or_else(|| "?".to_owned(), |from| format!(":{}", from.port())),
            doing: String::new(),
            fd: Some(card.fd),
            owner: None,
            host: None,
            queued: false,
            coming: 0,
            unread: 0,
        })
    };
    cards.iter().filter_map(client).collect()
}

/// All that are known of.
fn by_peer(world: &World, process: TaskId) -> Vec<Client> {
    let mut streams: SortedMap<PeerId, Held<'_>> = SortedMap::new();
    // Where several processes have a descriptor for it, that of the one that the stage is about counts.
    let holder = |file: &File| {
        let own = file.names.iter().find(|(holder, _)| *holder == process);
        let (holder, fd) = *own.or_else(|| file.names.first())?;
        Some(Place { owner: (holder != process).then_some(holder), fd })
    };
    for file in world.files.values() {
        if let FileKind::Stream(stream) = &file.kind
            && let Some(peer) = stream.peer
        {
            streams.insert(peer, (stream, holder(file)));
        }
    }
    // A host is not named by the connection that the program has with it. There is one of each.
    let hosts = world.peers.iter().filter(|(_, peer)| peer.host.is_some()).map(|(id, _)| *id);
    let own = world.files.values().filter_map(|file| match &file.kind {
        FileKind::Stream(stream) if stream.peer.is_none() && (stream.own || stream.connecting) => {
            Some((&**stream, holder(file)))
        }
        _ => None,
    });
    streams.extend(hosts.zip(own));
    world.peers.iter().filter_map(|(id, peer)| client_of(*id, peer, streams.get(id).copied())).collect()
}

/// A client with the connection that it has, and the descriptor of that.
fn client_of(id: PeerId, peer: &Peer, stream: Option<Held<'_>>) -> Option<Client> {
    if stream.is_none() && (is_gone(peer) || peer.doing != Doing::Connecting) {
        return None;
    }
    let place = stream.and_then(|(_, place)| place);
    let queued = stream.is_some() && place.is_none();
    Some(Client {
        peer: peer.host.is_none().then_some(id),
        name: peer.host.clone().unwrap_or_else(|| id.to_string()),
        host: peer.host.clone(),
        doing: match (queued, stream, peer.doing) {
            (true, ..) => m::stage_doing_queued().to_owned(),
            // It is accepted, and the answer to its SYN has not reached it.
            (_, Some(_), Doing::Connecting) => m::stage_doing_syn_ack().to_owned(),
            _ => doing(peer),
        },
        fd: place.map(|place| place.fd),
        owner: place.and_then(|place| place.owner),
        queued,
        coming: stream.map_or(0, |(stream, _)| peer.sent.saturating_sub(stream.arrived)),
        unread: stream.map_or(0, |(stream, _)| stream.drained.saturating_sub(peer.received)),
    })
}

fn is_gone(peer: &Peer) -> bool {
    matches!(peer.doing, Doing::Closed | Doing::Reset | Doing::WasReset)
}

/// What it does, without what it has sent or heard.
fn in_a_crowd(peer: &Peer) -> &'static str {
    match peer.doing {
        Doing::Sent { .. } => m::stage_doing_awaits(),
        Doing::Received { .. } => m::stage_doing_heard_something(),
        _ => plainly(peer),
    }
}

/// What a client does, in a few words.
pub fn doing(peer: &Peer) -> String {
    match peer.doing {
        Doing::Sent { bytes } => m::stage_doing_sent(bytes.into()),
        Doing::Received { .. } => heard(&peer.heard),
        _ => plainly(peer).to_owned(),
    }
}

/// What a client did at an event of its own, with the bytes that it has read.
pub fn did(doing: Doing, payload: &[u8]) -> String {
    match doing {
        Doing::Sent { bytes } => m::stage_doing_sent(bytes.into()),
        Doing::Received { .. } => heard(payload),
        doing => in_words(doing).to_owned(),
    }
}

fn plainly(peer: &Peer) -> &'static str {
    match peer.doing {
        Doing::Connecting | Doing::Connected => in_words(peer.doing),
        _ if !peer.reading => m::stage_doing_not_reading(),
        doing => in_words(doing),
    }
}

fn in_words(doing: Doing) -> &'static str {
    match doing {
        Doing::Connecting => m::stage_doing_connects(),
        Doing::Connected => m::stage_doing_connected(),
        Doing::Thinking => m::stage_doing_thinks(),
        Doing::Sent { .. } | Doing::Awaiting => m::stage_doing_awaits(),
        Doing::NotReading => m::stage_doing_not_reading(),
        Doing::Received { .. } | Doing::Reading => m::stage_doing_reads_again(),
        Doing::HalfClosed => m::stage_doing_half_closed(),
        Doing::Closed => m::stage_doing_closed(),
        Doing::Reset => m::stage_doing_reset(),
        Doing::SawEnd => m::stage_doing_saw_end(),
        Doing::WasReset => m::stage_doing_was_reset(),
    }
}

/// The last line that the client has heard, or its end.
fn heard(bytes: &[u8]) -> String {
    let complete = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let start = complete.iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
    let line = &bytes[start..];
    match line.len() {
        0..=HEARD_SHOWN => m::stage_doing_heard(letters(line)),
        long => m::stage_doing_heard(format!("…{}", letters(&line[long - HEARD_SHOWN..]))),
    }
}

#[cfg(test)]
mod tests {
    use loopscope_shared::event::{Inside, What};

    use super::super::made::Made;
    use super::*;

    fn doing_of(made: &mut Made, peer: u32, doing: Doing, payload: &[u8]) -> Client {
        made.tell(What::Inside(Inside::Peer { peer: PeerId(peer), doing }), payload);
        let clients = made.stage().clients.each;
        clients.into_iter().find(|client| client.name == peer.to_string()).expect("the client is shown")
    }

    #[test]
    fn a_client_is_told_by_what_it_does_and_where_its_bytes_are() {
        let mut made = Made::new("select");
        let client = doing_of(&mut made, 4, Doing::Connecting, &[]);
        assert_eq!((client.doing.as_str(), client.queued, client.fd), ("sends a SYN …", false, None));
        made.queued(4);
        let client = doing_of(&mut made, 4, Doing::Sent { bytes: 6 }, b"hello\n");
        assert_eq!((client.doing.as_str(), client.queued, client.coming), ("waits to be accepted", true, 6));
        made.accepted(5);
        let client = doing_of(&mut made, 5, Doing::Sent { bytes: 6 }, b"hello\n");
        assert_eq!((client.doing.as_str(), client.fd, client.coming), ("sent 6 bytes", Some(Fd(5)), 6));
        made.arrived(5, b"hello\n");
        let client = doing_of(&mut made, 5, Doing::Received { bytes: 6, lines: 1 }, b"uryyb\n");
        assert_eq!((client.doing.as_str(), client.coming), ("heard “uryyb⏎”", 0));
        let client = doing_of(&mut made, 5, Doing::NotReading, &[]);
        assert_eq!(client.doing, "does not read");
    }

    #[test]
    fn a_client_that_left_is_not_shown() {
        let mut made = Made::new("select");
        doing_of(&mut made, 9, Doing::Connecting, &[]);
        made.inside(Inside::Peer { peer: PeerId(9), doing: Doing::Closed });
        assert!(made.stage().clients.each.is_empty());
    }

    #[test]
    fn many_clients_are_counted_by_what_they_do() {
        let mut made = Made::new("select");
        for peer in 4..10 {
            made.accepted(peer);
            made.inside(Inside::Peer { peer: PeerId(peer as u32), doing: Doing::Thinking });
        }
        made.inside(Inside::Peer { peer: PeerId(7), doing: Doing::Awaiting });
        let groups = made.stage().clients.groups;
        assert_eq!(groups, [("thinks".to_owned(), 5), ("waits for its answer".to_owned(), 1)]);
    }
}
