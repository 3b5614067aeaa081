//! What simulated clients hear in answer to the lines that the reader added to the scenario.

use loopscope_shared::event::{CAPTURE_MAX, Doing, Inside, What};
use loopscope_shared::ids::{PeerId, Seq};
use loopscope_shared::rot13;
use loopscope_shared::scenario::{Injection, Step};
use loopscope_shared::sorted::SortedMap;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::Timeline;

use crate::messages as m;
use crate::model::steps::at_time;
use crate::model::text::escaped;

/// How many bytes of an answer are compared: what an event keeps of its data is no more.
const COMPARED_MAX: usize = CAPTURE_MAX;

/// A line that the reader added, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Which client says it.
    pub client: u32,
    /// When.
    pub at: Nanos,
    /// What is done: the text of a line, or another act in words.
    pub said: String,
    /// Whether an answer is due at all.
    pub asks: bool,
    /// Whether the cursor is past it.
    pub done: bool,
    /// The answer, as the client has it at the cursor.
    pub answer: Option<String>,
}

/// Everything that was added, with the answers that have arrived when the cursor is at `at`.
pub fn exchanges(timeline: &Timeline, at: Seq, injections: &[Injection]) -> Vec<Exchange> {
    let mut heard = heard(timeline, at, injections);
    let now = timeline.iter_back(at).next().map_or(Nanos::ZERO, |(_, event, _)| event.at);
    let exchange = |injection: &Injection| {
        let (said, line) = match &injection.step {
            Step::Send(text) => (escaped(text.trim_end_matches('\n').as_bytes()), Some(text.as_bytes())),
            other => (act(other), None),
        };
        let answer = line.and_then(|line| heard.get_mut(&injection.client)?.take(line));
        let asks = line.is_some_and(|line| line.contains(&b'\n'));
        Exchange { client: injection.client, at: injection.at, said, asks, done: injection.at <= now, answer }
    };
    injections.iter().map(exchange).collect()
}

/// An act of a client, in words.
pub fn act(step: &Step) -> String {
    match step {
        Step::Send(text) => m::act_sends(escaped(text.as_bytes())),
        Step::SendLines { lines, bytes } => m::act_sends_lines(lines, bytes),
        Step::Think(span) => m::act_waits(span),
        Step::Await => m::act_awaits().to_owned(),
        Step::Read(true) => m::act_reads().to_owned(),
        Step::Read(false) => m::act_stops().to_owned(),
        Step::HalfClose => m::act_half_close().to_owned(),
        Step::Close => m::act_close().to_owned(),
        Step::Reset => m::act_reset().to_owned(),
    }
}

/// What a client has read since its first injection, as far as it is known.
#[derive(Debug, Default)]
struct Heard {
    bytes: Vec<u8>,
    taken: usize,
}

impl Heard {
    /// The answer to a line, which is looked for behind the answers to those before it.
    fn take(&mut self, line: &[u8]) -> Option<String> {
        let mut expected = line.to_vec();
        rot13::rotate_in_place(&mut expected);
        let compared = &expected[..expected.len().min(COMPARED_MAX)];
        if !compared.contains(&b'\n') && expected.len() <= COMPARED_MAX {
            return None;
        }
        let place = self.bytes[self.taken..].windows(compared.len()).position(|part| part == compared)?;
        let (from, to) = (self.taken + place, self.taken + place + compared.len());
        self.taken = to;
        let more = if compared.len() < expected.len() { " …" } else { "" };
        Some(format!("{}{more}", escaped(self.bytes[from..to].trim_ascii_end())))
    }
}

fn heard(timeline: &Timeline, at: Seq, injections: &[Injection]) -> SortedMap<u32, Heard> {
    let mut heard: SortedMap<u32, Heard> = SortedMap::new();
    let Some(first) = injections.iter().map(|injection| injection.at).min() else { return heard };
    heard.extend(injections.iter().map(|injection| (injection.client, Heard::default())));
    let events = timeline.iter_from(at_time(timeline, first)).take_while(|(seq, ..)| *seq < at);
    for (_, event, payload) in events {
        if let What::Inside(Inside::Peer { peer: PeerId(peer), doing: Doing::Received { .. } }) = event.what
            && let Some(heard) = heard.get_mut(&peer)
        {
            heard.bytes.extend_from_slice(payload);
        }
    }
    heard
}

#[cfg(test)]
mod tests {
    use loopscope_shared::event::Event;
    use loopscope_shared::ids::TaskId;

    use super::*;

    fn hears(timeline: &mut Timeline, at: u64, peer: u32, text: &str) {
        let doing = Doing::Received { bytes: text.len() as u32, lines: 1 };
        let what = What::Inside(Inside::Peer { peer: PeerId(peer), doing });
        let payload_len = text.len() as u32;
        timeline.push(&Event { at: Nanos(at), task: TaskId::KERNEL, what, payload_len }, text.as_bytes());
    }

    fn send(at: u64, client: u32, text: &str) -> Injection {
        Injection { at: Nanos(at), client, step: Step::Send(text.to_owned()) }
    }

    #[test]
    fn a_line_is_answered_when_its_client_has_read_the_answer() {
        let mut timeline = Timeline::default();
        hears(&mut timeline, 5, 4, "byq\n");
        hears(&mut timeline, 20, 2, "uv\n");
        hears(&mut timeline, 30, 4, "n\nuv");
        hears(&mut timeline, 40, 4, "\nuv\n");
        let injections = [send(10, 4, "hi\n"), send(11, 4, "hi\n")];
        let answers = |at: u64| -> Vec<Option<String>> {
            exchanges(&timeline, Seq(at), &injections).into_iter().map(|one| one.answer).collect()
        };
        assert_eq!(answers(3), [None, None]);
        assert_eq!(answers(4), [Some("uv".into()), Some("uv".into())]);
    }

    #[test]
    fn what_is_no_line_gets_no_answer() {
        let mut timeline = Timeline::default();
        hears(&mut timeline, 20, 4, "uv\n");
        let injections = [send(10, 4, "hi"), Injection { at: Nanos(30), client: 4, step: Step::Close }];
        let exchanges = exchanges(&timeline, Seq(1), &injections);
        assert_eq!((exchanges[0].asks, exchanges[0].done, &exchanges[0].answer), (false, true, &None));
        assert_eq!((exchanges[1].said.as_str(), exchanges[1].done), ("close", false));
    }
}
