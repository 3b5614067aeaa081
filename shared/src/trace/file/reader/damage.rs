//! What is wrong with a file, and what is missing because of it.

use std::fmt;

use crate::ids::Seq;

/// A part of a file that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The byte of the file at which it begins.
    pub at: u64,
    /// What is wrong.
    pub why: Why,
    /// The events that are missing: from that number up to this one, or, if none is said, to an end of which
    /// nothing is known. `None` if all events are there.
    pub missing: Option<(Seq, Option<Seq>)>,
}

/// What can be wrong with a part of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The header is damaged: the trace does not say any more what it is of.
    Header,
    /// The file ends too early: it was cut off, or is still being written.
    CutOff,
    /// The head of a chunk is damaged, so that nothing is known of what follows.
    Head,
    /// A chunk is not the one that was written: its checksum differs.
    Sum,
    /// A chunk cannot be understood, though its checksum is right: it was written wrongly.
    Contents,
    /// The index at the end is damaged.
    Index,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.why {
            Why::Header => "the header is damaged, so nobody can say what the trace is of",
            Why::CutOff => "the file ends too early: it was cut off, or is still being written",
            Why::Head => "the head of a chunk is damaged, so what follows is not known",
            Why::Sum => "a chunk is damaged: its checksum differs",
            Why::Contents => "a chunk was written wrongly: it is not what its head says",
            Why::Index => "the index is damaged, and was made anew",
        };
        write!(f, "at byte {}: {what}", self.at)?;
        match self.missing {
            Some((from, Some(next))) => {
                write!(f, "; events {} to {} are missing", from.ordinal(), next.0)
            }
            Some((from, None)) => write!(f, "; what there was from event {} on is missing", from.ordinal()),
            None => Ok(()),
        }
    }
}
