//! `client`: one request, one answer, and four places where the program simply waits.

use std::net::SocketAddr;

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Connect, Mode, Sockets};
use crate::servers::Settings;

/// The port of HTTP, if an address names none.
const HTTP_PORT: u16 = 80;

/// How much of the answer is taken at a time, in bytes: the chapter's figure.
const CHUNK: usize = 1_024;

/// Fetches what the settings name. It serves nobody, and leaves the listener alone.
pub async fn serve<K: Sockets + Connect>(k: &K, _listener: Fd, settings: &Settings) -> Result<(), Errno> {
    fetch(k, &settings.url).await.map(drop)
}

/// Fetches `http://host[:port][/path]` with HTTP/1.0, and returns the whole answer, head and all.
///
/// # Errors
/// `EINVAL` for an address of another form, and those of the calls.
pub async fn fetch<K: Sockets + Connect>(k: &K, url: &str) -> Result<Vec<u8>, Errno> {
    let Address { authority, host, port, path } = parts(url).ok_or(Errno::EINVAL)?;
    // Waits for a name server.
    let addresses = k.resolve(host, port).await?;
    let fd = connected(k, &addresses).await?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: {authority}\r\n\r\n");
    let answer = exchange(k, fd, request.as_bytes()).await;
    k.close(fd).await?;
    answer
}

/// The status in the first line of an answer: `200` of `HTTP/1.0 200 OK`.
pub fn status(answer: &[u8]) -> Option<u16> {
    let first = answer.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(first).ok()?.split(' ');
    words.next().filter(|version| version.starts_with("HTTP/"))?;
    words.next()?.parse().ok()
}

/// A connection to the first address that takes one.
async fn connected<K: Sockets + Connect>(k: &K, addresses: &[SocketAddr]) -> Result<Fd, Errno> {
    let mut failure = Errno::ENOENT;
    for address in addresses {
        let fd = k.socket(*address, Mode::Blocking).await?;
        // Waits for the other end's SYN+ACK.
        match k.connect(fd, *address).await {
            Ok(()) => return Ok(fd),
            Err(errno) => failure = errno,
        }
        k.close(fd).await?;
    }
    Err(failure)
}

/// Sends all of the request, then receives until the other end has said its last.
async fn exchange<K: Sockets>(k: &K, fd: Fd, request: &[u8]) -> Result<Vec<u8>, Errno> {
    let mut rest = request;
    while !rest.is_empty() {
        // Waits for room in the send buffer, and may send a part only.
        let count = k.send(fd, rest).await?;
        rest = &rest[count..];
    }
    let mut answer = Vec::new();
    let mut chunk = [0; CHUNK];
    loop {
        // Waits for bytes.
        match k.recv(fd, &mut chunk).await? {
            0 => return Ok(answer),
            count => answer.extend_from_slice(&chunk[..count]),
        }
    }
}

/// The parts of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// Host and port, as they are written.
    pub authority: &'a str,
    /// The host, without the brackets in which one of IPv6 stands.
    pub host: &'a str,
    /// The port, HTTP's own if none is written.
    pub port: u16,
    /// The path, with all that follows.
    pub path: &'a str,
}

/// Takes an address apart; `None` if it has another form than `http://host[:port][/path]`.
pub fn parts(url: &str) -> Option<Address<'_>> {
    let rest = url.strip_prefix("http://")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let path = if path.is_empty() { "/" } else { path };
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port = match port {
        "" => HTTP_PORT,
        port => port.strip_prefix(':')?.parse().ok()?,
    };
    (!host.is_empty()).then_some(Address { authority, host, port, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        for (url, authority, host, port, path) in [
            ("http://example.com", "example.com", "example.com", 80, "/"),
            ("http://example.com:8080/a/b?c", "example.com:8080", "example.com", 8080, "/a/b?c"),
            ("http://[::1]:81/", "[::1]:81", "::1", 81, "/"),
            ("http://[::1]/x", "[::1]", "::1", 80, "/x"),
        ] {
            assert_eq!(parts(url), Some(Address { authority, host, port, path }));
        }
        for wrong in ["example.com", "https://example.com/", "http://", "http://h:port/", "http://h:99999/"] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_status_is_read() {
        assert_eq!(status(b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\n"), Some(200));
        assert_eq!(status(b"220 mail.example.com\r\n"), None);
        assert_eq!(status(b""), None);
    }
}
