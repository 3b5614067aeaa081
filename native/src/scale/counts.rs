//! What lines cost in counts: the server is watched, as the page would, and its world tells.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use loopscope_shared::probe::Level;
use loopscope_shared::scale::Point;
use loopscope_shared::servers::Program;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::wire::{ServerState, ServerStatus};
use loopscope_shared::world::Tally;
use tokio::runtime::Runtime;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{oneshot, watch};

use super::{REST, Wish, talk};
use crate::collector::Hub;
use crate::config::Watched;
use crate::supervisor;

/// How long what a server tells may be on its way.
const TOLD_WITHIN: Duration = Duration::from_secs(10);

/// Watches servers.
pub(super) struct Counter {
    runtime: Runtime,
}

impl Counter {
    pub(super) fn new() -> Result<Self> {
        Ok(Self { runtime: Runtime::new().context("cannot start the async runtime")? })
    }

    /// The counts of a point; its times are nothing yet.
    pub(super) fn count(&self, wish: Wish) -> Result<Point> {
        let server = wish.server(Watched::ByGateway);
        let status = ServerStatus {
            setup: server.setup(),
            offered: Vec::new(),
            version: String::new(),
            state: ServerState::Starting,
        };
        let hub = Arc::new(Hub::new(status, Level::Calls));
        let (end, ending) = watch::channel(false);
        let (tell, listening) = oneshot::channel();
        let supervising = self.runtime.spawn(supervisor::supervise(hub.clone(), server, tell, ending));
        let Ok(to) = self.runtime.block_on(listening) else {
            self.runtime.block_on(supervising)??;
            bail!("the server did not start")
        };
        let mut due = u64::from(wish.connections);
        let talked = talk(wish, to, || {
            let tally = self.runtime.block_on(told(&hub, due, wish.program == Program::BusyPoll));
            due += u64::from(wish.lines);
            tally
        });
        end.send_replace(true);
        self.runtime.block_on(supervising)??;
        let (before, after, _) = talked?;
        let spent = after.since(&before);
        // Bytes and descriptors are known of the lines that were told, which are all, unless the server is too quick.
        let of_all = |count: u64| {
            let whole = u128::from(count) * u128::from(spent.lines) / u128::from(spent.lines_told.max(1));
            u64::try_from(whole).unwrap_or(u64::MAX)
        };
        Ok(Point {
            connections: wish.connections,
            lines: spent.lines,
            cpu: Nanos::ZERO,
            calls: spent.calls,
            scanned: of_all(spent.scanned),
            bytes: of_all(spent.bytes_down + spent.bytes_up),
            p99: Nanos::ZERO,
        })
    }
}

/// What is counted once so many lines are, and nothing more is told; of a server that is `restless`, at once.
async fn told(hub: &Hub, lines: u64, restless: bool) -> Result<Tally> {
    let waiting = async {
        loop {
            let mut subscription = hub.subscribe();
            let counted = subscription.world.tally.lines >= lines;
            let quiet = match tokio::time::timeout(REST, subscription.news.recv()).await {
                Ok(Err(RecvError::Closed)) | Err(_) => true,
                Ok(_) => false,
            };
            if counted && (quiet || restless) {
                return subscription.world.tally;
            }
        }
    };
    tokio::time::timeout(TOLD_WITHIN, waiting).await.context("the server did not tell of all lines")
}
