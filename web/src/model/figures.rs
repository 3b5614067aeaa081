//! The figures: what the work has cost so far, for each line that was answered.

use loopscope_shared::world::{FileKind, World};

use crate::messages as m;
use crate::model::text::{bound, figure, grouped};

/// One figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What it counts, in two or three words.
    pub label: &'static str,
    /// Its value, or a dash where there is none yet.
    pub value: String,
    /// What it means, in a sentence.
    pub meaning: &'static str,
}

/// All figures at an instant.
pub fn figures(world: &World) -> Vec<Figure> {
    let tally = &world.tally;
    let per_line = |count: u64| tally.per_line(count).map_or_else(dash, figure);
    let per_line_told = |count: u64| tally.per_line_told(count).map_or_else(dash, figure);
    let latency = |part: f64| tally.latency.quantile(part).map_or_else(dash, bound);
    let one = |label, value, meaning| Figure { label, value, meaning };
    vec![
        one(m::figure_lines(), grouped(tally.lines), m::figure_lines_meaning()),
        one(m::figure_calls(), per_line(tally.calls), m::figure_calls_meaning()),
        one(m::figure_bytes(), per_line_told(tally.bytes_down + tally.bytes_up), m::figure_bytes_meaning()),
        one(m::figure_scanned(), per_line_told(tally.scanned), m::figure_scanned_meaning()),
        one(m::figure_wakeups(), grouped(tally.wakeups), m::figure_wakeups_meaning()),
        one(m::figure_idle(), grouped(tally.wakeups_idle), m::figure_idle_meaning()),
        one(m::figure_eagain(), grouped(tally.eagain), m::figure_eagain_meaning()),
        one(m::figure_p50(), latency(0.5), m::figure_p50_meaning()),
        one(m::figure_p99(), latency(0.99), m::figure_p99_meaning()),
        one(m::figure_held(), held(world), m::figure_held_meaning()),
    ]
}

fn dash() -> String {
    "–".to_owned()
}

fn held(world: &World) -> String {
    let streams = world.files.values().filter_map(|file| match &file.kind {
        FileKind::Stream(stream) if !file.names.is_empty() => Some(stream.program.level),
        _ => None,
    });
    let (count, bytes) = streams.fold((0u64, 0u64), |(count, bytes), level| (count + 1, bytes + level));
    if count == 0 { dash() } else { figure(bytes as f64 / count as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_the_first_line_there_is_nothing_to_divide_by() {
        let figures = figures(&World::new());
        assert_eq!(figures[0].value, "0");
        assert!(figures.iter().filter(|figure| figure.label.ends_with("line")).all(|one| one.value == "–"));
    }

    #[test]
    fn costs_are_divided_by_the_lines() {
        let mut world = World::new();
        (world.tally.lines, world.tally.lines_told) = (4, 4);
        world.tally.calls = 17;
        world.tally.scanned = 10_000;
        let value = |label: &str| figures(&world).into_iter().find(|one| one.label == label).unwrap().value;
        assert_eq!(value("system calls / line"), "4.2");
        assert_eq!(value("scanned / line"), "2\u{202f}500");
    }
}
