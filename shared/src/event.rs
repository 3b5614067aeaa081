//! What can happen: the one vocabulary in which a simulated kernel, the real one and a recorded trace speak.
//!
//! An event is small and `Copy`. The bytes that belong to it — data, bitmaps, event lists: what crossed the
//! line between program and kernel — go beside it as its *payload*, and the event only says how many there
//! are. The payload of each kind is said at its variant.

mod counted;
mod describe;
mod inside;
mod names;
mod outside;
mod syscall;

use serde::{Deserialize, Serialize};

pub use counted::Counted;
pub use describe::{call_text, describe, history_line};
pub use inside::{Doing, Inside};
pub use names::CallName;
pub use outside::{Details, Thing, Transfer};
pub use syscall::{Call, Done, Handed, Place, Ret, Submitted};

use crate::ids::{Fd, TaskId};
use crate::kernel::{Levels, Note};
use crate::time::Nanos;

/// The most bytes of user data that an event carries as payload. What a call moved beyond that is counted,
/// not kept: 64 bytes show what a line says, and keep a trace small.
pub const CAPTURE_MAX: usize = 64;

/// The most bytes of text that are kept of a call without a form of its own: enough for its name and the first
/// arguments, of which there may be thousands.
pub const OTHER_MAX: usize = 256;

/// The list in a payload that carries one; empty if it cannot be read.
pub fn list_in<T: serde::de::DeserializeOwned>(payload: &[u8]) -> Vec<T> {
    postcard::from_bytes(payload).unwrap_or_default()
}

/// Something that happened. Its number ([`crate::ids::Seq`]) is its place in the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Nanos,
    /// To which task; [`TaskId::KERNEL`] if to none.
    pub task: TaskId,
    /// What.
    pub what: What,
    /// How many bytes of payload belong to it.
    pub payload_len: u32,
}

/// The kinds of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// The task begins. Payload: its name, UTF-8.
    TaskBegin {
        /// Who started it; [`TaskId::KERNEL`] for the first.
        parent: TaskId,
        /// Whether it shares its parent's descriptors (a thread) or has its own.
        thread: bool,
    },
    /// The task ends.
    TaskEnd {
        /// Its exit status.
        status: i32,
    },
    /// A listener that the program had from the start.
    Listening {
        /// Its descriptor.
        fd: Fd,
        /// How many connections may wait in its queue (`listen(2)`); the queue holds one more.
        backlog: u32,
    },
    /// The task makes a system call. Payload: what goes down into the kernel (data to be sent, at most
    /// [`CAPTURE_MAX`] bytes of it; the sets of `select`; the event of `epoll_ctl`).
    Enter {
        /// The call and its arguments.
        call: Call,
        /// The line of source in which it is made.
        place: Place,
    },
    /// The call that the task made last returns. Payload: what comes up out of the kernel (data received, at
    /// most [`CAPTURE_MAX`] bytes; the sets of `select`; the events of `epoll_wait`; the client's address, as
    /// postcard writes it, for `accept`).
    Exit {
        /// What it returned.
        ret: Ret,
        /// How many line feeds were among the bytes that were moved, all of them counted. 0 for a call that
        /// brings completions: each [`Done`] says its own.
        lines: u32,
    },
    /// An observer looked at a socket's buffers. Payload: the first of the waiting bytes.
    Sample {
        /// The socket.
        fd: Fd,
        /// What was seen.
        levels: Levels,
    },
    /// An observer looked at the accept queue of a listener.
    Queue {
        /// The listener.
        fd: Fd,
        /// How many connections wait in it.
        waiting: u32,
    },
    /// The program tells something of itself.
    Note {
        /// What.
        note: Note,
        /// The line of source in which it does.
        place: Place,
    },
    /// So many events before this one were lost, because whoever kept them had no room.
    Dropped {
        /// How many.
        count: u64,
    },
    /// What a server has counted so far, told after events were lost: counts are exact all the same. Payload:
    /// [`Counted`], as postcard writes it.
    Counted,
    /// What is told was seen from outside the program, by somebody who knows nothing of what it keeps, nor of
    /// the kernel's buffers: `strace(1)`. The first event of such a trace.
    Outside,
    /// An observer from outside sees what a descriptor names. It may have been open before the trace began.
    /// Payload: [`Details`], as postcard writes it.
    Found {
        /// The descriptor.
        fd: Fd,
        /// What it names.
        thing: Thing,
        /// Whether its calls fail with `EAGAIN` instead of sleeping (`O_NONBLOCK`), where that is known.
        nonblocking: Option<bool>,
        /// Whether it is closed when the process begins another program (`FD_CLOEXEC`), where that is known.
        close_on_exec: Option<bool>,
    },
    /// The task gets a signal. Payload: what the observer says of it, UTF-8.
    Signal {
        /// Its number; 0 if it is not known.
        number: i32,
    },
    /// Something that only a simulated kernel can tell. The payload is said at each variant of [`Inside`].
    Inside(Inside),
}
