//! The events that a source has brought so far, with what is kept ready for the panels.

use loopscope_shared::event::{Event, Inside, What};
use loopscope_shared::ids::Seq;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::{Batch, Timeline};
use loopscope_shared::world::World;

use crate::messages as m;
use crate::model::lanes::Lanes;
use crate::model::steps::at_time;
use crate::model::window::Window;
use crate::store::Cursor;

/// Events, and the lanes of the timeline panel, which grow with them.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// The events.
    pub timeline: Timeline,
    /// What each task and each descriptor was doing.
    pub lanes: Lanes,
    /// The number of its first event when it began.
    began: Seq,
    /// Where its task sleeps for the first time, where that is told.
    asleep: Option<Seq>,
    /// Where it waits for the first time.
    waits: Option<Seq>,
}

impl Recording {
    /// A recording that begins with a snapshot.
    pub fn starting_with(world: World) -> Self {
        let mut lanes = Lanes::default();
        lanes.begin(&world);
        let began = world.seq;
        Self { timeline: Timeline::new(world), lanes, began, ..Self::default() }
    }

    /// Adds what happened next.
    pub fn extend(&mut self, batch: &Batch) {
        for (event, payload) in batch.iter() {
            let seq = self.timeline.next();
            self.timeline.push(event, payload);
            self.lanes.observe(seq, event, &self.timeline);
            match event.what {
                What::Inside(Inside::Blocked) if self.asleep.is_none() => self.asleep = Some(seq.next()),
                What::Enter { call, .. } if call.is_wait() && self.waits.is_none() => {
                    self.waits = Some(seq.next());
                }
                _ => {}
            }
        }
    }

    /// Where a recording opens: where its task sleeps for the first time, so that nothing moves until the reader
    /// wants it; where no sleep is told, in its first wait; at the beginning if there is none.
    fn opening(&self) -> Seq {
        let first = self.timeline.first();
        self.asleep.or(self.waits).map_or(first, |at| at.max(first))
    }

    /// Goes on from another world: the events that led to it are not known.
    pub fn jump(&mut self, world: World) {
        self.lanes.go_on(&world);
        self.timeline.jump(world);
    }

    /// How many events have happened where the cursor is: never outside the recording.
    pub fn cursor(&self, at: Cursor) -> Seq {
        match at {
            Cursor::Home => self.opening(),
            Cursor::At(at) => at.clamp(self.timeline.first(), self.timeline.next()),
            Cursor::Time(now) => at_time(&self.timeline, now),
            Cursor::End => self.timeline.next(),
        }
    }

    /// What is to be said where nothing has happened that is in it.
    pub fn beginning(&self) -> String {
        match self.timeline.first() {
            Seq(0) => m::record_nothing().to_owned(),
            Seq(first) => m::record_begins(first),
        }
    }

    /// What became of the events before its first, if there were any: it began later, or they were let go.
    pub fn earlier(&self) -> Option<String> {
        let first = self.timeline.first();
        match first.0 - self.began.0 {
            _ if first == Seq(0) => None,
            0 => Some(m::record_before(first.0)),
            gone => Some(m::record_let_go(gone)),
        }
    }

    /// What the timeline shows if it may choose, when the cursor is at `at`, which is the instant `now`: a short
    /// run as a whole, of a long one what is around the cursor, and of a running server a burst of events. The
    /// cursor lies in it, unless it is at the end of what a running server did, which rests since.
    pub fn window(&self, at: Seq, now: Nanos, live: bool) -> Window {
        let whole = self.lanes.whole();
        let chosen = match live {
            // What an observer saw of a server that rests moves nothing away.
            true if at == self.timeline.next() => {
                return self.burst(at, self.done_last(at).unwrap_or(now));
            }
            true => self.burst(at, now),
            false if whole.span <= WHOLE_MAX => whole,
            false => Window { span: PART, ..whole },
        };
        chosen.following(now)
    }

    /// When the last before the cursor happened that was no observer's doing.
    fn done_last(&self, at: Seq) -> Option<Nanos> {
        let mut last = self.timeline.iter_back(at).take(BURST_EVENTS);
        last.find(|(_, event, _)| is_done(event)).map(|(_, event, _)| event.at)
    }

    /// The events around the cursor between two long silences: a server mostly sleeps, and what it does in
    /// between is too short to be seen beside that.
    fn burst(&self, at: Seq, now: Nanos) -> Window {
        let doings = |(_, event, _): (Seq, &Event, &[u8])| is_done(event).then_some(event.at);
        let back = self.timeline.iter_back(at).take(BURST_EVENTS).filter_map(doings);
        let on = self.timeline.iter_from(at).take(BURST_EVENTS).filter_map(doings);
        let start = until_silence(now, back);
        let end = until_silence(now, on);
        let span = end.since(start);
        let room = (span.0 / 12).max(BURST_MIN.since(span).0 / 2);
        Window::between(start - Nanos(room), end + Nanos(room))
    }
}

/// Whether the program did it, or it happened to it: it was not only looked at.
fn is_done(event: &Event) -> bool {
    !matches!(event.what, What::Sample { .. } | What::Queue { .. } | What::Counted)
}

/// The last of the instants before a silence.
fn until_silence(now: Nanos, instants: impl Iterator<Item = Nanos>) -> Nanos {
    let mut last = now;
    for at in instants {
        if at.since(last).max(last.since(at)) > SILENCE {
            break;
        }
        last = at;
    }
    last
}

/// A run of this length is shown as a whole.
const WHOLE_MAX: Nanos = Nanos::from_millis(20);

/// Of a longer one so much is shown.
const PART: Nanos = Nanos::from_millis(4);

/// When nothing happens for so long, a running server sleeps: an exchange takes less than a millisecond.
const SILENCE: Nanos = Nanos::from_millis(5);

/// The shortest stretch that is shown of a running server: of a lone event nothing could be told.
const BURST_MIN: Nanos = Nanos::from_micros(50);

/// The most events on either side of the cursor that are shown of a server that never sleeps.
const BURST_EVENTS: usize = 150;

#[cfg(test)]
mod tests {
    use loopscope_shared::event::{Call, Event, Place};
    use loopscope_shared::ids::{Fd, TaskId};
    use loopscope_shared::kernel::Timeout;

    use super::*;

    #[test]
    fn a_recording_opens_where_its_task_sleeps_or_waits() {
        let wait = Call::EpollWait { epoll: Fd(4), most: 9, timeout: Timeout(None) };
        let waits = What::Enter { call: wait, place: Place::ELSEWHERE };
        let opened = |all: &[What]| {
            let mut batch = Batch::default();
            for what in all {
                batch.push(Event { at: Nanos(1), task: TaskId::FIRST, what: *what, payload_len: 0 }, &[]);
            }
            let mut recording = Recording::default();
            recording.extend(&batch);
            recording.cursor(Cursor::Home)
        };
        let begins = What::TaskBegin { parent: TaskId::KERNEL, thread: false };
        assert_eq!(opened(&[begins, waits]), Seq(2));
        assert_eq!(opened(&[begins, waits, What::Inside(Inside::Blocked)]), Seq(3));
        assert_eq!(opened(&[begins]), Seq(0));
    }

    fn recording(micros: &[u64]) -> Recording {
        let mut batch = Batch::default();
        for at in micros {
            let (at, what) = (Nanos::from_micros(*at), What::TaskEnd { status: 0 });
            batch.push(Event { at, task: TaskId::FIRST, what, payload_len: 0 }, &[]);
        }
        let mut recording = Recording::default();
        recording.extend(&batch);
        recording
    }

    #[test]
    fn of_a_running_server_the_burst_around_the_cursor_is_shown() {
        let recording = recording(&[0, 100, 900_000, 900_050, 900_100, 2_000_000]);
        let micros = |at: u64| {
            let window = recording.window(Seq(at), recording.timeline.world_at(Seq(at)).now, true);
            (window.start.0 / 1_000, window.end().0 / 1_000)
        };
        assert_eq!(micros(4), micros(5), "it does not move while one steps in a burst");
        assert!(micros(4).0 < 900_000 && micros(4).0 > 899_900, "{:?}", micros(4));
        assert!(micros(4).1 > 900_100 && micros(4).1 < 900_200, "{:?}", micros(4));
    }

    #[test]
    fn a_short_run_is_shown_as_a_whole_and_a_long_one_around_the_cursor() {
        let short = recording(&[0, 100, 900]);
        assert_eq!(short.window(Seq(1), Nanos(0), false), short.lanes.whole());
        let long = recording(&[0, 100, 900_000]);
        let end = Nanos::from_micros(900_000);
        assert!(long.window(Seq(3), end, false).holds(end));
        assert_eq!(long.window(Seq(3), end, false).span, PART);
    }

    #[test]
    fn the_cursor_is_seen_at_the_beginning_of_a_record() {
        // The snapshot is of one second; what happens next, does so later.
        let mut world = World::new();
        world.now = Nanos::from_millis(1_000);
        let mut live = Recording::starting_with(world);
        let mut batch = Batch::default();
        for at in [3_000, 3_001] {
            let (at, what) = (Nanos::from_millis(at), What::TaskEnd { status: 0 });
            batch.push(Event { at, task: TaskId::FIRST, what, payload_len: 0 }, &[]);
        }
        live.extend(&batch);
        for at in [Seq(0), Seq(1), Seq(2)] {
            let now = live.timeline.world_at(at).now;
            let window = live.window(at, now, true);
            assert!(window.holds(now) && window.span >= BURST_MIN, "at {at}");
        }
    }

    #[test]
    fn a_record_that_begins_late_says_so() {
        assert_eq!(recording(&[0, 100]).beginning(), "Nothing has happened yet.");
        assert_eq!(recording(&[0, 100]).earlier(), None);
        let mut world = World::new();
        world.seq = Seq(12);
        let late = Recording::starting_with(world);
        assert_eq!(late.beginning(), "The record begins here, after 12 earlier events.");
        assert_eq!(late.earlier().as_deref(), Some("12 events before"));
    }

    #[test]
    fn what_an_observer_sees_of_a_server_that_rests_hides_nothing_of_what_it_did() {
        let mut live = recording(&[3_000, 3_100]);
        let mut batch = Batch::default();
        let what = What::Queue { fd: Fd(3), waiting: 0 };
        batch.push(Event { at: Nanos(90_000_000), task: TaskId::KERNEL, what, payload_len: 0 }, &[]);
        live.extend(&batch);
        let window = live.window(live.timeline.next(), Nanos(90_000_000), true);
        assert!(window.holds(Nanos(3_000_000)) && window.span < Nanos(1_000_000), "{window:?}");
    }

    #[test]
    fn a_record_says_how_many_events_it_has_let_go() {
        let most = loopscope_shared::trace::EVENTS_MAX as u64;
        let long = recording(&(0..most + 10).collect::<Vec<u64>>());
        let gone = long.timeline.first().0;
        assert!(gone > 0);
        assert_eq!(
            long.earlier(),
            Some(format!("{} were let go", crate::model::text::counted(gone, "earlier event")))
        );
    }

    #[test]
    fn a_cursor_never_leaves_the_recording() {
        let recording = recording(&[0, 100, 900]);
        assert_eq!(recording.cursor(Cursor::At(Seq(99))), Seq(3));
        assert_eq!(recording.cursor(Cursor::End), Seq(3));
        assert_eq!(recording.cursor(Cursor::Home), Seq(0));
    }
}
