//! `loopscope replay`: offers the page, and a trace to be opened in it.

use std::fs::File;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{self, HeaderMap};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures_util::stream;
use tokio::net::TcpListener;

use crate::gateway::guard::Offers;
use crate::gateway::{self, BACKLOG};
use crate::{listener, traces};

/// How many bytes of the file are in memory at once, for each that reads it.
const PIECE: u64 = 1 << 20;

/// Which trace, and where it is offered.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The file.
    pub path: PathBuf,
    /// Where the page is offered.
    pub listen: SocketAddr,
}

/// Offers the page until the process is told to end.
///
/// # Errors
/// If the trace cannot be opened, or the page not be offered.
pub fn run(config: &Replay) -> Result<()> {
    // Whoever opens the page should not be the first to see that it is no trace.
    let reader = traces::open(&config.path)?;
    for damage in reader.damage() {
        writeln!(io::stderr(), "{}: {damage}", config.path.display())?;
    }
    let runtime = tokio::runtime::Runtime::new().context("cannot start the async runtime")?;
    runtime.block_on(offer(config))
}

async fn offer(config: &Replay) -> Result<()> {
    let stopped = gateway::told_to_end()?;
    let listener = listener::listen(config.listen, BACKLOG)
        .with_context(|| format!("the page cannot be offered (--listen {})", config.listen))?;
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let page = listener.local_addr()?;
    let trace = Arc::new(Trace::open(&config.path)?);
    let own = Router::new().route("/trace", get(part)).with_state(trace);
    let mut out = io::stdout().lock();
    writeln!(out, "page: http://{page}/#/v2/trace?from=/trace")
        .and_then(|()| out.flush())
        .context("cannot write to standard output")?;
    tokio::select! {
        served = axum::serve(listener, gateway::with_page(own, page, Offers::Trace)).into_future() => served?,
        () = stopped => {}
    }
    Ok(())
}

/// The file that is offered.
#[derive(Debug)]
struct Trace {
    file: File,
    len: u64,
    name: HeaderValue,
}

impl Trace {
    fn open(path: &std::path::Path) -> Result<Self> {
        let file = File::open(path)?;
        let len = file.metadata()?.len();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // A name in a header is plain (RFC 6266, appendix D); the page shows nothing but it.
        let plain: String = name
            .chars()
            .map(
                |letter| {
                    if letter.is_ascii_graphic() && letter != '"' && letter != '\\' { letter } else { '_' }
                },
            )
            .collect();
        let name = HeaderValue::from_str(&format!("inline; filename=\"{plain}\""))?;
        Ok(Self { file, len, name })
    }
}

/// Answers with the file, or with the part of it that is asked for (RFC 9110, 14).
async fn part(State(trace): State<Arc<Trace>>, asked: HeaderMap) -> Response {
    let whole = format!("bytes */{}", trace.len);
    let range = match asked
        .get(header::RANGE)
        .map(|range| range.to_str().ok().and_then(|text| range_of(text, trace.len)))
    {
        None => None,
        Some(Some(range)) => Some(range),
        Some(None) => {
            return (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, whole)]).into_response();
        }
    };
    let status = if range.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let Range { start, end } = range.clone().unwrap_or(0..trace.len);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_DISPOSITION, trace.name.clone());
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(end - start));
    // The file may be written again under the same name.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if range.is_some()
        && let Ok(said) = HeaderValue::from_str(&format!("bytes {start}-{}/{}", end - 1, trace.len))
    {
        headers.insert(header::CONTENT_RANGE, said);
    }
    let pieces = stream::unfold((trace, start), move |(trace, at)| async move {
        if at >= end {
            return None;
        }
        let upto = end.min(at + PIECE);
        let reading = trace.clone();
        let piece = tokio::task::spawn_blocking(move || reading.piece(at..upto)).await;
        Some((piece.unwrap_or_else(|error| Err(io::Error::other(error))), (trace, upto)))
    });
    (status, headers, Body::from_stream(pieces)).into_response()
}

impl Trace {
    fn piece(&self, range: Range<u64>) -> io::Result<Bytes> {
        let mut bytes = vec![0; (range.end - range.start) as usize];
        self.file.read_exact_at(&mut bytes, range.start)?;
        Ok(bytes.into())
    }
}

/// The bytes that a `Range` asks for: `bytes=5-9`, `bytes=5-`, `bytes=-5`. None if there are no such, or several
/// parts are asked for.
fn range_of(text: &str, len: u64) -> Option<Range<u64>> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let range = match (first, last) {
        ("", last) => len.saturating_sub(last.parse().ok()?)..len,
        (first, "") => first.parse().ok()?..len,
        (first, last) => first.parse().ok()?..last.parse::<u64>().ok()?.saturating_add(1).min(len),
    };
    (range.start < range.end).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_of_bytes_that_are_there() {
        for (text, expect) in [
            ("bytes=0-0", Some(0..1)),
            ("bytes=5-9", Some(5..10)),
            ("bytes=5-", Some(5..20)),
            ("bytes=-5", Some(15..20)),
            ("bytes=-50", Some(0..20)),
            ("bytes=19-99", Some(19..20)),
            ("bytes=20-", None),
            ("bytes=9-5", None),
            ("bytes=-0", None),
            ("bytes=0-1,3-4", None),
            ("lines=0-1", None),
            ("bytes=18446744073709551615-18446744073709551615", None),
        ] {
            assert_eq!(range_of(text, 20), expect, "{text}");
        }
    }
}
