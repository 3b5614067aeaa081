//! The figures of runs beside each other, with what is best and what is worst.

use loopscope_shared::time::Nanos;
use loopscope_shared::world::World;

use crate::messages as m;
use crate::model::text::{bound, figure, grouped};

/// What is to be said of a figure beside the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Nothing: they are all the same, or it has no value, or neither more nor less of it is better.
    None,
    /// It is the best.
    Best,
    /// It is so many times the best.
    Times(f64),
    /// It is so many times the best, and none is more.
    Worst(f64),
}

/// A figure of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Its value, or a dash where there is none yet.
    pub text: String,
    /// The same as a number.
    pub number: Option<f64>,
    /// How it stands.
    pub verdict: Verdict,
}

/// A figure of all runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it counts.
    pub label: &'static str,
    /// What it means, in a sentence.
    pub meaning: &'static str,
    /// Its values, in the order of the runs.
    pub cells: Vec<Cell>,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Whole,
    Figure,
    Span,
}

/// A figure: what it is called, what it means, and how it is read off a world.
struct Kind {
    label: fn() -> &'static str,
    meaning: fn() -> &'static str,
    /// Less of it is better. Of the others neither more nor less is: how far a run has come, say.
    cost: bool,
    form: Form,
    read: fn(&World) -> Option<f64>,
}

/// All figures, in the order of the table.
const KINDS: &[Kind] = &[
    Kind {
        label: m::figure_lines,
        meaning: m::figure_lines_meaning,
        cost: false,
        form: Form::Whole,
        read: |world| Some(world.tally.lines as f64),
    },
    Kind {
        label: m::figure_calls,
        meaning: m::figure_calls_meaning,
        cost: true,
        form: Form::Figure,
        read: |world| world.tally.calls_per_line(),
    },
    Kind {
        label: m::figure_bytes,
        meaning: m::figure_bytes_meaning,
        cost: true,
        form: Form::Figure,
        read: |world| world.tally.bytes_per_line(),
    },
    Kind {
        label: m::figure_scanned,
        meaning: m::figure_scanned_meaning,
        cost: true,
        form: Form::Figure,
        read: |world| world.tally.scanned_per_line(),
    },
    Kind {
        label: m::figure_wakeups,
        meaning: m::figure_wakeups_meaning,
        cost: false,
        form: Form::Whole,
        read: |world| Some(world.tally.wakeups as f64),
    },
    Kind {
        label: m::figure_idle,
        meaning: m::figure_idle_meaning,
        cost: true,
        form: Form::Whole,
        read: |world| Some(world.tally.wakeups_idle as f64),
    },
    Kind {
        label: m::figure_eagain,
        meaning: m::figure_eagain_meaning,
        cost: true,
        form: Form::Whole,
        read: |world| Some(world.tally.eagain as f64),
    },
    Kind {
        label: m::compare_switches,
        meaning: m::compare_switches_meaning,
        cost: false,
        form: Form::Whole,
        read: |world| Some(world.tally.switches as f64),
    },
    Kind {
        label: m::compare_tasks,
        meaning: m::compare_tasks_meaning,
        cost: true,
        form: Form::Whole,
        read: |world| Some((world.tally.forks + world.tally.threads) as f64),
    },
    Kind {
        label: m::figure_p50,
        meaning: m::figure_p50_meaning,
        cost: true,
        form: Form::Span,
        read: |world| span(world, 0.5),
    },
    Kind {
        label: m::figure_p99,
        meaning: m::figure_p99_meaning,
        cost: true,
        form: Form::Span,
        read: |world| span(world, 0.99),
    },
];

fn span(world: &World, part: f64) -> Option<f64> {
    world.tally.latency.quantile(part).map(|span| span.0 as f64)
}

/// The figures of runs beside each other; a run that is not there yet has none.
pub fn rows(worlds: &[Option<&World>]) -> Vec<Row> {
    let row = |kind: &Kind| {
        let numbers: Vec<Option<f64>> =
            worlds.iter().map(|world| world.and_then(|world| (kind.read)(world))).collect();
        let verdicts = if kind.cost { verdicts(&numbers) } else { vec![Verdict::None; numbers.len()] };
        let cells = numbers.iter().zip(verdicts).map(|(number, verdict)| {
            let text = number.map_or_else(|| "–".to_owned(), |number| written(number, kind.form));
            Cell { text, number: *number, verdict }
        });
        Row { label: (kind.label)(), meaning: (kind.meaning)(), cells: cells.collect() }
    };
    KINDS.iter().map(row).collect()
}

fn written(number: f64, form: Form) -> String {
    match form {
        Form::Whole => grouped(number as u64),
        Form::Figure => figure(number),
        Form::Span => bound(Nanos(number as u64)),
    }
}

/// Of costs: the least is the best.
fn verdicts(numbers: &[Option<f64>]) -> Vec<Verdict> {
    let known = || numbers.iter().flatten().copied();
    let (best, worst) = (known().fold(f64::INFINITY, f64::min), known().fold(0.0, f64::max));
    let verdict = |number: &Option<f64>| match *number {
        Some(_) if known().count() < 2 || best >= worst => Verdict::None,
        None => Verdict::None,
        Some(number) if number == best => Verdict::Best,
        Some(number) if number == worst => Verdict::Worst(number / best),
        Some(number) => Verdict::Times(number / best),
    };
    numbers.iter().map(verdict).collect()
}

/// The table as comma-separated values (RFC 4180): a figure a line, a run a column, numbers without units (spans
/// in nanoseconds).
pub fn csv(names: &[String], rows: &[Row]) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut text = quoted(m::compare_figure());
    for name in names {
        text.push(',');
        text.push_str(&quoted(name));
    }
    text.push_str("\r\n");
    for row in rows {
        text.push_str(&quoted(row.label));
        for cell in &row.cells {
            text.push(',');
            text.push_str(&cell.number.map_or_else(String::new, |number| number.to_string()));
        }
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(lines: u64, calls: u64) -> World {
        let mut world = World::new();
        (world.tally.lines, world.tally.answered.calls) = (lines, calls);
        world
    }

    fn cells(rows: &[Row], label: &str) -> Vec<Verdict> {
        let row = rows.iter().find(|row| row.label == label).unwrap();
        row.cells.iter().map(|cell| cell.verdict).collect()
    }

    #[test]
    fn the_best_and_the_worst_are_told_and_how_many_times() {
        let (a, b, c) = (world(10, 30), world(10, 120), world(5, 30));
        let rows = rows(&[Some(&a), Some(&b), Some(&c), None]);
        assert_eq!(
            cells(&rows, m::figure_calls()),
            [Verdict::Best, Verdict::Worst(4.0), Verdict::Times(2.0), Verdict::None]
        );
        assert_eq!(
            cells(&rows, m::figure_lines()),
            [Verdict::None; 4],
            "how far a run has come is no merit of it"
        );
        assert_eq!(cells(&rows, m::figure_eagain()), [Verdict::None; 4], "they are all the same");
        assert_eq!(cells(&rows, m::figure_p50()), [Verdict::None; 4], "nobody has one");
    }

    #[test]
    fn more_than_nothing_is_worse_beyond_all_number() {
        let (mut a, b) = (world(1, 1), world(1, 1));
        a.tally.eagain = 7;
        let rows = rows(&[Some(&a), Some(&b)]);
        assert_eq!(cells(&rows, m::figure_eagain()), [Verdict::Worst(f64::INFINITY), Verdict::Best]);
    }

    #[test]
    fn a_table_is_written_as_numbers() {
        let a = world(4, 10);
        let text = csv(&["select".into(), "a \"b\"".into()], &rows(&[Some(&a), None]));
        let mut lines = text.split("\r\n");
        assert_eq!(lines.next(), Some("\"figure\",\"select\",\"a \"\"b\"\"\""));
        assert_eq!(lines.next(), Some("\"lines answered\",4,"));
        assert_eq!(lines.next(), Some("\"system calls/line\",2.5,"));
    }
}
