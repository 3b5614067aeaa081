//! Groups of clients in the editor: how many, when they come, how they read, and what they do, a step a line.

use loopscope_shared::scenario::{ClientSpec, Step};

use super::fields::{count, micros, micros_text, optional, optional_text};
use crate::messages as m;

/// A field of a group.
#[derive(Clone, Copy, Debug)]
pub struct GroupField {
    /// Its name in a scenario's file.
    pub key: &'static str,
    /// What it is called.
    pub label: fn() -> &'static str,
    /// What it is, and its limit.
    pub what: fn() -> &'static str,
}

/// The fields of a group, in order.
pub const GROUP_FIELDS: &[GroupField] = &[
    GroupField { key: "count", label: m::editor_count, what: m::editor_count_what },
    GroupField { key: "start_us", label: m::editor_start, what: m::editor_start_what },
    GroupField { key: "stagger_us", label: m::editor_stagger, what: m::editor_stagger_what },
    GroupField { key: "jitter_us", label: m::editor_jitter, what: m::editor_jitter_what },
    GroupField { key: "reads_bytes_per_s", label: m::editor_reads, what: m::editor_reads_what },
    GroupField { key: "repeat", label: m::editor_repeat, what: m::editor_repeat_what },
];

/// A step that one click adds: what it is called, and its line.
pub type StepLine = (fn() -> &'static str, &'static str);

/// The steps that one click adds.
pub const STEPS: &[StepLine] = &[
    (m::editor_step_line, "send = \"hello\\n\""),
    (m::editor_step_lines, "send_lines = { lines = 10, bytes = 64 }"),
    (m::editor_step_await, "await"),
    (m::editor_step_think, "think_us = 200"),
    (m::editor_step_stop, "read = false"),
    (m::editor_step_read, "read = true"),
    (m::editor_step_half, "half_close"),
    (m::editor_step_close, "close"),
    (m::editor_step_reset, "reset"),
];

/// A group of clients that all do the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What stands in each of [`GROUP_FIELDS`].
    pub values: Vec<String>,
    /// Whether their small sends wait for the acknowledgement of the one before.
    pub nagle: bool,
    /// What they do, a step a line.
    pub steps: String,
}

impl Group {
    /// A group of a scenario.
    pub fn of(spec: &ClientSpec) -> Self {
        let values = vec![
            spec.count.to_string(),
            micros_text(spec.start),
            micros_text(spec.stagger),
            micros_text(spec.jitter),
            optional_text(spec.reads),
            spec.repeat.to_string(),
        ];
        let steps: Vec<String> = spec.steps.iter().map(Step::to_line).collect();
        Self { values, nagle: spec.nagle, steps: steps.join("\n") }
    }

    /// The clients that are meant.
    ///
    /// # Errors
    /// All that is wrong, each with the key of its field.
    pub fn read(&self) -> Result<ClientSpec, Vec<(&'static str, String)>> {
        let mut faults = Vec::new();
        let mut spec = ClientSpec { nagle: self.nagle, ..ClientSpec::default() };
        for (field, text) in GROUP_FIELDS.iter().zip(&self.values) {
            let read = match field.key {
                "count" => count(text).map(|count| spec.count = count),
                "start_us" => micros(text).map(|span| spec.start = span),
                "stagger_us" => micros(text).map(|span| spec.stagger = span),
                "jitter_us" => micros(text).map(|span| spec.jitter = span),
                "reads_bytes_per_s" => optional(text).map(|rate| spec.reads = rate),
                _ => count(text).map(|times| spec.repeat = times),
            };
            faults.extend(read.err().map(|text| (field.key, text)));
        }
        for (index, line) in self.steps.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match Step::from_line(line) {
                Ok(step) => spec.steps.push(step),
                Err(error) => {
                    // One is enough: what follows may be wrong because of it.
                    faults.push(("steps", m::editor_step_wrong((index + 1).to_string(), line.trim(), error)));
                    break;
                }
            }
        }
        if faults.is_empty() { Ok(spec) } else { Err(faults) }
    }

    /// Adds a step at the end.
    pub fn add_step(&mut self, line: &str) {
        if !self.steps.is_empty() && !self.steps.ends_with('\n') {
            self.steps.push('\n');
        }
        self.steps.push_str(line);
    }
}

/// A kind of client that one click adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupKind {
    /// Sends a line, waits for its answer, thinks, and so on.
    Talks,
    /// Many that come and say nothing.
    Silent,
    /// Sends much and reads little.
    SlowReader,
    /// Many at once.
    Burst,
    /// Sends, says that it will send no more, and reads on.
    HalfCloses,
    /// Sends and throws the connection away.
    Resets,
}

impl GroupKind {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Talks, Self::Silent, Self::SlowReader, Self::Burst, Self::HalfCloses, Self::Resets];

    /// What it is called.
    pub fn label(self) -> &'static str {
        match self {
            Self::Talks => m::editor_talks(),
            Self::Silent => m::editor_silent(),
            Self::SlowReader => m::editor_slow(),
            Self::Burst => m::editor_burst(),
            Self::HalfCloses => m::editor_half_closes(),
            Self::Resets => m::editor_resets(),
        }
    }

    /// A group of that kind, to be changed.
    pub fn group(self) -> Group {
        let (count, jitter, reads, repeat, steps) = match self {
            Self::Talks => ("1", "0", "", "10", "send = \"hello\\n\"\nawait\nthink_us = 200"),
            Self::Silent => ("100", "0", "", "1", ""),
            Self::SlowReader => ("1", "0", "20000", "1", "send_lines = { lines = 2000, bytes = 64 }\nawait"),
            Self::Burst => ("40", "30", "", "1", "send = \"ping\\n\"\nawait\nclose"),
            Self::HalfCloses => ("1", "0", "", "1", "send_lines = { lines = 3, bytes = 64 }\nhalf_close"),
            Self::Resets => ("1", "0", "", "1", "send = \"never mind\\n\"\nreset"),
        };
        let values = [count, "200", "5", jitter, reads, repeat].map(str::to_owned).to_vec();
        Group { values, nagle: false, steps: steps.to_owned() }
    }
}
