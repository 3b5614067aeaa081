//! What can be typed. What is meant by it is said in [`crate::config`].

mod conform;
mod fetch;
mod findings;
mod import;
mod record;
mod scale;
mod send;
pub mod settings;
mod simulate;
mod traces;

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use loopscope_shared::probe::Level;
use loopscope_shared::servers::{self, DEFAULT_BACKLOG, Program};
use tracing::level_filters::LevelFilter;

pub use conform::ConformArgs;
pub use fetch::FetchArgs;
pub use findings::{FindingsArgs, ThresholdArgs};
pub use import::ImportArgs;
pub use record::RecordArgs;
pub use scale::ScaleArgs;
pub use send::{LoadArgs, SendArgs};
pub use simulate::{CalibrateArgs, ScenariosArgs, SimArgs};
pub use traces::{ExportArgs, InfoArgs, ReplayArgs};

use crate::config::{self, Misuse};
use crate::os::tasks::TASKS_MAX;
use crate::{catalogue, export, gateway, info, logs, otlp, scenarios, server, tap};

/// An oscilloscope for event loops.
#[derive(Debug, Parser)]
#[command(name = "loopscope", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the page and a ROT13 server to look at
    Serve(ServeArgs),
    /// Run one ROT13 server in the foreground, without a page
    Server(ServerArgs),
    /// Send lines to a ROT13 server and print its answers
    Send(SendArgs),
    /// Fetch something over HTTP with the chapter's blocking client
    Fetch(FetchArgs),
    /// List the servers that there are
    Servers(ServersArgs),
    /// Run a program on a scenario, simulated, and print its figures
    Sim(Box<SimArgs>),
    /// List the scenarios that there are, or print one to be changed
    Scenarios(ScenariosArgs),
    /// Record what a server does, as a trace to be looked at later
    Record(Box<RecordArgs>),
    /// Make a trace of what strace has written of any program
    Import(ImportArgs),
    /// Open a trace in the page
    Replay(ReplayArgs),
    /// Write a trace in the format of another tool
    Export(ExportArgs),
    /// Say what is in a trace
    Info(InfoArgs),
    /// Run scripts of system calls on the simulated or the real kernel and compare what comes back
    Conform(ConformArgs),
    /// Look through a trace for well-known trouble
    Findings(Box<FindingsArgs>),
    /// Measure what system calls cost on this machine, for simulations
    Calibrate(CalibrateArgs),
    /// Measure what a line costs the servers on this machine, against the number of connections
    Scale(ScaleArgs),
}

/// `loopscope serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Where the page is offered: a loopback address, port 0 for any that is free
    #[arg(long, value_name = "ADDR:PORT", value_parser = address, default_value = "127.0.0.1:8013")]
    pub listen: SocketAddr,
    /// The server to look at
    #[arg(long, value_name = "NAME", default_value = "mio", value_parser = program)]
    pub server: Program,
    /// Where the server listens; port 0 for any that is free
    #[arg(long, value_name = "ADDR:PORT", value_parser = address, default_value = "127.0.0.1:40713")]
    pub server_listen: SocketAddr,
    /// How much the server tells until a viewer asks for something else
    #[arg(long, value_enum, default_value_t = LevelArg::Buffers)]
    pub level: LevelArg,
    /// Lay the points of this file, which `loopscope scale --out FILE` wrote, over the curves of the page's Scale
    #[arg(long, value_name = "FILE")]
    pub measured: Option<PathBuf>,
    /// Send the figures of /metrics, and each turn of an event loop as a span, to this OpenTelemetry collector
    /// (OTLP over HTTP, protobuf), such as http://localhost:4318
    #[arg(long, value_name = "URL", value_parser = otlp::url)]
    pub otlp: Option<otlp::Collector>,
    /// How often it is sent to
    #[arg(long, value_name = "MS", default_value_t = otlp::INTERVAL_MS, requires = "otlp",
          value_parser = clap::value_parser!(u64).range(otlp::INTERVAL_MS_MIN..))]
    pub otlp_interval_ms: u64,
    /// How much the gateway logs, to standard error: off, error, warn, info, debug or trace. RUST_LOG, if it
    /// is set, says it for each part
    #[arg(long, value_name = "LEVEL", default_value_t = logs::LEVEL, value_parser = log_level)]
    pub log: LevelFilter,
    /// In which form
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub log_format: config::LogFormat,
    // Not a doc comment, which would take the place of the command's own.
    #[allow(missing_docs, reason = "the fields say it")]
    #[command(flatten)]
    pub common: CommonArgs,
}

/// `loopscope server`.
#[derive(Debug, Args)]
pub struct ServerArgs {
    /// Which server: `loopscope servers` lists them
    #[arg(value_name = "NAME", value_parser = program)]
    pub program: Program,
    /// Where it listens; port 0 for any that is free
    #[arg(long, value_name = "ADDR:PORT", value_parser = address, default_value = "127.0.0.1:40713")]
    pub listen: SocketAddr,
    /// Say on standard error, in words, what the server does
    #[arg(long)]
    pub trace: bool,
    /// Tell it to the gateway, over the socket at standard input
    #[arg(long, hide = true, conflicts_with = "trace")]
    pub tap: bool,
    /// How much is told
    #[arg(long, value_enum, default_value_t = LevelArg::Calls)]
    pub level: LevelArg,
    // Not a doc comment, which would take the place of the command's own.
    #[allow(missing_docs, reason = "the fields say it")]
    #[command(flatten)]
    pub common: CommonArgs,
}

/// What both kinds of server take.
#[derive(Clone, Debug, Args)]
pub struct CommonArgs {
    /// How many connections may wait to be accepted
    #[arg(long, value_name = "COUNT", default_value_t = DEFAULT_BACKLOG)]
    pub backlog: u32,
    /// How long clients may take, once the server is told to stop, to read what they are owed
    #[arg(long, value_name = "MS", default_value_t = config::DRAIN_MS)]
    pub drain_ms: u64,
    /// How many threads and children the server may have at once; clients beyond that wait
    #[arg(long, value_name = "COUNT", default_value_t = TASKS_MAX,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub tasks_max: u32,
    /// How many bytes of events are kept for a watcher that falls behind; what does not fit is counted
    #[arg(long, value_name = "BYTES", default_value_t = tap::RING_BYTES)]
    pub ring_bytes: usize,
    /// How many of these bytes what is done with connections may take, until it is carried away some 50 times a
    /// second; the rest is for which tasks and descriptors there are [default: 32768, or three quarters of the ring
    /// if that is less]
    #[arg(long, value_name = "BYTES")]
    pub burst_bytes: Option<usize>,
    // Not a doc comment, which would take the place of the command's own.
    #[allow(missing_docs, reason = "the fields say it")]
    #[command(flatten)]
    pub settings: settings::SettingsArgs,
}

#[derive(Debug, Args)]
struct ServersArgs {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// How much a server tells.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LevelArg {
    /// Nothing
    Off,
    /// System calls
    Calls,
    /// System calls, and how full the buffers are
    Buffers,
}

impl From<LevelArg> for Level {
    fn from(level: LevelArg) -> Self {
        match level {
            LevelArg::Off => Self::Off,
            LevelArg::Calls => Self::Calls,
            LevelArg::Buffers => Self::Buffers,
        }
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    // No name is looked up: what listens on an address should not depend on what a name means today. The one
    // exception means the same everywhere (RFC 6761, 6.3).
    let local = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
    let local = local.map(|port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let address = text.parse().ok().or(local);
    address.ok_or_else(|| {
        "write an IP address and a port from 0 to 65535, such as 127.0.0.1:40713, [::1]:40713 or localhost:40713"
            .to_owned()
    })
}

fn log_level(name: &str) -> Result<LevelFilter, String> {
    name.parse().map_err(|_| "there are off, error, warn, info, debug and trace".to_owned())
}

fn program(name: &str) -> Result<Program, String> {
    Program::named(name).ok_or_else(|| {
        format!(
            "there is no such server; there are {} (`loopscope servers` describes them)",
            servers::names()
        )
    })
}

/// Does what the command line says. The exit code is 0 if it was done, 1 if it failed, 2 if it could not be
/// meant.
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(args) => meant(config::serve(&args), |config| gateway::serve(&config)),
        Command::Server(args) => meant(config::server(&args), |config| server::run(&config)),
        Command::Send(args) => meant(config::send(args), crate::send::run),
        Command::Fetch(args) => meant(config::fetch(args), |config| crate::fetch::run(&config)),
        Command::Servers(args) => Ok(catalogue::print(args.json)),
        Command::Sim(args) => meant(config::simulate(*args), |config| crate::simulate::run(&config)),
        Command::Record(args) => meant(config::record(*args), |config| crate::record::run(&config)),
        Command::Import(args) => Ok(crate::import::run(&args.into())),
        Command::Replay(args) => meant(config::replay(args), |config| crate::replay::run(&config)),
        Command::Export(ExportArgs { file, to, out }) => {
            Ok(export::run(&export::Export { path: file, to, out }))
        }
        Command::Info(InfoArgs { file, json }) => Ok(info::run(&info::Info { path: file, json })),
        Command::Conform(args) => return conform::main(args),
        Command::Findings(args) => return findings::main(&args),
        Command::Calibrate(args) => meant(config::calibrate(args), |config| measure(&config)),
        Command::Scale(args) => scale(args),
        Command::Scenarios(args) => {
            meant(config::scenario(&args), |scenario| scenarios::print(scenario.as_ref(), args.json))
        }
    };
    let (message, code) = match outcome {
        Ok(Ok(())) => return ExitCode::SUCCESS,
        Ok(Err(error)) => (format!("{error:#}"), 1),
        Err(Misuse(what)) => (what, 2),
    };
    // If even standard error is closed, the exit code is all that can be said.
    let _ = writeln!(io::stderr(), "error: {message}");
    ExitCode::from(code)
}

#[cfg(target_os = "linux")]
fn measure(config: &config::Calibrate) -> anyhow::Result<()> {
    crate::calibrate::run(config)
}

#[cfg(not(target_os = "linux"))]
fn measure(_config: &config::Calibrate) -> anyhow::Result<()> {
    anyhow::bail!("calibrate needs Linux")
}

#[cfg(target_os = "linux")]
fn scale(args: ScaleArgs) -> Outcome {
    meant(config::scale(args), |config| crate::scale::run(&config))
}

#[cfg(not(target_os = "linux"))]
fn scale(_args: ScaleArgs) -> Outcome {
    Err(Misuse("scale measures what Linux does, and this is another system".to_owned()))
}

type Outcome = Result<anyhow::Result<()>, Misuse>;

fn meant<C>(config: Result<C, Misuse>, run: impl FnOnce(C) -> anyhow::Result<()>) -> Outcome {
    config.map(run)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
