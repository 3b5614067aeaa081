//! What was read of logs, and what could not be.

use std::fmt;

use crate::event::Call;
use crate::sorted::{SortedMap, SortedSet};

use super::clock::Times;
use super::decode::Meant;
use super::line::{Parsed, Reason};
use super::value::{Value, find};

/// How many lines that cannot be read are named; the others are counted.
pub const UNREAD_MAX: usize = 1_000;

/// How many tasks are named; the others are counted.
const TASKS_NAMED: usize = 10;

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The log, by its place among those that were named.
    pub source: usize,
    /// The number of the line, from 1.
    pub line: u64,
    /// Why.
    pub reason: Reason,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The names of the logs.
    pub sources: Vec<String>,
    /// Lines in all logs.
    pub lines: u64,
    /// Calls that were made.
    pub calls: u64,
    /// Calls that have no form of their own here, by name.
    pub others: SortedMap<String, u64>,
    /// Signals.
    pub signals: u64,
    /// The tasks.
    pub tasks: SortedSet<u32>,
    /// The command line of the first program that is begun, each word a string.
    pub command: Vec<String>,
    /// How the logs tell the time: the best that a line has.
    pub times: Times,
    /// The instant that is 0, in nanoseconds since 1970, where that is known.
    pub began: Option<u64>,
    /// Whether lines say how long calls took (`-T`).
    pub durations: bool,
    /// Whether lines say what descriptors name (`-y`, `-yy`).
    pub labels: bool,
    /// Strings of which only the beginning was written (`-s`).
    pub cut_strings: u64,
    /// Lines that cannot be read, the first [`UNREAD_MAX`] of them.
    pub unread: Vec<Unread>,
    /// How many there are.
    pub unread_count: u64,
}

impl Report {
    pub(super) fn unread(&mut self, source: usize, line: u64, reason: Reason) {
        self.unread_count += 1;
        if self.unread.len() < UNREAD_MAX {
            self.unread.push(Unread { source, line, reason });
        }
    }

    /// Counts a call for the self.
    pub(super) fn made(&mut self, parsed: &Parsed<'_>, meant: &Meant) {
        self.calls += 1;
        self.durations |= parsed.took.is_some();
        self.labels |= parsed.args.iter().any(|argument| matches!(argument, Value::Number(_, Some(_))));
        self.cut_strings += u64::from(find(parsed.written, b"\"...").is_some());
        match meant.call {
            Call::Other { .. } => match self.others.get_mut(parsed.name) {
                Some(count) => *count += 1,
                None => {
                    self.others.insert(parsed.name.to_owned(), 1);
                }
            },
            Call::Exec if self.command.is_empty() => {
                let words = parsed.args.iter().find(|argument| !argument.items().is_empty());
                let words = words.map_or(&[][..], Value::items).iter();
                let words = words.filter_map(|word| word.text());
                self.command = words.map(|(word, _)| String::from_utf8_lossy(word).into_owned()).collect();
            }
            _ => {}
        }
    }

    /// What has been guessed, because the log does not say it; a sentence each.
    pub fn guessed(&self) -> Vec<&'static str> {
        let mut guessed = Vec::new();
        match self.times {
            Times::None => guessed
                .push("The log has no times (-ttt): its lines are put a microsecond apart, in their order."),
            Times::Relative | Times::Day | Times::Epoch => {}
        }
        if !self.durations && self.calls > 0 {
            guessed.push(
                "The log does not say how long calls took (-T): one that may sleep ends when the next line \
                 begins, any other at once.",
            );
        }
        if !self.labels && self.calls > 0 {
            guessed.push(
                "The log does not say what descriptors name (-yy): what was open before it began is known by its \
                 use only.",
            );
        }
        guessed
    }

    /// A line of the logs, by the log's name and its number.
    pub fn place(&self, unread: &Unread) -> String {
        let name = self.sources.get(unread.source).map_or("", String::as_str);
        format!("{name}:{}", unread.line)
    }
}

/// A few lines for a reader: what was read, what was guessed, what could not be read.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lines, calls, signals, .. } = self;
        writeln!(f, "{lines} lines: {calls} calls, {signals} signals, {} tasks", self.tasks.len())?;
        if !self.tasks.is_empty() {
            let named: Vec<String> = self.tasks.iter().take(TASKS_NAMED).map(u32::to_string).collect();
            let more = if self.tasks.len() > TASKS_NAMED { ", …" } else { "" };
            writeln!(f, "tasks: {}{more}", named.join(", "))?;
        }
        if !self.command.is_empty() {
            writeln!(f, "command: {}", self.command.join(" "))?;
        }
        if !self.others.is_empty() {
            let others: u64 = self.others.values().sum();
            let names: Vec<&str> = self.others.keys().map(String::as_str).collect();
            writeln!(f, "{others} calls are kept as they were written: {}", names.join(", "))?;
        }
        for guessed in self.guessed() {
            writeln!(f, "{guessed}")?;
        }
        for unread in &self.unread {
            writeln!(f, "{}: not read: {}", self.place(unread), unread.reason.text())?;
        }
        let named = self.unread.len() as u64;
        if self.unread_count > named {
            writeln!(f, "and {} more lines were not read", self.unread_count - named)?;
        }
        Ok(())
    }
}
