//! Scenarios by name and from files, and `loopscope scenarios`, which lists them.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use loopscope_shared::quirks::Quirks;
use loopscope_shared::scenario::{Costs, PRESETS, Scenario, preset};
use loopscope_shared::servers::{NOT_OBSERVED, PROGRAMS, Program};
use serde::Serialize;

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
    let read = if ending == Some("json") { Scenario::from_json(&text) } else { Scenario::from_toml(&text) };
    let mut scenario = read.map_err(|error| format!("{what}: {error}"))?;
    scenario.check().map_err(|error| format!("{what}: {error}"))?;
    if scenario.name.is_empty() {
        scenario.name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    }
    Ok(scenario)
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
        (Some(scenario), false) => scenario.to_toml(),
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
