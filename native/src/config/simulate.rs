//! What is meant by `loopscope sim` and `loopscope scenarios`.

use std::path::PathBuf;

use loopscope_shared::scenario::Scenario;

use crate::cli::{CalibrateArgs, ScenariosArgs, SimArgs};
use crate::config::Misuse;
use crate::scenarios;
use crate::simulate::Simulate;

/// How many rounds are measured unless told otherwise: enough for quartiles that stay where they are, few
/// enough for some seconds.
pub const CALIBRATION_ROUNDS: u32 = 41;

/// A calibration.
#[derive(Clone, Debug)]
pub struct Calibrate {
    /// How many rounds are measured.
    pub rounds: u32,
    /// Where the profile goes, if not to standard output.
    pub out: Option<PathBuf>,
    /// Whether it is written as JSON.
    pub json: bool,
}

/// What `loopscope calibrate` means.
///
/// # Errors
/// If this is not Linux.
pub fn calibrate(args: CalibrateArgs) -> Result<Calibrate, Misuse> {
    if !cfg!(target_os = "linux") {
        return Err(Misuse("calibrate measures what Linux does, and this is another system".to_owned()));
    }
    let CalibrateArgs { rounds, out, json } = args;
    Ok(Calibrate { rounds, out, json })
}

/// What `loopscope sim` means.
///
/// # Errors
/// If there is no such scenario, its file says something wrong, or no program was named and it names none.
pub fn simulate(args: SimArgs) -> Result<Simulate, Misuse> {
    let mut scenario = scenarios::load(&args.scenario).map_err(Misuse)?;
    scenario.seed = args.seed.unwrap_or(scenario.seed);
    let stopped = args.until.is_some();
    scenario.until = args.until.or(scenario.until);
    if let Some(path) = &args.costs {
        scenario.machine.costs = scenarios::costs(path).map_err(Misuse)?;
    }
    let program = args.server.or_else(|| scenario.usual_program()).ok_or_else(|| {
        Misuse(format!("the scenario {} names no program: say which with --server", scenario.name))
    })?;
    let mut settings = args.settings.over(program, scenario.settings.clone())?;
    settings.url = args.url.clone().unwrap_or(settings.url);
    settings.check().map_err(|error| Misuse(error.of_option()))?;
    let SimArgs { events_max, record, json, findings, .. } = args;
    Ok(Simulate { program, settings, scenario, stopped, events_max, record, json, findings })
}

/// What `loopscope scenarios` means: which scenario, if one.
///
/// # Errors
/// If there is no such scenario, or its file says something wrong.
pub fn scenario(args: &ScenariosArgs) -> Result<Option<Scenario>, Misuse> {
    args.scenario.as_deref().map(scenarios::load).transpose().map_err(Misuse)
}
