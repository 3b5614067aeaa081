//! Missing CLOEXEC: a client's connection goes on in another program.

use crate::event::Call;
use crate::findings::log::{Log, Sighting};
use crate::findings::look::{Look, Made};
use crate::findings::{Kind, Settings};
use crate::ids::Fd;
use crate::world::{FileKind, Interface, World};

/// The descriptors up to this one are handed to another program on purpose: input, output, errors.
const STANDARD: Fd = Fd(2);

/// Counts connections over a network, and epoll instances, that are open still when a process has begun another
/// program (`execve`), and of which it is known that they were not to be closed then. Listeners are left out: some
/// servers hand them over to their successors; so are pipes and sockets between processes, by which a child and
/// its parent talk.
#[derive(Debug)]
pub(super) struct Inherited;

impl Inherited {
    pub(super) fn look(_settings: &Settings) -> Box<dyn Look> {
        Box::new(Self)
    }
}

/// Whether another program has no use for it.
fn is_private(kind: &FileKind) -> bool {
    match kind {
        FileKind::Stream(stream) => stream.from.is_some(),
        FileKind::Registry(registry) => registry.interface == Interface::Epoll,
        _ => false,
    }
}

impl Look for Inherited {
    fn returned(&mut self, made: &Made<'_>, world: &World, log: &mut Log) {
        if !matches!(made.call, Call::Exec) || made.value().is_none() {
            return;
        }
        let Some(table) = world.table_of(made.task) else { return };
        for (fd, named) in table.fds.range(Fd(STANDARD.0 + 1)..) {
            let private = world.files.get(&named.file).is_some_and(|file| is_private(&file.kind));
            if private && named.close_on_exec == Some(false) {
                let told = [made.evidence()];
                log.saw(&Sighting { fd: Some(*fd), ..Sighting::at(Kind::MissingCloexec, made, &told) });
            }
        }
    }

    fn gap(&mut self) {}
}
