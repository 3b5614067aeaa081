//! What is recorded, as a file: written in steps, so that nobody has to wait for it.

use std::io;

use loopscope_shared::ids::Seq;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::Timeline;
use loopscope_shared::trace::file::{Closing, EXTENSION, Header, Origin, Writer};

use crate::model::session::{Session, Wanted};

/// How much of a running server is saved: what has just been seen.
pub const LAST: Nanos = Nanos::from_millis(60_000);

/// A file that is being written.
#[derive(Debug)]
pub struct Saving {
    writer: Writer<Vec<u8>>,
    next: Seq,
    end: Seq,
}

impl Saving {
    /// Begins with what is kept from that event on.
    ///
    /// # Errors
    /// If the header is too large for a file.
    pub fn new(header: &Header, timeline: &Timeline, from: Seq) -> io::Result<Self> {
        let next = from.max(timeline.first());
        let writer = Writer::new(Vec::new(), header, timeline.world_at(next))?;
        Ok(Self { writer, next, end: timeline.next() })
    }

    /// Writes some more events. Whether there are more to write. What has been let go meanwhile is a gap.
    ///
    /// # Errors
    /// If what belongs together is too large for a file.
    pub fn step(&mut self, timeline: &Timeline, most: usize) -> io::Result<bool> {
        if timeline.first() > self.next {
            self.next = timeline.first();
            self.writer.jump(timeline.world_at(self.next))?;
        }
        let mut more = false;
        for (count, (seq, event, payload)) in timeline.iter_from(self.next).enumerate() {
            more = seq < self.end;
            if count >= most || !more {
                break;
            }
            self.writer.push(event, payload)?;
            self.next = seq.next();
            more = false;
        }
        Ok(more)
    }

    /// The file, and how many events are in it.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn finish(mut self) -> io::Result<(Vec<u8>, u64)> {
        self.writer.cut()?;
        let events = self.writer.events();
        let why = "the page has saved what it showed".to_owned();
        Ok((self.writer.finish(&Closing { why })?, events))
    }
}

/// What a file says of what a session shows.
pub fn header(session: &Session) -> Header {
    match (&session.wanted, session.setup()) {
        (Wanted::Simulation { program, settings, scenario, .. }, _) => Header {
            scenario: Some((**scenario).clone()),
            clock: "virtual time".to_owned(),
            ..Header::of(Origin::Simulated, *program, settings)
        },
        (Wanted::Live, Some(setup)) => Header {
            clock: "CLOCK_MONOTONIC of the server's machine, from its start".to_owned(),
            ..Header::of(Origin::Recorded, setup.program, &setup.settings)
        },
        _ => session.about.as_ref().map(|about| about.header.clone()).unwrap_or_default(),
    }
}

/// The first event that is saved: of a running server, that of the last minute.
pub fn first(session: &Session) -> Seq {
    let timeline = &session.recording.timeline;
    if session.wanted != Wanted::Live {
        return timeline.first();
    }
    let now = timeline.latest().now;
    let recent = timeline.iter_back(timeline.next()).take_while(|(_, event, _)| now.since(event.at) <= LAST);
    recent.last().map_or_else(|| timeline.next(), |(seq, ..)| seq)
}

/// What the file is called.
pub fn name(header: &Header) -> String {
    let scenario = header.scenario.as_ref().map(|scenario| format!("-{}", scenario.name)).unwrap_or_default();
    let name = format!("{}{scenario}", header.program);
    let name: String = name.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect();
    format!("{name}.{EXTENSION}")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use loopscope_shared::event::{Event, What};
    use loopscope_shared::ids::TaskId;
    use loopscope_shared::trace::file::Reader;

    use super::*;

    fn timeline(events: u64) -> Timeline {
        let mut timeline = Timeline::default();
        for at in 0..events {
            let what = What::TaskEnd { status: at as i32 };
            timeline.push(&Event { at: Nanos(at), task: TaskId::FIRST, what, payload_len: 0 }, &[]);
        }
        timeline
    }

    fn saved(timeline: &Timeline, from: Seq, most: usize) -> (Vec<u8>, u64) {
        let mut saving = Saving::new(&Header::default(), timeline, from).unwrap();
        while saving.step(timeline, most).unwrap() {}
        saving.finish().unwrap()
    }

    #[test]
    fn what_is_saved_is_found_again() {
        let timeline = timeline(5000);
        let (bytes, events) = saved(&timeline, Seq(100), 64);
        assert_eq!(events, 4900);
        let mut reader = Reader::open(Cursor::new(&bytes)).unwrap();
        assert!(reader.damage().is_empty());
        let all = 0..reader.spans().len();
        let again = reader.timeline(all).unwrap();
        assert_eq!((again.first(), again.next()), (Seq(100), Seq(5000)));
        assert_eq!(again.world_at(Seq(4321)), timeline.world_at(Seq(4321)));
    }

    #[test]
    fn the_size_of_a_step_changes_nothing() {
        let timeline = timeline(3000);
        assert_eq!(saved(&timeline, Seq(0), 1), saved(&timeline, Seq(0), usize::MAX));
        assert_eq!(saved(&Timeline::default(), Seq(0), 1).1, 0);
    }

    #[test]
    fn the_name_says_what_is_in_it() {
        let header = Header::named(Origin::Unknown, "some/thing odd");
        assert_eq!(name(&header), "some_thing_odd.loopscope");
    }
}
