//! Bytes that wait unread while the thread sleeps, and whether anything will tell of them.

use loopscope_shared::kernel::Mask;
use loopscope_shared::world::{File, FileKind, Provenance, Task, TaskState, World};

use super::Readiness;

/// Whether bytes wait whose edge is over: they came before this instant (an edge of now may yet be put on the
/// ready list), the descriptor is not on it, and the thread sleeps in its wait.
pub(super) fn is_unheard(world: &World, task: &Task, file: &File, registered: Option<(Mask, bool)>) -> bool {
    let waits = task.call.as_ref().is_some_and(|open| open.call.is_wait());
    let asleep = waits && task.state == TaskState::Blocked;
    let silent = registered.is_some_and(|(mask, listed)| mask.contains(Mask::ET) && !listed);
    let FileKind::Stream(stream) = &file.kind else { return false };
    let old = stream.waiting_since.is_some_and(|since| since < world.now);
    asleep && silent && old && stream.recv.provenance == Provenance::Told && stream.recv.level > 0
}

/// Whether the program leaves bytes where they are since it cannot send its answers, and will hear of the
/// room to send: an edge, which tells of all that is ready.
pub(super) fn is_held_back(file: &File, readiness: Readiness, watched: Option<Mask>) -> bool {
    let FileKind::Stream(stream) = &file.kind else { return false };
    let due = readiness.writable() == Some(false) || !stream.lines_due.is_empty();
    due && watched.is_some_and(|mask| mask.contains(Mask::OUT))
}
