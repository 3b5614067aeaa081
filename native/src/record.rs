//! `loopscope record`: what a server does goes into a file, until somebody or something ends it.
//!
//! The recorder is a viewer like the page: of a server that it starts itself, or of the one that a gateway shows.

mod feed;
mod keep;
mod progress;

use std::fs::File;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, anyhow, bail};
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::Batch;
use loopscope_shared::trace::file::{Closing, Header, Origin};
use loopscope_shared::trace::wire::{ServerState, ServerStatus, ToViewer};
use loopscope_shared::world::World;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::collector::Hub;
use crate::config::Server;
use crate::{catalogue, gateway, supervisor, traces};
use feed::Feed;
use keep::Keep;
use progress::Progress;

/// How often what has come is brought to safety, and forgotten where only the last seconds are kept.
const CUT_EVERY: Duration = Duration::from_secs(1);

/// How many bytes the last seconds may take in memory, unless told otherwise.
pub const RING_BYTES: u64 = 256 << 20;

/// A file is as large as it may be when less than this part of it is free: what more would come into it is cut into
/// ever smaller spans.
const NEARLY: u64 = 16;

/// What is recorded, where to, and until when.
#[derive(Clone, Debug)]
pub struct Record {
    /// What tells.
    pub from: From,
    /// The file.
    pub out: PathBuf,
    /// The most bytes of it.
    pub bytes_max: Option<u64>,
    /// The longest time.
    pub time_max: Option<Duration>,
    /// Only so much of the end is kept.
    pub last: Option<Nanos>,
}

/// What tells.
#[derive(Clone, Debug)]
pub enum From {
    /// A server that is started for it.
    Server(Box<Server>),
    /// The gateway at this address.
    Gateway(SocketAddr),
}

/// Records until it is over.
///
/// # Errors
/// If there is nothing to record, or the file cannot be written. What was written until then is good.
pub fn run(config: &Record) -> Result<()> {
    // A file that may not grow any more is an error like others, not the end of the process.
    signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    let file = traces::create(&config.out)?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the async runtime")?;
    let outcome = runtime.block_on(record(config, file));
    if outcome.as_ref().is_err_and(|failed| failed.empty) {
        // Nothing was written, so there is nothing to keep. If it cannot be removed, it is empty.
        let _ = std::fs::remove_file(&config.out);
    }
    outcome.map_err(|failed| failed.error)
}

/// What went wrong, and whether before anything was recorded.
struct Failed {
    error: anyhow::Error,
    empty: bool,
}

impl<E: Into<anyhow::Error>> std::convert::From<E> for Failed {
    fn from(error: E) -> Self {
        Self { error: error.into(), empty: true }
    }
}

async fn record(config: &Record, file: File) -> Result<(), Failed> {
    let (end, ending) = watch::channel(false);
    let mut told = std::pin::pin!(gateway::told_to_end()?);
    let (feed, mut supervising) = match &config.from {
        From::Gateway(address) => (Feed::attached(*address).await?, None),
        From::Server(server) => {
            let (feed, supervising) = start(server, ending).await?;
            (feed, Some(supervising))
        }
    };
    say(&format!("recording to {}", config.out.display()))?;
    let mut recording = Recording::new(config, feed, file);
    let mut cuts = tokio::time::interval(CUT_EVERY);
    let time_max = tokio::time::sleep(config.time_max.unwrap_or(Duration::MAX));
    let mut time_max = std::pin::pin!(time_max);
    let why = loop {
        let step = tokio::select! {
            told = recording.feed.next() => match told {
                Ok(Some(told)) => recording.take(told),
                Ok(None) => break Ok("the gateway ended".to_owned()),
                Err(error) => break Err(error),
            },
            _ = cuts.tick() => recording.cut(),
            () = &mut told => break Ok("it was told to end".to_owned()),
            () = &mut time_max => break Ok("it was as long as it was to be".to_owned()),
        };
        match step {
            Ok(None) => {}
            Ok(Some(why)) => break Ok(why),
            Err(error) => break Err(error.into()),
        }
    };
    // The server answers what it has received, and that is recorded, too.
    end.send_replace(true);
    if let Some(supervising) = supervising.take() {
        let _ = supervising.await;
        while let (Ok(_), Ok(Some(told))) = (&why, recording.feed.rest()) {
            if recording.take(told).is_err() {
                break;
            }
        }
    }
    recording.finish(why)
}

/// Starts a server and a viewer of it. What it tells begins with its beginning.
async fn start(server: &Server, ending: supervisor::Ending) -> Result<(Feed, JoinHandle<Result<()>>)> {
    let status = ServerStatus {
        setup: server.setup(),
        offered: catalogue::run_here().collect(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        state: ServerState::Starting,
    };
    let hub = Arc::new(Hub::new(status, server.level));
    let feed = Feed::own(hub.clone());
    let (tell, listening) = oneshot::channel();
    let supervising = tokio::spawn(supervisor::supervise(hub, server.clone(), tell, ending));
    let Ok(listening) = listening.await else {
        supervising.await??;
        bail!("the server could not be started (--server-listen {})", server.listen)
    };
    say(&format!("rot13: {listening}"))?;
    Ok((feed, supervising))
}

/// A line on standard output, for people and for programs.
fn say(line: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).context("cannot write to standard output")
}

/// A recording that goes on.
struct Recording<'a> {
    config: &'a Record,
    feed: Feed,
    /// The file, until something is written to it.
    file: Option<File>,
    keep: Option<Keep>,
    status: Option<ServerStatus>,
    /// The world from which events go on, until the first of them.
    base: World,
    /// Whether the server ran while we watched.
    ran: bool,
    /// Whether the file is as large as it may be.
    full: bool,
    /// How many events are in it.
    events: u64,
    progress: Progress,
}

impl<'a> Recording<'a> {
    fn new(config: &'a Record, feed: Feed, file: File) -> Self {
        Self {
            config,
            feed,
            file: Some(file),
            keep: None,
            status: None,
            base: World::new(),
            ran: false,
            full: false,
            events: 0,
            progress: Progress::new(),
        }
    }

    /// Takes notice of something. Says why the recording is over, if it is.
    fn take(&mut self, told: ToViewer) -> io::Result<Option<String>> {
        match told {
            ToViewer::Server(status) => {
                let over = match &status.state {
                    ServerState::Running { .. } => {
                        self.ran = true;
                        None
                    }
                    ServerState::Ended { reason, .. } => Some(format!("the server {reason}")),
                    ServerState::Starting => Some("another server took its place".to_owned()),
                    ServerState::Stopping => None,
                };
                self.status = Some(status);
                Ok(over.filter(|_| self.ran))
            }
            ToViewer::Snapshot(world) => {
                match &mut self.keep {
                    Some(keep) => keep.jump(*world)?,
                    None => self.base = *world,
                }
                Ok(None)
            }
            ToViewer::Batch(batch) => self.batch(&batch),
            ToViewer::Gap { .. } | ToViewer::Client(..) | ToViewer::Refused(_) => Ok(None),
        }
    }

    fn batch(&mut self, batch: &Batch) -> io::Result<Option<String>> {
        if self.keep.is_none() {
            self.begin(batch)?;
        }
        let Some(keep) = self.keep.as_mut().filter(|_| !self.full) else { return Ok(None) };
        let full = self.config.bytes_max.filter(|_| self.config.last.is_none());
        for (event, payload) in batch.iter() {
            keep.push(event, payload)?;
            self.events += 1;
            if full.is_some_and(|full| keep.is_full(full)) {
                // What has come is less once it is compressed.
                keep.cut()?;
                if full.is_some_and(|full| keep.is_full(full - full / NEARLY)) {
                    self.full = true;
                    return Ok(Some("it was as large as it was to be".to_owned()));
                }
            }
        }
        Ok(None)
    }

    /// Begins the file with the first events: now the time of the server's clock is known.
    fn begin(&mut self, batch: &Batch) -> io::Result<()> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let header = self.header(batch.events.last().map(|event| event.at));
        let base = std::mem::take(&mut self.base);
        self.keep = Some(match self.config.last {
            Some(last) => {
                let bytes_max = self.config.bytes_max.unwrap_or(RING_BYTES);
                Keep::last(file, &header, base, last, bytes_max)
            }
            None => Keep::all(file, &header, base)?,
        });
        Ok(())
    }

    /// What the trace says of itself, given the instant that it is now.
    fn header(&self, now: Option<Nanos>) -> Header {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let header = match &self.status {
            Some(ServerStatus { setup, .. }) => Header::of(Origin::Recorded, setup.program, &setup.settings),
            None => Header::named(Origin::Recorded, ""),
        };
        let level = match &self.config.from {
            From::Server(server) => Some(server.level),
            From::Gateway(_) => None,
        };
        Header {
            machine: Some(traces::this_machine()),
            clock: "CLOCK_MONOTONIC, from the start of the server".to_owned(),
            level,
            began_unix_ns: now.and_then(|now| (since_1970.as_nanos() as u64).checked_sub(now.0)),
            ..header
        }
    }

    fn cut(&mut self) -> io::Result<Option<String>> {
        let Some(keep) = &mut self.keep else { return Ok(None) };
        keep.cut()?;
        self.progress.show(keep.world().now, self.events, keep.bytes());
        Ok(None)
    }

    /// Ends the file, with the reason or the failure that ended it, and says what became of it.
    fn finish(mut self, why: Result<String>) -> Result<(), Failed> {
        self.progress.clear();
        if self.keep.is_none() && why.is_ok() {
            // Nothing has happened, and that is worth a file, too.
            self.begin(&Batch::default())?;
        }
        let Some(keep) = self.keep else {
            return Err(why.err().unwrap_or_else(|| anyhow!("nothing was recorded")).into());
        };
        let path = self.config.out.display();
        let ended = match why {
            Ok(why) => {
                let ended = keep.finish(&Closing { why: why.clone() });
                ended.map(|bytes| (bytes, why)).with_context(|| format!("{path} could not be ended"))
            }
            Err(error) => {
                let bytes = keep.rescue(&Closing { why: format!("it failed: {error:#}") })?;
                let events = "what was recorded before is in it";
                Err(error.context(format!("{path}, {bytes} bytes, could not be written on; {events}")))
            }
        };
        let (bytes, why) = ended.map_err(|error| Failed { error, empty: false })?;
        let events = self.events;
        Ok(say(&format!("{path}: {events} events, {bytes} bytes; {why}"))?)
    }
}
