//! The events around the cursor as a table: what the pictures show, one after the other, as text.

use loopscope_shared::event::describe;
use loopscope_shared::ids::{Seq, TaskId};
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::Timeline;

/// So many events before the cursor are in the table.
pub const EVENTS_BEFORE: usize = 30;
/// So many after it.
pub const EVENTS_AFTER: usize = 30;

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// The cursor at which it has just happened; its number as the page says it.
    pub after: Seq,
    /// When.
    pub at: Nanos,
    /// Which task did it; `None` if none.
    pub task: Option<TaskId>,
    /// What happened.
    pub text: String,
}

/// The events around the cursor. Each is described by the world of its own instant.
pub fn around(timeline: &Timeline, at: Seq) -> Vec<EventRow> {
    let first = timeline.iter_back(at).take(EVENTS_BEFORE).last().map_or(at, |(seq, ..)| seq);
    let before = timeline.iter_back(at).take(EVENTS_BEFORE).count();
    let mut world = timeline.world_at(first);
    let row = |(seq, event, payload): (Seq, &loopscope_shared::event::Event, &[u8])| {
        world.apply(event, payload);
        let task = Some(event.task).filter(|task| *task != TaskId::KERNEL);
        EventRow { after: seq.next(), at: event.at, task, text: describe(event, payload, &world) }
    };
    timeline.iter_from(first).take(before + EVENTS_AFTER).map(row).collect()
}

#[cfg(test)]
mod tests {
    use loopscope_shared::event::{Event, What};

    use super::*;

    #[test]
    fn the_table_has_the_events_on_both_sides_of_the_cursor() {
        let mut timeline = Timeline::default();
        for at in 0..200 {
            let what = What::TaskEnd { status: 0 };
            timeline.push(&Event { at: Nanos(at), task: TaskId::FIRST, what, payload_len: 0 }, &[]);
        }
        let numbers = |at: u64| {
            let rows = around(&timeline, Seq(at));
            (rows.first().map(|row| row.after.0), rows.last().map(|row| row.after.0), rows.len())
        };
        assert_eq!(numbers(100), (Some(71), Some(130), 60));
        assert_eq!(numbers(0), (Some(1), Some(30), 30));
        assert_eq!(numbers(200), (Some(171), Some(200), 30));
        assert_eq!(around(&Timeline::default(), Seq(0)), []);
    }
}
