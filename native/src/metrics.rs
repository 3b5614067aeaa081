//! The figures of the gateway and its server, in Prometheus' text format, version 0.0.4.
//!
//! What the server counts is counted where it happens and is exact even when events are lost. It counts only
//! while it tells: at the level `off` nothing is counted, since off is to cost nothing. Its counts come to the
//! gateway ten times a second, so those of the last moment before it is killed are lost. Every figure says what
//! it is in its `HELP` line.

use std::fmt::Write as _;

use loopscope_shared::servers::Program;

use crate::totals::{BOUNDS_NS, CALLS, Count, Outcome, Span, Totals};

/// The type of the text, as Prometheus asks for it.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4";

/// All there is to tell.
#[derive(Clone, Debug)]
pub struct Figures {
    /// What the servers counted, all since the gateway began.
    pub totals: Totals,
    /// Connections that the server has now, as the picture shows them.
    pub open: u64,
    /// Connections that were closed, as the picture shows them.
    pub closed: u64,
    /// Which program is to run.
    pub program: Program,
    /// Whether it does.
    pub up: bool,
    /// How often a server that had ended by itself was started again.
    pub restarts: u64,
    /// How often one took another's place, as asked.
    pub switches: u64,
    /// Who looks.
    pub viewers: u64,
}

/// What holds of everything that the server counts.
pub(crate) const WHILE_TOLD: &str = "counted by the server itself while its level is not off";

/// The counts, with their names and what they say.
pub(crate) const COUNTS: [(Count, &str, &str); 9] = [
    (Count::Accepted, "connections_accepted_total", "Connections that were accepted"),
    (Count::Refused, "accepts_refused_total", "Calls of accept that failed for want of descriptors (EMFILE)"),
    (Count::Received, "received_bytes_total", "Bytes received from clients"),
    (Count::Sent, "sent_bytes_total", "Bytes sent to clients"),
    (Count::Lines, "lines_total", "Lines answered"),
    (Count::Wakeups, "wakeups_total", "Waits for readiness that returned"),
    (Count::WakeupsIdle, "wakeups_idle_total", "Wake-ups that led to no read, no send and no accept"),
    (Count::Told, "events_told_total", "Events that went on their way to the gateway"),
    (Count::Dropped, "events_dropped_total", "Events for which the ring had no room"),
];

/// The histograms.
pub(crate) const SPANS: [(Span, &str, &str); 2] = [
    (Span::Turn, "loop_turn_seconds", "From the return of a wait until the task waits again"),
    (
        Span::Latency,
        "line_latency_seconds",
        "From the call that brought the oldest unanswered line of a connection until send took the answer",
    ),
];

/// What `server_up` says.
pub(crate) const UP: &str = "Whether the server runs, and which program it is";

/// A figure that the gateway itself knows.
pub(crate) struct Single {
    pub(crate) name: &'static str,
    pub(crate) value: u64,
    /// It only grows: a counter, and no gauge.
    pub(crate) grows: bool,
    pub(crate) help: &'static str,
}

impl Figures {
    /// What the gateway itself knows, but for whether the server runs.
    pub(crate) fn singles(&self) -> [Single; 5] {
        let gauge = |name, value, help| Single { name, value, grows: false, help };
        let counter = |name, value, help| Single { name, value, grows: true, help };
        let (closed, open) = (
            "Connections closed, as the picture shows them",
            "Connections of the server, as the picture shows them",
        );
        [
            gauge("connections_open", self.open, open),
            gauge("viewers", self.viewers, "Pages that look at the server"),
            counter(
                "server_restarts_total",
                self.restarts,
                "Servers that ended by themselves and were started again",
            ),
            counter(
                "server_switches_total",
                self.switches,
                "Servers that another took the place of, as asked",
            ),
            counter("connections_closed_total", self.closed, closed),
        ]
    }

    /// The text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let totals = &self.totals;
        let up = format!("server_up{{program=\"{}\"}}", self.program.name());
        figure(&mut text, &up, u64::from(self.up), "gauge", UP);
        for Single { name, value, grows, help } in self.singles() {
            figure(&mut text, name, value, if grows { "counter" } else { "gauge" }, help);
        }
        for (count, name, help) in COUNTS {
            figure(&mut text, name, totals.count(count), "counter", &format!("{help}; {WHILE_TOLD}"));
        }
        calls(&mut text, totals);
        for (span, name, help) in SPANS {
            histogram(&mut text, totals, span, name, help);
        }
        text
    }
}

/// One figure; its name may have labels.
fn figure(text: &mut String, name: &str, value: u64, kind: &str, help: &str) {
    head(text, name.split('{').next().unwrap_or(name), kind, help);
    line(text, name, value);
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    // Writing into a String cannot fail.
    let _ = writeln!(text, "# HELP loopscope_{name} {help}.\n# TYPE loopscope_{name} {kind}");
}

fn line(text: &mut String, name: &str, value: impl std::fmt::Display) {
    let _ = writeln!(text, "loopscope_{name} {value}");
}

fn calls(text: &mut String, totals: &Totals) {
    head(text, "calls_total", "counter", &format!("System calls by their result; {WHILE_TOLD}"));
    for name in CALLS {
        for (outcome, result) in Outcome::ALL {
            let count = totals.calls(name, outcome);
            // A program makes few of all the calls there are.
            if count > 0 {
                line(text, &format!("calls_total{{name=\"{name}\",result=\"{result}\"}}"), count);
            }
        }
    }
}

fn histogram(text: &mut String, totals: &Totals, span: Span, name: &str, help: &str) {
    head(text, name, "histogram", &format!("{help}; {WHILE_TOLD}"));
    let mut below = 0;
    let ends = BOUNDS_NS.iter().map(|bound| (*bound as f64 / 1e9).to_string()).chain(["+Inf".to_owned()]);
    for (count, end) in totals.buckets(span).iter().zip(ends) {
        below += count;
        line(text, &format!("{name}_bucket{{le=\"{end}\"}}"), below);
    }
    line(text, &format!("{name}_sum"), totals.sum_ns(span) as f64 / 1e9);
    line(text, &format!("{name}_count"), below);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::totals::{CELLS, cell_of_call, cells_of_span};

    #[test]
    fn the_text_has_every_figure_with_its_help_and_type() {
        let [bucket, sum] = cells_of_span(Span::Latency, 30_000);
        let call = cell_of_call("recv", Outcome::Again);
        let value = |cell| match cell {
            _ if cell == bucket => 2,
            _ if cell == sum => 60_000,
            _ if cell == call => 7,
            _ => 0,
        };
        let figures = Figures {
            totals: Totals::of((0..CELLS).map(value)),
            open: 4,
            closed: 5,
            program: Program::Mio,
            up: true,
            restarts: 1,
            switches: 2,
            viewers: 3,
        };
        let text = figures.text();
        for expected in [
            "# TYPE loopscope_server_up gauge\nloopscope_server_up{program=\"mio\"} 1\n",
            "loopscope_connections_open 4\n",
            "loopscope_calls_total{name=\"recv\",result=\"EAGAIN\"} 7\n",
            "loopscope_line_latency_seconds_bucket{le=\"0.00002\"} 0\n",
            "loopscope_line_latency_seconds_bucket{le=\"0.00005\"} 2\n",
            "loopscope_line_latency_seconds_bucket{le=\"+Inf\"} 2\n",
            "loopscope_line_latency_seconds_sum 0.00006\nloopscope_line_latency_seconds_count 2\n",
        ] {
            assert!(text.contains(expected), "{expected}\nis not in\n{text}");
        }
        let names: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# HELP ")).collect();
        assert_eq!(names.len(), 6 + COUNTS.len() + 1 + SPANS.len());
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (_, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }
}
