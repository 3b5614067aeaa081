//! What a span holds: the world before it, its events, and their payloads, each a block of its own.
//!
//! A block is the length of its contents, the length as it is stored, and an LZ4 block. Events are as postcard
//! writes them, one behind the other, but that the instant of each is the difference from the one before: those are
//! small, and the same ones come again and again.

use lz4_flex::block;

use super::chunk::{Fields, Head};
use crate::event::{Event, What};
use crate::time::Nanos;
use crate::trace::Batch;
use crate::world::World;

/// The most bytes that a block may hold, so that no file makes a reader take more memory than this: the world of
/// some hundred thousand connections.
pub const BLOCK_MAX: usize = 256 << 20;

/// LZ4 makes nothing more than 255 times smaller: who says that a block holds more than that says something wrong.
const RATIO_MAX: usize = 255;

/// The fewest bytes that an event takes: its instant, its task, its kind, the length of its payload.
const EVENT_BYTES_MIN: usize = 4;

/// A span that was read: where it begins, and what happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// The world before the first event.
    pub before: World,
    /// The events.
    pub batch: Batch,
}

/// Adds a block.
pub(super) fn put_block(body: &mut Vec<u8>, raw: &[u8]) {
    let packed = block::compress(raw);
    body.extend((raw.len() as u32).to_le_bytes());
    body.extend((packed.len() as u32).to_le_bytes());
    body.extend(packed);
}

/// Adds an event, with the difference of its instant from the one before.
pub(super) fn put_event(events: &mut Vec<u8>, event: &Event, before: Nanos) {
    let apart = event.at.0.wrapping_sub(before.0) as i64;
    let written = Event { at: Nanos(zigzag(apart)), ..*event };
    let taken = std::mem::take(events);
    *events = postcard::to_extend(&written, taken).expect("postcard can write every event");
}

/// Small for what is near zero, above or below it.
fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

fn take_block(fields: &mut Fields<'_>) -> Option<Vec<u8>> {
    let (raw, packed) = (fields.u32()? as usize, fields.u32()? as usize);
    let packed = fields.bytes(packed)?;
    if raw > BLOCK_MAX || raw > packed.len().saturating_mul(RATIO_MAX) {
        return None;
    }
    block::decompress(packed, raw).ok().filter(|bytes| bytes.len() == raw)
}

/// Reads the world before a span.
pub(super) fn read_world(head: &Head, body: &[u8]) -> Option<World> {
    let world: World = postcard::from_bytes(&take_block(&mut Fields(body))?).ok()?;
    (world.seq == head.first && world.now == head.from).then_some(world)
}

/// Reads a span. `None` if it is not what its head says: its checksum agreed, so it was written so.
pub(super) fn read(head: &Head, body: &[u8]) -> Option<Piece> {
    let before = read_world(head, body)?;
    let batch = read_batch(head, body)?;
    Some(Piece { before, batch })
}

/// Reads the events of a span.
pub(super) fn read_batch(head: &Head, body: &[u8]) -> Option<Batch> {
    let mut fields = Fields(body);
    let (_, world) = (fields.u32()?, fields.u32()?);
    fields.bytes(world as usize)?;
    let (raw, payloads) = (take_block(&mut fields)?, take_block(&mut fields)?);
    if !fields.0.is_empty() || head.events as usize > raw.len() / EVENT_BYTES_MIN {
        return None;
    }
    let mut events = Vec::with_capacity(head.events as usize);
    let (mut rest, mut at, mut next, mut len) = (&raw[..], head.from.0, head.first.0, 0u64);
    for _ in 0..head.events {
        let (written, left) = postcard::take_from_bytes::<Event>(rest).ok()?;
        rest = left;
        at = at.wrapping_add(unzigzag(written.at.0) as u64);
        next = next.checked_add(1)?;
        if let What::Dropped { count } = written.what {
            next = next.checked_add(count)?;
        }
        len += u64::from(written.payload_len);
        events.push(Event { at: Nanos(at), ..written });
    }
    let whole = rest.is_empty() && next == head.next.0 && len == payloads.len() as u64;
    whole.then_some(Batch { first: head.first, events, payloads })
}
