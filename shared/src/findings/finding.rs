//! What is found, as plain data.

use serde::{Deserialize, Serialize};

use crate::event::{Call, Place, Ret, call_text};
use crate::findings::{Kind, Severity};
use crate::ids::{Fd, Seq, TaskId};
use crate::time::Nanos;

/// One kind of trouble in one program, at one line of source where that is known: however often it happened.
///
/// [`Finding::sentence`] says it in words, [`Kind::advice`] what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// How grave it is.
    pub severity: Severity,
    /// The program: the first of its tasks that is known.
    pub program: TaskId,
    /// What that is called.
    pub name: String,
    /// The line of source, where it is known.
    pub place: Option<Place>,
    /// How often it happened.
    pub count: u64,
    /// How often it could have happened: the calls at that line, or whatever [`Kind`] says. 0 where that means
    /// nothing.
    pub of: u64,
    /// To how many tasks it happened, counted up to [`Finding::DISTINCT_MAX`].
    pub tasks: u64,
    /// With how many descriptors, counted up to [`Finding::DISTINCT_MAX`].
    pub fds: u64,
    /// The first time.
    pub first: Occurrence,
    /// The worst time; the first of several that are as bad.
    pub worst: Occurrence,
    /// The last time.
    pub last: Nanos,
}

/// One time that it happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// The event at which it was found.
    pub seq: Seq,
    /// When.
    pub at: Nanos,
    /// To which task.
    pub task: TaskId,
    /// With which descriptor.
    pub fd: Option<Fd>,
    /// Another descriptor that has to do with it: of starvation, the one that was served meanwhile.
    pub other: Option<Fd>,
    /// How bad it was; what it measures is said at each [`Kind`].
    pub weight: u64,
    /// The calls that show it, in their order, at most [`Occurrence::EVIDENCE_MAX`].
    pub evidence: Vec<Evidence>,
}

/// A call that shows something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The number of the event with which it began.
    pub seq: Seq,
    /// When.
    pub at: Nanos,
    /// Who made it.
    pub task: TaskId,
    /// The call.
    pub call: Call,
    /// What it returned; `None` if it had not returned.
    pub ret: Option<Ret>,
    /// The line of source in which it was made.
    pub place: Place,
}

impl Finding {
    /// How far different tasks and descriptors are counted: beyond that it is enough to know that they are many,
    /// and to keep them all would need memory for each.
    pub const DISTINCT_MAX: u64 = 1_000;

    /// When it was found for the first time.
    pub fn at(&self) -> Nanos {
        self.first.at
    }

    /// The event at which it was found for the first time.
    pub fn seq(&self) -> Seq {
        self.first.seq
    }

    /// The part of the occasions on which it happened, in percent, where that means something.
    pub fn percent(&self) -> Option<u64> {
        (self.of > 0).then(|| (u128::from(self.count) * 100 / u128::from(self.of)).min(100) as u64)
    }
}

impl Occurrence {
    /// How many calls are kept of one time: enough for the pattern, and a finding stays small.
    pub const EVIDENCE_MAX: usize = 4;
}

impl Evidence {
    /// The call as `strace(1)` would write it, without the bytes that crossed: `recv(7, …, 1) = 1`.
    pub fn text(&self) -> String {
        // Of a call without a form of its own the text went by with the event.
        let call = match self.call {
            Call::Other { name, .. } => format!("{}(…)", name.text()),
            call => call_text(call, &[]),
        };
        match self.ret {
            Some(Ok(value)) => format!("{call} = {value}"),
            Some(Err(errno)) => format!("{call} = {errno}"),
            None => format!("{call} …"),
        }
    }
}
