//! Findings as they are printed, for people and for programs.

use std::fmt::Write as _;

use anyhow::Result;
use loopscope_shared::event::Place;
use loopscope_shared::findings::{CATALOGUE, Entry, Evidence, Finding, Occurrence};
use loopscope_shared::servers::SOURCES;
use serde::Serialize;

/// The version of the JSON: it goes up when something in it changes its meaning.
const JSON_VERSION: u32 = 1;

/// What is printed as JSON.
#[derive(Serialize)]
struct Report<'a, T> {
    format: &'static str,
    version: u32,
    findings: &'a [T],
}

/// A finding with its words.
#[derive(Serialize)]
pub(super) struct Told {
    kind: &'static str,
    severity: &'static str,
    sentence: String,
    advice: &'static str,
    program: u32,
    name: String,
    line: Option<String>,
    count: u64,
    of: u64,
    percent: Option<u64>,
    tasks: u64,
    fds: u64,
    first: Time,
    worst: Time,
    last_ns: u64,
}

/// One time that it happened. Events are counted from 1, as everywhere where people read.
#[derive(Serialize)]
struct Time {
    event: u64,
    at_ns: u64,
    task: u32,
    fd: Option<i32>,
    other_fd: Option<i32>,
    weight: u64,
    calls: Vec<CallTold>,
}

#[derive(Serialize)]
struct CallTold {
    event: u64,
    at_ns: u64,
    task: u32,
    call: String,
    line: Option<String>,
}

/// An entry of the catalogue.
#[derive(Serialize)]
struct Listed {
    kind: &'static str,
    severity: &'static str,
    lesson: &'static str,
    advice: &'static str,
    needs: &'static str,
    min_count: u64,
    min_percent: u64,
}

/// A line of source, where it is known: `servers/epoll.rs:97`.
fn line(place: Place) -> Option<String> {
    let source = SOURCES.get(usize::from(place.source))?;
    Some(format!("{}:{}", source.name, place.line))
}

/// Findings with their words.
pub(super) fn told(found: &[Finding]) -> Vec<Told> {
    found.iter().map(tell).collect()
}

fn tell(finding: &Finding) -> Told {
    Told {
        kind: finding.kind.name(),
        severity: finding.severity.name(),
        sentence: finding.sentence(),
        advice: finding.kind.advice(),
        program: finding.program.0,
        name: finding.name.clone(),
        line: finding.place.and_then(line),
        count: finding.count,
        of: finding.of,
        percent: finding.percent(),
        tasks: finding.tasks,
        fds: finding.fds,
        first: time(&finding.first),
        worst: time(&finding.worst),
        last_ns: finding.last.0,
    }
}

fn time(occurrence: &Occurrence) -> Time {
    let call = |evidence: &Evidence| CallTold {
        event: evidence.seq.ordinal(),
        at_ns: evidence.at.0,
        task: evidence.task.0,
        call: evidence.text(),
        line: line(evidence.place),
    };
    Time {
        event: occurrence.seq.ordinal(),
        at_ns: occurrence.at.0,
        task: occurrence.task.0,
        fd: occurrence.fd.map(|fd| fd.0),
        other_fd: occurrence.other.map(|fd| fd.0),
        weight: occurrence.weight,
        calls: occurrence.evidence.iter().map(call).collect(),
    }
}

/// All of it as JSON.
pub(super) fn json(found: &[Finding]) -> Result<String> {
    let report = Report { format: "loopscope findings", version: JSON_VERSION, findings: &told(found) };
    Ok(serde_json::to_string_pretty(&report)? + "\n")
}

/// All of it for a person.
pub(super) fn plain(found: &[Finding]) -> String {
    let mut text = String::new();
    for finding in found {
        // A String takes everything.
        let _ = one(&mut text, finding);
    }
    if found.is_empty() {
        text.push_str("nothing was found\n");
    }
    text
}

fn one(text: &mut String, finding: &Finding) -> std::fmt::Result {
    writeln!(text, "{}: {} ({})", finding.severity.name(), finding.sentence(), finding.kind)?;
    let place = finding.place.and_then(line).map_or_else(String::new, |line| format!(", in {line}"));
    let (first, worst) = (&finding.first, &finding.worst);
    writeln!(text, "  first at {} (event {}){place}; worst:", first.at, first.seq.ordinal())?;
    for call in &worst.evidence {
        let (event, text_of) = (call.seq.ordinal(), call.text());
        writeln!(text, "    event {event}, {}, task {}: {text_of}", call.at, call.task)?;
    }
    writeln!(text, "  {}\n", finding.kind.advice())
}

/// What is looked for.
pub(super) fn catalogue(json: bool) -> Result<String> {
    let listed = |entry: &Entry| Listed {
        kind: entry.name,
        severity: entry.severity.name(),
        lesson: (entry.lesson)(),
        advice: (entry.advice)(),
        needs: (entry.needs)(),
        min_count: entry.min_count,
        min_percent: entry.min_percent,
    };
    if json {
        let all: Vec<Listed> = CATALOGUE.iter().map(listed).collect();
        let report =
            Report { format: "loopscope catalogue of findings", version: JSON_VERSION, findings: &all };
        return Ok(serde_json::to_string_pretty(&report)? + "\n");
    }
    let mut text = String::new();
    for entry in CATALOGUE {
        let Listed { kind, severity, lesson, needs, .. } = listed(entry);
        let _ = writeln!(text, "{kind:<18} {severity:<6} {lesson}\n{:<25} needs: {needs}", "");
    }
    Ok(text)
}
