//! Events are cut into spans.

use super::chunk::{Fields, Head, Kind};
use super::span::{BLOCK_MAX, put_block, put_event};
use crate::event::Event;
use crate::ids::Seq;
use crate::time::Nanos;
use crate::trace::Batch;
use crate::world::World;

/// The fewest events of a span that nobody cuts earlier. To read and fold so many takes a few milliseconds.
pub const EVENTS_A_SPAN: usize = 16_384;

/// Events of a span for each part of a large world, so that copies of the world take not much more room than events,
/// and the most of them, so that an instant is still reached soon.
const EVENTS_A_PART: usize = 2;
const EVENTS_MAX: usize = 4 * EVENTS_A_SPAN;

/// The most bytes of events and payloads of a span: so much memory a recording takes, several times over.
const BYTES_MAX: usize = 4 << 20;

/// A span as it goes into a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Its head.
    pub head: Head,
    /// What follows.
    pub body: Vec<u8>,
}

impl Chunk {
    /// Whether the world before it is larger than a reader takes.
    pub(super) fn is_too_large(&self) -> bool {
        Fields(&self.body).u32().is_none_or(|raw| raw as usize > BLOCK_MAX)
    }
}

/// Takes events and gives spans. It holds the events of one span, and the world after them.
#[derive(Clone, Debug)]
pub struct Cutter {
    /// The world before the span, as postcard writes it.
    before: Vec<u8>,
    first: Seq,
    from: Nanos,
    /// The instant of the last event, which need not be the latest.
    last: Nanos,
    count: usize,
    /// How many events make a span.
    enough: usize,
    events: Vec<u8>,
    payloads: Vec<u8>,
    world: World,
}

impl Cutter {
    /// Begins with a world: an empty one, or a snapshot.
    pub fn new(base: World) -> Self {
        let mut cutter = Self {
            before: Vec::new(),
            first: base.seq,
            from: base.now,
            last: base.now,
            count: 0,
            enough: 0,
            events: Vec::new(),
            payloads: Vec::new(),
            world: base,
        };
        cutter.begin();
        cutter
    }

    /// The world after the last event.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Whether no event came since the last cut.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many bytes the span has until now, before it is compressed.
    pub fn pending(&self) -> u64 {
        let bytes = self.before.len() + self.events.len() + self.payloads.len();
        if self.is_empty() { 0 } else { bytes as u64 }
    }

    /// Takes an event. A span that is long enough comes back.
    pub fn push(&mut self, event: &Event, payload: &[u8]) -> Option<Chunk> {
        put_event(&mut self.events, &Event { payload_len: payload.len() as u32, ..*event }, self.last);
        self.payloads.extend_from_slice(payload);
        self.last = event.at;
        self.count += 1;
        self.world.apply(event, payload);
        let full = self.count >= self.enough || self.events.len() + self.payloads.len() >= BYTES_MAX;
        if full { self.cut() } else { None }
    }

    /// Takes the events of a batch. Spans that are long enough come back.
    pub fn extend(&mut self, batch: &Batch) -> Vec<Chunk> {
        batch.iter().filter_map(|(event, payload)| self.push(event, payload)).collect()
    }

    /// Ends the span here. Nothing comes back if nothing has happened in it.
    pub fn cut(&mut self) -> Option<Chunk> {
        if self.is_empty() {
            return None;
        }
        let mut body = Vec::new();
        for raw in [&self.before, &self.events, &self.payloads] {
            put_block(&mut body, raw);
        }
        let mut head = Head::plain(Kind::Span, &body);
        (head.first, head.next) = (self.first, self.world.seq);
        (head.from, head.to) = (self.from, self.world.now);
        head.events = self.count as u32;
        self.begin();
        Some(Chunk { head, body })
    }

    /// Goes on from another world, because what led to it is not known. What came before is cut off here.
    ///
    /// Numbers only grow in a file: a world with smaller ones is counted on from here.
    pub fn jump(&mut self, mut world: World) -> Option<Chunk> {
        let chunk = self.cut();
        world.seq = world.seq.max(self.world.seq);
        world.now = world.now.max(self.world.now);
        self.world = world;
        self.begin();
        chunk
    }

    fn begin(&mut self) {
        self.before.clear();
        let before = std::mem::take(&mut self.before);
        self.before = postcard::to_extend(&self.world, before).expect("postcard can write every world");
        (self.first, self.from, self.last) = (self.world.seq, self.world.now, self.world.now);
        self.count = 0;
        self.enough = (self.world.parts() * EVENTS_A_PART).clamp(EVENTS_A_SPAN, EVENTS_MAX);
        self.events.clear();
        self.payloads.clear();
    }
}
