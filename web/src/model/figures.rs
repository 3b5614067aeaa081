//! The figures: what the work has cost so far, for each line that was answered.

use loopscope_shared::world::{FileKind, World};

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
    let latency = |part: f64| tally.latency.quantile(part).map_or_else(dash, bound);
    let one = |label, value, meaning| Figure { label, value, meaning };
    vec![
        one("lines answered", grouped(tally.lines), "Complete lines that went back to their clients."),
        one("system calls / line", per_line(tally.calls), "Every call is a crossing of the line, and back."),
        one(
            "bytes across / line",
            per_line(tally.bytes_down + tally.bytes_up),
            "Data, sets and events that crossed between program and kernel, both ways.",
        ),
        one(
            "scanned / line",
            per_line(tally.scanned),
            "Descriptor numbers that waits went through to find the ready ones.",
        ),
        one("wake-ups", grouped(tally.wakeups), "Waits that returned: turns of the loop."),
        one(
            "for nothing",
            grouped(tally.wakeups_idle),
            "Wake-ups that led to no read, no send and no accept.",
        ),
        one("EAGAIN", grouped(tally.eagain), "Calls that asked for what could not be done now."),
        one("p50", latency(0.5), "Half of the lines were answered within this time."),
        one("p99", latency(0.99), "All but one in a hundred lines were answered within this time."),
        one("bytes held / conn", held(world), "Received and not yet answered, in the program's own buffers."),
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
        world.tally.lines = 4;
        world.tally.calls = 17;
        world.tally.scanned = 10_000;
        let value = |label: &str| figures(&world).into_iter().find(|one| one.label == label).unwrap().value;
        assert_eq!(value("system calls / line"), "4.2");
        assert_eq!(value("scanned / line"), "2\u{202f}500");
    }
}
