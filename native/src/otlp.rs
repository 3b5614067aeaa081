//! `serve --otlp URL`: the figures of `/metrics`, and each turn of an event loop as a span, for a collector of
//! [OpenTelemetry's](https://opentelemetry.io/docs/specs/otlp/).
//!
//! The messages are those of the official crate `opentelemetry-proto`. They are made here, not by its SDK: the
//! figures are sums and histograms that the server has counted already, exactly and over the ends of servers, and
//! the SDK only has instruments that count anew.
//!
//! Nothing waits for the collector. One export is under way at a time, in a task of its own; what comes meanwhile
//! is kept up to a limit, and of spans that are too many the longest stay.

mod metrics;
mod post;
mod spans;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Result, anyhow};
use hyper::Uri;
use loopscope_shared::trace::wire::{self, ToViewer};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::collector::Hub;
use crate::config::Otlp;

use spans::Turns;

/// How often the collector is sent to unless told otherwise, in milliseconds: as often as OpenTelemetry's own
/// batches of spans.
pub const INTERVAL_MS: u64 = 5_000;

/// The shortest interval, in milliseconds: more often tells nothing more, and costs.
pub const INTERVAL_MS_MIN: u64 = 100;

/// How long the collector may take for an export: OpenTelemetry's own limit.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long it may take for the last one, when the gateway ends.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(1);

/// Where a collector is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collector(Uri);

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Reads the address of a collector.
///
/// # Errors
/// If it is none that can be sent to.
pub fn url(text: &str) -> Result<Collector, String> {
    let uri: Uri = text.parse().map_err(|error| format!("{error}"))?;
    match (uri.scheme_str(), uri.host(), uri.query()) {
        (Some("http"), Some(_), None) => Ok(Collector(uri)),
        (Some("https"), ..) => {
            Err("this sends over plain HTTP only: run a collector on this machine, and let that send it on"
                .to_owned())
        }
        _ => Err("write the address of a collector such as http://localhost:4318".to_owned()),
    }
}

/// Sends to the collector until the gateway ends.
pub async fn send(
    hub: Arc<Hub>,
    config: Otlp,
    viewers: impl Fn() -> usize,
    mut ending: watch::Receiver<bool>,
) {
    let began = now();
    let mut news = hub.subscribe().news;
    let mut turns = Turns::new();
    let mut due = interval(config.every);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut under_way: Option<JoinHandle<Result<()>>> = None;
    let mut health = Health { collector: config.collector.clone(), well: true };
    loop {
        tokio::select! {
            told = news.recv() => match told.map(|news| wire::decode(&news.message)) {
                Ok(Ok(ToViewer::Batch(batch))) => turns.extend(&batch, now()),
                Ok(Ok(ToViewer::Snapshot(_))) | Err(RecvError::Lagged(_)) => turns.gap(),
                Ok(_) => {}
                Err(RecvError::Closed) => return,
            },
            _ = due.tick() => {
                if let Some(sent) = under_way.take_if(|sent| sent.is_finished()) {
                    health.note(outcome(sent).await);
                }
                if under_way.is_none() {
                    let export = Export::new(&hub, viewers(), &mut turns, began);
                    under_way = Some(tokio::spawn(export.send(config.collector.clone(), EXPORT_TIMEOUT)));
                }
            }
            _ = ending.changed() => break,
        }
    }
    if let Some(sent) = under_way {
        sent.abort();
    }
    let last = Export::new(&hub, viewers(), &mut turns, began);
    health.note(last.send(config.collector, GOODBYE_TIMEOUT).await);
}

async fn outcome(sent: JoinHandle<Result<()>>) -> Result<()> {
    sent.await.unwrap_or_else(|error| Err(error.into()))
}

/// Whether the collector takes what it is sent. That it does not is said once, and once that it does again.
struct Health {
    collector: Collector,
    well: bool,
}

impl Health {
    fn note(&mut self, outcome: Result<()>) {
        match (outcome, self.well) {
            (Err(error), true) => {
                tracing::warn!(
                    "the collector at {} does not take metrics and spans: {error:#}; it is tried again, and not said again",
                    self.collector
                );
            }
            (Ok(()), false) => {
                tracing::info!("the collector at {} takes metrics and spans again", self.collector)
            }
            (outcome, _) => return self.well = outcome.is_ok(),
        }
        self.well = !self.well;
    }
}

/// What is sent at one time.
struct Export {
    metrics: Vec<u8>,
    spans: Option<Vec<u8>>,
}

impl Export {
    fn new(hub: &Hub, viewers: usize, turns: &mut Turns, began: u64) -> Self {
        let metrics = metrics::request(&hub.figures(viewers), began, now());
        Self { metrics, spans: turns.request() }
    }

    async fn send(self, to: Collector, within: Duration) -> Result<()> {
        let both = async {
            post::post(&to.0, "v1/metrics", self.metrics).await?;
            match self.spans {
                Some(spans) => post::post(&to.0, "v1/traces", spans).await,
                None => Ok(()),
            }
        };
        let late = |_| anyhow!("it has not answered within {within:?}");
        timeout(within, both).await.map_err(late)?
    }
}

/// Nanoseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Who sends it.
fn resource() -> Resource {
    let attributes = vec![
        text("service.name", "loopscope"),
        text("service.version", env!("CARGO_PKG_VERSION")),
        number("process.pid", u64::from(std::process::id())),
    ];
    Resource { attributes, ..Resource::default() }
}

/// What of it made it.
fn scope() -> InstrumentationScope {
    let (name, version) = ("loopscope".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    InstrumentationScope { name, version, ..InstrumentationScope::default() }
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Value::StringValue(value.to_owned()))
}

fn number(key: &str, value: u64) -> KeyValue {
    attribute(key, Value::IntValue(i64::try_from(value).unwrap_or(i64::MAX)))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_is_named_by_its_address() {
        assert_eq!(url("http://localhost:4318").unwrap().to_string(), "http://localhost:4318/");
        assert!(url("https://example.com").unwrap_err().contains("plain HTTP"));
        for nonsense in ["localhost:4318", "", "http://", "ftp://localhost", "http://localhost/?a"] {
            assert!(url(nonsense).is_err(), "{nonsense}");
        }
    }
}
