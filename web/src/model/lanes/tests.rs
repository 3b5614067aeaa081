//! What the lanes show of events that are made by hand.

use loopscope_shared::event::Place;
use loopscope_shared::kernel::{Levels, Timeout};

use super::*;
use crate::model::recording::Recording;
use loopscope_shared::trace::Batch;

fn record(events: &[(u64, What)]) -> Recording {
    let mut batch = Batch::default();
    for (at, what) in events {
        batch.push(Event { at: Nanos(*at), task: TaskId::FIRST, what: *what, payload_len: 0 }, &[]);
    }
    let mut recording = Recording::default();
    recording.extend(&batch);
    recording
}

fn enter(call: Call) -> What {
    What::Enter { call, place: Place::ELSEWHERE }
}

const SELECT: Call = Call::Select { nfds: 4, timeout: Timeout(None) };
const BEGIN: What = What::TaskBegin { parent: TaskId::KERNEL, thread: false };
const DONE: What = What::Exit { ret: Ok(1), lines: 0 };

fn task_spans(recording: &Recording) -> Vec<(u64, Kind)> {
    let lane = &recording.lanes.tasks[&TaskId::FIRST];
    lane.spans.iter().map(|span| (span.start.0, span.kind)).collect()
}

#[test]
fn a_simulated_kernel_tells_who_sleeps() {
    let recording = record(&[
        (0, BEGIN),
        (10, enter(SELECT)),
        (12, What::Inside(Inside::Blocked)),
        (20, What::Inside(Inside::Woken { cause: Seq(0) })),
        (22, What::Inside(Inside::Running { cpu: 0 })),
        (25, DONE),
        (30, enter(SELECT)),
        (35, DONE),
    ]);
    let told = [(0, Kind::Running), (10, Kind::Blocked), (20, Kind::Runnable), (22, Kind::Running)];
    assert_eq!(task_spans(&recording), told);
    assert_eq!(recording.lanes.wakes.len(), 1);
    assert_eq!(recording.lanes.tasks[&TaskId::FIRST].calls.len(), 2);
}

#[test]
fn on_a_real_kernel_a_wait_is_taken_for_a_sleep() {
    let recording = record(&[(0, BEGIN), (10, enter(SELECT)), (25, DONE)]);
    assert_eq!(task_spans(&recording), [(0, Kind::Running), (10, Kind::Blocked), (25, Kind::Running)]);
}

#[test]
fn the_lane_of_a_descriptor_shows_what_is_in_it() {
    let accept = Call::Accept { fd: Fd(3) };
    let levels = |recv| What::Sample { fd: Fd(4), levels: Levels { recv, send: 0, peeked: 0 } };
    let recording = record(&[
        (0, BEGIN),
        (1, enter(accept)),
        (2, What::Exit { ret: Ok(4), lines: 0 }),
        (5, levels(6)),
        (8, levels(0)),
        (9, enter(Call::Close { fd: Fd(4) })),
        (10, What::Exit { ret: Ok(0), lines: 0 }),
    ]);
    let spans = &recording.lanes.fds[&(TaskId::FIRST, Fd(4))];
    let seen: Vec<(u64, Option<u64>, Kind)> =
        spans.iter().map(|span| (span.start.0, span.end.map(|end| end.0), span.kind)).collect();
    assert_eq!(seen, [(2, Some(5), Kind::Idle), (5, Some(8), Kind::Waiting), (8, Some(10), Kind::Idle)]);
}
