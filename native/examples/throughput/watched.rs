//! What it costs to be watched: a server under a gateway with one viewer, at the level `calls` and at `off`.
//!
//! The server has a core for itself and for the thread that carries its events away. The gateway and the viewer
//! share the other with the load: where there are no more than two, that takes from the lines a second, too, and
//! the time of the serving thread says more.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use loopscope_shared::trace::wire;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use super::load::Seen;
use super::{Arguments, CORES, cpu_time, load, median, pin};

/// How many lines are in flight on each connection, in turn.
const IN_FLIGHT: [usize; 2] = [1, 100];

/// What the goals are for each, in per cent of the lines a second, and for an event, in nanoseconds.
const GOALS: [f64; 2] = [10.0, 5.0];
const EVENT_GOAL_NS: f64 = 25.0;

/// The levels that are compared.
const LEVELS: [&str; 2] = ["off", "calls"];

/// One run.
struct Run {
    seen: Seen,
    /// Events for a line, told or dropped, and the part of them that was dropped.
    events: f64,
    dropped: f64,
}

/// Compares the levels for each server, run by run, off and calls in turn.
pub(crate) fn compare(arguments: &Arguments) -> Result<()> {
    pin(CORES[1])?;
    let mut out = std::io::stdout().lock();
    for name in arguments.servers.iter().filter(|name| *name != super::TOKIO) {
        for (lines, goal) in IN_FLIGHT.into_iter().zip(GOALS) {
            let arguments = Arguments { lines, ..arguments.clone() };
            let mut runs = LEVELS.map(|_| Vec::new());
            for _ in 0..arguments.rounds {
                for (level, runs) in LEVELS.iter().zip(&mut runs) {
                    runs.push(run(name, level, &arguments).with_context(|| format!("{name} at {level}"))?);
                }
            }
            let [off, calls] = &runs;
            let pairs = || off.iter().zip(calls);
            let loss =
                median(pairs().map(|(off, calls)| 100.0 * (1.0 - calls.seen.rate / off.seen.rate)).collect());
            let more = |(off, calls): (&Run, &Run)| 100.0 * (calls.seen.cpu_ns / off.seen.cpu_ns - 1.0);
            let more = median(pairs().map(more).collect());
            let event = pairs().map(|(off, calls)| (calls.seen.cpu_ns - off.seen.cpu_ns) / calls.events);
            let of = |value: fn(&Run) -> f64, runs: &[Run]| median(runs.iter().map(value).collect());
            let rate = |runs| of(|run| run.seen.rate / 1e6, runs);
            let cost = |runs| of(|run| run.seen.cpu_ns, runs);
            writeln!(
                out,
                "{name}, {lines} in flight: off {:.3} M lines/s, {:.0} ns of its thread a line; calls {:.3} M \
                 lines/s, {:.0} ns, {more:.1} % more; {loss:.1} % fewer lines (goal {goal:.0} %); {:.1} ns an event (goal \
                 {EVENT_GOAL_NS:.0}), {:.2} events a line, {:.0} % of them dropped",
                rate(off),
                cost(off),
                rate(calls),
                cost(calls),
                median(event.collect()),
                of(|run| run.events, calls),
                100.0 * of(|run| run.dropped, calls),
            )?;
            out.flush()?;
        }
    }
    Ok(())
}

fn run(name: &str, level: &str, arguments: &Arguments) -> Result<Run> {
    let (mut gateway, page, server) = start(name, level)?;
    let pid = gateway.id();
    let viewing = thread::spawn(move || view(page));
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?;
    // Whichever of the gateway's threads has started it.
    let server_pid = match children.split_whitespace().next() {
        Some(child) => child.parse()?,
        None => child_of_a_thread(pid)?,
    };
    let before = counts(page)?;
    let seen = load::run(server, arguments, || cpu_time(server_pid));
    let after = counts(page)?;
    gateway.kill().and_then(|()| gateway.wait()).context("the gateway cannot be ended")?;
    // The viewer ends with its gateway.
    let _ = viewing.join();
    let [told, dropped, lines] = [0, 1, 2].map(|place| after[place] - before[place]);
    let events = told + dropped;
    Ok(Run { seen: seen?, events: events / lines.max(1.0), dropped: dropped / events.max(1.0) })
}

/// Starts this program again as a gateway, and waits until its server listens.
fn start(name: &str, level: &str) -> Result<(Child, SocketAddr, SocketAddr)> {
    let mut gateway = Command::new(std::env::current_exe()?)
        .args(["serve", "--listen", "127.0.0.1:0", "--server-listen", "127.0.0.1:0"])
        .args(["--server", name, "--level", level, "--log", "off"])
        .stdout(Stdio::piped())
        .spawn()
        .context("the gateway cannot be started")?;
    let mut lines = BufReader::new(gateway.stdout.take().context("the gateway has no output")?).lines();
    let mut address = |prefix: &str| -> Result<SocketAddr> {
        let line = lines.next().context("the gateway ended")??;
        let address = line.strip_prefix(prefix).with_context(|| format!("{line} begins otherwise"))?;
        Ok(address.trim_end_matches('/').parse()?)
    };
    let (page, server) = (address("page: http://")?, address("rot13: ")?);
    Ok((gateway, page, server))
}

fn child_of_a_thread(pid: u32) -> Result<u32> {
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let children = std::fs::read_to_string(thread?.path().join("children")).unwrap_or_default();
        if let Some(child) = children.split_whitespace().next() {
            return Ok(child.parse()?);
        }
    }
    bail!("the gateway has no server")
}

/// A viewer, which reads all that it is told and does nothing with it.
fn view(page: SocketAddr) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(page).await?;
        let (mut socket, _) = client_async(format!("ws://{page}/ws"), stream).await?;
        socket.send(Message::Binary(wire::greeting().into())).await?;
        while let Some(Ok(_)) = socket.next().await {}
        Ok(())
    })
}

/// How many events were told and dropped, and how many lines answered, as the gateway's figures say when they
/// stand still.
fn counts(page: SocketAddr) -> Result<[f64; 3]> {
    let mut last = None;
    loop {
        let text = get(page)?;
        let value = |name: &str| -> f64 {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.trim().parse().ok()).unwrap_or(0.0)
        };
        let counts = ["events_told_total", "events_dropped_total", "lines_total"]
            .map(|name| value(&format!("loopscope_{name} ")));
        if last == Some(counts) {
            return Ok(counts);
        }
        last = Some(counts);
        // Twice as long as it takes at most until the server says more.
        thread::sleep(Duration::from_millis(200));
    }
}

fn get(page: SocketAddr) -> Result<String> {
    let mut stream = TcpStream::connect(page)?;
    write!(stream, "GET /metrics HTTP/1.0\r\nHost: {page}\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}
