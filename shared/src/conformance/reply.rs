//! What a step returned.

use serde_json::{Value, json};

use super::names::{Bits, Name};
use crate::errno::Errno;
use crate::kernel::Mask;

/// What a step returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It was done.
    Done,
    /// It failed.
    Failed(Errno),
    /// So many bytes.
    Ret(i64),
    /// These bytes; none is the end of input.
    Data(Vec<u8>),
    /// Whether two names are one number.
    Same(bool),
    /// The pending error.
    Pending(Option<Errno>),
    /// The value of an option, or how many bytes wait.
    Value(i64),
    /// How many bits `select` set, and which.
    Selected {
        /// What it returned.
        ret: i64,
        /// The read set.
        read: Vec<Name>,
        /// The write set.
        write: Vec<Name>,
        /// The third set.
        except: Vec<Name>,
    },
    /// What `poll` found, in the order of its argument.
    Polled(Vec<(Name, Mask)>),
    /// What `epoll_wait` found, in its order.
    Waited(Vec<(Name, Mask)>),
    /// Whether a thread is still in its call.
    Blocked(bool),
    /// How many threads have returned.
    Count(i64),
    /// The step could not be done at all: it names something that is not there.
    Impossible(String),
}

impl Reply {
    /// The reply as a script's file writes it.
    pub fn to_json(&self) -> Value {
        let ready = |list: &[(Name, Mask)], key: &str| {
            list.iter().map(|(on, mask)| json!({ "on": on, key: Bits(*mask).names() })).collect()
        };
        match self {
            Self::Done => json!({ "ok": true }),
            Self::Failed(errno) => json!({ "errno": named(*errno) }),
            Self::Ret(ret) => json!({ "ret": ret }),
            // One character a byte, as in Latin-1, so that every byte can be written.
            Self::Data(bytes) => {
                json!({ "data": bytes.iter().map(|byte| char::from(*byte)).collect::<String>() })
            }
            Self::Same(same) => json!({ "same": same }),
            Self::Pending(None) => json!({ "error": 0 }),
            Self::Pending(Some(Errno::Other(number))) => json!({ "error": number }),
            Self::Pending(Some(errno)) => json!({ "error": named(*errno) }),
            Self::Value(value) => json!({ "value": value }),
            Self::Selected { ret, read, write, except } => {
                json!({ "ret": ret, "read": read, "write": write, "except": except })
            }
            Self::Polled(list) => Value::Array(ready(list, "revents")),
            Self::Waited(list) => Value::Array(ready(list, "events")),
            Self::Blocked(blocked) => json!({ "blocked": blocked }),
            Self::Count(count) => json!({ "count": count }),
            Self::Impossible(why) => json!({ "impossible": why }),
        }
    }
}

/// The name of an error, or its number if it has none here.
fn named(errno: Errno) -> String {
    match errno {
        Errno::Other(number) => number.to_string(),
        errno => errno.to_string(),
    }
}
