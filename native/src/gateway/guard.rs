//! Who may ask: only the page that this gateway offers, in a browser on this machine.
//!
//! A page of another site can make a browser send requests here, and by a name that it controls it can make
//! them look like requests to itself. So a request must name one of our own authorities as its `Host`, and as
//! its `Origin` if it has one. What is answered may load from here alone (Content-Security-Policy).

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

/// What is our own.
#[derive(Debug)]
pub(super) struct Guard {
    /// `host:port` in every form in which a browser on this machine may write it.
    authorities: Vec<String>,
    offers: Offers,
}

/// What stands behind the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offers {
    /// A running server.
    Live,
    /// A trace, and no server.
    Trace,
}

/// What a page may do, but for its inline scripts, which `policy` lets in one by one.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                      worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Sent with everything.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// By this one the page knows that a gateway stands behind it, not a host of files.
const GATEWAY: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-loopscope-gateway"), HeaderValue::from_static(env!("CARGO_PKG_VERSION")));

impl Guard {
    /// The guard of a gateway that listens there.
    pub(super) fn new(listen: SocketAddr, offers: Offers) -> Self {
        let port = listen.port();
        let mut authorities = vec![listen.to_string()];
        for host in ["127.0.0.1", "localhost", "[::1]"] {
            let authority = format!("{host}:{port}");
            if !authorities.contains(&authority) {
                authorities.push(authority);
            }
            if port == 80 {
                authorities.push(host.to_owned());
            }
        }
        Self { authorities, offers }
    }

    /// Why the request is turned away, if it is.
    fn refuse(&self, uri: &Uri, headers: &HeaderMap) -> Option<(StatusCode, String)> {
        let ours = |authority: &str| self.authorities.iter().any(|own| own.eq_ignore_ascii_case(authority));
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        if !host.is_some_and(ours) || uri.authority().is_some_and(|authority| !ours(authority.as_str())) {
            let (host, own) = (host.unwrap_or("no host"), &self.authorities[0]);
            let why = format!("This is not {host}. Loopscope's page is at http://{own}/ and nowhere else.\n");
            return Some((StatusCode::MISDIRECTED_REQUEST, why));
        }
        let origin = headers.get(header::ORIGIN)?;
        if origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://")).is_some_and(ours) {
            return None;
        }
        let origin = String::from_utf8_lossy(origin.as_bytes());
        let why = format!("Pages of {origin} may not use this gateway; only its own page may.\n");
        Some((StatusCode::FORBIDDEN, why))
    }

    /// The Content-Security-Policy for a response in which inline scripts with these hashes may run.
    fn policy(&self, scripts: &[String]) -> String {
        let scripts: String = scripts.iter().map(|hash| format!(" 'sha256-{hash}'")).collect();
        // IPv6 addresses cannot be written in a policy; for a page that came from one, 'self' must do.
        let writable = self.authorities.iter().filter(|own| !own.starts_with('['));
        let sockets: String = writable.map(|own| format!(" ws://{own}")).collect();
        format!("{POLICY}; script-src 'self' 'wasm-unsafe-eval'{scripts}; connect-src 'self'{sockets}")
    }
}

/// The hashes of the inline scripts of a response, for the policy that goes with it.
#[derive(Clone, Debug, Default)]
pub(super) struct InlineScripts(pub(super) Vec<String>);

/// Turns away what is not ours, and puts the headers on whatever is answered.
pub(super) async fn check(State(guard): State<Arc<Guard>>, request: Request, next: Next) -> Response {
    let mut response = match guard.refuse(request.uri(), request.headers()) {
        Some(refusal) => {
            tracing::warn!("refused {} {}: {}", request.method(), request.uri(), refusal.1.trim_end());
            refusal.into_response()
        }
        None => next.run(request).await,
    };
    let scripts = response.extensions_mut().remove::<InlineScripts>().unwrap_or_default();
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&guard.policy(&scripts.0)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.extend(HEADERS);
    if guard.offers == Offers::Live {
        headers.extend([GATEWAY]);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: Option<&str>, origin: Option<&str>, expect: Option<StatusCode>) {
        let guard = Guard::new("127.0.0.1:8013".parse().unwrap(), Offers::Live);
        let mut headers = HeaderMap::new();
        for (name, value) in [(header::HOST, host), (header::ORIGIN, origin)] {
            if let Some(value) = value {
                headers.insert(name, value.parse().unwrap());
            }
        }
        let refusal = guard.refuse(&Uri::from_static("/"), &headers);
        assert_eq!(refusal.map(|(status, _)| status), expect, "{host:?} {origin:?}");
    }

    #[test]
    fn only_our_own_authority_is_served() {
        check(Some("127.0.0.1:8013"), None, None);
        check(Some("LOCALHOST:8013"), None, None);
        check(Some("[::1]:8013"), None, None);
        for other in ["evil.example", "evil.example:8013", "127.0.0.1", "127.0.0.1:80", "localhost:8013.evil"]
        {
            check(Some(other), None, Some(StatusCode::MISDIRECTED_REQUEST));
        }
        check(None, None, Some(StatusCode::MISDIRECTED_REQUEST));
    }

    #[test]
    fn only_our_own_page_may_ask() {
        let host = Some("127.0.0.1:8013");
        check(host, Some("http://127.0.0.1:8013"), None);
        check(host, Some("http://localhost:8013"), None);
        for other in ["null", "http://evil.example", "https://127.0.0.1:8013", "http://127.0.0.1:8014"] {
            check(host, Some(other), Some(StatusCode::FORBIDDEN));
        }
    }
}
