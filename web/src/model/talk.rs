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
mod tests;
