//! Units: in a scenario's file a span is a number of microseconds, and its name ends in `_us`.
//!
//! A whole number is written as one, anything finer with up to three decimals. In a form that nobody reads
//! (postcard) a span is its nanoseconds.

use std::fmt;

use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use crate::time::Nanos;

/// The longest span that a file can name: some 146 years in microseconds, beyond which a number with a
/// fraction would no longer be exact to the nanosecond.
const MICROS_MAX: u64 = (1 << 62) / 1_000;

/// Writes a span.
pub(super) fn serialize<S: Serializer>(span: &Nanos, out: S) -> Result<S::Ok, S::Error> {
    if !out.is_human_readable() {
        return span.serialize(out);
    }
    match span.0 % 1_000 {
        0 => out.serialize_u64(span.0 / 1_000),
        _ => out.serialize_f64(span.0 as f64 / 1e3),
    }
}

/// Reads a span.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Nanos, D::Error> {
    match input.is_human_readable() {
        true => input.deserialize_any(Micros),
        false => Nanos::deserialize(input),
    }
}

/// A span that need not be said.
pub(super) mod optional {
    use super::*;

    /// Writes a span, if there is one.
    pub(in super::super) fn serialize<S: Serializer>(
        span: &Option<Nanos>,
        out: S,
    ) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Some_<'a>(#[serde(with = "super")] &'a Nanos);
        span.as_ref().map(Some_).serialize(out)
    }

    /// Reads a span, if there is one.
    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Option<Nanos>, D::Error> {
        #[derive(Deserialize)]
        struct Some_(#[serde(with = "super")] Nanos);
        Ok(Option::<Some_>::deserialize(input)?.map(|span| span.0))
    }
}

struct Micros;

impl Visitor<'_> for Micros {
    type Value = Nanos;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a number of microseconds, from 0 to {MICROS_MAX}")
    }

    fn visit_u64<E: Error>(self, micros: u64) -> Result<Nanos, E> {
        match micros <= MICROS_MAX {
            true => Ok(Nanos::from_micros(micros)),
            false => Err(E::invalid_value(Unexpected::Unsigned(micros), &self)),
        }
    }

    fn visit_i64<E: Error>(self, micros: i64) -> Result<Nanos, E> {
        match u64::try_from(micros) {
            Ok(micros) => self.visit_u64(micros),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(micros), &self)),
        }
    }

    fn visit_f64<E: Error>(self, micros: f64) -> Result<Nanos, E> {
        // NaN is in no range.
        match (0.0..=MICROS_MAX as f64).contains(&micros) {
            true => Ok(Nanos((micros * 1e3).round() as u64)),
            false => Err(E::invalid_value(Unexpected::Float(micros), &self)),
        }
    }
}
