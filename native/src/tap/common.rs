//! What a server's process shares with the children that it forks: a piece of memory.

use std::io;
use std::ptr;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use loopscope_shared::ids::TaskId;
use loopscope_shared::probe::Level;
use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};

use super::counts::Cells;
use crate::frame;

/// How much is told, which numbers tasks have, and what was counted, for all processes of a server.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) level: AtomicU8,
    next_task: AtomicU32,
    pub(super) cells: Cells,
}

impl Common {
    /// Memory that the children of this process will share with it. It is never given back: there is one for
    /// each server, and that lives as long as its process.
    pub(super) fn new(level: Level) -> io::Result<&'static Self> {
        let length = size_of::<Self>();
        // SAFETY: new memory at an address of the kernel's choice overlaps nothing.
        let page = unsafe {
            mmap_anonymous(ptr::null_mut(), length, ProtFlags::READ | ProtFlags::WRITE, MapFlags::SHARED)
        }?;
        let common = page.cast::<Self>();
        let level = AtomicU8::new(frame::level_to_byte(level));
        // SAFETY: the memory is as long as the value, aligned to a page, not used by anybody else yet, and is
        // never unmapped.
        unsafe {
            common.write(Self { level, next_task: AtomicU32::new(TaskId::FIRST.0), cells: Cells::new() });
            Ok(&*common)
        }
    }

    /// The number of a task that begins.
    pub(super) fn next_task(&self) -> TaskId {
        TaskId(self.next_task.fetch_add(1, Ordering::Relaxed))
    }
}
