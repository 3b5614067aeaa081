//! A descriptor closed while it was registered: a copy of it lives on, and epoll goes on reporting it under the
//! number that is gone.

use crate::findings::act::Act;
use crate::findings::log::{Log, Sighting};
use crate::findings::look::{Look, Made};
use crate::findings::{Evidence, Kind, Settings};
use crate::ids::{Fd, FileId, TaskId};
use crate::sorted::SortedMap;
use crate::world::{FileKind, Interface, World};

/// Counts closes of a registered descriptor of which a copy is left in the same process (`dup`), and those of one
/// with a copy in another process (`fork`) once epoll has reported it. The weight is how often it was reported
/// since.
#[derive(Debug, Default)]
pub(super) struct Closed {
    /// What was closed and is registered still, by epoll instance and file.
    ghosts: SortedMap<(FileId, FileId), Ghost>,
    /// The epoll instances that were seen.
    epolls: Vec<FileId>,
}

#[derive(Clone, Copy, Debug)]
struct Ghost {
    close: Evidence,
    program: TaskId,
    fd: Fd,
    told: bool,
    reports: u64,
}

impl Ghost {
    fn sighting<'a>(&self, evidence: &'a [Evidence], made: &Made<'_>) -> Sighting<'a> {
        Sighting {
            program: self.program,
            place: self.close.place,
            task: self.close.task,
            fd: Some(self.fd),
            seq: self.close.seq,
            weight: self.reports,
            ..Sighting::at(Kind::ClosedRegistered, made, evidence)
        }
    }
}

impl Closed {
    pub(super) fn look(_settings: &Settings) -> Box<dyn Look> {
        Box::new(Self::default())
    }

    fn closed(&mut self, made: &Made<'_>, fd: Fd, world: &World, log: &mut Log) {
        log.occasion(Kind::ClosedRegistered, made);
        let Some(file) = made.file else { return };
        self.epolls.retain(|epoll| world.files.contains_key(epoll));
        self.ghosts
            .retain(|(epoll, file), _| world.files.contains_key(epoll) && world.files.contains_key(file));
        // With its last descriptor a file leaves every interest list.
        let Some(left) = world.files.get(&file) else { return };
        for epoll in &self.epolls {
            let Some(FileKind::Registry(registry)) = world.files.get(epoll).map(|file| &file.kind) else {
                continue;
            };
            if registry.interface != Interface::Epoll || !registry.interest.contains_key(&(fd, file)) {
                continue;
            }
            let here = left.names.iter().any(|(process, _)| *process == made.process);
            let close = made.evidence();
            let ghost = Ghost { close, program: made.program, fd, told: here, reports: 0 };
            if here {
                log.saw(&ghost.sighting(&[close], made));
            }
            self.ghosts.insert((*epoll, file), ghost);
        }
    }

    fn reported(&mut self, made: &Made<'_>, log: &mut Log) {
        for key in made.turn.reports.iter().filter_map(|report| report.ghost) {
            let Some(ghost) = self.ghosts.get_mut(&key) else { continue };
            ghost.reports += 1;
            let evidence = [ghost.close, made.evidence()];
            let sighting = ghost.sighting(&evidence, made);
            match std::mem::replace(&mut ghost.told, true) {
                true => log.saw_again(&sighting),
                false => log.saw(&sighting),
            }
        }
    }
}

impl Look for Closed {
    fn returned(&mut self, made: &Made<'_>, world: &World, log: &mut Log) {
        match made.act {
            Act::Close(fd) if made.value().is_some() => self.closed(made, fd, world, log),
            Act::Watch(_) if made.call.is_wait() => {
                let epoll = made.file.filter(|epoll| !self.epolls.contains(epoll));
                self.epolls.extend(epoll);
                self.reported(made, log);
            }
            _ => {}
        }
    }

    fn gap(&mut self) {
        self.ghosts.clear();
    }
}
