//! How many lines a second our servers carry, beside a plain tokio read/write loop under the same load.
//!
//! ```text
//! cargo run --release -p loopscope --example throughput
//! ```
//!
//! With `--watched` it tells what it costs to be watched.
//!
//! The server has core 0, the load core 1. Runs are interleaved, so that whatever else the machine does meets
//! all servers alike, and medians are compared.

mod load;
mod tokio_loop;
mod watched;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use load::Seen;
use loopscope::config::{DRAIN_MS, Server, Watched};
use loopscope_shared::probe::Level;
use loopscope_shared::servers::{DEFAULT_BACKLOG, Program, Settings};

/// The core of the server, and that of the load.
const CORES: [usize; 2] = [0, 1];

/// The name of the loop that is no server of ours.
const TOKIO: &str = "tokio";

/// Compares how many lines a second servers carry
#[derive(Clone, Debug, Parser)]
struct Arguments {
    /// The servers; the first is compared with each of the others
    #[arg(long, value_delimiter = ',', default_value = "mio,tokio")]
    servers: Vec<String>,
    /// How many runs of each
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// How long a run is, in seconds
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// How many connections
    #[arg(long, default_value_t = 50)]
    connections: usize,
    /// How many lines are in flight on each
    #[arg(long, default_value_t = 100)]
    lines: usize,
    /// How long a line is, its line feed included, in bytes
    #[arg(long, default_value_t = 64)]
    bytes: usize,
    /// What it costs to be watched: under a gateway with a viewer, level off beside level calls, with 1 and
    /// with 100 lines in flight
    #[arg(long)]
    watched: bool,
    /// Be one of the servers
    #[arg(long, hide = true)]
    serve: Option<String>,
}

fn main() -> ExitCode {
    // The gateway starts its server by the name of the program that runs, which is this one.
    match std::env::args().nth(1).as_deref() {
        Some("serve") => return loopscope::cli::main(),
        Some("server") => return pin(CORES[0]).map_or(ExitCode::FAILURE, |()| loopscope::cli::main()),
        _ => {}
    }
    let arguments = Arguments::parse();
    let result = match &arguments.serve {
        Some(name) => serve(name),
        None if arguments.watched => watched::compare(&arguments),
        None => compare(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs every server in turn, round after round, and prints medians and ratios.
fn compare(arguments: &Arguments) -> Result<()> {
    pin(CORES[1])?;
    let mut out = std::io::stdout().lock();
    let mut runs = vec![Vec::new(); arguments.servers.len()];
    for round in 1..=arguments.rounds {
        write!(out, "round {round}:")?;
        for (name, runs) in arguments.servers.iter().zip(&mut runs) {
            let (mut server, address) = start(name)?;
            let pid = server.id();
            let seen = load::run(address, arguments, || cpu_time(pid));
            server.kill().and_then(|()| server.wait()).context("the server cannot be ended")?;
            let seen = seen.with_context(|| format!("under load, {name} failed"))?;
            write!(out, "  {name} {:.2} M lines/s", seen.rate / 1e6)?;
            out.flush()?;
            runs.push(seen);
        }
        writeln!(out)?;
    }
    let median_of = |value: fn(&Seen) -> f64| -> Vec<f64> {
        runs.iter().map(|runs| median(runs.iter().map(value).collect())).collect()
    };
    let (rates, costs) = (median_of(|seen| seen.rate), median_of(|seen| seen.cpu_ns));
    for ((name, rate), cost) in arguments.servers.iter().zip(&rates).zip(&costs) {
        writeln!(out, "{name:<8} median {:.2} M lines/s, {cost:.1} ns of its core a line", rate / 1e6)?;
    }
    for (name, rate) in arguments.servers.iter().zip(&rates).skip(1) {
        writeln!(out, "{} / {name} = {:.2}", arguments.servers[0], rates[0] / rate)?;
    }
    Ok(())
}

/// Starts this program again as one of the servers, and waits until it listens.
fn start(name: &str) -> Result<(Child, SocketAddr)> {
    let mut server = Command::new(std::env::current_exe()?)
        .args(["--serve", name])
        .stdout(Stdio::piped())
        .spawn()
        .context("the server cannot be started")?;
    let mut line = String::new();
    let stdout = server.stdout.take().context("the server has no output")?;
    BufReader::new(stdout).read_line(&mut line)?;
    let address = line.trim_end().strip_prefix("listening on ").context("the server does not listen")?;
    Ok((server, address.parse()?))
}

/// The processor time that the serving thread of a process has had: its first, in all servers here.
fn cpu_time(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/schedstat");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))?;
    let nanos = text.split_whitespace().next().with_context(|| format!("{path} is empty"))?;
    Ok(Duration::from_nanos(nanos.parse()?))
}

fn serve(name: &str) -> Result<()> {
    pin(CORES[0])?;
    if name == TOKIO {
        return tokio_loop::serve();
    }
    let Some(program) = Program::named(name) else {
        bail!("there is no server {name}; there are {TOKIO}, {}", loopscope_shared::servers::names());
    };
    loopscope::server::run(&Server {
        settings: Settings::default(),
        program,
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        backlog: DEFAULT_BACKLOG,
        drain: Duration::from_millis(DRAIN_MS),
        tasks_max: loopscope::os::tasks::TASKS_MAX,
        watched: Watched::No,
        level: Level::Off,
        room: loopscope::tap::Room::default(),
    })
}

/// Keeps this thread, and those it starts, on one core.
#[cfg(target_os = "linux")]
fn pin(core: usize) -> Result<()> {
    use rustix::thread::{CpuSet, sched_setaffinity};

    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores).with_context(|| format!("this comparison needs core {core} for itself"))
}

/// Cores are given and processor times are read in Linux's ways.
#[cfg(not(target_os = "linux"))]
fn pin(_: usize) -> Result<()> {
    bail!("this comparison runs on Linux only")
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    let middle = rates.len() / 2;
    match rates.len() % 2 {
        0 => (rates[middle - 1] + rates[middle]) / 2.0,
        _ => rates[middle],
    }
}
