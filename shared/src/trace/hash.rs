//! A number for a whole trace: two runs are the same, byte for byte, if theirs is.

use std::fmt;

use postcard::ser_flavors::Flavor;

use crate::event::Event;
use crate::trace::Batch;

/// The hash of a trace so far: of every event with its payload, in order. It is the same on every platform,
/// and does not depend on how the trace was cut into batches.
///
/// FNV-1a in 64 bits, by the published constants, over the events as postcard writes them. It tells
/// apart what differs by accident; it is no protection against anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash(u64);

const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

impl Default for Hash {
    fn default() -> Self {
        Self(OFFSET)
    }
}

impl Hash {
    /// Adds an event.
    pub fn push(&mut self, event: &Event, payload: &[u8]) {
        let event = Event { payload_len: payload.len() as u32, ..*event };
        *self = postcard::serialize_with_flavor(&event, *self).expect("postcard can write every event");
        payload.iter().for_each(|byte| self.byte(*byte));
    }

    /// Adds the events of a batch.
    pub fn extend(&mut self, batch: &Batch) {
        batch.iter().for_each(|(event, payload)| self.push(event, payload));
    }

    /// The number.
    pub fn value(self) -> u64 {
        self.0
    }

    fn byte(&mut self, byte: u8) {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(PRIME);
    }
}

/// Sixteen hexadecimal digits.
impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What postcard writes goes into the hash and nowhere else.
impl Flavor for Hash {
    type Output = Self;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.byte(byte);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Self> {
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::What;
    use crate::ids::{Seq, TaskId};
    use crate::time::Nanos;

    #[test]
    fn it_is_fnv_1a() {
        let mut hash = Hash::default();
        b"foobar".iter().for_each(|byte| hash.byte(*byte));
        assert_eq!(hash.to_string(), "85944171f73967e8", "the published value for this word");
    }

    #[test]
    fn every_byte_counts_and_cuts_do_not() {
        let end = |at: u64| Event {
            at: Nanos(at),
            task: TaskId::FIRST,
            what: What::TaskEnd { status: 0 },
            payload_len: 0,
        };
        let of = |events: &[(u64, &[u8])], cut: usize| {
            let mut hash = Hash::default();
            for part in events.chunks(cut) {
                let mut batch = Batch::starting_at(Seq(0));
                part.iter().for_each(|(at, payload)| batch.push(end(*at), payload));
                hash.extend(&batch);
            }
            hash
        };
        let events: [(u64, &[u8]); 3] = [(1, b"a"), (2, b""), (3, b"bc")];
        assert_eq!(of(&events, 1), of(&events, 3));
        assert_ne!(of(&events, 3), of(&[(1, b"a"), (2, b"b"), (3, b"c")], 3));
        assert_ne!(of(&events, 3), of(&events[..2], 3));
    }
}
