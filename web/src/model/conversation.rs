//! The reader's own connections to the native server: what was said on each, and what was answered.

use std::collections::VecDeque;
use std::net::SocketAddr;

use loopscope_shared::sorted::SortedMap;
use loopscope_shared::trace::wire::{ClientEvent, ClientId};

use crate::messages as m;
use crate::model::talk::Act;
use crate::model::text::escaped;

/// How many lines of a conversation are kept: enough to scroll back a little.
const LINES_MAX: usize = 100;

/// The most bytes of a line without an end that are kept, to be shown as they are.
const PENDING_MAX: usize = 4096;

/// How a connection is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is being opened.
    Opening,
    /// It is open; the server sees it come from this address.
    Open(SocketAddr),
    /// It is over.
    Closed,
    /// It failed, for this reason.
    Failed(String),
}

/// A line of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The reader sent it.
    Said(String),
    /// The server sent it.
    Heard(String),
    /// The reader did something else to the connection.
    Did(Act),
}

/// One connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// How it is.
    pub status: Status,
    /// What was said, in order.
    pub lines: VecDeque<Line>,
    /// The beginning of an answer whose line feed has not come.
    pending: Vec<u8>,
}

/// All connections of the reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    /// The connections by their numbers.
    pub clients: SortedMap<u32, Client>,
    last: u32,
}

impl Client {
    /// Whether lines can be sent on it.
    pub fn is_open(&self) -> bool {
        matches!(self.status, Status::Opening | Status::Open(_))
    }

    /// The address that the server sees.
    pub fn address(&self) -> Option<SocketAddr> {
        match self.status {
            Status::Open(address) => Some(address),
            _ => None,
        }
    }

    fn push(&mut self, line: Line) {
        if self.lines.len() >= LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }

    fn hear(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        while let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.pending.drain(..=end).collect();
            self.push(Line::Heard(text(&line[..end])));
        }
        if self.pending.len() > PENDING_MAX {
            let line = std::mem::take(&mut self.pending);
            self.push(Line::Heard(text(&line)));
        }
    }
}

/// A line as it is read by people: UTF-8 if it is, with escapes if not.
fn text(line: &[u8]) -> String {
    std::str::from_utf8(line).map_or_else(|_| escaped(line), str::to_owned)
}

impl Conversation {
    /// A new connection, which has been asked for.
    pub fn open(&mut self) -> ClientId {
        self.last += 1;
        let client = Client { status: Status::Opening, lines: VecDeque::new(), pending: Vec::new() };
        self.clients.insert(self.last, client);
        ClientId(self.last)
    }

    /// The reader sends a line, or does something else.
    pub fn say(&mut self, client: ClientId, line: Line) {
        if let Some(client) = self.clients.get_mut(&client.0) {
            client.push(line);
        }
    }

    /// Something became of a connection.
    pub fn apply(&mut self, client: ClientId, event: ClientEvent) {
        let Some(client) = self.clients.get_mut(&client.0) else { return };
        match event {
            ClientEvent::Opened(address) => client.status = Status::Open(address),
            ClientEvent::Received(bytes) => client.hear(&bytes),
            ClientEvent::Closed => client.status = Status::Closed,
            ClientEvent::Failed(errno) => {
                client.status = Status::Failed(format!("{errno} ({})", errno.meaning()));
            }
        }
    }

    /// The gateway is gone, and all connections with it.
    pub fn all_lost(&mut self) {
        for client in self.clients.values_mut().filter(|client| client.is_open()) {
            client.status = Status::Failed(m::send_gateway_gone().to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_lines_however_they_arrive() {
        let mut conversation = Conversation::default();
        let id = conversation.open();
        conversation.say(id, Line::Said("Hello, World!".into()));
        for part in ["Uryyb, ", "Jbeyq!\nfrp", "baq\n"] {
            conversation.apply(id, ClientEvent::Received(part.into()));
        }
        let lines = &conversation.clients[&id.0].lines;
        let heard = |text: &str| Line::Heard(text.into());
        assert_eq!(*lines, [Line::Said("Hello, World!".into()), heard("Uryyb, Jbeyq!"), heard("frpbaq")]);
    }

    #[test]
    fn a_conversation_keeps_a_bounded_number_of_lines() {
        let mut conversation = Conversation::default();
        let id = conversation.open();
        conversation.apply(id, ClientEvent::Received("a\n".repeat(3 * LINES_MAX).into()));
        conversation.apply(id, ClientEvent::Received(vec![b'x'; 2 * PENDING_MAX]));
        let client = &conversation.clients[&id.0];
        assert_eq!(client.lines.len(), LINES_MAX);
        assert_eq!(client.pending.len(), 0);
    }

    #[test]
    fn connections_end_with_the_gateway() {
        let mut conversation = Conversation::default();
        let (one, two) = (conversation.open(), conversation.open());
        conversation.apply(one, ClientEvent::Closed);
        conversation.all_lost();
        assert_eq!(conversation.clients[&one.0].status, Status::Closed);
        assert!(matches!(conversation.clients[&two.0].status, Status::Failed(_)));
    }
}
