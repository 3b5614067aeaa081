//! The figures: what the work has cost so far, and in the stretch of time that the reader has chosen; costs for each
//! line that was answered.

use loopscope_shared::world::{FileKind, Tally, World};

use crate::messages as m;
use crate::model::text::{bound, figure, grouped};

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What it counts, in two or three words.
    pub label: &'static str,
    /// Its value until now, or a dash where there is none yet.
    pub value: String,
    /// Its value in the chosen stretch of time, if one is chosen and it has one there.
    pub span: Option<String>,
    /// What it means, in a sentence.
    pub meaning: &'static str,
}

/// A figure that is counted: what it is called, what it means, and how it is read.
struct Counted {
    label: fn() -> &'static str,
    meaning: fn() -> &'static str,
    read: fn(&Tally) -> String,
}

/// The figures that are counted, in their order.
const COUNTED: &[Counted] = &[
    Counted { label: m::figure_lines, meaning: m::figure_lines_meaning, read: |t| grouped(t.lines) },
    Counted { label: m::figure_calls, meaning: m::figure_calls_meaning, read: |t| per(t.calls_per_line()) },
    // Down with the arguments, up with the result.
    Counted {
        label: m::figure_crossings,
        meaning: m::figure_crossings_meaning,
        read: |t| per(t.calls_per_line().map(|calls| calls * 2.0)),
    },
    Counted { label: m::figure_bytes, meaning: m::figure_bytes_meaning, read: |t| per(t.bytes_per_line()) },
    Counted {
        label: m::figure_scanned,
        meaning: m::figure_scanned_meaning,
        read: |t| per(t.scanned_per_line()),
    },
    Counted { label: m::figure_wakeups, meaning: m::figure_wakeups_meaning, read: |t| grouped(t.wakeups) },
    Counted { label: m::figure_idle, meaning: m::figure_idle_meaning, read: |t| grouped(t.wakeups_idle) },
    Counted { label: m::figure_eagain, meaning: m::figure_eagain_meaning, read: |t| grouped(t.eagain) },
    Counted { label: m::figure_switches, meaning: m::figure_switches_meaning, read: |t| grouped(t.switches) },
    Counted {
        label: m::figure_p50,
        meaning: m::figure_p50_meaning,
        read: |t| t.latency.quantile(0.5).map_or_else(dash, bound),
    },
    Counted {
        label: m::figure_p99,
        meaning: m::figure_p99_meaning,
        read: |t| t.latency.quantile(0.99).map_or_else(dash, bound),
    },
];

/// All figures at an instant; `span` is what was counted in the chosen stretch of time.
pub fn figures(world: &World, span: Option<&Tally>) -> Vec<Figure> {
    let counted = COUNTED.iter().map(|one| Figure {
        label: (one.label)(),
        value: (one.read)(&world.tally),
        span: span.map(one.read),
        meaning: (one.meaning)(),
    });
    let state = |label, value, meaning| Figure { label, value, span: None, meaning };
    let (per_connection, together) = held(world);
    let states = [
        state(m::figure_held(), per_connection, m::figure_held_meaning()),
        state(m::figure_memory(), together, m::figure_memory_meaning()),
    ];
    // Most programs throw nothing away, and then there is nothing to be said of it.
    let lost = (world.tally.lost > 0).then(|| Figure {
        label: m::figure_lost(),
        value: grouped(world.tally.lost),
        span: span.map(|tally| grouped(tally.lost)),
        meaning: m::figure_lost_meaning(),
    });
    counted.chain(lost).chain(states).collect()
}

fn dash() -> String {
    "–".to_owned()
}

fn per(count: Option<f64>) -> String {
    count.map_or_else(dash, figure)
}

/// What the program holds for a connection, and what all buffers hold together: those of the program and, where
/// that is known, of the kernel.
fn held(world: &World) -> (String, String) {
    let streams = world.files.values().filter_map(|file| match &file.kind {
        FileKind::Stream(stream) if !file.names.is_empty() => Some(stream),
        _ => None,
    });
    let (mut count, mut own, mut together) = (0u64, 0u64, 0u64);
    for stream in streams {
        count += 1;
        own += stream.program.level;
        together += stream.program.level + stream.recv.level + stream.send.level;
    }
    match count {
        0 => (dash(), dash()),
        _ => (figure(own as f64 / count as f64), m::figure_of_bytes(grouped(together))),
    }
}

#[cfg(test)]
mod tests {
    use loopscope_shared::world::Work;

    use super::*;

    fn value(world: &World, label: &str) -> Figure {
        figures(world, Some(&Tally::default())).into_iter().find(|one| one.label == label).unwrap()
    }

    #[test]
    fn before_the_first_line_there_is_nothing_to_divide_by() {
        let figures = figures(&World::new(), None);
        assert_eq!(figures[0].value, "0");
        assert!(figures.iter().filter(|figure| figure.label.ends_with("/line")).all(|one| one.value == "–"));
    }

    #[test]
    fn costs_are_divided_by_the_lines() {
        let mut world = World::new();
        (world.tally.lines, world.tally.lines_told) = (4, 4);
        world.tally.before_lines = Work { calls: 300, scanned: 90_000, ..Work::default() };
        world.tally.answered = Work { calls: 317, scanned: 100_000, ..Work::default() };
        assert_eq!(value(&world, "system calls/line").value, "4.2");
        assert_eq!(value(&world, "crossings/line").value, "8.5");
        assert_eq!(value(&world, "scanned/line").value, "2\u{202f}500");
    }

    #[test]
    fn a_chosen_stretch_has_its_own_figures() {
        let mut world = World::new();
        (world.tally.lines, world.tally.answered.calls) = (4, 17);
        let mut before = Tally::default();
        (before.lines, before.calls) = (2, 7);
        let span = world.tally.since(&before);
        let figures = figures(&world, Some(&span));
        assert_eq!((figures[0].value.as_str(), figures[0].span.as_deref()), ("4", Some("2")));
        assert_eq!(figures[1].span.as_deref(), Some("5.0"));
        assert_eq!(figures.last().unwrap().span, None, "what buffers hold is a state, and of an instant");
    }
}
