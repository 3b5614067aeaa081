//! What is meant by `loopscope scale`, and by `loopscope serve --measured`.

use std::path::Path;

use loopscope_shared::scale::{self, Measured};

use super::Misuse;
#[cfg(target_os = "linux")]
use crate::{catalogue, cli::ScaleArgs, scale::Scale};

/// The most connections unless told otherwise: as many as `select` has room for, and more than its cost needs to be
/// seen.
pub const SCALE_CONNECTIONS: u32 = 1_000;

/// How many lines a round has unless told otherwise: some tenths of a second of them.
pub const SCALE_LINES: u32 = 200;

/// How many rounds are measured unless told otherwise: enough for a median.
pub const SCALE_ROUNDS: u32 = 3;

/// What `loopscope scale` means.
///
/// # Errors
/// If a server is named that does not run here or does not serve many at once.
#[cfg(target_os = "linux")]
pub fn scale(args: ScaleArgs) -> Result<Scale, Misuse> {
    let ScaleArgs { servers, talk, connections_max, lines, rounds, out, json } = args;
    let can: Vec<_> = scale::programs().filter(|program| catalogue::runs_here(*program)).collect();
    if let Some(cannot) = servers.iter().find(|program| !can.contains(program)) {
        let names: Vec<_> = can.iter().map(|program| program.name()).collect();
        return Err(Misuse(format!(
            "{} does not serve many at once on this system: choose of {}",
            cannot.name(),
            names.join(", ")
        )));
    }
    let servers = if servers.is_empty() { can } else { servers };
    Ok(Scale { servers, talks: talk, connections_max, lines, rounds, out, json })
}

/// What a file says that `loopscope scale` wrote, as it is.
///
/// # Errors
/// If it cannot be read, or is none.
pub fn measured(path: &Path) -> Result<String, Misuse> {
    let refused = |why: String| Misuse(format!("--measured {}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    match text.parse::<Measured>() {
        Ok(_) => Ok(text),
        Err(scale::NotMeasured(0)) => {
            Err(refused("this is not what `loopscope scale --out FILE` writes".to_owned()))
        }
        Err(scale::NotMeasured(line)) => Err(refused(format!("line {line} cannot be read"))),
    }
}
