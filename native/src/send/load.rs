//! `loopscope send` as a load: many connections, many lines in flight, every answer checked byte for byte.
//!
//! One thread does it all, waiting for whatever connection is ready: with a thread each, ten thousand
//! connections would be ten thousand threads, and the machine would be busy with those.

mod connection;
mod report;
mod text;

use std::io::{self, IsTerminal as _};
use std::net::TcpStream as StdTcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use hdrhistogram::Histogram;
use indicatif::{ProgressBar, ProgressStyle};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::{CONNECT_TIMEOUT, explain};
use crate::config::Load;
use connection::Connection;
use report::Report;
use text::Text;

/// How long nothing at all may come, while answers are owed, before the server is taken for dead.
const SILENCE_MAX: Duration = Duration::from_secs(10);

/// The longest latency that is told apart, in nanoseconds; what takes longer counts as this.
const LATENCY_MAX_NS: u64 = 60_000_000_000;

/// The figures of latencies that hold: three.
const LATENCY_DIGITS: u8 = 3;

/// The shortest wait that there is: `epoll_wait` takes milliseconds, and what is less is rounded up.
const WAIT_MIN: Duration = Duration::from_millis(1);

/// How often the progress bar moves.
const BAR_PERIOD: Duration = Duration::from_millis(100);

/// Loads the server, and prints how it did.
///
/// # Errors
/// If there is no server, or if an answer is wrong or missing.
pub fn run(load: &Load) -> Result<()> {
    let mut run = Run::new(load, bar(load)?)?;
    let ended = run.until_all_is_answered();
    run.bar.finish_and_clear();
    ended?;
    run.report().print(load.json).context("cannot write to standard output")
}

/// A load under way.
#[derive(Debug)]
pub struct Run<'a> {
    load: &'a Load,
    text: Text,
    poll: Poll,
    connections: Vec<Connection>,
    began: Instant,
    /// Lines that were handed out to connections.
    started: u64,
    answered: u64,
    /// When the last answer came.
    heard: Instant,
    /// Which connection may have the next line that is due, if lines have a pace.
    turn: usize,
    latency: Histogram<u64>,
    bar: ProgressBar,
    bar_moved: Instant,
    exact: bool,
}

impl<'a> Run<'a> {
    /// Connects, as many times as the load says.
    ///
    /// # Errors
    /// If there is no server, or this process may not have so many descriptors.
    pub fn new(load: &'a Load, bar: ProgressBar) -> Result<Self> {
        let poll = Poll::new().context("cannot wait for connections")?;
        let mut connections = Vec::with_capacity(load.connections);
        for index in 0..load.connections {
            let connected = StdTcpStream::connect_timeout(&load.to, CONNECT_TIMEOUT);
            let stream = connected.map_err(|error| match error.raw_os_error() {
                Some(libc::EMFILE) => anyhow::anyhow!(
                    "connection {} cannot be made: this process may have no more descriptors (raise `ulimit -n`, \
                     or ask for fewer with --conns)",
                    index + 1
                ),
                _ => explain(load.to, &error),
            })?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            let interest = Interest::READABLE | Interest::WRITABLE;
            poll.registry().register(&mut stream, Token(index), interest)?;
            connections.push(Connection::new(stream, index as u64));
        }
        let latency = Histogram::new_with_bounds(1, LATENCY_MAX_NS, LATENCY_DIGITS)
            .context("no histogram of that size can be made")?;
        let now = Instant::now();
        let text = Text::new(load.bytes);
        let (began, heard, bar_moved) = (now, now, now);
        let (started, answered, turn) = (0, 0, 0);
        Ok(Self {
            load,
            text,
            poll,
            connections,
            began,
            started,
            answered,
            heard,
            turn,
            latency,
            bar,
            bar_moved,
            exact: false,
        })
    }

    /// Another load on the same connections begins: nothing of the one before counts any more. All of that must be
    /// answered. This one is measured: it keeps its pace to less than the millisecond that a wait is rounded up to,
    /// if only by not sleeping.
    pub fn begin_anew(&mut self, load: &'a Load) {
        self.exact = true;
        (self.load, self.began, self.started, self.answered, self.turn) = (load, Instant::now(), 0, 0, 0);
        self.latency.reset();
    }

    /// What all but one in a hundred lines took at most, in nanoseconds.
    pub fn p99_ns(&self) -> u64 {
        self.latency.value_at_quantile(0.99)
    }

    /// Sends and receives until every line that was sent is answered.
    ///
    /// # Errors
    /// If an answer is wrong, or none comes for long.
    pub fn until_all_is_answered(&mut self) -> Result<()> {
        let mut events = Events::with_capacity(self.connections.len().min(1_024));
        loop {
            let now = Instant::now();
            self.hand_out(now)?;
            if self.answered == self.started && self.is_over(now) {
                return Ok(());
            }
            let wait = self.until_next_due(now).unwrap_or(SILENCE_MAX).min(SILENCE_MAX);
            let wait = if self.exact && wait < WAIT_MIN { Duration::ZERO } else { wait };
            match self.poll.poll(&mut events, Some(wait)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other.context("cannot wait for answers")?,
            }
            for event in &events {
                self.exchange(event.token().0)?;
            }
            let now = Instant::now();
            let owed = self.started - self.answered;
            if owed > 0 && now - self.heard >= SILENCE_MAX {
                bail!(
                    "nothing came for {} s, and {owed} of {} lines are not answered",
                    SILENCE_MAX.as_secs(),
                    self.started
                );
            }
            if now - self.bar_moved >= BAR_PERIOD {
                self.bar_moved = now;
                self.move_bar(now);
            }
        }
    }

    /// Whether no more lines are to be sent.
    fn is_over(&self, now: Instant) -> bool {
        self.load.lines.is_some_and(|lines| self.started >= lines)
            || self.load.duration.is_some_and(|duration| now - self.began >= duration)
    }

    /// How many lines more may be sent at all.
    fn left(&self, now: Instant) -> u64 {
        match self.is_over(now) {
            true => 0,
            false => self.load.lines.map_or(u64::MAX, |lines| lines - self.started),
        }
    }

    /// When the line of that number is to be sent, if lines have a pace.
    fn due(&self, line: u64) -> Option<Instant> {
        let rate = self.load.rate?;
        Some(self.began + Duration::from_secs_f64(line as f64 / rate))
    }

    /// How long it is until there may be a line to send though nothing has come.
    fn until_next_due(&self, now: Instant) -> Option<Duration> {
        let end = self.load.duration.map(|duration| self.began + duration).filter(|end| *end > now);
        let due = self.due(self.started).filter(|_| self.left(now) > 0).filter(|due| *due > now);
        [end, due].into_iter().flatten().min().map(|at| at - now)
    }

    /// Gives lines to the connections that may have more in flight, and sends them.
    fn hand_out(&mut self, now: Instant) -> Result<()> {
        let room = |connection: &Connection| self.load.pipeline.saturating_sub(connection.in_flight());
        let mut rooms: Vec<usize> = self.connections.iter().take(self.load.talkers).map(room).collect();
        let mut touched = vec![false; rooms.len()];
        let mut full = 0;
        // Round and round, a line each, until there is none left to give or no connection takes one.
        while full < rooms.len() && self.left(now) > 0 {
            let since = match self.due(self.started) {
                Some(due) if due > now => break,
                // Who waits for a connection to be free has waited since then.
                Some(due) => due,
                None => now,
            };
            let index = self.turn % rooms.len();
            self.turn = (index + 1) % rooms.len();
            if rooms[index] == 0 {
                full += 1;
                continue;
            }
            full = 0;
            rooms[index] -= 1;
            touched[index] = true;
            self.connections[index].start_line(since);
            self.started += 1;
            if self.started - self.answered == 1 {
                self.heard = now;
            }
        }
        for index in (0..touched.len()).filter(|index| touched[*index]) {
            self.exchange(index)?;
        }
        Ok(())
    }

    fn exchange(&mut self, index: usize) -> Result<()> {
        let (latency, connection) = (&mut self.latency, &mut self.connections[index]);
        let answered = connection
            .exchange(&self.text, |span| latency.saturating_record(span.as_nanos() as u64))
            .with_context(|| format!("connection {} of {}", index + 1, self.load.connections))?;
        if answered > 0 {
            self.answered += answered;
            self.heard = Instant::now();
        }
        Ok(())
    }

    fn move_bar(&self, now: Instant) {
        match self.load.duration {
            Some(_) => self.bar.set_position((now - self.began).as_millis() as u64),
            None => self.bar.set_position(self.answered),
        }
        self.bar.set_message(format!("{} lines", self.answered));
    }

    fn report(&self) -> Report {
        Report::new(self.load, self.answered, self.began.elapsed(), &self.latency)
    }
}

/// A progress bar, on a terminal.
fn bar(load: &Load) -> Result<ProgressBar> {
    if !io::stderr().is_terminal() {
        return Ok(ProgressBar::hidden());
    }
    let length = match (load.duration, load.lines) {
        (Some(duration), _) => duration.as_millis() as u64,
        (None, lines) => lines.unwrap_or(0),
    };
    let style =
        ProgressStyle::with_template("{wide_bar} {percent}% {msg}").context("the bar has no such form")?;
    Ok(ProgressBar::new(length).with_style(style))
}
