//! The send panel: the reader's connections, simulated or live, and what was said on them.

use loopscope_shared::event::Doing;
use loopscope_shared::ids::{Fd, PeerId};
use loopscope_shared::scenario::{Injection, Scenario, Step};
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::wire::{ClientId, ToGateway};
use loopscope_shared::world::{FileKind, Stream, World};

use crate::messages as m;
use crate::model::answers::{self, Exchange};
use crate::model::conversation::{Client, Conversation, Line, Status};

/// How many simulated clients are offered to send as: the first ones, of which there may be hundreds.
const OFFERED_MAX: usize = 32;

/// How many lines a burst is.
pub const BURST_LINES: u32 = 20;

/// How many lines one sends who does not read: their answers are more than usual buffers hold.
pub const SLOW_READER_LINES: u32 = 3_000;

/// How long each of these lines is, with its line feed.
const LINE_BYTES: u32 = 64;

/// Something that the reader lets a client do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Send a line.
    Line(String),
    /// Send so many lines at once.
    Lines(u32),
    /// Send many lines at once: [`BURST_LINES`].
    Burst,
    /// Read nothing and send so much that its answers find no room: [`SLOW_READER_LINES`].
    SlowReader,
    /// Read what comes, or not.
    Read(bool),
    /// Send no more.
    HalfClose,
    /// Close the connection.
    Close,
    /// Throw it away.
    Reset,
}

/// One thing in the panel's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A line of the reader's.
    Said {
        /// The connection.
        who: u32,
        /// The line.
        text: String,
        /// What is to be said of it.
        note: String,
    },
    /// A line of the server's.
    Answer {
        /// The connection.
        who: u32,
        /// The line.
        text: String,
    },
    /// Something else.
    Note {
        /// The connection.
        who: u32,
        /// What.
        text: String,
    },
}

/// What the send panel shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Talk {
    /// What is said of where lines go.
    pub hint: &'static str,
    /// What a connection is called.
    pub noun: &'static str,
    /// The connections that lines can be sent on.
    pub targets: Vec<u32>,
    /// Whether lines can be sent at all.
    pub usable: bool,
    /// Whether there is something to take back.
    pub can_clear: bool,
    /// What was said, in order.
    pub items: Vec<Item>,
}

impl Act {
    /// What is done for it, one after the other, on the same connection.
    pub fn parts(self) -> Vec<Self> {
        match self {
            Self::Burst => vec![Self::Lines(BURST_LINES)],
            Self::SlowReader => vec![Self::Read(false), Self::Lines(SLOW_READER_LINES)],
            one => vec![one],
        }
    }

    /// As a step of a simulated client. A line ends with its line feed.
    pub fn step(self) -> Step {
        match self {
            Self::Line(text) => Step::Send(text + "\n"),
            Self::Lines(lines) => Step::SendLines { lines, bytes: LINE_BYTES },
            Self::Burst => Self::Lines(BURST_LINES).step(),
            Self::SlowReader => Self::Lines(SLOW_READER_LINES).step(),
            Self::Read(on) => Step::Read(on),
            Self::HalfClose => Step::HalfClose,
            Self::Close => Step::Close,
            Self::Reset => Step::Reset,
        }
    }

    /// As a message to the gateway, and as a line of the conversation.
    pub fn message(self, client: ClientId) -> (ToGateway, Line) {
        match self {
            Self::Line(text) => {
                let bytes = format!("{text}\n").into_bytes();
                (ToGateway::Send(client, bytes), Line::Said(text))
            }
            Self::Lines(lines) => (ToGateway::Send(client, lines_of(lines)), Line::Did(self)),
            Self::Burst => Self::Lines(BURST_LINES).message(client),
            Self::SlowReader => Self::Lines(SLOW_READER_LINES).message(client),
            Self::Read(on) => (ToGateway::Read(client, on), Line::Did(self)),
            Self::HalfClose => (ToGateway::HalfClose(client), Line::Did(self)),
            Self::Close => (ToGateway::Close(client), Line::Did(self)),
            Self::Reset => (ToGateway::Reset(client), Line::Did(self)),
        }
    }
}

/// So many lines of letters.
fn lines_of(lines: u32) -> Vec<u8> {
    let letters = (b'a'..=b'z').cycle().take(LINE_BYTES as usize - 1);
    letters.chain([b'\n']).collect::<Vec<u8>>().repeat(lines as usize)
}

/// When a simulated client went, if it has.
fn gone(world: &World, client: u32) -> Option<Nanos> {
    let peer = world.peers.get(&PeerId(client))?;
    matches!(peer.doing, Doing::Closed | Doing::Reset | Doing::WasReset).then_some(peer.since)
}

/// What is to be said of a line that has no answer. `over` says that nothing more happens.
fn without_answer(exchange: &Exchange, gone: Option<Nanos>, over: bool) -> &'static str {
    match (gone, exchange.done) {
        (Some(gone), _) if gone < exchange.at => m::send_not_sent(),
        (Some(_), _) => m::send_client_went(),
        (None, _) if over => m::send_run_over(),
        (None, true) => m::send_play_on(),
        (None, false) => m::send_to_come(),
    }
}

/// The panel of a simulation. `world` is at the cursor, and `over` says that nothing more happens after it.
pub fn simulated(world: &World, exchanges: &[Exchange], over: bool) -> Talk {
    let there = |client: &u32| gone(world, *client).is_none();
    let present = world.peers.keys().map(|id| id.0).filter(there);
    let mut targets: Vec<u32> = present.take(OFFERED_MAX).collect();
    targets.extend(exchanges.iter().map(|exchange| exchange.client).filter(there));
    targets.sort_unstable();
    targets.dedup();
    let mut items = Vec::new();
    for exchange in exchanges {
        let who = exchange.client;
        let when = m::send_at(exchange.at);
        if !exchange.asks {
            items.push(Item::Note { who, text: m::send_done(&exchange.said, when) });
            continue;
        }
        let note = match exchange.answer {
            Some(_) => when,
            None => m::send_noted(when, without_answer(exchange, gone(world, who), over)),
        };
        items.push(Item::Said { who, text: exchange.said.clone(), note });
        items.extend(exchange.answer.clone().map(|text| Item::Answer { who, text }));
    }
    Talk {
        hint: m::send_hint(),
        noun: m::send_client(),
        targets,
        usable: true,
        can_clear: !exchanges.is_empty(),
        items,
    }
}

/// The index of the newest entry, given what the list was before: the last that is new or says something else.
pub fn newest(before: &[Item], now: &[Item]) -> Option<usize> {
    let same = before.iter().zip(now).take_while(|(before, now)| before == now).count();
    let behind = before[same..].iter().rev().zip(now[same..].iter().rev());
    let changed = now.len() - behind.take_while(|(before, now)| before == now).count();
    // Where entries only went, nothing is new.
    (changed > same).then(|| changed - 1)
}

/// The number of a client that neither the scenario nor the reader has.
pub fn next_client(scenario: &Scenario, injections: &[Injection]) -> u32 {
    let scripted: u32 = scenario.clients.iter().map(|clients| clients.count).sum();
    injections.iter().map(|injection| injection.client).fold(scripted, u32::max) + 1
}

/// What the gateway is asked for when the reader does something on a connection, or on a new one, whose number
/// is then given.
pub fn tell_live(
    conversation: &mut Conversation,
    target: Option<u32>,
    act: Act,
    number: &mut u32,
) -> Vec<ToGateway> {
    let mut messages = Vec::new();
    let client = target.map_or_else(
        || {
            let client = conversation.open();
            messages.push(ToGateway::Open(client));
            client
        },
        ClientId,
    );
    let (message, line) = act.message(client);
    conversation.say(client, line);
    messages.push(message);
    *number = client.0;
    messages
}

/// The server's descriptor for one of the reader's connections, where it can be told.
pub fn descriptor_of(world: &World, conversation: &Conversation, number: u32) -> Option<Fd> {
    let address = conversation.clients.get(&number).and_then(Client::address);
    let own = |stream: &Stream| match address {
        Some(address) => stream.from == Some(address),
        None => stream.peer == Some(PeerId(number)),
    };
    let found = world.files.iter().find_map(|(id, file)| match &file.kind {
        FileKind::Stream(stream) if own(stream) => Some(*id),
        _ => None,
    })?;
    world.descriptor_of(found).map(|(_, fd)| fd)
}

/// The panel of a running server.
pub fn live(conversation: &Conversation, connected: bool) -> Talk {
    let mut items = Vec::new();
    for (number, client) in &conversation.clients {
        let who = *number;
        for line in &client.lines {
            items.push(match line {
                Line::Said(text) => Item::Said { who, text: text.clone(), note: String::new() },
                Line::Heard(text) => Item::Answer { who, text: text.clone() },
                Line::Did(act) => Item::Note { who, text: answers::act(&act.clone().step()) },
            });
        }
        items.extend(
            match &client.status {
                Status::Opening => Some(m::send_opening().to_owned()),
                Status::Open(_) => None,
                Status::Closed => Some(m::send_closed().to_owned()),
                Status::Failed(reason) => Some(m::send_failed(reason)),
            }
            .map(|text| Item::Note { who, text }),
        );
    }
    let open = conversation.clients.iter().filter(|(_, client)| client.is_open());
    Talk {
        hint: m::send_hint_live(),
        noun: m::send_connection(),
        targets: open.map(|(number, _)| *number).collect(),
        usable: connected,
        can_clear: false,
        items,
    }
}

#[cfg(test)]
mod tests {
    use loopscope_shared::scenario::preset;
    use loopscope_shared::world::Peer;

    use super::*;

    #[test]
    fn a_line_goes_out_with_its_line_feed() {
        assert_eq!(Act::Line("hi".into()).step(), Step::Send("hi\n".into()));
        let (message, line) = Act::Line("hi".into()).message(ClientId(3));
        assert_eq!(message, ToGateway::Send(ClientId(3), b"hi\n".to_vec()));
        assert_eq!(line, Line::Said("hi".into()));
    }

    #[test]
    fn a_slow_reader_stops_reading_before_it_sends() {
        let steps: Vec<Step> = Act::SlowReader.parts().into_iter().map(Act::step).collect();
        assert_eq!(
            steps,
            [Step::Read(false), Step::SendLines { lines: SLOW_READER_LINES, bytes: LINE_BYTES }]
        );
        let (message, _) = Act::Burst.parts().remove(0).message(ClientId(2));
        let ToGateway::Send(ClientId(2), bytes) = message else { panic!("{message:?}") };
        assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count(), BURST_LINES as usize);
    }

    #[test]
    fn an_answer_stands_behind_its_line() {
        let exchange = Exchange {
            client: 4,
            at: Nanos(1_000),
            said: "hi".into(),
            asks: true,
            done: true,
            answer: Some("uv".into()),
        };
        let waiting = Exchange { answer: None, ..exchange.clone() };
        let talk = simulated(&World::new(), &[exchange, waiting], false);
        assert_eq!(talk.targets, [4]);
        assert_eq!(talk.items.len(), 3);
        assert_eq!(talk.items[1], Item::Answer { who: 4, text: "uv".into() });
        assert!(matches!(&talk.items[2], Item::Said { note, .. } if note.contains("no answer yet")));
    }

    #[test]
    fn a_client_that_has_gone_is_neither_waited_for_nor_offered() {
        let asked = |at, done| Exchange {
            client: 4,
            at: Nanos(at),
            said: "hi".into(),
            asks: true,
            done,
            answer: None,
        };
        let mut world = World::new();
        let note = |world: &World, exchange: Exchange, over| {
            let talk = simulated(world, &[exchange], over);
            let Some(Item::Said { note, .. }) = talk.items.into_iter().next() else { panic!("a line") };
            (note.rsplit(": ").next().map(str::to_owned).unwrap_or_default(), talk.targets)
        };
        let said = |text: &str, targets: &[u32]| (text.to_owned(), targets.to_vec());
        assert_eq!(note(&world, asked(10, true), false), said("no answer yet, play on", &[4]));
        assert_eq!(note(&world, asked(10, true), true), said("no answer, the run is over", &[4]));
        assert_eq!(note(&world, asked(99, false), false), said("still to come", &[4]));
        let peer = Peer { doing: Doing::Reset, since: Nanos(20), ..peer() };
        world.peers.insert(PeerId(4), peer);
        assert_eq!(note(&world, asked(10, true), true), said("no answer, the client went", &[]));
        assert_eq!(note(&world, asked(30, true), false), said("not sent, the client had gone", &[]));
        assert_eq!(note(&world, asked(30, false), true), said("not sent, the client had gone", &[]));
    }

    fn peer() -> Peer {
        Peer {
            doing: Doing::Connected,
            since: Nanos::ZERO,
            sent: 0,
            received: 0,
            lines: 0,
            heard: Vec::new(),
            reading: true,
            host: None,
        }
    }

    #[test]
    fn the_newest_entry_is_found_wherever_it_stands() {
        let note = |who, text: &str| Item::Note { who, text: text.into() };
        let before = [note(1, "a"), note(1, "b"), note(2, "c")];
        assert_eq!(newest(&[], &before), Some(2));
        assert_eq!(newest(&before, &before), None);
        let answered = [note(1, "a"), note(1, "b"), note(1, "new"), note(2, "c")];
        assert_eq!(newest(&before, &answered), Some(2));
        let noted = [note(1, "a"), note(1, "other"), note(2, "c")];
        assert_eq!(newest(&before, &noted), Some(1));
        assert_eq!(newest(&before, &[]), None);
        assert_eq!(newest(&before, &before[1..]), None, "what went is not new");
        let again = vec![note(1, "a"); 3];
        assert_eq!(newest(&again[..2], &again), Some(2));
    }

    #[test]
    fn a_line_without_a_connection_opens_one_first() {
        let mut conversation = Conversation::default();
        let mut number = 0;
        let messages = tell_live(&mut conversation, None, Act::Line("a".into()), &mut number);
        let id = ClientId(1);
        assert_eq!(messages, [ToGateway::Open(id), ToGateway::Send(id, b"a\n".to_vec())]);
        assert_eq!(number, 1);
        assert_eq!(tell_live(&mut conversation, Some(1), Act::Close, &mut number), [ToGateway::Close(id)]);
    }

    #[test]
    fn a_new_client_has_a_number_of_its_own() {
        let scenario = preset("three-clients").unwrap();
        assert_eq!(next_client(&scenario, &[]), 4);
        let injection = Injection { at: Nanos(1), client: 9, step: Step::Close };
        assert_eq!(next_client(&scenario, &[injection]), 10);
    }

    #[test]
    fn nothing_can_be_sent_without_a_gateway() {
        let mut conversation = Conversation::default();
        conversation.open();
        assert_eq!(live(&conversation, true).targets, [1]);
        assert!(!live(&conversation, false).usable);
    }
}
