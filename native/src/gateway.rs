//! `loopscope serve`: offers the page, and stands between its viewers and the watched server.
//!
//! It listens on loopback only, and `guard` turns away whatever another site's page might try. One viewer is
//! one `session`.

mod assets;
mod clients;
pub(crate) mod guard;
mod session;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use loopscope_shared::trace::wire::{ServerState, ServerStatus};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, oneshot, watch};

use crate::collector::Hub;
use crate::config::Serve;
use crate::{catalogue, listener, logs, metrics, otlp, supervisor};

/// How many viewers there may be at once. Each may hold messages and connections: the limit bounds both.
const VIEWERS_MAX: usize = 32;

/// How long viewers may take, when the gateway ends, to be told so.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(1);

/// How many connections to the page may wait to be accepted: as many as a browser opens, several times over.
pub(crate) const BACKLOG: u32 = 128;

/// Offers the page until the process is told to end.
///
/// # Errors
/// If it cannot listen, or if the server cannot be started.
pub fn serve(config: &Serve) -> Result<()> {
    logs::start(&config.log);
    let runtime = tokio::runtime::Runtime::new().context("cannot start the async runtime")?;
    runtime.block_on(run(config))
}

/// What every request may need.
#[derive(Clone, Debug)]
struct Gateway {
    hub: Arc<Hub>,
    viewers: Arc<Semaphore>,
    ending: watch::Receiver<bool>,
    measured: Arc<str>,
}

async fn run(config: &Serve) -> Result<()> {
    let (end, ending) = watch::channel(false);
    let mut stopped = std::pin::pin!(told_to_end()?);
    let listener = listener::listen(config.listen, BACKLOG)
        .with_context(|| format!("the page cannot be offered (--listen {})", config.listen))?;
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let page = listener.local_addr()?;

    let status = ServerStatus {
        setup: config.server.setup(),
        offered: catalogue::run_here().collect(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        state: ServerState::Starting,
    };
    let hub = Arc::new(Hub::new(status, config.server.level));
    let (tell, listening) = oneshot::channel();
    let supervising =
        tokio::spawn(supervisor::supervise(hub.clone(), config.server.clone(), tell, ending.clone()));
    let rot13 = tokio::select! {
        listening = listening => listening,
        () = &mut stopped => return Ok(()),
    };
    let Ok(rot13) = rot13 else {
        let failed = format!("the server could not be started (--server-listen {})", config.server.listen);
        return supervising.await?.context(failed);
    };
    announce(page, rot13)?;

    let viewers = Arc::new(Semaphore::new(VIEWERS_MAX));
    let sending = config.otlp.clone().map(|otlp| {
        let looking = viewers.clone();
        let viewers = move || VIEWERS_MAX - looking.available_permits();
        tokio::spawn(otlp::send(hub.clone(), otlp, viewers, ending.clone()))
    });
    let measured = config.measured.clone().unwrap_or_default().into();
    let gateway = Gateway { hub, viewers: viewers.clone(), ending, measured };
    tokio::select! {
        served = axum::serve(listener, routes(gateway, page)).into_future() => served?,
        () = stopped => {}
    }
    // The server answers what it has received, and each session says goodbye and gives its place back.
    end.send_replace(true);
    let ended = supervising.await?;
    if let Some(sending) = sending {
        sending.await?;
    }
    if tokio::time::timeout(GOODBYE_TIMEOUT, viewers.acquire_many(VIEWERS_MAX as u32)).await.is_err() {
        tracing::warn!("a viewer did not read that the gateway ends");
    }
    ended
}

/// Becomes ready on `SIGINT` and on `SIGTERM`.
pub(crate) fn told_to_end() -> Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot handle SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot handle SIGTERM")?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Says where everything is, on standard output, for people and for programs.
fn announce(page: SocketAddr, rot13: SocketAddr) -> Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "page: http://{page}/")
        .and_then(|()| writeln!(out, "rot13: {rot13}"))
        .and_then(|()| out.flush())
        .context("cannot write to standard output")
}

fn routes(gateway: Gateway, page: SocketAddr) -> Router {
    let own = Router::new()
        .route("/ws", get(watch_server))
        .route("/metrics", get(figures))
        .route("/measured.csv", get(measured))
        .with_state(gateway);
    with_page(own, page, guard::Offers::Live)
}

/// The page, beside what else is offered at its address.
pub(crate) fn with_page(own: Router, page: SocketAddr, offers: guard::Offers) -> Router {
    own.route("/health", get(async || concat!("ok ", env!("CARGO_PKG_VERSION"), "\n")))
        .fallback(assets::file)
        .layer(middleware::from_fn_with_state(Arc::new(guard::Guard::new(page, offers)), guard::check))
}

async fn figures(State(gateway): State<Gateway>) -> impl IntoResponse {
    let viewers = VIEWERS_MAX - gateway.viewers.available_permits();
    ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], gateway.hub.figures(viewers).text())
}

/// What was measured of this machine's kernel; nothing, if nothing was.
async fn measured(State(gateway): State<Gateway>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/csv; charset=utf-8")], gateway.measured.to_string())
}

async fn watch_server(State(gateway): State<Gateway>, request: Request) -> Response {
    session::open(gateway, request)
}
