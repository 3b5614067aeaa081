//! Events in a row, with their payloads beside them.

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::ids::Seq;

/// A run of events in the order in which they happened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// The number of the first event.
    pub first: Seq,
    /// The events.
    pub events: Vec<Event>,
    /// The payloads of all of them, one behind the other.
    pub payloads: Vec<u8>,
}

impl Batch {
    /// An empty batch that begins with that number.
    pub fn starting_at(first: Seq) -> Self {
        Self { first, ..Self::default() }
    }

    /// Adds an event at the end.
    pub fn push(&mut self, event: Event, payload: &[u8]) {
        self.events.push(Event { payload_len: payload.len() as u32, ..event });
        self.payloads.extend_from_slice(payload);
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Each event with its payload. Where payloads are missing (a broken batch), they are empty.
    pub fn iter(&self) -> impl Iterator<Item = (&Event, &[u8])> {
        let mut at = 0usize;
        self.events.iter().map(move |event| {
            let end = at.saturating_add(event.payload_len as usize);
            let payload = self.payloads.get(at..end).unwrap_or_default();
            at = end;
            (event, payload)
        })
    }
}
