//! The fields of a scenario beside its clients: network, buffers, machine.

use crate::model::text::decimal;
use loopscope_shared::language::grouped;
use loopscope_shared::scenario::{CPUS_MAX, SPAN_MAX, Scenario};
use loopscope_shared::time::Nanos;

use crate::messages as m;

/// A part of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What lies between clients and server.
    Network,
    /// What the kernel holds.
    Buffers,
    /// What the server runs on, and what its system allows it.
    Machine,
}

impl Section {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Network, Self::Buffers, Self::Machine];

    /// What it is called.
    pub fn label(self) -> &'static str {
        match self {
            Self::Network => m::editor_network(),
            Self::Buffers => m::editor_buffers(),
            Self::Machine => m::editor_machine(),
        }
    }
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Microseconds, with a fraction if need be.
    Micros,
    /// Bytes.
    Bytes,
    /// Bytes a second; nothing is as many as there are.
    Rate,
    /// Things.
    Count,
}

impl Unit {
    /// How it is written behind the field.
    pub fn text(self) -> &'static str {
        match self {
            Self::Micros => "µs",
            Self::Bytes => m::editor_bytes(),
            Self::Rate => m::editor_rate(),
            Self::Count => "",
        }
    }
}

/// A field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in a scenario's file.
    pub key: &'static str,
    /// Where it stands.
    pub section: Section,
    /// What it is called.
    pub label: fn() -> &'static str,
    /// What it is.
    pub what: fn() -> &'static str,
    /// What it counts.
    pub unit: Unit,
    /// The least that works.
    pub least: u64,
    /// The most, and the name of that limit, if there is one below what can be written.
    pub most: Option<(u64, &'static str)>,
    /// What stands in it for a scenario.
    pub get: fn(&Scenario) -> String,
    /// Sets it, or says what is wrong.
    pub set: fn(&mut Scenario, &str) -> Result<(), String>,
}

/// A span, as it is written in a file.
pub(super) fn micros_text(span: Nanos) -> String {
    match span.0 % 1_000 {
        0 => (span.0 / 1_000).to_string(),
        rest => format!("{}.{}", span.0 / 1_000, format!("{rest:03}").trim_end_matches('0')),
    }
}

/// Reads a span.
pub(super) fn micros(text: &str) -> Result<Nanos, String> {
    let read = decimal(text.trim());
    // Beyond some hundred years it would be no whole number of nanoseconds any more.
    let micros = read.filter(|micros| (0.0..=4e15).contains(micros));
    micros.map(|micros| Nanos((micros * 1e3).round() as u64)).ok_or_else(|| m::editor_no_span(text))
}

/// Reads a number.
pub(super) fn count(text: &str) -> Result<u32, String> {
    text.trim().parse().map_err(|_| m::editor_no_number(text))
}

/// Reads a number that need not be there.
pub(super) fn optional(text: &str) -> Result<Option<u64>, String> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| m::editor_no_number(text)),
    }
}

/// A number that need not be there, as text.
pub(super) fn optional_text(number: Option<u64>) -> String {
    number.map_or_else(String::new, |number| number.to_string())
}

/// The longest span, in microseconds.
const SPAN: Option<(u64, &str)> = Some((SPAN_MAX.0 / 1_000, "SPAN_MAX"));

/// What a field allows, in words.
pub fn limits_text(field: &Field) -> String {
    let least = grouped(field.least);
    let text = match field.most {
        Some((most, name)) => m::editor_limits(least, grouped(most), name),
        None => m::editor_least(least),
    };
    match field.unit {
        Unit::Rate => format!("{text} {}", m::editor_or_none()),
        _ => text,
    }
}

macro_rules! field {
    ($key:literal, $section:ident, $unit:ident, $least:expr, $most:expr, $label:ident, $what:ident,
     $($path:ident).+, $get:expr, $read:expr) => {
        Field {
            key: $key,
            section: Section::$section,
            label: m::$label,
            what: m::$what,
            unit: Unit::$unit,
            least: $least,
            most: $most,
            get: |scenario| $get(scenario.$($path).+),
            set: |scenario, text| {
                scenario.$($path).+ = $read(text)?;
                Ok(())
            },
        }
    };
}

fn number_text(number: u32) -> String {
    number.to_string()
}

/// All fields, in the order of the form.
pub const FIELDS: &[Field] = &[
    field!(
        "network.latency_us",
        Network,
        Micros,
        0,
        SPAN,
        editor_latency,
        editor_latency_what,
        network.latency,
        micros_text,
        micros
    ),
    field!(
        "network.bandwidth_bytes_per_s",
        Network,
        Rate,
        1,
        None,
        editor_bandwidth,
        editor_bandwidth_what,
        network.bandwidth,
        optional_text,
        optional
    ),
    field!(
        "network.segment_bytes",
        Network,
        Bytes,
        1,
        None,
        editor_segment,
        editor_segment_what,
        network.segment,
        number_text,
        count
    ),
    field!(
        "network.delayed_ack_us",
        Network,
        Micros,
        0,
        SPAN,
        editor_ack,
        editor_ack_what,
        network.delayed_ack,
        micros_text,
        micros
    ),
    field!(
        "network.syn_retry_us",
        Network,
        Micros,
        1,
        SPAN,
        editor_syn,
        editor_syn_what,
        network.syn_retry,
        micros_text,
        micros
    ),
    field!(
        "network.recv_buffer_bytes",
        Buffers,
        Bytes,
        1,
        None,
        editor_recv,
        editor_recv_what,
        network.recv_buffer,
        number_text,
        count
    ),
    field!(
        "network.send_buffer_bytes",
        Buffers,
        Bytes,
        1,
        None,
        editor_send,
        editor_send_what,
        network.send_buffer,
        number_text,
        count
    ),
    field!(
        "network.backlog",
        Buffers,
        Count,
        0,
        None,
        editor_backlog,
        editor_backlog_what,
        network.backlog,
        number_text,
        count
    ),
    field!(
        "machine.cpus",
        Machine,
        Count,
        1,
        Some((CPUS_MAX as u64, "CPUS_MAX")),
        editor_cpus,
        editor_cpus_what,
        machine.cpus,
        number_text,
        count
    ),
    field!(
        "machine.time_slice_us",
        Machine,
        Micros,
        1,
        SPAN,
        editor_slice,
        editor_slice_what,
        machine.time_slice,
        micros_text,
        micros
    ),
    field!(
        "machine.descriptors_max",
        Machine,
        Count,
        5,
        None,
        editor_descriptors,
        editor_descriptors_what,
        machine.descriptors_max,
        number_text,
        count
    ),
    field!(
        "machine.tasks_max",
        Machine,
        Count,
        1,
        None,
        editor_tasks,
        editor_tasks_what,
        machine.tasks_max,
        number_text,
        count
    ),
];
