//! Scenarios by name and from files, and `loopscope scenarios`, which lists them.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use loopscope_shared::quirks::Quirks;
use loopscope_shared::scenario::{ClientSpec, Costs, HostSpec, PRESETS, Scenario, preset};
use loopscope_shared::servers::{NOT_OBSERVED, PROGRAMS, Program};
use serde::Serialize;
use toml::{Table, Value};

/// The largest file that is read as a scenario, in bytes. One that lists a step for each of its clients has
/// some kilobytes; this keeps a mistyped name of a large file from being read.
pub const FILE_MAX: u64 = 16 << 20;

/// The scenario of that name, or the one in that file (TOML, or JSON if its name ends in `.json`).
///
/// # Errors
/// If there is neither; what the file says wrongly, with its line and column; or which limit it goes beyond.
pub fn load(what: &str) -> Result<Scenario, String> {
    if let Some(scenario) = preset(what) {
        return Ok(scenario);
    }
    let path = Path::new(what);
    let ending = path.extension().and_then(|ending| ending.to_str());
    if !matches!(ending, Some("toml" | "json")) {
        return Err(format!(
            "there is no scenario `{what}`: there are {}, and files that end in .toml or .json \
             (`loopscope scenarios` describes them)",
            PRESETS.join(", ")
        ));
    }
    let size = std::fs::metadata(path).map_err(|error| format!("cannot read {what}: {error}"))?.len();
    if size > FILE_MAX {
        return Err(format!("{what} has {size} bytes: a scenario may have {FILE_MAX} (FILE_MAX)"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {what}: {error}"))?;
    let read = if ending == Some("json") { from_json(&text) } else { from_toml(&text) };
    let mut scenario = read.map_err(|error| format!("{what}: {error}"))?;
    scenario.check().map_err(|error| format!("{what}: {error}"))?;
    if scenario.name.is_empty() {
        scenario.name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    }
    Ok(scenario)
}

fn from_toml(text: &str) -> Result<Scenario, String> {
    toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())
}

fn from_json(text: &str) -> Result<Scenario, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// The profile of costs in that file, as `loopscope calibrate` writes it.
///
/// # Errors
/// If it cannot be read, or what it says wrongly, with its line and column.
pub fn costs(path: &Path) -> Result<Costs, String> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| format!("{}: {}", path.display(), error.to_string().trim_end()))
}

/// A scenario as a file that [`load`] reads, without what is as usual.
///
/// # Errors
/// None that is known: a scenario consists of what TOML can say.
pub fn to_toml(scenario: &Scenario) -> Result<String> {
    let mut table = table_of(scenario)?;
    strip(&mut table, &table_of(&Scenario::default())?);
    for (list, usual) in
        [("clients", table_of(&ClientSpec::default())?), ("hosts", table_of(&HostSpec::default())?)]
    {
        for item in table.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Value::Table(item) = item {
                strip(item, &usual);
            }
        }
    }
    let text = toml::to_string_pretty(&table)?;
    let flat = on_one_line(&text);
    let same = toml::from_str::<Table>(&flat).is_ok_and(|read| read == table);
    Ok(if same { flat } else { text })
}

/// Writes strings with line feeds in them on one line, `"Hello\n"`: here a line feed is a byte that is sent, and
/// not for the eye.
fn on_one_line(text: &str) -> String {
    let mut flat = String::with_capacity(text.len());
    for (index, part) in text.split("\"\"\"").enumerate() {
        match index % 2 {
            0 => flat.push_str(part),
            _ => {
                let content = part.strip_prefix('\n').unwrap_or(part);
                let content = content.replace('"', r#"\""#).replace('\n', r"\n");
                flat.push_str(&format!("\"{content}\""));
            }
        }
    }
    flat
}

fn table_of(value: &impl Serialize) -> Result<Table> {
    Table::try_from(value).context("it cannot be written as TOML")
}

/// Takes out of a table what is as in the other.
fn strip(table: &mut Table, usual: &Table) {
    table.retain(|key, value| {
        if let (Value::Table(inner), Some(Value::Table(usual))) = (&mut *value, usual.get(key)) {
            strip(inner, usual);
            return !inner.is_empty();
        }
        usual.get(key) != Some(value)
    });
}

/// What `loopscope scenarios --json` says of a preset.
#[derive(Debug, Serialize)]
struct Listed {
    name: String,
    title: String,
    look_for: String,
    program: Option<Program>,
    quirks: Quirks,
    suits: Vec<Program>,
}

/// Prints what presets there are; with a name, that scenario as a file to be changed.
///
/// # Errors
/// If standard output takes no more.
pub fn print(scenario: Option<&Scenario>, json: bool) -> Result<()> {
    let text = match (scenario, json) {
        (Some(scenario), true) => serde_json::to_string_pretty(scenario)? + "\n",
        (Some(scenario), false) => to_toml(scenario)?,
        (None, true) => serde_json::to_string_pretty(&presets().map(listed).collect::<Vec<_>>())? + "\n",
        (None, false) => presets().map(|scenario| described(&scenario)).collect::<String>() + &not_observed(),
    };
    io::stdout().lock().write_all(text.as_bytes()).context("cannot write to standard output")
}

/// Which programs are not as they were seen.
fn not_observed() -> String {
    let named = PROGRAMS.iter().filter(|entry| !entry.observed).map(|entry| entry.name);
    format!("\n{}: {NOT_OBSERVED}\n", named.collect::<Vec<_>>().join(", "))
}

fn presets() -> impl Iterator<Item = Scenario> {
    PRESETS.iter().filter_map(|name| preset(name))
}

fn listed(scenario: Scenario) -> Listed {
    let suits = scenario.programs().collect();
    let Scenario { name, title, look_for, program, settings, .. } = scenario;
    Listed { name, title, look_for, program, quirks: settings.quirks, suits }
}

fn described(scenario: &Scenario) -> String {
    let best = scenario.program.map_or_else(String::new, |program| format!("best with {}; ", program.name()));
    let quirks = scenario.settings.quirks;
    let mistakes =
        if quirks.is_empty() { String::new() } else { format!("makes mistakes on purpose: {quirks}; ") };
    let suits: Vec<&str> = scenario.programs().map(Program::name).collect();
    format!(
        "{:<18} {}\n{:<18} {}\n{:<18} {best}{mistakes}suits {}\n",
        scenario.name,
        scenario.title,
        "",
        scenario.look_for,
        "",
        suits.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use loopscope_shared::scenario::Step;

    use super::*;

    #[test]
    fn a_preset_comes_back_from_its_file_in_either_form() {
        for scenario in presets() {
            let toml = to_toml(&scenario).unwrap();
            assert_eq!(from_toml(&toml).as_ref(), Ok(&scenario), "{toml}");
            assert!(!toml.contains("\"\"\""), "{toml}");
            let json = serde_json::to_string_pretty(&scenario).unwrap();
            assert_eq!(from_json(&json).as_ref(), Ok(&scenario), "{json}");
            assert_eq!(scenario.check(), Ok(()));
        }
    }

    #[test]
    fn what_is_not_known_is_refused_with_its_place() {
        let unknown = from_toml("name = \"x\"\n\n[network]\nlatency_ms = 3\n").unwrap_err();
        for part in ["line 4", "column 1", "latency_ms", "latency_us"] {
            assert!(unknown.contains(part), "{unknown}");
        }
        let unknown = from_toml("[[clients]]\nsteps = [\"await\", { thinks_us = 3 }]\n").unwrap_err();
        assert!(unknown.contains("line 2") && unknown.contains("thinks_us"), "{unknown}");
        let unknown = from_json("{\n  \"clients\": [{\n    \"colour\": 1 }]\n}").unwrap_err();
        assert!(unknown.contains("line 3") && unknown.contains("colour"), "{unknown}");
        let negative = from_toml("[[clients]]\nstart_us = -1\n").unwrap_err();
        assert!(negative.contains("line 2") && negative.contains("microseconds"), "{negative}");
    }

    #[test]
    fn any_text_comes_back_from_its_file() {
        for text in ["a\n", "\n", "\"\n", "\"\"\"\n\"\"\"\"", "'''\n\"\"\"\n'''", "\\n\n", "\r\n\t\u{1}\n"] {
            let steps = vec![Step::Send(text.to_owned())];
            let clients = vec![ClientSpec { steps, ..ClientSpec::default() }];
            let scenario = Scenario { clients, ..Scenario::default() };
            let toml = to_toml(&scenario).unwrap();
            assert_eq!(from_toml(&toml), Ok(scenario), "{toml}");
        }
    }

    #[test]
    fn a_span_may_be_finer_than_its_unit() {
        let scenario = from_toml("until_us = 0.25\n[[clients]]\nstart_us = 1.5\n").unwrap();
        assert_eq!(scenario.clients[0].start.0, 1_500);
        assert_eq!(scenario.until.map(|until| until.0), Some(250));
    }
}
