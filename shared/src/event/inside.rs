//! What only a simulated kernel can tell: the state behind the calls.

use serde::{Deserialize, Serialize};

use crate::ids::{Fd, FileId, PeerId, Seq};
use crate::kernel::Mask;

/// Something that happened inside the kernel, or beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Inside {
    /// A handshake is complete: a new connection waits in the accept queue of the listener.
    Queued {
        /// The listener.
        listener: FileId,
        /// The connection, which has no descriptor yet.
        file: FileId,
        /// The client.
        peer: PeerId,
        /// How many bytes its receive buffer holds.
        recv_capacity: u32,
        /// How many bytes its send buffer holds.
        send_capacity: u32,
    },
    /// The accept queue was full: the client's SYN was dropped, and the client will try again.
    SynDropped {
        /// The listener.
        listener: FileId,
        /// The client.
        peer: PeerId,
    },
    /// A connection that a program itself asked for (`connect`) is there.
    Established {
        /// The connection.
        file: FileId,
        /// How many bytes its receive buffer holds.
        recv_capacity: u32,
        /// How many bytes its send buffer holds.
        send_capacity: u32,
    },
    /// In the call that is under way, or by an operation that it started, the task got a descriptor for this
    /// file.
    Installed {
        /// The new descriptor.
        fd: Fd,
        /// What it names.
        file: FileId,
    },
    /// Bytes came into the receive buffer. Payload: the first of them.
    Arrived {
        /// The connection.
        file: FileId,
        /// How many.
        bytes: u32,
    },
    /// A call that sends found room for a part of what is left; it sleeps until there is room for more. Payload:
    /// the first bytes of the part.
    Put {
        /// The connection.
        file: FileId,
        /// How many.
        bytes: u32,
    },
    /// Bytes left the send buffer: the other end has them.
    Drained {
        /// The connection.
        file: FileId,
        /// How many.
        bytes: u32,
    },
    /// The other end has ended its direction (FIN).
    InputEnded {
        /// The connection.
        file: FileId,
    },
    /// The other end has thrown the connection away (RST).
    Reset {
        /// The connection.
        file: FileId,
    },
    /// What a wait would say of the file has changed.
    Ready {
        /// The file.
        file: FileId,
        /// What is so now.
        mask: Mask,
    },
    /// An item of an epoll instance went onto its ready list, at the end.
    Listed {
        /// The epoll instance.
        epoll: FileId,
        /// The registered descriptor.
        fd: Fd,
    },
    /// An item was taken off the ready list.
    Unlisted {
        /// The epoll instance.
        epoll: FileId,
        /// The registered descriptor.
        fd: Fd,
    },
    /// An operation that a program started has done something: a completion for it waits in the queue.
    Completed {
        /// The rings or the completion port in whose queue it waits.
        queue: FileId,
        /// The program's number for the operation.
        user: u64,
        /// The file that it was about.
        file: FileId,
        /// How many bytes it took out of the receive buffer.
        taken: u32,
        /// How many it put into the send buffer.
        put: u32,
    },
    /// The task sleeps in its call.
    Blocked,
    /// The task may run again.
    Woken {
        /// The event that woke it.
        cause: Seq,
    },
    /// The task has a CPU, for the first time or again.
    Running {
        /// Which CPU, from 0.
        cpu: u16,
    },
    /// The task's slice of time is over and others wait: it has lost its CPU, and waits for one.
    Preempted,
    /// A client, or a host that the program has called, did something.
    Peer {
        /// The client, or the host.
        peer: PeerId,
        /// What.
        doing: Doing,
    },
}

/// What a client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Doing {
    /// It sent its SYN and waits.
    Connecting,
    /// Its connection is established. Payload: of a host that the program has called, the name.
    Connected,
    /// It sent bytes. Payload: the first of them.
    Sent {
        /// How many.
        bytes: u32,
    },
    /// It read bytes. Payload: the first of them.
    Received {
        /// How many.
        bytes: u32,
        /// How many of them were line feeds.
        lines: u32,
    },
    /// It waits before it goes on.
    Thinking,
    /// It waits for the answers to what it sent.
    Awaiting,
    /// From now on it does not read what comes.
    NotReading,
    /// It reads what comes.
    Reading,
    /// It will send no more (`shutdown(SHUT_WR)`).
    HalfClosed,
    /// It closed its socket.
    Closed,
    /// It reset the connection (`SO_LINGER` 0, then `close`).
    Reset,
    /// It has seen the end of what the server sends.
    SawEnd,
    /// It was reset by the server.
    WasReset,
}
