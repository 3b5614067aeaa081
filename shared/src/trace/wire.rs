//! What the gateway and its viewers say to each other, as binary WebSocket messages.
//!
//! The first message of each side is a greeting of fixed form, [`greeting`], so that any two versions
//! understand it: four letters and the version of the protocol. All that follows is [`ToViewer`] and
//! [`ToGateway`] in postcard's encoding, one value a message. If the versions differ, nothing follows: the
//! viewer tells its user.

use std::fmt;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::errno::Errno;
use crate::ids::Seq;
use crate::probe::Level;
use crate::servers::{Program, Setup};
use crate::trace::Batch;
use crate::world::World;

/// The version of the protocol. It counts up with every change of a type that is sent: [`World`] and
/// [`crate::event::Event`] are among them.
pub const PROTOCOL_VERSION: u16 = 6;

/// The largest message that a viewer may send, in bytes: a line of the longest length that is sensible by
/// hand, several times over.
pub const TO_GATEWAY_MAX: usize = 1 << 20;

/// How many connections a viewer may have open at once.
pub const CLIENTS_MAX: usize = 64;

const MAGIC: &[u8; 4] = b"LSCP";

/// The first message of each side.
pub fn greeting() -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend(PROTOCOL_VERSION.to_le_bytes());
    bytes
}

/// Reads the other side's first message.
///
/// # Errors
/// If it is no greeting, or that of another version.
pub fn check_greeting(bytes: &[u8]) -> Result<(), WireError> {
    let Some((MAGIC, rest)) = bytes.split_first_chunk() else { return Err(WireError::NoGreeting) };
    let Some(version) = rest.first_chunk() else { return Err(WireError::NoGreeting) };
    match u16::from_le_bytes(*version) {
        PROTOCOL_VERSION => Ok(()),
        theirs => Err(WireError::Version { theirs, ours: PROTOCOL_VERSION }),
    }
}

/// What can be wrong with a message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WireError {
    /// The first message is none of ours.
    #[error("the other end does not speak Loopscope's protocol: is this address a Loopscope gateway?")]
    NoGreeting,
    /// The two ends are of different versions.
    #[error(
        "the page speaks version {ours} of the protocol and the gateway version {theirs} (or the other way round): \
         reload the page, or restart the gateway, so that both are of the same build"
    )]
    Version {
        /// The version of the other side.
        theirs: u16,
        /// Our own.
        ours: u16,
    },
    /// The bytes are not a message.
    #[error("a message could not be read: {0}")]
    Broken(String),
}

/// What the gateway tells a viewer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToViewer {
    /// How the server is, at the beginning and whenever that changes.
    Server(ServerStatus),
    /// Where to begin: all that is known now. Batches go on from `world.seq`. It also follows a [`Self::Gap`].
    Snapshot(Box<World>),
    /// What happened since.
    Batch(Batch),
    /// The viewer was too slow: events from `from` on were skipped, and a snapshot follows.
    Gap {
        /// The first event that was skipped.
        from: Seq,
    },
    /// Something about one of the viewer's own connections.
    Client(ClientId, ClientEvent),
    /// A request could not be carried out; the session goes on.
    Refused(String),
}

/// What a viewer asks of the gateway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToGateway {
    /// Open a TCP connection to the ROT13 server (to nothing else).
    Open(ClientId),
    /// Send bytes on it, exactly these.
    Send(ClientId, Vec<u8>),
    /// Send no more on it (`shutdown(SHUT_WR)`), and go on reading.
    HalfClose(ClientId),
    /// Close it.
    Close(ClientId),
    /// Throw it away (`SO_LINGER` 0, then close): the server sees a reset.
    Reset(ClientId),
    /// Stop reading from it, or read again.
    Read(ClientId, bool),
    /// Set how much the server tells.
    Level(Level),
    /// Stop the server, and start this one in its place, on the same port.
    Switch(Setup),
}

/// The name that a viewer gives to a connection of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ClientId(pub u32);

/// What becomes of a viewer's connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClientEvent {
    /// It is open; its own address is the one that the server sees.
    Opened(SocketAddr),
    /// Bytes came from the server.
    Received(Vec<u8>),
    /// The server has ended it, or it was closed on request.
    Closed,
    /// It failed, with this error.
    Failed(Errno),
}

/// How the ROT13 server is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerStatus {
    /// The program, and what is set of it.
    pub setup: Setup,
    /// The programs that it can be switched to: those that run on this system.
    pub offered: Vec<Program>,
    /// The version of Loopscope that runs it.
    pub version: String,
    /// Its state.
    pub state: ServerState,
}

/// The states of the ROT13 server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ServerState {
    /// It is being started.
    Starting,
    /// It serves.
    Running {
        /// Its process number.
        pid: u32,
        /// Where it listens.
        listen: SocketAddr,
    },
    /// It was told to stop, because another takes its place: it takes no more clients, and answers those that
    /// it has.
    Stopping,
    /// It has ended; it is started again after so many milliseconds.
    Ended {
        /// Why.
        reason: Reason,
        /// When it is started again.
        restart_ms: u64,
    },
}

/// How a server came to its end that nobody had asked for. Its words are English, for logs; the page has its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// How.
    pub how: End,
    /// What it said last, or what the system says of it, as it was said; often nothing.
    pub said: String,
}

/// A way in which a process ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// With this exit code.
    Exit(i32),
    /// By this signal: its number, and its name if it has one.
    Signal(String),
    /// It never ran, or what it told could not be read.
    Failed,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.how {
            End::Exit(code) => write!(f, "ended with exit code {code}")?,
            End::Signal(signal) => write!(f, "was killed by signal {signal}")?,
            End::Failed => f.write_str("failed")?,
        }
        if self.said.is_empty() { Ok(()) } else { write!(f, ": {}", self.said) }
    }
}

/// Writes a message.
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    postcard::to_stdvec(message).expect("every message is made of types that postcard can write")
}

/// Reads a message.
///
/// # Errors
/// If the bytes are not one.
pub fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, WireError> {
    postcard::from_bytes(bytes).map_err(|error| WireError::Broken(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_says_its_version() {
        assert_eq!(check_greeting(&greeting()), Ok(()));
        assert_eq!(check_greeting(b""), Err(WireError::NoGreeting));
        assert_eq!(check_greeting(b"LSCP"), Err(WireError::NoGreeting));
        assert_eq!(check_greeting(b"GET / HTTP/1.1"), Err(WireError::NoGreeting));
        let theirs = PROTOCOL_VERSION + 1;
        let mut other = greeting();
        other[4..].copy_from_slice(&theirs.to_le_bytes());
        let error = check_greeting(&other).unwrap_err();
        assert_eq!(error, WireError::Version { theirs, ours: PROTOCOL_VERSION });
        assert!(error.to_string().contains("reload the page"));
    }

    #[test]
    fn messages_survive_the_wire_and_garbage_does_not_break_it() {
        let message = ToGateway::Send(ClientId(3), b"Hello\n".to_vec());
        let bytes = encode(&message);
        assert_eq!(decode(&bytes), Ok(message));
        for cut in 0..bytes.len() {
            assert!(decode::<ToGateway>(&bytes[..cut]).is_err());
        }
        let snapshot = ToViewer::Snapshot(Box::new(World::new()));
        assert_eq!(decode(&encode(&snapshot)), Ok(snapshot));
    }
}
