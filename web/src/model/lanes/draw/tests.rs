//! What is drawn of lanes that are made by hand.

use super::*;
use crate::model::lanes::{TaskLane, Wake};

fn spans(count: u64) -> Vec<Span> {
    let kind = |index: u64| if index.is_multiple_of(2) { Kind::Idle } else { Kind::Waiting };
    let span = |i: u64| Span { start: Nanos(i * 10), end: Some(Nanos(i * 10 + 10)), kind: kind(i), life: 1 };
    (0..count).map(span).collect()
}

fn lanes(fds: i32) -> Lanes {
    let mut lanes = Lanes::default();
    lanes.tasks.insert(TaskId::FIRST, TaskLane { name: "select".to_owned(), ..TaskLane::default() });
    lanes.fds = (3..3 + fds).map(|fd| ((TaskId::FIRST, Fd(fd)), spans(100))).collect();
    lanes
}

#[test]
fn only_what_lies_in_the_window_is_drawn() {
    let scale = Scale { window: Window { start: Nanos(100), span: Nanos(100) }, width: 1000.0 };
    let drawn = scale.states(&spans(100), None);
    assert_eq!(drawn.first().map(|bar| bar.x), Some(0.0));
    assert_eq!(drawn.len(), 12, "ten, and the two that touch the edges");
    assert!(drawn.iter().all(|bar| bar.x >= 0.0 && bar.x + bar.width <= 1001.0));
    assert!(drawn.iter().all(|bar| bar.count == 1));
}

#[test]
fn there_is_one_bar_for_what_falls_into_one_column_of_pixels_and_none_is_lost() {
    let scale = Scale { window: Window { start: Nanos(0), span: Nanos(1_000_000) }, width: 200.0 };
    let drawn = scale.states(&spans(100_000), None);
    assert!(drawn.len() <= 600, "{}", drawn.len());
    assert_eq!(drawn.iter().map(|bar| bar.count).sum::<usize>(), 100_000);
    assert!(drawn.iter().all(|bar| bar.count == 1 || bar.kind == Kind::Waiting));
}

#[test]
fn the_lanes_that_are_seen_are_drawn_where_they_are() {
    let lanes = lanes(10_000);
    let layout = Layout::of(&lanes);
    assert_eq!((layout.len(), layout.top(1)), (10_001, TASK_PX));
    let seen = layout.between(TASK_PX + 100.0 * LANE_PX, TASK_PX + 104.5 * LANE_PX);
    assert_eq!(seen, 101..106);
    let window = Window { start: Nanos(0), span: Nanos(100) };
    let picture = layout.draw(&lanes, window, 500.0, seen);
    let labels: Vec<(&str, f64)> = picture.rows.iter().map(|row| (row.label.as_str(), row.top)).collect();
    assert_eq!(labels[0], ("fd 103", layout.top(101)));
    assert_eq!(layout.between(0.0, 10.0), 0..1);
    assert_eq!(layout.between(layout.height(), layout.height() + 9.0), 10_001..10_001);
    assert!(
        (0..layout.len())
            .all(|at| layout.between(layout.top(at) + 1.0, layout.top(at) + 2.0) == (at..at + 1))
    );
}

#[test]
fn an_arrow_leads_from_the_descriptor_to_the_task_that_was_woken() {
    let mut lanes = lanes(2);
    let fd = Some((TaskId::FIRST, Fd(4)));
    let wake = |at: u64| Wake { from: Nanos(at - 5), fd, at: Nanos(at), task: TaskId::FIRST };
    lanes.wakes = (1..=50).map(|at| wake(at * 10)).collect();
    let layout = Layout::of(&lanes);
    let picture = layout.draw(&lanes, Window { start: Nanos(0), span: Nanos(1000) }, 100.0, 0..3);
    assert_eq!(picture.arrows[0], Arrow { from: Some((0.5, layout.top(2) + 3.0)), to: (1.0, TASK_PX - 7.0) });
    assert!(picture.arrows.windows(2).all(|two| two[1].to.0 - two[0].to.0 > ARROW_GAP_PX - 0.01));
    assert_eq!(picture.arrows.len(), 8, "every seventh of fifty");
}

#[test]
fn another_life_of_a_number_is_named_where_it_begins() {
    let span = |start: u64, life| {
        let (start, end) = (Nanos(start), Some(Nanos(start + 100)));
        Span { start, end, kind: Kind::Idle, life }
    };
    let scale = Scale { window: Window { start: Nanos(0), span: Nanos(400) }, width: 400.0 };
    let drawn = scale.states(&[span(0, 1), span(200, 2), span(300, 2)], Some(Fd(7)));
    assert_eq!(drawn.iter().map(|bar| bar.label.as_str()).collect::<Vec<_>>(), ["", "7.2", ""]);
}
