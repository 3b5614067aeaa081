//! Steps of the cursor, forward and back. The cursor is a number of events: so many have happened.

use loopscope_shared::event::{Call, Event, What};
use loopscope_shared::ids::{Seq, TaskId};
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::Timeline;

/// How far one step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// One event.
    Event,
    /// To the return of the next system call of the same task.
    Call,
    /// To the return of the next wait: a turn of the event loop.
    Turn,
}

/// The cursor after a step forward; where it is, if there is nothing more of the kind.
pub fn forward(timeline: &Timeline, at: Seq, step: Step) -> Seq {
    let task = task_at(timeline, at);
    let found = timeline.iter_from(at).find(|(seq, event, _)| stops(timeline, *seq, event, task, step));
    match found {
        Some((seq, ..)) => seq.next(),
        None => timeline.next(),
    }
}

/// The cursor after a step back.
pub fn back(timeline: &Timeline, at: Seq, step: Step) -> Seq {
    if step == Step::Event {
        return timeline.iter_back(at).next().map_or_else(|| timeline.first(), |(seq, ..)| seq);
    }
    let task = task_at(timeline, at);
    let before = timeline.iter_back(at).skip(1);
    let found = before.into_iter().find(|(seq, event, _)| stops(timeline, *seq, event, task, step));
    found.map_or_else(|| timeline.first(), |(seq, ..)| seq.next())
}

/// The event that has happened last when the cursor is there.
pub fn last_event(timeline: &Timeline, at: Seq) -> Option<(Seq, Event, Vec<u8>)> {
    timeline.iter_back(at).next().map(|(seq, event, payload)| (seq, *event, payload.to_vec()))
}

/// The cursor at which all that happened until an instant, that instant included, has happened.
pub fn at_time(timeline: &Timeline, time: Nanos) -> Seq {
    let (mut low, mut high) = (timeline.first(), timeline.next());
    // All below `low` happened by then, all from `high` on did not.
    while low < high {
        let middle = Seq(low.0 + (high.0 - low.0) / 2);
        match timeline.iter_from(middle).next() {
            Some((seq, event, _)) if seq < high && event.at <= time => low = seq.next(),
            _ => high = middle,
        }
    }
    low
}

/// The call that the exit of that number is the return of.
pub fn call_of_exit(timeline: &Timeline, exit: Seq, task: TaskId) -> Option<Call> {
    timeline.iter_back(exit).filter(|(_, event, _)| event.task == task).find_map(|(_, event, _)| match event
        .what
    {
        What::Enter { call, .. } => Some(call),
        _ => None,
    })
}

/// The task that the cursor is at: that of the last event of any task.
pub fn task_at(timeline: &Timeline, at: Seq) -> Option<TaskId> {
    let of_task = |event: &Event| event.task != TaskId::KERNEL;
    timeline.iter_back(at).find(|(_, event, _)| of_task(event)).map(|(_, event, _)| event.task)
}

fn stops(timeline: &Timeline, seq: Seq, event: &Event, task: Option<TaskId>, step: Step) -> bool {
    let returned = matches!(event.what, What::Exit { .. });
    match step {
        Step::Event => true,
        Step::Call => returned && task.is_none_or(|task| event.task == task),
        Step::Turn => returned && call_of_exit(timeline, seq, event.task).is_some_and(Call::is_wait),
    }
}

#[cfg(test)]
mod tests {
    use loopscope_shared::event::{Inside, Place};
    use loopscope_shared::ids::Fd;
    use loopscope_shared::kernel::Timeout;

    use super::*;

    /// Two turns of a loop: a wait that sleeps and a call after it, twice.
    fn timeline() -> Timeline {
        let wait = Call::Select { nfds: 4, timeout: Timeout(None) };
        let enter = |call| What::Enter { call, place: Place::ELSEWHERE };
        let exit = What::Exit { ret: Ok(1), lines: 0 };
        let turn =
            [enter(wait), What::Inside(Inside::Blocked), exit, enter(Call::Accept { fd: Fd(3) }), exit];
        let mut timeline = Timeline::default();
        let begin = What::TaskBegin { parent: TaskId::KERNEL, thread: false };
        for (at, what) in [begin].into_iter().chain(turn).chain(turn).enumerate() {
            let event = Event { at: Nanos(at as u64 * 10), task: TaskId::FIRST, what, payload_len: 0 };
            timeline.push(&event, &[]);
        }
        timeline
    }

    fn walk(from: u64, go: fn(&Timeline, Seq, Step) -> Seq, step: Step) -> Vec<u64> {
        let timeline = timeline();
        let mut at = Seq(from);
        let mut stops = Vec::new();
        loop {
            let next = go(&timeline, at, step);
            if next == at {
                return stops;
            }
            stops.push(next.0);
            at = next;
        }
    }

    #[test]
    fn each_kind_of_step_stops_where_it_should() {
        assert_eq!(walk(7, forward, Step::Event), [8, 9, 10, 11]);
        assert_eq!(walk(0, forward, Step::Call), [4, 6, 9, 11]);
        assert_eq!(walk(0, forward, Step::Turn), [4, 9, 11]);
        assert_eq!(walk(3, back, Step::Event), [2, 1, 0]);
        assert_eq!(walk(11, back, Step::Call), [9, 6, 4, 0]);
        assert_eq!(walk(11, back, Step::Turn), [9, 4, 0]);
    }

    #[test]
    fn an_instant_is_the_number_of_events_until_then() {
        let timeline = timeline();
        assert_eq!(at_time(&timeline, Nanos(0)), Seq(1));
        assert_eq!(at_time(&timeline, Nanos(39)), Seq(4));
        assert_eq!(at_time(&timeline, Nanos(40)), Seq(5));
        assert_eq!(at_time(&timeline, Nanos(10_000)), Seq(11));
    }

    #[test]
    fn the_call_of_a_return_is_the_one_before_it() {
        assert_eq!(call_of_exit(&timeline(), Seq(5), TaskId::FIRST), Some(Call::Accept { fd: Fd(3) }));
    }
}
