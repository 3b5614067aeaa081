//! `loopscope scale`: what a line costs on this machine's kernel, against the number of connections.
//!
//! The real programs serve real sockets, over loopback. Each point is measured twice over: once with the server
//! watched, which counts calls, descriptors scanned and bytes across, and several rounds with it unwatched, as it
//! serves otherwise, which give the times. In both, all clients connect and are answered once before anything is
//! counted, as in the simulated curves ([`loopscope_shared::scale`]).

mod counts;
mod times;

use std::io::{self, IsTerminal as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use indicatif::ProgressBar;
use loopscope_shared::probe::Level;
use loopscope_shared::scale::{CONNECTIONS, Measured, MeasuredPoint, Point, Talk};
use loopscope_shared::servers::{Program, Settings};
use loopscope_shared::time::Nanos;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::{Load, Server, Watched};
use crate::os::tasks::TASKS_MAX;
use crate::send::load;
use crate::tap::Room;
use crate::{calibrate, catalogue};

/// How long a line is, its line feed included: as those of the simulated curves.
const LINE_BYTES: usize = "still here\n".len();

/// Lines a second of one who talks: so few that each finds the server asleep.
const RATE_ONE: f64 = 500.0;

/// The same where the server never sleeps, and of all together where all talk: as in the simulated curves.
const RATE_RESTLESS: f64 = 5_000.0;
const RATE_ALL: f64 = 50_000.0;

/// How long a server may take, after its last answer, until it waits again. That it does is no event that another
/// process could wait for.
const REST: Duration = Duration::from_millis(50);

/// How long its clients may take when a server ends: they are gone then.
const DRAIN: Duration = Duration::from_millis(100);

/// How many descriptors a process needs beside those of its connections.
const BESIDE: u32 = 256;

/// What is told of a server that is counted finds room until it is carried away: of a thousand lines with ten
/// thousand descriptors, that is more than a watcher ever wants.
const ROOM: usize = 64 << 20;

/// The same for each task of a server that has one a connection.
const ROOM_OF_MANY: usize = 128 << 10;

/// What is measured.
#[derive(Clone, Debug)]
pub struct Scale {
    /// Which programs.
    pub servers: Vec<Program>,
    /// Who talks.
    pub talks: Vec<Talk>,
    /// The most connections.
    pub connections_max: u32,
    /// How many lines each round has, at least.
    pub lines: u32,
    /// How many rounds the times are medians of.
    pub rounds: u32,
    /// Where the result goes, if not to standard output.
    pub out: Option<PathBuf>,
    /// Whether it is written as JSON.
    pub json: bool,
}

/// A point that is to be measured.
#[derive(Clone, Copy, Debug)]
struct Wish {
    program: Program,
    talk: Talk,
    connections: u32,
    lines: u32,
}

/// Measures, and writes what came out.
///
/// # Errors
/// If the system does not give what is needed for it, or the result cannot be written.
pub fn run(config: &Scale) -> Result<()> {
    make_room(config.connections_max)?;
    let measured = measure(config)?;
    let text = match config.json {
        true => serde_json::to_string_pretty(&measured)? + "\n",
        false => measured.text(),
    };
    let Some(path) = &config.out else {
        return io::stdout().lock().write_all(text.as_bytes()).context("cannot write to standard output");
    };
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    let path = path.display();
    writeln!(io::stdout(), "written to {path}: see it in the page with `loopscope serve --measured {path}`")
        .context("cannot write to standard output")
}

fn measure(config: &Scale) -> Result<Measured> {
    let counter = counts::Counter::new()?;
    let mut points = Vec::new();
    for &program in &config.servers {
        for &talk in &config.talks {
            for &connections in CONNECTIONS.iter().filter(|count| **count <= config.connections_max) {
                let lines = if talk == Talk::All { config.lines.max(connections) } else { config.lines };
                let wish = Wish { program, talk, connections, lines };
                say(&format!("{} with {connections} …", program.name()), false);
                match point(&counter, wish, config.rounds) {
                    Ok(point) => points.push(MeasuredPoint { program, talk, point }),
                    Err(error) => {
                        // Nor would it serve more.
                        say(
                            &format!("{} ends before {connections} connections: {error:#}", program.name()),
                            true,
                        );
                        break;
                    }
                }
            }
        }
    }
    say("", false);
    if points.is_empty() {
        bail!("nothing could be measured")
    }
    let machine = calibrate::machine()?.to_string();
    Ok(Measured { version: env!("CARGO_PKG_VERSION").to_owned(), machine, rounds: config.rounds, points })
}

fn point(counter: &counts::Counter, wish: Wish, rounds: u32) -> Result<Point> {
    if wish.has_many_tasks() && wish.connections > TASKS_MAX {
        bail!("a server has at most {TASKS_MAX} threads and children")
    }
    let (runs, why) = catalogue::next_best(&wish.server(Watched::No).setup());
    if runs.program != wish.program {
        bail!(why.unwrap_or_default())
    }
    let counted = counter.count(wish)?;
    let mut times: Vec<times::Times> = (0..rounds).map(|_| times::measure(wish)).collect::<Result<_>>()?;
    let mut median = |of: fn(&times::Times) -> u64| {
        times.sort_by_key(of);
        of(&times[times.len() / 2])
    };
    let (cpu, p99) = (median(|times| times.cpu_ns), median(|times| times.p99_ns));
    Ok(Point { cpu: Nanos(cpu), p99: Nanos(p99), ..counted })
}

impl Wish {
    /// Whether each connection has a thread or a process of its own.
    fn has_many_tasks(self) -> bool {
        matches!(self.program, Program::Fork | Program::Threads | Program::Pool)
    }

    /// The server, with room for all of them.
    fn server(self, watched: Watched) -> Server {
        let Self { program, connections, .. } = self;
        let settings = Settings {
            workers: if program == Program::Pool { connections } else { 1 },
            connections_max: connections + 16,
            ..Settings::default()
        };
        // One that never sleeps would fill whatever there is.
        let small = self.has_many_tasks() || program == Program::BusyPoll;
        let bytes = if small { ROOM_OF_MANY } else { ROOM };
        Server {
            program,
            settings,
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            backlog: connections + 16,
            drain: DRAIN,
            tasks_max: connections + 16,
            watched,
            level: Level::Calls,
            room: Room { ring_bytes: bytes, burst_bytes: bytes },
        }
    }

    /// The first load, in which everybody is let in and answered, and the one that is measured.
    fn loads(self, to: SocketAddr) -> [Load; 2] {
        let connections = self.connections as usize;
        let (talkers, rate) = match self.talk {
            Talk::One if self.program == Program::BusyPoll => (1, RATE_RESTLESS),
            Talk::One => (1, RATE_ONE),
            Talk::All => (connections, RATE_ALL),
        };
        let first = Load {
            to,
            connections,
            talkers: connections,
            pipeline: 1,
            rate: None,
            lines: Some(self.connections.into()),
            bytes: LINE_BYTES,
            duration: None,
            json: false,
        };
        let measured = Load { talkers, rate: Some(rate), lines: Some(self.lines.into()), ..first.clone() };
        [first, measured]
    }
}

/// Sends the loads one after the other; between them and after them, the server is looked at. What each look gave,
/// and what all but one in a hundred lines took at most.
fn talk<T>(wish: Wish, to: SocketAddr, mut look: impl FnMut() -> Result<T>) -> Result<(T, T, u64)> {
    let [first, measured] = wish.loads(to);
    let mut run = load::Run::new(&first, ProgressBar::hidden())?;
    run.until_all_is_answered()?;
    let before = look()?;
    run.begin_anew(&measured);
    run.until_all_is_answered()?;
    Ok((before, look()?, run.p99_ns()))
}

/// Lets this process, and the servers that it starts, open as many descriptors as that takes.
fn make_room(connections: u32) -> Result<()> {
    let needed = u64::from(connections + BESIDE);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    if let Some(maximum) = maximum.filter(|maximum| *maximum < needed) {
        bail!(
            "{connections} connections need {needed} descriptors and the system lets this process have {maximum}: \
             choose fewer with --connections-max, or raise the hard limit (`ulimit -Hn`)"
        );
    }
    setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum })
        .context("cannot raise the limit of open descriptors (RLIMIT_NOFILE)")
}

/// Says on standard error what is done, if a person looks at it; what is to `stay` is said in any case.
fn say(what: &str, stay: bool) {
    let mut stderr = io::stderr();
    // If nobody can be told, it is done all the same.
    let _ = match (stderr.is_terminal(), stay) {
        (true, true) => writeln!(stderr, "\r\x1b[K{what}"),
        (true, false) => write!(stderr, "\r\x1b[K{what}"),
        (false, true) => writeln!(stderr, "{what}"),
        (false, false) => Ok(()),
    };
}
