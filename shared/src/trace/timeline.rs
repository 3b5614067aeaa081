//! A trace in memory, in which one can move: any instant is a checkpoint and the events since.

use std::collections::VecDeque;

use crate::event::Event;
use crate::ids::Seq;
use crate::trace::Batch;
use crate::world::World;

/// How many events a timeline keeps: a million and some. Beyond that the oldest go, a span between checkpoints at
/// a time. An event takes some 90 bytes, and with its share of the checkpoints up to some 500 where ten thousand
/// connections change: 100 to 500 MB. At 20,000 events a second it is 50 seconds.
pub const EVENTS_MAX: usize = 1 << 20;

/// How many bytes of payloads it keeps. What goes into a `poll` of ten thousand descriptors has 80,000 of them.
pub const PAYLOADS_MAX: usize = 1 << 28;

/// The fewest events between two checkpoints, and the most: what lies since a checkpoint is folded at each step
/// back, in some ten milliseconds in a browser.
const SPAN_EVENTS: (usize, usize) = (512, 16_384);

/// So many parts of a world are an event more between two checkpoints: a checkpoint shares with the one before
/// what has not changed, so that it grows by what the events between them touch, but the table of descriptors.
const PARTS_AN_EVENT: usize = 2;

/// Payloads between two checkpoints: they are copied when they are folded.
const SPAN_BYTES: usize = 1 << 22;

/// Events, and worlds at regular places among them.
#[derive(Clone, Debug)]
pub struct Timeline {
    spans: VecDeque<Span>,
    /// How many events are in them.
    kept: usize,
    /// How many bytes their payloads have.
    bytes: usize,
    /// The world after the last event.
    end: World,
}

/// The events from one checkpoint to the next.
#[derive(Clone, Debug)]
struct Span {
    /// The world before the first event.
    before: World,
    events: Vec<Kept>,
    payloads: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    event: Event,
    /// Its number. They are not always consecutive: lost events leave a gap.
    seq: Seq,
    payload_at: u32,
}

impl Default for Timeline {
    fn default() -> Self {
        Self::new(World::new())
    }
}

impl Timeline {
    /// A timeline that begins with a world: an empty one, or a snapshot.
    pub fn new(base: World) -> Self {
        Self { spans: VecDeque::from([Span::new(base.clone())]), kept: 0, bytes: 0, end: base }
    }

    /// Adds events at the end.
    pub fn extend(&mut self, batch: &Batch) {
        for (event, payload) in batch.iter() {
            self.push(event, payload);
        }
    }

    /// Adds one event at the end.
    pub fn push(&mut self, event: &Event, payload: &[u8]) {
        let (least, most) = SPAN_EVENTS;
        let apart = (self.end.parts() / PARTS_AN_EVENT).clamp(least, most);
        let is_full = |span: &Span| span.events.len() >= apart || span.payloads.len() >= SPAN_BYTES;
        if self.spans.back().is_none_or(is_full) {
            self.spans.push_back(Span::new(self.end.clone()));
        }
        self.kept += 1;
        self.bytes += payload.len();
        let seq = self.end.seq;
        if let Some(span) = self.spans.back_mut() {
            span.events.push(Kept { event: *event, seq, payload_at: span.payloads.len() as u32 });
            span.payloads.extend_from_slice(payload);
        }
        self.end.apply(event, payload);
        if (self.kept > EVENTS_MAX || self.bytes > PAYLOADS_MAX)
            && self.spans.len() > 1
            && let Some(oldest) = self.spans.pop_front()
        {
            self.kept -= oldest.events.len();
            self.bytes -= oldest.payloads.len();
        }
    }

    /// Goes on from another world, because the events that led to it are not known.
    pub fn jump(&mut self, world: World) {
        if self.spans.back().is_some_and(|span| span.events.is_empty()) {
            self.spans.pop_back();
        }
        self.spans.push_back(Span::new(world.clone()));
        self.end = world;
    }

    /// The number of the first event that is kept.
    pub fn first(&self) -> Seq {
        self.spans.front().map_or(self.end.seq, |span| span.before.seq)
    }

    /// The number that the next event will have: one more than the last.
    pub fn next(&self) -> Seq {
        self.end.seq
    }

    /// How many events are kept.
    pub fn len(&self) -> usize {
        self.kept
    }

    /// Whether no event is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The world after the last event.
    pub fn latest(&self) -> &World {
        &self.end
    }

    /// The world before the event of that number, so that the events below it have happened. Numbers outside
    /// the trace give its nearest end.
    pub fn world_at(&self, seq: Seq) -> World {
        if seq >= self.end.seq {
            return self.end.clone();
        }
        match self.spans.get(self.span_of(seq)) {
            Some(span) => span.fold(&span.before, seq),
            None => self.end.clone(),
        }
    }

    /// The same, from a world of this timeline that is at hand: quicker where it lies between the checkpoint and
    /// the instant, as in playing and in steps forward.
    pub fn world_from(&self, known: &World, seq: Seq) -> World {
        match self.spans.get(self.span_of(seq)) {
            Some(span) if seq < self.end.seq && span.before.seq <= known.seq && known.seq <= seq => {
                span.fold(known, seq)
            }
            _ => self.world_at(seq),
        }
    }

    /// The event of that number, with its payload.
    pub fn get(&self, seq: Seq) -> Option<(&Event, &[u8])> {
        let span = self.spans.get(self.span_of(seq))?;
        let place = span.events.binary_search_by_key(&seq, |kept| kept.seq).ok()?;
        let kept = &span.events[place];
        Some((&kept.event, span.payload(kept)))
    }

    /// The events from that number on, in order, with their numbers and payloads.
    pub fn iter_from(&self, seq: Seq) -> impl Iterator<Item = (Seq, &Event, &[u8])> {
        self.spans
            .iter()
            .skip(self.span_of(seq))
            .flat_map(|span| span.events.iter().map(|kept| (kept.seq, &kept.event, span.payload(kept))))
            .skip_while(move |(at, _, _)| *at < seq)
    }

    /// The events before that number, the latest first, with their numbers and payloads.
    pub fn iter_back(&self, seq: Seq) -> impl Iterator<Item = (Seq, &Event, &[u8])> {
        self.spans
            .iter()
            .take(self.span_of(seq) + 1)
            .rev()
            .flat_map(|span| span.events.iter().rev().map(|kept| (kept.seq, &kept.event, span.payload(kept))))
            .skip_while(move |(at, _, _)| *at >= seq)
    }

    /// The index of the span in which an event of that number lies or would lie.
    fn span_of(&self, seq: Seq) -> usize {
        self.spans.partition_point(|span| span.before.seq <= seq).saturating_sub(1)
    }
}

impl Span {
    fn new(before: World) -> Self {
        Self { before, events: Vec::new(), payloads: Vec::new() }
    }

    /// The world before the event of that number, from one in this span.
    fn fold(&self, from: &World, seq: Seq) -> World {
        let mut world = from.clone();
        let first = self.events.partition_point(|kept| kept.seq < world.seq);
        for kept in self.events[first..].iter().take_while(|kept| kept.seq < seq) {
            world.apply(&kept.event, self.payload(kept));
        }
        world
    }

    fn payload(&self, kept: &Kept) -> &[u8] {
        let at = kept.payload_at as usize;
        &self.payloads[at..at + kept.event.payload_len as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::What;
    use crate::ids::TaskId;
    use crate::time::Nanos;

    fn event(at: u64, what: What) -> Event {
        Event { at: Nanos(at), task: TaskId::FIRST, what, payload_len: 0 }
    }

    #[test]
    fn any_instant_is_the_fold_of_the_events_before_it() {
        let mut timeline = Timeline::default();
        let mut worlds = vec![World::new()];
        for at in 0..2000 {
            let what = match at {
                700 => What::Dropped { count: 9 },
                _ if at % 2 == 0 => What::TaskBegin { parent: TaskId::KERNEL, thread: false },
                _ => What::TaskEnd { status: at as i32 },
            };
            timeline.push(&event(at, what), &[]);
            worlds.push(timeline.latest().clone());
        }
        for (before, world) in worlds.iter().zip(&worlds[1..]) {
            assert_eq!(timeline.world_at(world.seq), *world);
            assert_eq!(timeline.world_from(before, world.seq), *world);
            assert_eq!(timeline.world_from(world, before.seq), *before);
        }
        assert_eq!(timeline.len(), 2000);
        assert_eq!(timeline.next(), Seq(2009));
    }

    #[test]
    fn forward_and_back_meet_the_same_events() {
        let mut timeline = Timeline::default();
        for at in 0..1500 {
            timeline.push(&event(at, What::TaskEnd { status: 0 }), &[]);
        }
        let forward: Vec<Seq> = timeline.iter_from(Seq(600)).map(|(seq, ..)| seq).collect();
        assert_eq!(forward, (600..1500).map(Seq).collect::<Vec<_>>());
        let back: Vec<Seq> = timeline.iter_back(Seq(600)).map(|(seq, ..)| seq).collect();
        assert_eq!(back, (0..600).rev().map(Seq).collect::<Vec<_>>());
        assert_eq!(timeline.get(Seq(512)).map(|(event, _)| event.at), Some(Nanos(512)));
        assert!(timeline.get(Seq(1500)).is_none());
    }

    #[test]
    fn large_payloads_are_bounded_too() {
        let mut timeline = Timeline::default();
        let payload = vec![0; SPAN_BYTES];
        for at in 0..PAYLOADS_MAX / SPAN_BYTES + 10 {
            let what = What::TaskEnd { status: 0 };
            let event = Event { payload_len: payload.len() as u32, ..event(at as u64, what) };
            timeline.push(&event, &payload);
        }
        assert!(timeline.bytes <= PAYLOADS_MAX + SPAN_BYTES);
        assert!(timeline.first() > Seq(0));
    }

    #[test]
    fn the_oldest_events_go_when_there_are_too_many() {
        let mut timeline = Timeline::default();
        for at in 0..(EVENTS_MAX as u64 + 5000) {
            timeline.push(&event(at, What::TaskEnd { status: 0 }), &[]);
        }
        assert!(timeline.len() <= EVENTS_MAX);
        assert!(timeline.first() > Seq(0));
        assert_eq!(timeline.world_at(Seq(0)), timeline.world_at(timeline.first()));
    }
}
