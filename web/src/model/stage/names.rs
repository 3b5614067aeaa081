//! What descriptors are called, the same everywhere on the stage.

use loopscope_shared::ids::{Fd, TaskId};
use loopscope_shared::world::{Table, World};

/// The names of the descriptors of one process.
pub(super) struct Names<'a>(Option<&'a Table>);

impl<'a> Names<'a> {
    /// Those of the process that a task belongs to.
    pub(super) fn of(world: &'a World, task: TaskId) -> Self {
        Self(world.table_of(task))
    }

    /// What an open descriptor is called; its bare number if it is not open.
    pub(super) fn name(&self, fd: Fd) -> String {
        let descriptor = self.0.and_then(|table| table.fds.get(&fd));
        descriptor.map_or_else(|| fd.to_string(), |descriptor| name(fd, descriptor.generation))
    }
}

/// `7`, or `7.2` where the number has its second life.
pub(super) fn name(fd: Fd, generation: u32) -> String {
    match generation {
        0 | 1 => fd.to_string(),
        life => format!("{fd}.{life}"),
    }
}
