//! Lanes as rectangles: what of them lies in a window of time, at a width in pixels.

use loopscope_shared::ids::{Fd, TaskId};
use loopscope_shared::time::Nanos;

use crate::model::code::result;
use crate::model::lanes::{Kind, Lanes, Span, TaskLane};
use crate::model::window::Window;

/// How many lanes of descriptors are drawn. More do not fit on a screen; the page says how many are left out.
const FD_ROWS_MAX: usize = 48;

/// A call's name is written where it has at least so many pixels for each letter.
const LETTER_PX: f64 = 6.4;

/// Arrows closer than this would only be a blur.
const ARROW_GAP_PX: f64 = 7.0;

/// A rectangle of a lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Where it begins, in pixels.
    pub x: f64,
    /// How wide it is; never less than a pixel.
    pub width: f64,
    /// What it means.
    pub kind: Kind,
    /// What is written on it, where there is room.
    pub label: String,
    /// The instant at which it begins.
    pub at: Nanos,
}

/// A lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What stands before it.
    pub label: String,
    /// The descriptor that it is the lane of.
    pub fd: Option<Fd>,
    /// Its rectangles, from left to right.
    pub bars: Vec<Bar>,
    /// The calls of a task, above its states.
    pub calls: Vec<Bar>,
}

/// From a cause to the wake-up, in pixels and rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    /// Where the cause was.
    pub from: (f64, usize),
    /// Where the wake-up was.
    pub to: (f64, usize),
}

/// All that the timeline draws.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// The lanes, tasks first.
    pub rows: Vec<Row>,
    /// The arrows between them.
    pub arrows: Vec<Arrow>,
    /// How many lanes of descriptors were left out.
    pub left_out: usize,
}

/// Draws what lies in the window. `selected` is never left out.
pub fn draw(lanes: &Lanes, window: Window, width: f64, selected: Option<Fd>) -> Picture {
    let mut rows: Vec<Row> = Vec::new();
    let mut tasks: Vec<TaskId> = Vec::new();
    for (task, lane) in &lanes.tasks {
        tasks.push(*task);
        rows.push(task_row(*task, lane, window, width));
    }
    let shown: Vec<((TaskId, Fd), Row)> = lanes
        .fds
        .iter()
        .map(|(key, spans)| (*key, bars(spans, window, width)))
        .filter(|((_, fd), bars)| !bars.is_empty() || selected == Some(*fd))
        .map(|(key, bars)| {
            let label = format!("fd {}", key.1);
            (key, Row { label, fd: Some(key.1), bars, calls: Vec::new() })
        })
        .collect();
    let left_out = shown.len().saturating_sub(FD_ROWS_MAX);
    let chosen = choose(shown, selected);
    let first_fd = rows.len();
    let arrows = arrows(lanes, window, width, |fd| {
        chosen.iter().position(|(key, _)| *key == fd).map(|index| first_fd + index)
    });
    rows.extend(chosen.into_iter().map(|(_, row)| row));
    Picture { rows, arrows, left_out }
}

/// As many lanes as there is room for: the selected one and the busiest, in their order.
fn choose(mut rows: Vec<((TaskId, Fd), Row)>, selected: Option<Fd>) -> Vec<((TaskId, Fd), Row)> {
    if rows.len() > FD_ROWS_MAX {
        rows.sort_by_key(|(key, row)| (selected != Some(key.1), std::cmp::Reverse(row.bars.len()), *key));
        rows.truncate(FD_ROWS_MAX);
        rows.sort_by_key(|(key, _)| *key);
    }
    rows
}

fn task_row(task: TaskId, lane: &TaskLane, window: Window, width: f64) -> Row {
    let mut calls: Vec<Bar> = Vec::new();
    let from = lane.calls.partition_point(|call| call.end.is_some_and(|end| end < window.start));
    for call in lane.calls[from..].iter().take_while(|call| call.start <= window.end()) {
        let name = call.call.name();
        let failed = matches!(call.ret, Some(Err(_)));
        let kind = if failed { Kind::Full } else { Kind::Running };
        let Some(mut bar) = bar(call.start, call.end, kind, window, width) else { continue };
        let whole =
            call.ret.map_or_else(|| name.to_owned(), |ret| format!("{name} {}", result(call.call, ret)));
        bar.label =
            [whole, name.to_owned()].into_iter().find(|text| fits(text, bar.width)).unwrap_or_default();
        if calls.last().is_none_or(|last| bar.x + bar.width > last.x + last.width + 0.5) {
            calls.push(bar);
        }
    }
    let name = if lane.name.is_empty() { String::new() } else { format!(" {}", lane.name) };
    Row { label: format!("task {task}{name}"), fd: None, bars: bars(&lane.spans, window, width), calls }
}

fn fits(text: &str, width: f64) -> bool {
    text.chars().count() as f64 * LETTER_PX < width - 4.0
}

/// The stretches that lie in the window; those that end within the same pixel as the one before are left out.
fn bars(spans: &[Span], window: Window, width: f64) -> Vec<Bar> {
    let from = spans.partition_point(|span| span.end.is_some_and(|end| end < window.start));
    let mut bars: Vec<Bar> = Vec::new();
    for span in spans[from..].iter().take_while(|span| span.start <= window.end()) {
        let Some(bar) = bar(span.start, span.end, span.kind, window, width) else { continue };
        let hidden = bars.last().is_some_and(|last| bar.x + bar.width <= last.x + last.width + 0.25);
        if !hidden {
            bars.push(bar);
        }
    }
    bars
}

fn bar(start: Nanos, end: Option<Nanos>, kind: Kind, window: Window, width: f64) -> Option<Bar> {
    let end = end.unwrap_or(Nanos(u64::MAX));
    if end < window.start || start > window.end() {
        return None;
    }
    let x = window.part(start.max(window.start)) * width;
    let right = window.part(end.min(window.end())) * width;
    Some(Bar { x, width: (right - x).max(1.0), kind, label: String::new(), at: start })
}

fn arrows(
    lanes: &Lanes,
    window: Window,
    width: f64,
    row_of: impl Fn((TaskId, Fd)) -> Option<usize>,
) -> Vec<Arrow> {
    let from = lanes.wakes.partition_point(|wake| wake.at < window.start);
    let mut arrows: Vec<Arrow> = Vec::new();
    for wake in lanes.wakes[from..].iter().take_while(|wake| wake.at <= window.end()) {
        let Some(row) = wake.fd.and_then(&row_of) else { continue };
        let Some(task) = lanes.tasks.keys().position(|task| *task == wake.task) else { continue };
        let x = |at: Nanos| window.part(at) * width;
        if arrows.last().is_none_or(|last| x(wake.at) - last.to.0 > ARROW_GAP_PX) {
            arrows.push(Arrow { from: (x(wake.from), row), to: (x(wake.at), task) });
        }
    }
    arrows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(count: u64) -> Vec<Span> {
        let kind = |index: u64| if index.is_multiple_of(2) { Kind::Idle } else { Kind::Waiting };
        let span = |i: u64| Span { start: Nanos(i * 10), end: Some(Nanos(i * 10 + 10)), kind: kind(i) };
        (0..count).map(span).collect()
    }

    #[test]
    fn only_what_lies_in_the_window_is_drawn() {
        let window = Window { start: Nanos(100), span: Nanos(100) };
        let drawn = bars(&spans(100), window, 1000.0);
        assert_eq!(drawn.first().map(|bar| bar.x), Some(0.0));
        assert_eq!(drawn.len(), 12, "ten, and the two that touch the edges");
        assert!(drawn.iter().all(|bar| bar.x >= 0.0 && bar.x + bar.width <= 1001.0));
    }

    #[test]
    fn there_are_never_many_more_bars_than_pixels() {
        let window = Window { start: Nanos(0), span: Nanos(1_000_000) };
        let drawn = bars(&spans(100_000), window, 200.0);
        assert!(drawn.len() <= 900, "{}", drawn.len());
    }

    #[test]
    fn the_selected_lane_is_never_left_out() {
        let mut lanes = Lanes::default();
        for fd in 0..200 {
            lanes.fds.insert((TaskId::FIRST, Fd(fd)), spans(if fd == 150 { 1 } else { 3 }));
        }
        let window = Window { start: Nanos(0), span: Nanos(100) };
        let picture = draw(&lanes, window, 500.0, Some(Fd(150)));
        assert_eq!(picture.rows.len(), FD_ROWS_MAX);
        assert_eq!(picture.left_out, 200 - FD_ROWS_MAX);
        assert!(picture.rows.iter().any(|row| row.fd == Some(Fd(150))));
    }
}
