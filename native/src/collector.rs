//! What is known of the watched server, in one place, for every viewer.
//!
//! The [`Hub`] holds the authoritative [`World`] and hands on what changes it. To take a snapshot and to
//! subscribe to what comes after it is one step, so that a viewer neither misses an event nor sees one twice.

mod merge;

use std::io::ErrorKind;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};
use axum::body::Bytes;
use loopscope_shared::event::{Counted, What};
use loopscope_shared::ids::Seq;
use loopscope_shared::probe::Level;
use loopscope_shared::servers::Setup;
use loopscope_shared::trace::Batch;
use loopscope_shared::trace::wire::{self, ServerState, ServerStatus, ToViewer};
use loopscope_shared::world::{FileKind, World};
use tokio::net::unix::OwnedReadHalf;
use tokio::sync::{broadcast, watch};

use merge::Merge;

use crate::frame::{self, Frame};
use crate::metrics::Figures;
use crate::totals::{Count, Totals};

/// How many messages a viewer may be behind before it is sent a snapshot instead.
const BEHIND_MAX: usize = 256;

/// How many bytes of frames are taken at once, at most: so long is the longest batch, about.
const READ_MAX: usize = frame::RECORD_MAX;

/// What is known of the server, and who wants to know it.
#[derive(Debug)]
pub struct Hub {
    known: Mutex<Known>,
    news: broadcast::Sender<News>,
    level: watch::Sender<Level>,
    viewers: watch::Sender<usize>,
    setup: watch::Sender<Setup>,
}

#[derive(Debug)]
struct Known {
    status: ServerStatus,
    world: World,
    counted: Books,
}

/// What is counted for [`Figures`].
#[derive(Clone, Debug, Default)]
struct Books {
    /// What this server has counted so far, and what those before it did.
    now: Totals,
    before: Totals,
    /// How many connections of those before it were closed.
    closed_before: u64,
    restarts: u64,
    switches: u64,
}

/// Somebody looks.
#[derive(Debug)]
pub struct Viewing(watch::Sender<usize>);

impl Drop for Viewing {
    fn drop(&mut self) {
        self.0.send_modify(|viewers| *viewers -= 1);
    }
}

/// Why a server is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The gateway is.
    First,
    /// The one before it ended.
    Restart,
    /// It is to take the place of another.
    Switch,
}

/// Something to be sent to every viewer.
#[derive(Clone, Debug)]
pub struct News {
    /// The message, encoded once for all.
    pub message: Bytes,
    /// The number of the event that comes after it.
    pub next: Seq,
}

/// Where a viewer begins, and what it is told from then on.
#[derive(Debug)]
pub struct Subscription {
    /// How the server is.
    pub status: ServerStatus,
    /// All that is known.
    pub world: World,
    /// What happens from then on.
    pub news: broadcast::Receiver<News>,
}

impl Hub {
    /// A hub for a server of which nothing is known yet.
    pub fn new(status: ServerStatus, level: Level) -> Self {
        let (level, setup) = (watch::Sender::new(level), watch::Sender::new(status.setup.clone()));
        let known = Mutex::new(Known { status, world: World::new(), counted: Books::default() });
        Self { known, news: broadcast::Sender::new(BEHIND_MAX), level, viewers: watch::Sender::new(0), setup }
    }

    /// A snapshot, and all that comes after it.
    pub fn subscribe(&self) -> Subscription {
        let known = self.known();
        let (status, world) = (known.status.clone(), known.world.clone());
        Subscription { status, world, news: self.news.subscribe() }
    }

    /// How the server is.
    pub fn status(&self) -> ServerStatus {
        self.known().status.clone()
    }

    /// Takes notice of how the server is.
    pub fn set_state(&self, state: ServerState) {
        let mut known = self.known();
        known.status.state = state;
        let message = ToViewer::Server(known.status.clone());
        self.tell(&known, &message);
    }

    /// A server is started, and what is known of the one before is forgotten.
    pub fn begin(&self, setup: Setup, because: Because) {
        let mut known = self.known();
        known.count_beginning(because);
        known.status.setup = setup;
        known.status.state = ServerState::Starting;
        self.tell(&known, &ToViewer::Server(known.status.clone()));
        known.world = World::new();
        let message = ToViewer::Snapshot(Box::new(known.world.clone()));
        self.tell(&known, &message);
    }

    /// How much the server is to tell, as it changes.
    pub fn level(&self) -> &watch::Sender<Level> {
        &self.level
    }

    /// How much the server is to tell now: kernel buffers are looked at only while somebody sees them.
    pub fn wanted(&self) -> Level {
        let (level, viewers) = (*self.level.borrow(), *self.viewers.borrow());
        if viewers == 0 { level.min(Level::Calls) } else { level }
    }

    /// Returns when what is [wanted](Self::wanted) is no longer the same as that.
    pub async fn wanted_other_than(&self, last: Level) -> Level {
        let (mut level, mut viewers) = (self.level.subscribe(), self.viewers.subscribe());
        loop {
            let wanted = self.wanted();
            if wanted != last {
                return wanted;
            }
            // The senders live as long as the hub.
            let _ = tokio::select! {
                changed = level.changed() => changed,
                changed = viewers.changed() => changed,
            };
        }
    }

    /// Somebody looks, for as long as what is returned lives.
    pub fn viewing(&self) -> Viewing {
        self.viewers.send_modify(|viewers| *viewers += 1);
        Viewing(self.viewers.clone())
    }

    /// Which program is to run, as it changes.
    pub fn setup(&self) -> &watch::Sender<Setup> {
        &self.setup
    }

    /// All figures, with so many viewers.
    pub fn figures(&self, viewers: usize) -> Figures {
        let Known { ref status, ref world, ref counted } = *self.known();
        let mut totals = counted.before.clone();
        totals.add(&counted.now);
        Figures {
            totals,
            open: world.files.values().filter(|file| matches!(file.kind, FileKind::Stream(_))).count() as u64,
            closed: counted.closed_before + world.tally.closed,
            program: status.setup.program,
            up: matches!(status.state, ServerState::Running { .. }),
            restarts: counted.restarts,
            switches: counted.switches,
            viewers: viewers as u64,
        }
    }

    /// Takes notice of what the server has counted. Returns it if some of its events were lost: then the world
    /// cannot count for itself.
    fn counted(&self, totals: &Totals) -> Option<Counted> {
        let now = &mut self.known().counted.now;
        now.advance(totals);
        (now.count(Count::Dropped) > 0).then(|| now.counted())
    }

    /// Takes notice of what happened. The numbers of its events follow those of the ones before.
    fn happened(&self, mut batch: Batch) {
        if batch.is_empty() {
            return;
        }
        let mut known = self.known();
        batch.first = known.world.seq;
        for (event, payload) in batch.iter() {
            known.world.apply(event, payload);
        }
        self.tell(&known, &ToViewer::Batch(batch));
    }

    /// Sends a message to every viewer. The lock is held, so that it has its place among all others.
    fn tell(&self, known: &Known, message: &ToViewer) {
        // An error says that nobody watches.
        if self.news.receiver_count() > 0 {
            let _ = self.news.send(News { message: wire::encode(message).into(), next: known.world.seq });
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // What a panic left behind is still the best that is known.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn count_beginning(&mut self, because: Because) {
        let counted = &mut self.counted;
        counted.before.add(&std::mem::take(&mut counted.now));
        counted.closed_before += self.world.tally.closed;
        match because {
            Because::First => {}
            Because::Restart => counted.restarts += 1,
            Because::Switch => counted.switches += 1,
        }
    }
}

/// Reads frames until the server's end of the channel is closed.
///
/// # Errors
/// If what comes is no frame.
pub async fn collect(hub: &Hub, channel: OwnedReadHalf) -> Result<()> {
    let mut bytes = Vec::new();
    let mut merge = Merge::default();
    loop {
        // What does not fit of a record would be lost.
        bytes.reserve(READ_MAX);
        // Not through `AsyncRead`: that takes a short read for a sign that there is no more, as it is with a
        // stream, and each read here is as short as its record.
        match channel.try_read_buf(&mut bytes) {
            Ok(0) => {
                hub.happened(merge.all());
                return Ok(());
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                wait(hub, &channel, &mut merge).await.context("the channel to the server failed")?;
                continue;
            }
            Err(error) => return Err(error).context("the channel to the server failed"),
        }
        let mut rest = &bytes[..];
        while let Some(frame) = frame::take(&mut rest)? {
            match frame {
                Frame::Event(event, payload) => merge.push(event, payload),
                Frame::Totals(totals) => {
                    if let Some(counted) = hub.counted(&totals) {
                        merge.push_for_all(What::Counted, &wire::encode(&counted));
                    }
                }
            }
        }
        let used = bytes.len() - rest.len();
        bytes.drain(..used);
        hub.happened(merge.settled());
        // There may be something to read for ever. Whoever shares this thread, viewers and orders among them,
        // has a turn all the same.
        tokio::task::yield_now().await;
    }
}

/// Waits for more. What was held back for the sake of order goes on if there is nothing for a while.
async fn wait(hub: &Hub, channel: &OwnedReadHalf, merge: &mut Merge) -> std::io::Result<()> {
    if !merge.is_empty() {
        match tokio::time::timeout(merge::BEHIND_MAX, channel.readable()).await {
            Ok(ready) => return ready,
            Err(_) => hub.happened(merge.all()),
        }
    }
    channel.readable().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use loopscope_shared::servers::{Program, Settings};

    #[tokio::test]
    async fn buffers_are_looked_at_only_while_somebody_sees_them() {
        let setup = Setup { program: Program::Epoll, settings: Settings::default() };
        let status =
            ServerStatus { setup, offered: vec![], version: String::new(), state: ServerState::Starting };
        let hub = Hub::new(status, Level::Buffers);
        assert_eq!(hub.wanted(), Level::Calls);
        let viewing = [hub.viewing(), hub.viewing()];
        assert_eq!(hub.wanted_other_than(Level::Calls).await, Level::Buffers);
        drop(viewing);
        assert_eq!(hub.wanted_other_than(Level::Buffers).await, Level::Calls);
        let _viewing = hub.viewing();
        hub.level().send_replace(Level::Off);
        assert_eq!(hub.wanted(), Level::Off);
    }
}
