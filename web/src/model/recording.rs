//! The events that a source has brought so far, with what is kept ready for the panels.

use loopscope_shared::ids::Seq;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::{Batch, Timeline};
use loopscope_shared::world::World;

use crate::model::lanes::Lanes;
use crate::model::steps::opening;
use crate::model::window::Window;
use crate::store::Cursor;

/// Events, and the lanes of the timeline panel, which grow with them.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// The events.
    pub timeline: Timeline,
    /// What each task and each descriptor was doing.
    pub lanes: Lanes,
}

impl Recording {
    /// A recording that begins with a snapshot.
    pub fn starting_with(world: World) -> Self {
        let mut lanes = Lanes::default();
        lanes.begin(&world);
        Self { timeline: Timeline::new(world), lanes }
    }

    /// Adds what happened next.
    pub fn extend(&mut self, batch: &Batch) {
        for (event, payload) in batch.iter() {
            let seq = self.timeline.next();
            self.timeline.push(event, payload);
            self.lanes.observe(seq, event, &self.timeline);
        }
    }

    /// How many events have happened where the cursor is: never outside the recording.
    pub fn cursor(&self, at: Cursor) -> Seq {
        match at {
            Cursor::Home => opening(&self.timeline),
            Cursor::At(at) => at.clamp(self.timeline.first(), self.timeline.next()),
            Cursor::End => self.timeline.next(),
        }
    }

    /// What the timeline shows if it may choose, when the cursor is at `at`: a short run as a whole, of a long
    /// one what is around the cursor, and of a running server what happened lately.
    pub fn window(&self, at: Seq, live: bool) -> Window {
        let whole = self.lanes.whole();
        let time =
            |seq: Seq| self.timeline.iter_back(seq).next().map_or(whole.start, |(_, event, _)| event.at);
        if live {
            let first = Seq(at.0.saturating_sub(LIVE_EVENTS)).max(self.timeline.first());
            let recent = Window::between(time(first), time(at));
            return Window { span: Nanos(recent.span.0 + recent.span.0 / 20), ..recent };
        }
        if whole.span <= WHOLE_MAX { whole } else { Window { span: PART, ..whole }.following(time(at)) }
    }
}

/// A run of this length is shown as a whole.
const WHOLE_MAX: Nanos = Nanos::from_millis(20);

/// Of a longer one so much is shown.
const PART: Nanos = Nanos::from_millis(4);

/// Of a running server so many events are shown: some ten lines from arrival to answer.
const LIVE_EVENTS: u64 = 120;
