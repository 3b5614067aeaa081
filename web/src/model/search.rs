//! Searching: what the reader types, and the events that it means.

use loopscope_shared::event::{Doing, Event, Inside, What};
use loopscope_shared::ids::{Fd, Seq, TaskId};
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::Timeline;
use loopscope_shared::world::World;

use crate::model::follow::Lane;
use crate::model::selection::{Name, Selection};

/// What is searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// The event of that number, as the page numbers them.
    Event(u64),
    /// The events that fit each of these words.
    Words(Vec<Word>),
}

/// A word of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// `fd:7`: what concerns this descriptor.
    Fd(Fd),
    /// `task:2`: what this task does.
    Task(TaskId),
    /// `line:32`: what is done in this line of the source.
    Line(u32),
    /// Anything else, in small letters: a part of the name of a call, of an error, of a kind of event, or of the
    /// bytes.
    Text(String),
}

/// Reads what the reader has typed; `None` if there is nothing to search for.
pub fn read(text: &str) -> Option<Query> {
    if let Ok(number) = text.trim().trim_start_matches('#').parse() {
        return Some(Query::Event(number));
    }
    let words: Vec<Word> = text.split_whitespace().map(word).collect();
    (!words.is_empty()).then_some(Query::Words(words))
}

fn word(text: &str) -> Word {
    let read = || {
        let (name, number) = text.split_once(':')?;
        match name {
            "fd" => Some(Word::Fd(Fd(number.parse().ok()?))),
            "task" => Some(Word::Task(TaskId(number.parse().ok()?))),
            "line" => Some(Word::Line(number.parse().ok()?)),
            _ => None,
        }
    };
    read().unwrap_or_else(|| Word::Text(text.to_lowercase()))
}

/// The cursor after the next event that fits, after the cursor or, behind the end, from the beginning on.
/// `world` is the one at the cursor.
pub fn next_hit(timeline: &Timeline, at: Seq, query: &Query, world: &World) -> Option<Seq> {
    let words = match query {
        Query::Event(number) => return reachable(timeline, *number),
        Query::Words(words) => words,
    };
    let fits = |hit: &(Seq, &Event, &[u8])| all_fit(timeline, hit, words, world);
    let after = timeline.iter_from(at).find(fits);
    let before = || timeline.iter_from(timeline.first()).take_while(|(seq, ..)| *seq < at).find(fits);
    after.or_else(before).map(|(seq, ..)| seq.next())
}

/// The cursor after the event that fits before the one after which the cursor is, or else from the end on.
pub fn previous_hit(timeline: &Timeline, at: Seq, query: &Query, world: &World) -> Option<Seq> {
    let words = match query {
        Query::Event(number) => return reachable(timeline, *number),
        Query::Words(words) => words,
    };
    let fits = |hit: &(Seq, &Event, &[u8])| all_fit(timeline, hit, words, world);
    let before = timeline.iter_back(at).skip(1).find(fits);
    let after = || timeline.iter_back(timeline.next()).take_while(|(seq, ..)| seq.next() >= at).find(fits);
    before.or_else(after).map(|(seq, ..)| seq.next())
}

/// The events that fit between two instants, each with its instant. Only the first `most` events of the time are
/// looked at, so that it takes no longer than a part of a frame.
pub fn hits(
    timeline: &Timeline,
    (from, until): (Seq, Nanos),
    query: &Query,
    world: &World,
    most: usize,
) -> Vec<Nanos> {
    let Query::Words(words) = query else { return Vec::new() };
    let looked_at = timeline.iter_from(from).take(most).take_while(|(_, event, _)| event.at <= until);
    looked_at.filter(|hit| all_fit(timeline, hit, words, world)).map(|(_, event, _)| event.at).collect()
}

/// A number of events that can be gone to.
fn reachable(timeline: &Timeline, number: u64) -> Option<Seq> {
    (timeline.first().0..=timeline.next().0).contains(&number).then_some(Seq(number))
}

fn all_fit(
    timeline: &Timeline,
    (seq, event, payload): &(Seq, &Event, &[u8]),
    words: &[Word],
    world: &World,
) -> bool {
    words.iter().all(|word| match word {
        Word::Fd(fd) => {
            let lane = Lane::chosen(Some(Selection::Descriptor(Name::any(*fd))), event.task, world);
            lane.holds(timeline, *seq, event, payload)
        }
        Word::Task(task) => event.task == *task,
        Word::Line(line) => match event.what {
            What::Enter { place, .. } | What::Note { place, .. } => place.line == *line,
            _ => false,
        },
        Word::Text(text) => {
            named(event).contains(text.as_str()) || spelled(event, text) || holds(payload, text)
        }
    })
}

/// Whether a call or an error has that in its name.
fn spelled(event: &Event, text: &str) -> bool {
    match event.what {
        What::Enter { call, .. } => call.name().to_ascii_lowercase().contains(text),
        What::Exit { ret: Err(errno), .. } => errno.to_string().to_ascii_lowercase().contains(text),
        _ => false,
    }
}

/// Whether bytes have that text in them, in small letters or capitals.
fn holds(payload: &[u8], text: &str) -> bool {
    payload.windows(text.len().max(1)).any(|part| part.eq_ignore_ascii_case(text.as_bytes()))
}

/// The name of a kind of event, by which it is searched for.
fn named(event: &Event) -> &'static str {
    match event.what {
        What::TaskBegin { .. } => "begins",
        What::TaskEnd { .. } => "ends",
        What::Listening { .. } => "listens",
        What::Enter { .. } => "calls",
        What::Exit { .. } => "returns",
        What::Sample { .. } => "sampled",
        What::Note { .. } => "notes callback",
        What::Dropped { .. } => "dropped lost",
        What::Inside(inside) => inside_named(inside),
        _ => "",
    }
}

fn inside_named(inside: Inside) -> &'static str {
    match inside {
        Inside::Queued { .. } => "queued",
        Inside::SynDropped { .. } => "syn dropped",
        Inside::Established { .. } => "established",
        Inside::Installed { .. } => "installed",
        Inside::Arrived { .. } => "arrived",
        Inside::Put { .. } => "put",
        Inside::Drained { .. } => "drained",
        Inside::InputEnded { .. } => "input ended fin",
        Inside::Reset { .. } => "reset rst",
        Inside::Ready { .. } => "ready",
        Inside::Listed { .. } => "listed",
        Inside::Unlisted { .. } => "unlisted",
        Inside::Completed { .. } => "completed",
        Inside::Blocked => "blocked asleep",
        Inside::Woken { .. } => "woken",
        Inside::Running { .. } => "running",
        Inside::Preempted => "preempted",
        Inside::Peer { doing, .. } => match doing {
            Doing::Sent { .. } => "client sent",
            Doing::Received { .. } => "client received",
            Doing::Connecting | Doing::Connected => "client connects",
            Doing::Thinking | Doing::Awaiting => "client waits",
            Doing::NotReading | Doing::Reading => "client reading",
            Doing::HalfClosed | Doing::Closed => "client closes",
            Doing::Reset | Doing::SawEnd | Doing::WasReset => "client reset end",
        },
    }
}

#[cfg(test)]
mod tests {
    use loopscope_shared::errno::Errno;
    use loopscope_shared::event::{Call, Place};

    use super::*;

    fn timeline() -> Timeline {
        let place = Place { source: 0, line: 32 };
        let enter = |fd: i32| What::Enter { call: Call::Recv { fd: Fd(fd), len: 9 }, place };
        let events: [(What, &[u8]); 6] = [
            (enter(4), b""),
            (What::Exit { ret: Ok(5), lines: 0 }, b"Hello"),
            (enter(5), b""),
            (What::Exit { ret: Err(Errno::EAGAIN), lines: 0 }, b""),
            (What::Inside(Inside::Blocked), b""),
            (enter(4), b""),
        ];
        let mut timeline = Timeline::default();
        for (at, (what, payload)) in events.into_iter().enumerate() {
            let payload_len = payload.len() as u32;
            timeline.push(&Event { at: Nanos(at as u64), task: TaskId::FIRST, what, payload_len }, payload);
        }
        timeline
    }

    #[track_caller]
    fn check(text: &str, hits: &[u64]) {
        let timeline = timeline();
        let query = read(text).unwrap();
        let (mut at, mut found) = (Seq(0), Vec::new());
        while let Some(hit) = next_hit(&timeline, at, &query, &World::new()).filter(|hit| *hit > at) {
            found.push(hit.0);
            at = hit;
        }
        assert_eq!(found, hits, "{text}");
    }

    #[test]
    fn words_find_calls_errors_bytes_kinds_and_numbers() {
        check("recv", &[1, 3, 6]);
        check("EAGAIN", &[4]);
        check("hello", &[2]);
        check("asleep", &[5]);
        check("fd:5", &[3, 4]);
        check("fd:4 recv", &[1, 6]);
        check("line:32 recv", &[1, 3, 6]);
        check("task:1", &[1, 2, 3, 4, 5, 6]);
        check("task:9", &[]);
        check("nonesuch", &[]);
    }

    #[test]
    fn a_number_is_an_event() {
        assert_eq!(read("#4"), Some(Query::Event(4)));
        assert_eq!(next_hit(&timeline(), Seq(1), &Query::Event(4), &World::new()), Some(Seq(4)));
        assert_eq!(next_hit(&timeline(), Seq(1), &Query::Event(7), &World::new()), None);
        assert_eq!(read("  "), None);
    }

    #[test]
    fn the_search_goes_round() {
        let (timeline, query) = (timeline(), read("recv").unwrap());
        assert_eq!(next_hit(&timeline, Seq(6), &query, &World::new()), Some(Seq(1)));
        assert_eq!(previous_hit(&timeline, Seq(1), &query, &World::new()), Some(Seq(6)));
        assert_eq!(previous_hit(&timeline, Seq(6), &query, &World::new()), Some(Seq(3)));
    }
}
