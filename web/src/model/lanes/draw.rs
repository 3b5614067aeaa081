//! Lanes as rectangles: what of the lanes that are seen lies in a window of time, at a width in pixels.
//!
//! A lane may hold hundreds of thousands of stretches, and a window of time all of them. They are sorted, so what
//! falls into one column of pixels is found without going through it, and is one rectangle that says how many it
//! stands for.

use std::ops::Range;

use loopscope_shared::ids::{Fd, TaskId};
use loopscope_shared::time::Nanos;

use crate::messages as m;
use crate::model::code::result;
use crate::model::lanes::{CallSpan, Kind, Lanes, Span, Turn};
use crate::model::text::grouped;
use crate::model::window::Window;

/// A name is written where it has at least so many pixels for each letter.
const LETTER_PX: f64 = 6.4;

/// Arrows closer than this would only be a blur.
const ARROW_GAP_PX: f64 = 7.0;

/// The height of a lane; that of a task has a strip for its calls and one for its states.
const LANE_PX: f64 = 17.0;
const TASK_PX: f64 = 32.0;

/// Of the stretches in one column of pixels so many are looked at for the one that gives it its colour.
const LOOKED_AT: usize = 64;

/// Which lane it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LaneKey {
    /// Of a CPU.
    Cpu(u16),
    /// Of a task.
    Task(TaskId),
    /// Of a descriptor of a process.
    Fd(TaskId, Fd),
}

/// Which of a lane's strips a rectangle is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strip {
    /// The calls of a task.
    Calls,
    /// What a task, a descriptor or a CPU is like.
    States,
}

/// A rectangle of a lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// Where it begins, in pixels.
    pub x: f64,
    /// How wide it is; never less than a pixel.
    pub width: f64,
    /// In which strip it is.
    pub strip: Strip,
    /// What it means.
    pub kind: Kind,
    /// How many stretches it stands for: more than one where they cannot be told apart.
    pub count: usize,
    /// What is written on it, where there is room.
    pub label: String,
    /// What is said of it.
    pub text: String,
}

/// A lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which.
    pub key: LaneKey,
    /// What stands before it.
    pub label: String,
    /// How far its top is below that of the first lane, in pixels.
    pub top: f64,
    /// Its rectangles, from left to right in each strip.
    pub bars: Vec<Bar>,
}

/// From a cause to the wake-up, in pixels from the left and below the top of the first lane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrow {
    /// Where the cause was; `None` if it was at no descriptor.
    pub from: Option<(f64, f64)>,
    /// Where the wake-up was.
    pub to: (f64, f64),
}

/// All that is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// The lanes that are seen.
    pub rows: Vec<Row>,
    /// The arrows between them.
    pub arrows: Vec<Arrow>,
}

/// Where each lane is: CPUs if there are several, then tasks, then descriptors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    keys: Vec<LaneKey>,
    cpus: usize,
    tasks: usize,
    /// Descriptors of more than one process are among them.
    several: bool,
}

impl Layout {
    /// The places of all lanes.
    pub fn of(lanes: &Lanes) -> Self {
        let cpus = if lanes.cpus.len() > 1 { lanes.cpus.len() } else { 0 };
        let mut keys: Vec<LaneKey> = lanes.cpus.keys().take(cpus).map(|cpu| LaneKey::Cpu(*cpu)).collect();
        keys.extend(lanes.tasks.keys().map(|task| LaneKey::Task(*task)));
        keys.extend(lanes.fds.keys().map(|(process, fd)| LaneKey::Fd(*process, *fd)));
        let mut processes = lanes.fds.keys().map(|(process, _)| process);
        let first = processes.next();
        let several = processes.any(|process| Some(process) != first);
        Self { keys, cpus, tasks: lanes.tasks.len(), several }
    }

    /// How many lanes there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The top of a lane; of one behind the last, the height of all.
    pub fn top(&self, index: usize) -> f64 {
        let tasks = index.saturating_sub(self.cpus).min(self.tasks);
        (index - tasks) as f64 * LANE_PX + tasks as f64 * TASK_PX
    }

    /// The height of all.
    pub fn height(&self) -> f64 {
        self.top(self.len())
    }

    /// The lanes of which something lies between two heights.
    pub fn between(&self, from: f64, to: f64) -> Range<usize> {
        self.index(from)..(self.index(to) + 1).min(self.len())
    }

    /// Which lane this is, if it is one.
    pub fn find(&self, key: LaneKey) -> Option<usize> {
        self.keys.binary_search(&key).ok()
    }

    fn index(&self, y: f64) -> usize {
        let after_cpus = y - self.cpus as f64 * LANE_PX;
        let after_tasks = after_cpus - self.tasks as f64 * TASK_PX;
        let index = match () {
            () if after_cpus < 0.0 => y.max(0.0) / LANE_PX,
            () if after_tasks < 0.0 => self.cpus as f64 + (after_cpus / TASK_PX).floor(),
            () => (self.cpus + self.tasks) as f64 + after_tasks / LANE_PX,
        };
        (index as usize).min(self.len())
    }

    /// What a lane is called.
    pub fn label(&self, index: usize, lanes: &Lanes) -> String {
        match self.keys[index] {
            LaneKey::Cpu(cpu) => m::lane_cpu(cpu.to_string()),
            LaneKey::Task(task) => {
                let name = lanes.tasks.get(&task).map_or("", |lane| lane.name.as_str());
                m::lane_task(task.to_string(), name)
            }
            LaneKey::Fd(process, fd) if self.several => m::lane_fd_of(fd.to_string(), process.to_string()),
            LaneKey::Fd(_, fd) => m::lane_fd(fd.to_string()),
        }
    }

    /// Draws the lanes of that range, and the arrows that touch them.
    pub fn draw(&self, lanes: &Lanes, window: Window, width: f64, seen: Range<usize>) -> Picture {
        let scale = Scale { window, width };
        let row = |index: usize| {
            let key = self.keys[index];
            let bars = match key {
                LaneKey::Cpu(cpu) => lanes.cpus.get(&cpu).map(|turns| scale.turns(turns)),
                LaneKey::Task(task) => lanes
                    .tasks
                    .get(&task)
                    .map(|lane| [scale.calls(&lane.calls), scale.states(&lane.spans, None)].concat()),
                LaneKey::Fd(process, fd) => {
                    lanes.fds.get(&(process, fd)).map(|spans| scale.states(spans, Some(fd)))
                }
            };
            Row { key, label: self.label(index, lanes), top: self.top(index), bars: bars.unwrap_or_default() }
        };
        let arrows = self.arrows(lanes, scale, self.top(seen.start)..self.top(seen.end));
        Picture { rows: seen.map(row).collect(), arrows }
    }

    fn arrows(&self, lanes: &Lanes, scale: Scale, seen: Range<f64>) -> Vec<Arrow> {
        let x = |at: Nanos| scale.window.part(at) * scale.width;
        let mut arrows: Vec<Arrow> = Vec::new();
        let mut next = lanes.wakes.partition_point(|wake| wake.at < scale.window.start);
        while let Some(wake) = lanes.wakes.get(next).filter(|wake| wake.at <= scale.window.end()) {
            let to = self.find(LaneKey::Task(wake.task)).map(|index| self.top(index) + TASK_PX - 7.0);
            let from = wake.fd.and_then(|(process, fd)| self.find(LaneKey::Fd(process, fd)));
            let from = from.map(|index| (x(wake.from), self.top(index) + 3.0));
            if let Some(to) = to.filter(|y| seen.contains(y) || from.is_some_and(|(_, y)| seen.contains(&y)))
            {
                arrows.push(Arrow { from, to: (x(wake.at), to) });
            }
            // Nearer ones are passed over without being looked at.
            let far = scale.window.at((x(wake.at) + ARROW_GAP_PX) / scale.width);
            next += 1 + lanes.wakes[next + 1..].partition_point(|wake| wake.at < far);
        }
        arrows
    }
}

/// A window of time at a width in pixels.
#[derive(Clone, Copy, Debug)]
struct Scale {
    window: Window,
    width: f64,
}

/// A rectangle before it is known what it means: its place, and the stretches that it stands for.
struct Piece {
    x: f64,
    width: f64,
    of: Range<usize>,
}

impl Scale {
    /// The rectangles of stretches that follow each other: one for each that is seen, one for all that fall into
    /// the same column of pixels.
    fn pieces<T>(self, all: &[T], start: fn(&T) -> Nanos, end: fn(&T) -> Option<Nanos>) -> Vec<Piece> {
        let Self { window, width } = self;
        let x = |at: Nanos| window.part(at.clamp(window.start, window.end())) * width;
        let is_over = |one: &T, by: Nanos| end(one).is_some_and(|end| end < by);
        let mut next = all.partition_point(|one| is_over(one, window.start));
        let mut pieces = Vec::new();
        while let Some(one) = all.get(next).filter(|one| start(one) <= window.end()) {
            let (left, right) = (x(start(one)), end(one).map_or(width, x));
            let column = left.floor() + 1.0;
            if right >= column {
                pieces.push(Piece { x: left, width: (right - left).max(1.0), of: next..next + 1 });
                next += 1;
                continue;
            }
            let by = window.at(column / width);
            let more = all[next + 1..].partition_point(|one| is_over(one, by));
            pieces.push(Piece { x: left, width: (column - left).max(1.0), of: next..next + 1 + more });
            next += 1 + more;
        }
        pieces
    }

    fn states(self, spans: &[Span], fd: Option<Fd>) -> Vec<Bar> {
        let pieces = self.pieces(spans, |span| span.start, |span| span.end);
        let bar = |piece: Piece| {
            let first = &spans[piece.of.start];
            let kinds = spans[piece.of.clone()].iter().take(LOOKED_AT).map(|span| span.kind);
            let kind = kinds.max_by_key(|kind| weight(*kind)).unwrap_or(first.kind);
            // Where a number begins another life, it says so.
            let reborn =
                first.life > 1 && piece.of.start.checked_sub(1).is_none_or(|at| spans[at].life != first.life);
            let label = match fd {
                Some(fd) if reborn => format!("{fd}.{}", first.life),
                Some(_) => String::new(),
                None => said(kind).to_owned(),
            };
            let name = fd.map_or_else(String::new, |fd| match first.life {
                1 => format!("fd {fd}: "),
                life => format!("fd {fd}.{life}: "),
            });
            let text = format!("{name}{}{}", said(kind), self.lasts(first.start, first.end));
            piece.bar(Strip::States, kind, label, text)
        };
        pieces.into_iter().map(bar).collect()
    }

    fn calls(self, calls: &[CallSpan]) -> Vec<Bar> {
        let pieces = self.pieces(calls, |call| call.start, |call| call.end);
        let bar = |piece: Piece| {
            let call = &calls[piece.of.start];
            let failed =
                calls[piece.of.clone()].iter().take(LOOKED_AT).any(|call| matches!(call.ret, Some(Err(_))));
            let kind = if failed { Kind::Full } else { Kind::Running };
            let name = call.call.name();
            let whole =
                call.ret.map_or_else(|| name.to_owned(), |ret| format!("{name} {}", result(call.call, ret)));
            let text = format!("{whole}{}", self.lasts(call.start, call.end));
            let label = if fits(&whole, piece.width) { whole } else { name.to_owned() };
            piece.bar(Strip::Calls, kind, label, text)
        };
        pieces.into_iter().map(bar).collect()
    }

    fn turns(self, turns: &[Turn]) -> Vec<Bar> {
        let pieces = self.pieces(turns, |turn| turn.start, |turn| turn.end);
        let bar = |piece: Piece| {
            let turn = &turns[piece.of.start];
            let label = m::lane_task(turn.task.to_string(), "").trim_end().to_owned();
            let text = format!("{label}{}", self.lasts(turn.start, turn.end));
            piece.bar(Strip::States, Kind::Running, label, text)
        };
        pieces.into_iter().map(bar).collect()
    }

    fn lasts(self, start: Nanos, end: Option<Nanos>) -> String {
        end.map_or_else(String::new, |end| format!(" · {}", end.since(start)))
    }
}

impl Piece {
    fn bar(self, strip: Strip, kind: Kind, label: String, text: String) -> Bar {
        let count = self.of.len();
        let label = if count == 1 && fits(&label, self.width) { label } else { String::new() };
        let text = if count > 1 { m::lane_many(grouped(count as u64)) } else { text };
        Bar { x: self.x, width: self.width, strip, kind, count, label, text }
    }
}

fn fits(text: &str, width: f64) -> bool {
    text.chars().count() as f64 * LETTER_PX < width - 4.0
}

/// Of several kinds in one column of pixels the one that matters most is seen.
fn weight(kind: Kind) -> u8 {
    match kind {
        Kind::Idle => 0,
        Kind::Blocked => 1,
        Kind::Running => 2,
        Kind::Leaving => 3,
        Kind::Waiting => 4,
        Kind::Runnable => 5,
        Kind::Full => 6,
    }
}

/// What a kind of stretch is called.
fn said(kind: Kind) -> &'static str {
    match kind {
        Kind::Running => m::lane_running(),
        Kind::Runnable => m::lane_runnable(),
        Kind::Blocked => m::lane_blocked(),
        Kind::Idle => m::lane_idle(),
        Kind::Waiting => m::lane_waiting(),
        Kind::Leaving => m::lane_leaving(),
        Kind::Full => m::lane_full(),
    }
}

#[cfg(test)]
mod tests;
