//! A run as fields of a link.

use std::rc::Rc;

use loopscope_shared::scenario::PRESETS;
use loopscope_shared::servers::Program;
use percent_encoding::{percent_decode_str, utf8_percent_encode};

use super::{ESCAPED, INJECTIONS_MAX, injection, own};
use crate::store::tuning::Tuning;
use crate::store::{Load, Run, default_scenario};

/// The name of a field, and what it says.
pub(super) type Field = (&'static str, String);

/// The fields of a run, without its program and without what is as usual.
pub(super) fn fields(run: &Run) -> Vec<Field> {
    let usual = default_scenario();
    let mut fields = Vec::new();
    if run.load.scenario != usual {
        fields.push(("scenario", run.load.scenario.clone()));
    }
    fields.extend(load_fields(&run.load));
    fields.extend(run.tuning.fields());
    fields
}

/// The fields of what a program meets, without the name of the preset.
fn load_fields(load: &Load) -> Vec<Field> {
    let mut fields = Vec::new();
    fields.extend(load.own.as_ref().map(|scenario| ("s", own::written(scenario))));
    fields.extend(load.seed.map(|seed| ("seed", seed.to_string())));
    fields.extend(load.injections.iter().map(|added| ("add", injection::written(added))));
    fields
}

/// A run beside the first: a link within the link, which says of what it meets only what differs from the first.
pub(super) fn beside(run: &Run, first: &Run) -> Field {
    let mut fields = Vec::new();
    if run.load != first.load {
        fields.push(("scenario", run.load.scenario.clone()));
        fields.extend(load_fields(&run.load));
    }
    fields.extend(run.tuning.fields());
    ("with", format!("{}{}", run.program.name(), query(&fields)))
}

/// Fields as the query of an address, with its question mark.
pub(super) fn query(fields: &[Field]) -> String {
    let mut query = String::new();
    for (index, (name, value)) in fields.iter().enumerate() {
        query.push(if index == 0 { '?' } else { '&' });
        query.push_str(&format!("{name}={}", utf8_percent_encode(value, ESCAPED)));
    }
    query
}

/// Reads a field into a run: `Some(false)` if it is none of a run's, `None` if it cannot be read.
pub(super) fn read(run: &mut Run, name: &str, value: &str) -> Option<bool> {
    match name {
        "scenario" if !PRESETS.contains(&value) => return None,
        "scenario" => value.clone_into(&mut run.load.scenario),
        "s" => run.load.own = Some(Rc::new(own::read(value)?)),
        "seed" => run.load.seed = Some(value.parse().ok()?),
        "add" if run.load.injections.len() >= INJECTIONS_MAX => return None,
        "add" => run.load.injections.push(injection::read(value)?),
        _ => return run.tuning.read(name, value),
    }
    Some(true)
}

/// Reads a run beside the first, of which all is `None` if anything in it cannot be read: it would be another.
pub(super) fn read_beside(text: &str, first: &Run) -> Option<Run> {
    let (program, query) = text.split_once('?').unwrap_or((text, ""));
    let mut run =
        Run { program: Program::named(program)?, tuning: Tuning::default(), load: first.load.clone() };
    for (name, value) in query.split('&').filter_map(|field| field.split_once('=')) {
        let value = percent_decode_str(value).decode_utf8_lossy();
        if name == "scenario" {
            run.load = Load::preset(String::new());
        }
        read(&mut run, name, &value)?;
    }
    Some(run)
}
