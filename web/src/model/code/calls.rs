//! The calls of a line of source: how many, how long, with which results, and where each of them is.

use loopscope_shared::event::{Place, Ret};
use loopscope_shared::ids::{Seq, TaskId};
use loopscope_shared::sorted::SortedMap;
use loopscope_shared::time::Nanos;

use crate::model::code::result;
use crate::model::lanes::{CallSpan, Lanes};

/// So many calls are listed, those before the cursor first.
const CALLS_LISTED: usize = 60;

/// A call of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineCall {
    /// The cursor at which it has just returned.
    pub after: Seq,
    /// Who made it.
    pub task: TaskId,
    /// When it returned.
    pub at: Nanos,
    /// How long it took.
    pub took: Nanos,
    /// Its name and what it returned.
    pub text: String,
    /// Whether it failed.
    pub failed: bool,
}

/// All calls of a line that have returned until the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineCalls {
    /// How many there are.
    pub count: u64,
    /// How long they took together.
    pub together: Nanos,
    /// How long the longest took.
    pub longest: Nanos,
    /// What they returned, the most frequent first: how often, and what.
    pub results: Vec<(u64, String)>,
    /// The latest of them, the latest first, at most `CALLS_LISTED`.
    pub latest: Vec<LineCall>,
}

/// The calls that were made at a place and have returned by the cursor.
pub fn calls_of(lanes: &Lanes, place: Place, at: Seq) -> LineCalls {
    let mut calls = LineCalls::default();
    let mut results: SortedMap<(bool, Ret), u64> = SortedMap::new();
    let mut latest: Vec<(Seq, TaskId, CallSpan, Nanos, Ret)> = Vec::new();
    for (task, lane) in &lanes.tasks {
        let until = lane.calls.partition_point(|call| call.exit.is_some_and(|exit| exit < at));
        let mut listed = 0;
        for call in lane.calls[..until].iter().rev().filter(|call| call.place == place) {
            let (Some(exit), Some(end), Some(ret)) = (call.exit, call.end, call.ret) else { continue };
            let took = end.since(call.start);
            calls.count += 1;
            calls.together += took;
            calls.longest = calls.longest.max(took);
            // Results that are counts differ each time: only that they are more than nothing is told.
            let kind = ret.map(|value| value.min(1));
            *results.entry((makes_descriptor(call), kind)).or_insert(0) += 1;
            if listed < CALLS_LISTED {
                listed += 1;
                latest.push((exit, *task, *call, end, ret));
            }
        }
    }
    latest.sort_by_key(|(exit, ..)| std::cmp::Reverse(*exit));
    latest.truncate(CALLS_LISTED);
    calls.results = results.into_iter().map(|((makes, ret), count)| (count, named(makes, ret))).collect();
    calls.results.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let listed = latest.into_iter().map(|(exit, task, call, at, ret)| LineCall {
        after: exit.next(),
        task,
        at,
        took: at.since(call.start),
        text: format!("{} {}", call.call.name(), result(call.call, ret)),
        failed: ret.is_err(),
    });
    calls.latest = listed.collect();
    calls
}

fn makes_descriptor(call: &CallSpan) -> bool {
    result(call.call, Ok(1)).contains("fd")
}

fn named(makes: bool, ret: Ret) -> String {
    match ret {
        Err(errno) => errno.to_string(),
        Ok(_) if makes => "fd".to_owned(),
        Ok(0) => "0".to_owned(),
        Ok(_) => "> 0".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use loopscope_shared::errno::Errno;
    use loopscope_shared::event::{Call, Event, What};
    use loopscope_shared::ids::Fd;
    use loopscope_shared::trace::Batch;

    use super::*;
    use crate::model::recording::Recording;

    #[test]
    fn a_line_knows_its_calls_their_time_and_their_results() {
        let place = Place { source: 0, line: 9 };
        let mut batch = Batch::default();
        let rets = [Ok(5), Err(Errno::EAGAIN), Ok(0), Err(Errno::EAGAIN)];
        for (index, ret) in rets.into_iter().enumerate() {
            let call = Call::Recv { fd: Fd(7), len: 9 };
            for what in [What::Enter { call, place }, What::Exit { ret, lines: 0 }] {
                let at = Nanos(batch.events.len() as u64 * 100 * (index as u64 + 1));
                batch.push(Event { at, task: TaskId::FIRST, what, payload_len: 0 }, &[]);
            }
        }
        let mut recording = Recording::default();
        recording.extend(&batch);
        let calls = calls_of(&recording.lanes, place, Seq(8));
        assert_eq!((calls.count, calls.longest), (4, Nanos(400)));
        assert_eq!(calls.together, Nanos(100 + 200 + 300 + 400));
        assert_eq!(calls.results[0], (2, "EAGAIN".to_owned()));
        assert_eq!(calls.latest[0].after, Seq(8));
        assert_eq!(calls_of(&recording.lanes, place, Seq(3)).count, 1, "the second has not returned");
        assert_eq!(calls_of(&recording.lanes, Place { line: 8, ..place }, Seq(8)), LineCalls::default());
    }
}
