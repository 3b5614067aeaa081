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

    /// The same events in batches of at most so many, so that each is soon worked through.
    pub fn pieces(&self, most: usize) -> impl Iterator<Item = Self> {
        let (mut at, mut first) = (0usize, self.first);
        self.events.chunks(most.max(1)).map(move |events| {
            let length: usize = events.iter().map(|event| event.payload_len as usize).sum();
            let end = at.saturating_add(length).min(self.payloads.len());
            let payloads = self.payloads[at..end].to_vec();
            let piece = Self { first, events: events.to_vec(), payloads };
            at = end;
            first = Seq(first.0 + events.len() as u64);
            piece
        })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::What;
    use crate::ids::TaskId;
    use crate::time::Nanos;

    #[test]
    fn pieces_are_the_batch() {
        let mut batch = Batch::starting_at(Seq(7));
        for at in 0..10u8 {
            let what = What::TaskEnd { status: 0 };
            batch.push(Event { at: Nanos(at.into()), task: TaskId::FIRST, what, payload_len: 0 }, &[at; 3]);
        }
        let pieces: Vec<Batch> = batch.pieces(4).collect();
        assert_eq!(pieces.iter().map(|piece| piece.first).collect::<Vec<_>>(), [Seq(7), Seq(11), Seq(15)]);
        let told: Vec<(Event, Vec<u8>)> = pieces
            .iter()
            .flat_map(|piece| piece.iter().map(|(event, payload)| (*event, payload.to_vec())))
            .collect();
        assert_eq!(told, batch.iter().map(|(e, p)| (*e, p.to_vec())).collect::<Vec<_>>());
    }
}
