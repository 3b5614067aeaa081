//! Turns of event loops, as spans.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use loopscope_shared::event::{Call, Event, What};
use loopscope_shared::ids::TaskId;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::Batch;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;

use super::{number, resource, scope, text};

/// How many spans are kept for one export: as many as OpenTelemetry's own queue. Of more the longest stay, since
/// those are looked for; the longest says how many were left out.
const SPANS_MAX: usize = 2_048;

/// Turns that are over and were not sent, and those that go on.
#[derive(Debug)]
pub(super) struct Turns {
    /// What each task is in.
    tasks: BTreeMap<TaskId, Task>,
    /// By their length, and by their number where that is the same.
    over: BTreeMap<(Nanos, u64), Span>,
    /// How many were let go since the last export.
    dropped: u64,
    /// How many there were in all.
    count: u64,
    /// What identifiers are made of.
    seed: RandomState,
    /// What is added to an instant of the trace to have nanoseconds since 1970.
    epoch: Option<u64>,
}

#[derive(Debug, Default)]
struct Task {
    call: Option<Call>,
    turn: Option<Turn>,
}

/// A turn that goes on.
#[derive(Clone, Copy, Debug)]
struct Turn {
    /// The wait that it follows.
    wait: Call,
    since: Nanos,
    /// What the wait returned: how many events, or completions.
    events: u32,
    calls: u64,
}

impl Turns {
    pub(super) fn new() -> Self {
        let (tasks, over, seed) = (BTreeMap::new(), BTreeMap::new(), RandomState::new());
        Self { tasks, over, dropped: 0, count: 0, seed, epoch: None }
    }

    /// Events have come, at `now`, in nanoseconds since 1970.
    pub(super) fn extend(&mut self, batch: &Batch, now: u64) {
        if let Some(last) = batch.events.iter().map(|event| event.at.0).max() {
            self.epoch.get_or_insert_with(|| now.saturating_sub(last));
        }
        batch.events.iter().for_each(|event| self.event(event));
    }

    /// Something is missing, or another server has begun.
    pub(super) fn gap(&mut self) {
        self.tasks.clear();
        self.epoch = None;
    }

    fn event(&mut self, event: &Event) {
        match event.what {
            What::Enter { call, .. } => {
                let task = self.tasks.entry(event.task).or_default();
                task.call = Some(call);
                let Some(turn) = &mut task.turn else { return };
                if !call.is_wait() {
                    turn.calls += 1;
                    return;
                }
                if let Some(turn) = task.turn.take() {
                    self.end(event.task, turn, event.at);
                }
            }
            What::Exit { ret, .. } => {
                let Some(task) = self.tasks.get_mut(&event.task) else { return };
                if let Some(wait) = task.call.take().filter(|call| call.is_wait()) {
                    let events = ret.unwrap_or(0);
                    task.turn = Some(Turn { wait, since: event.at, events, calls: 0 });
                }
            }
            What::TaskEnd { .. } => _ = self.tasks.remove(&event.task),
            What::Dropped { .. } => self.tasks.clear(),
            _ => {}
        }
    }

    fn end(&mut self, task: TaskId, turn: Turn, at: Nanos) {
        self.count += 1;
        let epoch = self.epoch.unwrap_or(0);
        let [high, low, span] = [0_u8, 1, 2].map(|part| self.identifier(part).to_be_bytes());
        let made = Span {
            trace_id: [high, low].concat(),
            span_id: span.to_vec(),
            name: "loop turn".to_owned(),
            kind: SpanKind::Internal.into(),
            start_time_unix_nano: epoch.saturating_add(turn.since.0),
            end_time_unix_nano: epoch.saturating_add(at.0),
            attributes: vec![
                number("loopscope.task", u64::from(task.0)),
                text("loopscope.wait", turn.wait.name()),
                number("loopscope.events", u64::from(turn.events)),
                number("loopscope.calls", turn.calls),
            ],
            ..Span::default()
        };
        self.over.insert((at.since(turn.since), self.count), made);
        if self.over.len() > SPANS_MAX {
            self.over.pop_first();
            self.dropped += 1;
        }
    }

    /// A number that no other span has, and that is not 0, which would be none.
    fn identifier(&self, part: u8) -> u64 {
        let mut hasher = self.seed.build_hasher();
        hasher.write_u64(self.count);
        hasher.write_u8(part);
        hasher.finish().max(1)
    }

    /// The message with the turns that are over; `None` if there are none.
    pub(super) fn request(&mut self) -> Option<Vec<u8>> {
        let mut spans: Vec<Span> = std::mem::take(&mut self.over).into_values().collect();
        let dropped = std::mem::take(&mut self.dropped);
        // The last is the longest: whoever looks for turns finds it first.
        let longest = spans.last_mut()?;
        if dropped > 0 {
            longest.attributes.push(number("loopscope.turns_left_out", dropped));
        }
        let spans = ScopeSpans { scope: Some(scope()), spans, ..Default::default() };
        let from =
            ResourceSpans { resource: Some(resource()), scope_spans: vec![spans], ..Default::default() };
        Some(ExportTraceServiceRequest { resource_spans: vec![from] }.encode_to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loopscope_shared::event::Place;
    use loopscope_shared::ids::{Fd, Seq};
    use loopscope_shared::kernel::Timeout;

    const WAIT: Call = Call::EpollWait { epoll: Fd(4), most: 16, timeout: Timeout(None) };

    fn call(batch: &mut Batch, call: Call, from: u64, to: u64, value: u32) {
        let event = |at, what| Event { at: Nanos(at), task: TaskId(7), what, payload_len: 0 };
        batch.push(event(from, What::Enter { call, place: Place::ELSEWHERE }), &[]);
        batch.push(event(to, What::Exit { ret: Ok(value), lines: 0 }), &[]);
    }

    fn spans(turns: &mut Turns) -> Vec<Span> {
        let message = turns.request().map(|bytes| ExportTraceServiceRequest::decode(&bytes[..]).unwrap());
        let scopes =
            message.into_iter().flat_map(|message| message.resource_spans).flat_map(|from| from.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }

    #[test]
    fn a_turn_is_from_the_return_of_a_wait_to_the_next() {
        let mut batch = Batch::starting_at(Seq(0));
        call(&mut batch, WAIT, 0, 100, 2);
        call(&mut batch, Call::Recv { fd: Fd(5), len: 9 }, 110, 120, 9);
        call(&mut batch, WAIT, 150, 200, 1);
        let mut turns = Turns::new();
        turns.extend(&batch, 1_000_200);
        let [span] = spans(&mut turns).try_into().unwrap();
        assert_eq!((span.start_time_unix_nano, span.end_time_unix_nano), (1_000_100, 1_000_150));
        assert_eq!((span.trace_id.len(), span.span_id.len()), (16, 8));
        assert!(span.attributes.contains(&number("loopscope.events", 2)), "{span:?}");
        assert!(span.attributes.contains(&number("loopscope.calls", 1)), "{span:?}");
        assert_eq!(spans(&mut turns), [], "each is sent once");
    }

    #[test]
    fn of_too_many_turns_the_longest_are_kept() {
        let mut batch = Batch::starting_at(Seq(0));
        let mut at = 0;
        for length in 1..=SPANS_MAX as u64 + 10 {
            call(&mut batch, WAIT, at, at, 1);
            at += length;
        }
        call(&mut batch, WAIT, at, at, 1);
        let mut turns = Turns::new();
        turns.extend(&batch, at);
        let spans = spans(&mut turns);
        let shortest = spans.iter().map(|span| span.end_time_unix_nano - span.start_time_unix_nano).min();
        assert_eq!((spans.len(), shortest), (SPANS_MAX, Some(11)));
        let longest = spans.iter().max_by_key(|span| span.end_time_unix_nano - span.start_time_unix_nano);
        assert!(longest.unwrap().attributes.contains(&number("loopscope.turns_left_out", 10)));
    }

    #[test]
    fn a_turn_across_a_gap_is_none() {
        let mut batch = Batch::starting_at(Seq(0));
        call(&mut batch, WAIT, 0, 100, 1);
        let mut turns = Turns::new();
        turns.extend(&batch, 1_000);
        turns.gap();
        turns.extend(&batch, 2_000);
        assert_eq!(spans(&mut turns), []);
    }
}
