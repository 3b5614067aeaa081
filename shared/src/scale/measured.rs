//! What lines cost on a real kernel, as `loopscope scale` measures it, and the text in which it is kept.
//!
//! The text is comma-separated values (RFC 4180), with what was measured where in lines that begin with `#`:
//! programs for tables read it, and so do `loopscope serve --measured` and the page.

use std::fmt::Write as _;
use std::str::FromStr;

use serde::Serialize;

use super::{Point, Talk};
use crate::servers::Program;
use crate::time::Nanos;

/// What the first line of the text begins with, before the version of the program that wrote it.
const FIRST: &str = "# loopscope scale ";

/// The columns. Times are in nanoseconds; all but the last are for all lines of a row together.
const COLUMNS: &str = "server,talk,connections,lines,cpu_ns,calls,scanned,bytes,p99_ns";

/// What was measured, and on what.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Measured {
    /// The version of the program that measured.
    pub version: String,
    /// The kernel and the processor, in words.
    pub machine: String,
    /// How many rounds the times are medians of.
    pub rounds: u32,
    /// The points.
    pub points: Vec<MeasuredPoint>,
}

/// A point, and whose it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeasuredPoint {
    /// The program.
    #[serde(serialize_with = "by_name")]
    pub program: Program,
    /// Who talked.
    pub talk: Talk,
    /// The costs.
    #[serde(flatten)]
    pub point: Point,
}

/// A text that is not of this form, and the first of its lines that is not; 0 if it is none of ours at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotMeasured(pub usize);

fn by_name<S: serde::Serializer>(program: &Program, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(program.name())
}

impl Measured {
    /// The text.
    pub fn text(&self) -> String {
        let Self { version, machine, rounds, points } = self;
        let mut text = format!("{FIRST}{version}\n# machine: {machine}\n# rounds: {rounds}\n{COLUMNS}\n");
        for MeasuredPoint { program, talk, point } in points {
            let Point { connections, lines, cpu, calls, scanned, bytes, p99 } = point;
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{},{},{connections},{lines},{},{calls},{scanned},{bytes},{}",
                program.name(),
                talk.name(),
                cpu.0,
                p99.0
            );
        }
        text
    }
}

impl FromStr for Measured {
    type Err = NotMeasured;

    /// Reads the text. Lines with `#` that say something else are for people, and servers that are not known are
    /// of a later version: both are passed over.
    fn from_str(text: &str) -> Result<Self, NotMeasured> {
        let version = text.strip_prefix(FIRST).and_then(|rest| rest.lines().next()).ok_or(NotMeasured(0))?;
        let mut measured = Self { version: version.to_owned(), ..Self::default() };
        for (index, line) in text.lines().enumerate() {
            if let Some(said) = line.strip_prefix("# machine: ") {
                said.clone_into(&mut measured.machine);
            } else if let Some(said) = line.strip_prefix("# rounds: ") {
                measured.rounds = said.parse().map_err(|_| NotMeasured(index + 1))?;
            } else if !line.is_empty() && !line.starts_with('#') && line != COLUMNS {
                measured.points.extend(point(line).ok_or(NotMeasured(index + 1))?);
            }
        }
        Ok(measured)
    }
}

/// The point of a row; nothing within if its server is not known, nothing at all if it is no row.
fn point(row: &str) -> Option<Option<MeasuredPoint>> {
    let (server, rest) = row.split_once(',')?;
    let (talk, rest) = rest.split_once(',')?;
    let talk = talk.parse().ok()?;
    let mut numbers = [0; 7];
    let mut cells = rest.split(',');
    for number in &mut numbers {
        *number = cells.next()?.parse::<u64>().ok()?;
    }
    let [connections, lines, cpu, calls, scanned, bytes, p99] = numbers;
    let connections = u32::try_from(connections).ok().filter(|count| *count > 0)?;
    let point = Point { connections, lines, cpu: Nanos(cpu), calls, scanned, bytes, p99: Nanos(p99) };
    let known = || Program::named(server).map(|program| MeasuredPoint { program, talk, point });
    (cells.next().is_none() && lines > 0).then(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured() -> Measured {
        let point = |connections| Point {
            connections,
            lines: 50,
            cpu: Nanos(1_000_000),
            calls: 150,
            scanned: 50,
            bytes: 4_000,
            p99: Nanos(90_000),
        };
        let of = |program, connections| MeasuredPoint { program, talk: Talk::One, point: point(connections) };
        Measured {
            version: "0.1.0".to_owned(),
            machine: "Linux 6.1; a CPU, or two; 2 CPUs".to_owned(),
            rounds: 3,
            points: vec![of(Program::Select, 1), of(Program::Epoll, 1_000)],
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = measured().text();
        assert_eq!(text.parse(), Ok(measured()));
        assert_eq!(text.replace('\n', "\r\n").parse(), Ok(measured()), "as other systems end lines");
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        assert_eq!("a,b,c\n1,2,3\n".parse::<Measured>(), Err(NotMeasured(0)));
        let text = measured().text();
        for (from, to) in
            [("select,one,1,", "select,one,0,"), (",150,", ",many,"), ("select,one", "select,two")]
        {
            assert_eq!(text.replacen(from, to, 1).parse::<Measured>(), Err(NotMeasured(5)), "{to}");
        }
        let cut = text.trim_end().rsplit_once(',').unwrap().0;
        assert_eq!(cut.parse::<Measured>(), Err(NotMeasured(6)), "cut off in the middle of a row");
    }

    #[test]
    fn a_server_of_a_later_version_is_passed_over() {
        let text = measured().text().replace("epoll,", "novel,");
        let read: Measured = text.parse().unwrap();
        assert_eq!(read.points, measured().points[..1]);
    }
}
