//! Where the reader is: in which file, and where in a recording.

use loopscope_shared::ids::Seq;
use loopscope_shared::time::Nanos;

/// A file that the reader has opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceFile {
    /// The number under which the browser's file is kept ([`crate::source::files`]).
    pub id: usize,
    /// Its name.
    pub name: String,
    /// Where on the page's host it came from, if it came from there.
    pub from: Option<String>,
    /// The index of the part that is looked at: a page does not hold more of it at once.
    pub part: usize,
}

/// Where the reader is in a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cursor {
    /// Where a recording opens.
    #[default]
    Home,
    /// Where so many events have happened.
    At(Seq),
    /// Where all has happened that happened until then.
    Time(Nanos),
    /// At its end, also when it grows.
    End,
}
