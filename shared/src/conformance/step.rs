//! One line of a script: a system call on named descriptors, and what is expected of it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::names::{Bits, Name, SocketOption};
use crate::kernel::{Mask, MsgFlags};

/// A step of a script.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What is done.
    pub op: Op,
    /// What it should return, as the file says it; nothing is compared if it says nothing.
    pub expect: Option<Value>,
}

/// What a step does. The fields are those of the format; sockets do not block unless that is said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, reason = "docs/conformance.md has the table of the fields")]
pub enum Op {
    Socket {
        #[serde(rename = "as")]
        name: String,
        #[serde(default = "yes", skip_serializing_if = "is_yes")]
        nonblocking: bool,
    },
    Bind {
        on: Name,
    },
    Listen {
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Name>,
        backlog: i32,
        #[serde(default = "yes", skip_serializing_if = "is_yes")]
        nonblocking: bool,
    },
    Connect {
        #[serde(rename = "as", default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Name>,
        to: Name,
        #[serde(default = "yes", skip_serializing_if = "is_yes")]
        nonblocking: bool,
    },
    Accept {
        on: Name,
        #[serde(rename = "as")]
        name: String,
        #[serde(default = "yes", skip_serializing_if = "is_yes")]
        nonblocking: bool,
    },
    Send {
        on: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size: Option<u32>,
        #[serde(default, skip_serializing_if = "Bits::none")]
        flags: Bits<MsgFlags>,
    },
    Recv {
        on: Name,
        len: u32,
        #[serde(default, skip_serializing_if = "Bits::none")]
        flags: Bits<MsgFlags>,
    },
    Write {
        on: Name,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        size: Option<u32>,
    },
    Read {
        on: Name,
        len: u32,
    },
    Fill {
        on: Name,
    },
    Drain {
        on: Name,
    },
    Shutdown {
        on: Name,
        how: How,
    },
    Close {
        on: Name,
    },
    Reset {
        on: Name,
    },
    Dup {
        on: Name,
        #[serde(rename = "as")]
        name: String,
    },
    SameFd {
        a: Name,
        b: Name,
    },
    SoError {
        on: Name,
    },
    Setopt {
        on: Name,
        opt: SocketOption,
        value: i32,
    },
    Getopt {
        on: Name,
        opt: SocketOption,
    },
    Fionread {
        on: Name,
    },
    Pipe {
        #[serde(rename = "as")]
        names: [String; 2],
    },
    OpenFile {
        #[serde(rename = "as")]
        name: String,
    },
    Sleep {
        ms: u64,
    },
    Select {
        #[serde(default)]
        read: Vec<Name>,
        #[serde(default)]
        write: Vec<Name>,
        #[serde(default)]
        except: Vec<Name>,
        #[serde(deserialize_with = "present")]
        timeout_ms: Option<i64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nfds: Option<i32>,
    },
    Poll {
        fds: Vec<Asked>,
        #[serde(deserialize_with = "present")]
        timeout_ms: Option<i64>,
    },
    EpollCreate {
        #[serde(rename = "as")]
        name: String,
    },
    EpollCtl {
        on: Name,
        act: Act,
        fd: Name,
        #[serde(default)]
        events: Bits<Mask>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<Name>,
    },
    EpollWait {
        on: Name,
        max: i32,
        #[serde(deserialize_with = "present")]
        timeout_ms: Option<i64>,
        #[serde(default, skip_serializing_if = "is_no")]
        ordered: bool,
    },
    Spawn {
        #[serde(rename = "as")]
        name: String,
        step: Box<Step>,
    },
    Blocked {
        on: String,
    },
    Join {
        on: String,
    },
    Woken {
        on: Vec<String>,
    },
    Settle {},
}

/// A descriptor in `poll`, and what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The descriptor.
    pub on: Name,
    /// What is asked.
    pub events: Bits<Mask>,
}

/// Which direction is shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "they are those of shutdown(2)")]
pub enum How {
    Rd,
    Wr,
    Rdwr,
}

/// What is done to an interest list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "they are those of epoll_ctl(2)")]
pub enum Act {
    Add,
    Mod,
    Del,
    /// An operation that there is not.
    Bad,
}

impl Op {
    /// What is wrong with it although every field by itself is right.
    fn complaint(&self) -> Option<&'static str> {
        match self {
            Self::Listen { name, on, .. } | Self::Connect { name, on, .. }
                if name.is_some() == on.is_some() =>
            {
                Some("it needs either `as`, for a new socket, or `on`")
            }
            Self::Send { data, size, .. } | Self::Write { data, size, .. }
                if data.is_some() == size.is_some() =>
            {
                Some("it needs either `data` or `size`")
            }
            _ => None,
        }
    }

    /// Whether it is about urgent data.
    pub fn is_urgent(&self) -> bool {
        match self {
            Self::Send { flags, .. } | Self::Recv { flags, .. } => flags.0.contains(MsgFlags::OOB),
            Self::Setopt { opt, .. } | Self::Getopt { opt, .. } => opt.0 == crate::kernel::Opt::OobInline,
            Self::Spawn { step, .. } => step.op.is_urgent(),
            _ => false,
        }
    }
}

impl Step {
    /// A step of which nothing is expected.
    pub fn of(op: Op) -> Self {
        Self { op, expect: None }
    }
}

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Map::deserialize(deserializer)?;
        let expect = fields.remove("expect");
        let op: Op = serde_json::from_value(Value::Object(fields)).map_err(D::Error::custom)?;
        match op.complaint() {
            None => Ok(Self { op, expect }),
            Some(complaint) => Err(D::Error::custom(complaint)),
        }
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Line<'a> {
            #[serde(flatten)]
            op: &'a Op,
            #[serde(skip_serializing_if = "Option::is_none")]
            expect: Option<&'a Value>,
        }
        Line { op: &self.op, expect: self.expect.as_ref() }.serialize(serializer)
    }
}

fn yes() -> bool {
    true
}

fn is_yes(flag: &bool) -> bool {
    *flag
}

fn is_no(flag: &bool) -> bool {
    !*flag
}

/// A field that has to be there, even if it says `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Option::deserialize(deserializer)
}
