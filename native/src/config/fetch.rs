//! What `loopscope fetch` means.

use std::time::Duration;

use loopscope_shared::servers::client;

use super::Misuse;
use crate::cli::FetchArgs;

/// How many bytes an answer may have unless told otherwise: it is kept in memory until it is complete.
pub const FETCH_BYTES_MAX: usize = 16 << 20;

/// How long a fetch may take unless told otherwise, in seconds.
pub const FETCH_SECONDS: f64 = 30.0;

/// The longest time that makes sense, in seconds: a day.
const SECONDS_MAX: f64 = 86_400.0;

/// What is to be fetched.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetch {
    /// From where.
    pub url: String,
    /// Whether the head is printed, too.
    pub head: bool,
    /// Whether it is told what the client does.
    pub trace: bool,
    /// How many bytes the answer may have.
    pub bytes_max: usize,
    /// How long all may take.
    pub timeout: Duration,
}

/// What `loopscope fetch` means.
///
/// # Errors
/// If the address is none that can be fetched, or a number makes no sense.
pub fn fetch(args: FetchArgs) -> Result<Fetch, Misuse> {
    let FetchArgs { url, include: head, trace, max_bytes: bytes_max, timeout } = args;
    if url.starts_with("https:") {
        return Err(Misuse(format!(
            "{url}: the chapter's client speaks no TLS: take an address with http://"
        )));
    }
    // What is not printable would become a part of the request.
    let printable = url.bytes().all(|byte| byte.is_ascii_graphic());
    if !printable || client::parts(&url).is_none() {
        return Err(Misuse(format!(
            "{url:?}: write http://host[:port][/path], in ASCII and without blanks (write those as %20)"
        )));
    }
    if !(timeout > 0.0 && timeout <= SECONDS_MAX) {
        return Err(Misuse(format!("--timeout {timeout}: write a number above 0, up to {SECONDS_MAX}")));
    }
    Ok(Fetch { url, head, trace, bytes_max, timeout: Duration::from_secs_f64(timeout) })
}
