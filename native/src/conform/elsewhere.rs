//! Where there is no Linux: the cases were observed there, and what is under way is read from its `/proc`.

use loopscope_shared::conformance::{Reply, Step};

/// Says that it cannot be done.
pub(super) fn run(_: Vec<Step>) -> Vec<Reply> {
    vec![Reply::Impossible("the real kernel is compared on Linux only".to_owned())]
}
