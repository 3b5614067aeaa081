//! Missing NONBLOCK: a loop over many descriptors makes a call on one of them that may block all.

use crate::event::Call;
use crate::findings::act::Act;
use crate::findings::log::{Log, Sighting};
use crate::findings::look::{Look, Made};
use crate::findings::{Kind, Settings};
use crate::ids::{Fd, TaskId};
use crate::kernel::MsgFlags;
use crate::sorted::SortedSet;
use crate::world::{FileKind, World};

/// Counts connections and listeners of which it is known that their calls may block, once each, when a task that
/// waits for several descriptors accepts, reads or writes on one that its wait has just reported: a client that
/// has gone meanwhile, or that does not read, stops the loop.
#[derive(Debug, Default)]
pub(super) struct Blocking {
    /// What has been told, by process and descriptor.
    told: SortedSet<(TaskId, Fd)>,
}

impl Blocking {
    pub(super) fn look(_settings: &Settings) -> Box<dyn Look> {
        Box::new(Self::default())
    }
}

/// Whether the call itself says that it must not block.
fn says_so(call: Call) -> bool {
    match call {
        Call::RecvWith { flags, .. } | Call::SendWith { flags, .. } => flags.contains(MsgFlags::DONTWAIT),
        _ => false,
    }
}

impl Look for Blocking {
    fn entered(&mut self, made: &Made<'_>, world: &World, log: &mut Log) {
        let (Act::Accept(fd) | Act::Read(fd, _) | Act::Write(fd, _)) = made.act else { return };
        if !made.turn.several || made.turn.report(fd).is_none() || says_so(made.call) {
            return;
        }
        let Some(file) = made.file.and_then(|file| world.files.get(&file)) else { return };
        let waits = matches!(file.kind, FileKind::Stream(_) | FileKind::Listener { .. });
        if waits && file.nonblocking == Some(false) && self.told.insert((made.process, fd)) {
            let told: Vec<_> = made.turn.wait.into_iter().chain([made.evidence()]).collect();
            log.saw(&Sighting::at(Kind::MissingNonblock, made, &told));
        }
    }

    fn returned(&mut self, made: &Made<'_>, _world: &World, _log: &mut Log) {
        if let Act::Close(fd) = made.act {
            self.told.remove(&(made.process, fd));
        }
    }

    fn task_ended(&mut self, task: TaskId, gone: bool) {
        if gone {
            self.told.retain(|(process, _)| *process != task);
        }
    }

    fn gap(&mut self) {
        self.told.clear();
    }
}
