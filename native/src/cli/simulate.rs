//! What can be typed after `loopscope sim`, `loopscope scenarios` and `loopscope calibrate`.

use std::path::PathBuf;

use clap::Args;
use loopscope_shared::servers::Program;
use loopscope_shared::time::Nanos;

use crate::cli::program;
use crate::cli::settings::SettingsArgs;
use crate::{config, simulate};

/// `loopscope sim`.
#[derive(Debug, Args)]
pub struct SimArgs {
    /// The program; without it, the one that the scenario is best seen with
    #[arg(long, value_name = "NAME", value_parser = program)]
    pub server: Option<Program>,
    /// The scenario: a name (`loopscope scenarios` lists them), or a file that ends in .toml or .json
    #[arg(long, value_name = "NAME|FILE")]
    pub scenario: String,
    /// The seed, in place of the scenario's own
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// Where the run ends if something still happens then, such as 500us, 20ms or 3s of virtual time
    #[arg(long, value_name = "SPAN", value_parser = span)]
    pub until: Option<Nanos>,
    /// After how many events it ends at the latest
    #[arg(long, value_name = "COUNT", default_value_t = simulate::EVENTS_MAX)]
    pub events_max: u64,
    /// A profile of costs in place of the scenario's own: `loopscope calibrate` writes one
    #[arg(long, value_name = "FILE")]
    pub costs: Option<PathBuf>,
    /// What `client` asks for, in place of what the scenario says: `http://host[:port][/path]`
    #[arg(long)]
    pub url: Option<String>,
    /// Write a trace of the run to this file
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Print the figures as JSON
    #[arg(long)]
    pub json: bool,
    /// Look for well-known trouble, and print what was found (`loopscope findings --list`)
    #[arg(long)]
    pub findings: bool,
    // Not a doc comment, which would take the place of the command's own.
    #[allow(missing_docs, reason = "the fields say it")]
    #[command(flatten)]
    pub settings: SettingsArgs,
}

/// `loopscope scenarios`.
#[derive(Debug, Args)]
pub struct ScenariosArgs {
    /// Print this scenario as TOML, to be changed and given to `loopscope sim`
    #[arg(value_name = "NAME|FILE")]
    pub scenario: Option<String>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `loopscope calibrate`.
#[derive(Debug, Args)]
pub struct CalibrateArgs {
    /// Write the profile to this file, for `loopscope sim --costs`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    pub json: bool,
    /// How many rounds are measured
    #[arg(long, value_name = "COUNT", default_value_t = config::CALIBRATION_ROUNDS, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,
}

/// A span of time: a number with its unit.
pub(super) fn span(text: &str) -> Result<Nanos, String> {
    let units = [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9)];
    let read = |(unit, nanos): (&str, f64)| {
        let number: f64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        // Beyond 100 years a number in nanoseconds comes to its end.
        (0.0..=3.2e18).contains(&(number * nanos)).then_some(Nanos((number * nanos).round() as u64))
    };
    units
        .into_iter()
        .find_map(read)
        .ok_or_else(|| "write a number with ns, us, ms or s, such as 20ms".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_its_unit() {
        assert_eq!(span("500us"), Ok(Nanos(500_000)));
        assert_eq!(span("1.5 ms"), Ok(Nanos(1_500_000)));
        assert_eq!(span("3s"), Ok(Nanos(3_000_000_000)));
        assert_eq!(span("7ns"), Ok(Nanos(7)));
        for nonsense in ["", "5", "-1s", "s", "NaNs", "1e99s", "5 minutes"] {
            assert!(span(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn a_backend_is_named() {}
}
