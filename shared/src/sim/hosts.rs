//! Hosts at the far end: each has a name, accepts whoever connects, waits for a request and answers it by its
//! script.

use std::net::SocketAddr;

use crate::event::{Doing, Inside};
use crate::ids::{FileId, PeerId};
use crate::sim::files::{File, Kind};
use crate::sim::machine::{Due, Machine};
use crate::sim::peers::Peer;
use crate::sim::script::Script;
use crate::sim::tcp::State;
use crate::time::Nanos;

/// The requests that a host has heard: each ends with an empty line (RFC 9112, 2.1).
#[derive(Debug, Default)]
pub(super) struct Requests {
    heard: u64,
    /// Whether the line that is being heard is empty so far.
    line_is_empty: bool,
}

impl Requests {
    pub(super) fn hears(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'\n' if self.line_is_empty => {
                    self.heard += 1;
                    self.line_is_empty = false;
                }
                b'\n' => self.line_is_empty = true,
                b'\r' => {}
                _ => self.line_is_empty = false,
            }
        }
    }

    /// Takes a request, if there is one.
    pub(super) fn take(&mut self) -> bool {
        let there = self.heard > 0;
        self.heard -= u64::from(there);
        there
    }
}

impl Machine {
    /// Looks up a name: how long that takes, and the address of the host, if there is one.
    pub(super) fn look_up(&self, name: &str, port: u16) -> Option<(Nanos, SocketAddr)> {
        let index = self.hosts.iter().position(|host| host.name.eq_ignore_ascii_case(name))?;
        Some((self.hosts[index].lookup, SocketAddr::new(address(index)?.ip(), port)))
    }

    /// The host that accepts connections to this address.
    fn host_at(&self, to: SocketAddr) -> Option<usize> {
        let on = |(index, port): (usize, u16)| {
            address(index).is_some_and(|address| address.ip() == to.ip()) && port == to.port()
        };
        self.hosts.iter().map(|host| host.port).enumerate().position(on)
    }

    /// A SYN of the program comes to a host, which accepts: makes its end of the connection, joined with the
    /// program's, and begins its script when the program knows that it is connected. `None` if there is no such
    /// host.
    pub(super) fn host_accepts(&mut self, to: SocketAddr, program_end: FileId) -> Option<FileId> {
        let host = self.host_at(to)?;
        let steps = self.hosts[host].steps.as_slice().into();
        let id = PeerId(self.peers.iter().next_back().map_or(0, |(last, _)| last.0) + 1);
        let mut tcp = self.new_tcp();
        (tcp.state, tcp.other, tcp.nodelay) = (State::Established, Some(program_end), true);
        let file = self.add_file(File::new(Kind::Socket(Box::new(tcp)), Some(id)));
        let mut peer = Peer::new(Script::new(steps, 1));
        peer.file = Some(file);
        peer.requests = Some(Requests::default());
        peer.connected = true;
        // Until its SYN-ACK has been acknowledged it says nothing.
        peer.thinking = true;
        self.peers.insert(id, Box::new(peer));
        let name = self.hosts[host].name.clone();
        self.tell_cause(Inside::Peer { peer: id, doing: Doing::Connected }, name.as_bytes());
        let latency = self.network.latency;
        self.schedule(self.clock + latency + latency, Due::Thought(id));
        Some(file)
    }
}

/// The address of the host with that index: one for documentation (RFC 5737), so that it is not taken for a
/// real one. `None` beyond those that there are.
fn address(index: usize) -> Option<SocketAddr> {
    let last = u8::try_from(index + 1).ok()?;
    Some(SocketAddr::from(([192, 0, 2, last], 0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_ends_with_an_empty_line() {
        let mut requests = Requests::default();
        requests.hears(b"GET / HTTP/1.0\r\nHost: a");
        requests.hears(b"\r\n\r");
        assert!(!requests.take());
        requests.hears(b"\n");
        assert!(requests.take());
        assert!(!requests.take());
        requests.hears(b"GET /\n\nGET /\n\n");
        assert!(requests.take() && requests.take() && !requests.take());
    }
}
