//! How descriptors, events, flags and options are written in a script.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::kernel::{Mask, MsgFlags, Opt};

/// A descriptor in a script: the name that an earlier step gave it, or a raw number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Name {
    /// A number, open or not.
    Raw(i32),
    /// A name.
    Named(String),
}

impl Name {
    /// A name.
    pub fn of(name: &str) -> Self {
        Self::Named(name.to_owned())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raw(number) => number.fmt(f),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// Bits that a script writes as a list of names without prefix: `["IN", "ET"]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bits<T>(pub T);

impl<T: bitflags::Flags + Copy> Bits<T> {
    /// The names, in the order of the bits.
    pub fn names(self) -> Vec<&'static str> {
        self.0.iter_names().map(|(name, _)| name).collect()
    }

    fn of_names(names: &[String]) -> Result<Self, String> {
        let mut bits = T::empty();
        for name in names {
            let bit = T::from_name(name).ok_or_else(|| {
                let known: Vec<&str> = T::FLAGS.iter().map(bitflags::Flag::name).collect();
                format!("`{name}` is none of {}", known.join(", "))
            })?;
            bits.insert(bit);
        }
        Ok(Self(bits))
    }
}

impl<T: bitflags::Flags + Copy> Serialize for Bits<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.names().serialize(serializer)
    }
}

impl<'de, T: bitflags::Flags + Copy> Deserialize<'de> for Bits<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::of_names(&Vec::<String>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl From<Mask> for Bits<Mask> {
    fn from(mask: Mask) -> Self {
        Self(mask)
    }
}

impl Bits<MsgFlags> {
    /// No flags.
    pub fn none(&self) -> bool {
        self.0.is_empty()
    }
}

/// An option of a socket, as a script writes it: `SO_RCVBUF`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketOption(pub Opt);

/// The options and their names.
const OPTIONS: &[(&str, Opt)] = &[
    ("SO_ERROR", Opt::Error),
    ("SO_SNDBUF", Opt::SndBuf),
    ("SO_RCVBUF", Opt::RcvBuf),
    ("SO_OOBINLINE", Opt::OobInline),
    ("SO_RCVLOWAT", Opt::RcvLowat),
    ("SO_ACCEPTCONN", Opt::AcceptConn),
    ("SO_REUSEADDR", Opt::ReuseAddr),
    ("TCP_NODELAY", Opt::NoDelay),
    ("SO_REUSEPORT", Opt::ReusePort),
];

impl Serialize for SocketOption {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = OPTIONS.iter().find(|(_, option)| *option == self.0).map_or("", |(name, _)| name);
        name.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SocketOption {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let found = OPTIONS.iter().find(|(known, _)| *known == name);
        found.map(|(_, option)| Self(*option)).ok_or_else(|| {
            let known: Vec<&str> = OPTIONS.iter().map(|(name, _)| *name).collect();
            D::Error::custom(format!("`{name}` is none of {}", known.join(", ")))
        })
    }
}
