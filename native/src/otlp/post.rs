//! An export on its way: one HTTP request.

use anyhow::{Context as _, Result, bail};
use axum::body::{Body, to_bytes};
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse;
use prost::Message as _;
use tokio::net::TcpStream;

/// How much of an answer is read: it says how much was refused, and why.
const ANSWER_MAX: usize = 64 << 10;

/// The port where the address has none, as of any `http` address.
const PORT: u16 = 80;

/// Sends a message below the address of the collector.
///
/// # Errors
/// If the collector cannot be reached, or does not take all of it.
pub(super) async fn post(collector: &Uri, path: &str, message: Vec<u8>) -> Result<()> {
    let authority = collector.authority().context("the address has no host")?;
    // An IPv6 address stands in brackets.
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((host, authority.port_u16().unwrap_or(PORT))).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the sender; what fails in it fails in the request, too.
    tokio::spawn(connection);
    let request = Request::post(format!("{}/{path}", collector.path().trim_end_matches('/')))
        .header(HOST, authority.as_str())
        .header(CONTENT_TYPE, "application/x-protobuf")
        .header(USER_AGENT, concat!("loopscope/", env!("CARGO_PKG_VERSION")))
        .body(Body::from(message))?;
    let answer = sender.send_request(request).await?;
    let status = answer.status();
    let body = to_bytes(Body::new(answer.into_body()), ANSWER_MAX).await.unwrap_or_default();
    if !status.is_success() {
        bail!("it answers {path} with {status}");
    }
    // The answers for metrics and for spans have the same form.
    let answer = ExportMetricsServiceResponse::decode(body).unwrap_or_default();
    match answer.partial_success {
        Some(partial) if partial.rejected_data_points > 0 => {
            bail!("it refuses {} of {path}: {}", partial.rejected_data_points, partial.error_message)
        }
        _ => Ok(()),
    }
}
