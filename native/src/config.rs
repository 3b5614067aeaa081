//! What is meant: the command line after everything in it was checked.

mod fetch;
mod load;
mod record;
mod scale;
mod simulate;

use std::net::SocketAddr;
use std::time::Duration;

use loopscope_shared::probe::Level;
use loopscope_shared::quirks::Quirks;
use loopscope_shared::servers::{Program, Serves, Settings, Setup};

use tracing::level_filters::LevelFilter;

use crate::catalogue;
use crate::os::tasks::TASKS_MAX;
use crate::otlp::Collector;
use crate::tap::{BURST_BYTES, Room};
pub use fetch::{FETCH_BYTES_MAX, FETCH_SECONDS, Fetch, fetch};
pub use load::{Load, Send, send};
pub use record::record;
#[cfg(target_os = "linux")]
pub use scale::scale;
pub use scale::{SCALE_CONNECTIONS, SCALE_LINES, SCALE_ROUNDS, measured};
pub use simulate::{CALIBRATION_ROUNDS, Calibrate, calibrate, scenario, simulate};

use crate::cli::{CommonArgs, ReplayArgs, ServeArgs, ServerArgs};
use crate::replay::Replay;

/// How long clients may take, once a server is told to stop, to read what they are owed, unless told
/// otherwise, in milliseconds. A client that reads needs a few; who does not read is not waited for long.
pub const DRAIN_MS: u64 = 2_000;

/// The most loops that a program may have: more than one for each processor is of no use, and few machines have
/// more processors.
pub const LOOPS_MAX: u32 = 64;

/// The smallest ring: room for a few of the longest events.
const RING_BYTES_MIN: usize = 16_384;

/// One server.
#[derive(Clone, Debug)]
pub struct Server {
    /// Which.
    pub program: Program,
    /// What is set of it.
    pub settings: Settings,
    /// Where it listens.
    pub listen: SocketAddr,
    /// How many connections may wait to be accepted.
    pub backlog: u32,
    /// How long clients may take to read what they are owed, once it is told to stop.
    pub drain: Duration,
    /// How many threads and children it may have at once.
    pub tasks_max: u32,
    /// Who watches it.
    pub watched: Watched,
    /// How much is told to them at first.
    pub level: Level,
    /// How much of what happens is kept for them.
    pub room: Room,
}

impl Server {
    /// The program, and what is set of it.
    pub fn setup(&self) -> Setup {
        Setup { program: self.program, settings: self.settings.clone() }
    }
}

/// Checks a setup that did not come from the command line.
///
/// # Errors
/// If this system lacks what the program needs, or what is set of it makes no sense.
pub fn setup(setup: &Setup) -> Result<(), Misuse> {
    let Setup { program, settings } = setup;
    refuse_what_does_not_run_here(*program)?;
    settings.check().map_err(|error| Misuse(error.to_string()))?;
    if settings.loops > LOOPS_MAX {
        return Err(Misuse(format!("a program has at most {LOOPS_MAX} loops")));
    }
    enough_tasks(setup, TASKS_MAX)?;
    let foreign = settings.quirks - Quirks::of(program.name());
    match foreign.is_empty() {
        true => Ok(()),
        false => Err(Misuse(format!("{foreign} is no mistake of {}", program.name()))),
    }
}

/// Refuses a program that would need more threads than it may have before it serves anybody.
fn enough_tasks(setup: &Setup, tasks_max: u32) -> Result<(), Misuse> {
    let (option, tasks) = match setup.program {
        Program::Pool => ("--workers", setup.settings.workers),
        Program::Epoll | Program::Mio => ("--loops", setup.settings.loops),
        _ => return Ok(()),
    };
    // The first of them runs in the thread that is there already.
    match tasks - 1 > tasks_max {
        false => Ok(()),
        true => Err(Misuse(format!(
            "{option} {tasks}: a server may start {tasks_max} threads: choose fewer, or a higher --tasks-max"
        ))),
    }
}

/// Who watches a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watched {
    /// Nobody: it runs on the bare kernel.
    No,
    /// A person reads sentences on standard error.
    InWords,
    /// The gateway, over the socket at standard input.
    ByGateway,
}

/// The gateway, and the server that it shows.
#[derive(Clone, Debug)]
pub struct Serve {
    /// Where the page is offered.
    pub listen: SocketAddr,
    /// The server, as it is started.
    pub server: Server,
    /// What `loopscope scale` measured, if the page is to show it.
    pub measured: Option<String>,
    /// Where metrics and spans are sent, if anywhere.
    pub otlp: Option<Otlp>,
    /// How it logs.
    pub log: Log,
}

/// A collector of OpenTelemetry's, and how often it is sent to.
#[derive(Clone, Debug)]
pub struct Otlp {
    /// Where it is.
    pub collector: Collector,
    /// How often it is sent to.
    pub every: Duration,
}

/// How the gateway says what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Log {
    /// How much.
    pub level: LevelFilter,
    /// In which form.
    pub format: LogFormat,
}

/// The form of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Lines for people
    Text,
    /// A JSON object a line
    Json,
}

/// What `loopscope replay` means.
///
/// # Errors
/// If the page would be offered to other machines.
pub fn replay(args: ReplayArgs) -> Result<Replay, Misuse> {
    on_loopback(args.listen)?;
    Ok(Replay { path: args.file, listen: args.listen })
}

/// Something was typed that cannot be meant, with what to type instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misuse(pub String);

/// What `loopscope server` means.
///
/// # Errors
/// If this system lacks what the program needs, or a number makes no sense.
pub fn server(args: &ServerArgs) -> Result<Server, Misuse> {
    let watched = match (args.trace, args.tap) {
        (true, _) => Watched::InWords,
        (_, true) => Watched::ByGateway,
        _ => Watched::No,
    };
    one_server(args.program, args.listen, args.level.into(), watched, &args.common)
}

/// What `loopscope serve` means.
///
/// # Errors
/// As [`server`], and if the page would be offered to other machines.
pub fn serve(args: &ServeArgs) -> Result<Serve, Misuse> {
    on_loopback(args.listen)?;
    let level = args.level.into();
    let server = one_server(args.server, args.server_listen, level, Watched::ByGateway, &args.common)?;
    let log = Log { level: args.log, format: args.log_format };
    let every = Duration::from_millis(args.otlp_interval_ms);
    let otlp = args.otlp.clone().map(|collector| Otlp { collector, every });
    let measured = args.measured.as_deref().map(measured).transpose()?;
    Ok(Serve { listen: args.listen, server, measured, otlp, log })
}

/// Refuses to offer the page to other machines.
fn on_loopback(listen: SocketAddr) -> Result<(), Misuse> {
    match listen.ip().is_loopback() {
        true => Ok(()),
        false => Err(Misuse(format!(
            "--listen {listen}: the page gives whoever opens it a hold on this machine's server, so it is offered on \
             loopback only: choose 127.0.0.1:{port} or [::1]:{port} (from elsewhere, use an SSH tunnel)",
            port = listen.port()
        ))),
    }
}

fn one_server(
    program: Program,
    listen: SocketAddr,
    level: Level,
    watched: Watched,
    common: &CommonArgs,
) -> Result<Server, Misuse> {
    let &CommonArgs { backlog, drain_ms, tasks_max, ring_bytes, burst_bytes, .. } = common;
    refuse_what_does_not_run_here(program)?;
    if i32::try_from(backlog).is_err() {
        return Err(Misuse(format!("--backlog {backlog}: the system takes at most {}", i32::MAX)));
    }
    if ring_bytes < RING_BYTES_MIN {
        return Err(Misuse(format!("--ring-bytes {ring_bytes}: at least {RING_BYTES_MIN} are needed")));
    }
    let burst_bytes = burst_bytes.unwrap_or_else(|| BURST_BYTES.min(ring_bytes / 4 * 3));
    if burst_bytes > ring_bytes {
        return Err(Misuse(format!(
            "--burst-bytes {burst_bytes}: that is a part of --ring-bytes, which is {ring_bytes}"
        )));
    }
    let room = Room { ring_bytes, burst_bytes };
    let drain = Duration::from_millis(drain_ms);
    let settings = common.settings.over(program, usual(program, watched))?;
    settings.check().map_err(|error| Misuse(error.of_option()))?;
    enough_tasks(&Setup { program, settings: settings.clone() }, tasks_max)?;
    Ok(Server { program, settings, listen, backlog, drain, tasks_max, watched, level, room })
}

/// What is set of a program unless told otherwise. `mio` has a loop for each processor, where the kernel spreads
/// connections over listeners of one address (`SO_REUSEPORT` of Linux), but one while it is watched: the picture
/// is about one loop, unless more are asked for.
fn usual(program: Program, watched: Watched) -> Settings {
    let several = program == Program::Mio && watched == Watched::No && cfg!(target_os = "linux");
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let loops = if several { u32::try_from(processors).unwrap_or(LOOPS_MAX).min(LOOPS_MAX) } else { 1 };
    Settings { loops, ..Settings::default() }
}

fn refuse_what_does_not_run_here(program: Program) -> Result<(), Misuse> {
    if catalogue::runs_here(program) {
        return Ok(());
    }
    if program.entry().serves == Serves::Nobody {
        let name = program.name();
        return Err(Misuse(format!(
            "{name} serves nobody: run it with `loopscope fetch URL`, or simulate it"
        )));
    }
    Err(Misuse(format!(
        "{} is not served on the real kernel of this system (it is for {}): choose {}, or simulate it",
        program.name(),
        program.entry().systems,
        catalogue::run_here().map(Program::name).collect::<Vec<_>>().join(", ")
    )))
}
