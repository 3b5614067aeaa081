//! The invariants, in one place: what must be so in every world that events told in full.

use serde::{Deserialize, Serialize};

use crate::ids::{FileId, Seq};
use crate::world::{FileKind, Interface, Provenance, Registry, TaskState, Tube, World};

/// How many violations are kept: the first ones tell the story, the rest follow from them.
pub const VIOLATIONS_MAX: usize = 32;

/// Something that cannot be so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// The event after which it was found.
    pub seq: Seq,
    /// What it is.
    pub what: String,
}

impl World {
    /// Notes that something cannot be so. After a loss of events nothing is noted: much cannot be so then.
    pub(super) fn violate(&mut self, seq: Seq, what: impl Into<String>) {
        if self.violations.len() < VIOLATIONS_MAX && self.tally.dropped == 0 {
            self.violations.push(Violation { seq, what: what.into() });
        }
    }

    /// Checks all that is dear to check after each event; `violations` has the rest.
    ///
    /// - every task is in a process that has a descriptor table while it lives;
    /// - every descriptor names a file, and a file knows which descriptors name it;
    /// - descriptors opened are descriptors closed and descriptors that are open;
    /// - bytes arrived are bytes received and bytes still in the receive buffer;
    /// - bytes sent are bytes drained and bytes still in the send buffer;
    /// - a buffer holds no more than it can;
    /// - an interest list names open files only (but for `/dev/poll`, which names numbers), and a file knows
    ///   who watches it;
    /// - as many zombies are counted as there are.
    pub fn check(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.check_tasks(&mut found);
        self.check_descriptors(&mut found);
        for (id, file) in &self.files {
            match &file.kind {
                FileKind::Stream(stream) if stream.recv.provenance == Provenance::Told => {
                    let name = format!("file {id}");
                    let received = stream.received + stream.taken_ahead;
                    let sent = stream.sent + stream.put_ahead;
                    check_tube(&name, "receive", stream.arrived, received, &stream.recv, &mut found);
                    check_tube(&name, "send", sent, stream.drained, &stream.send, &mut found);
                }
                FileKind::Registry(registry) if registry.interface != Interface::DevPoll => {
                    self.check_registry(*id, registry, &mut found);
                }
                _ => {}
            }
        }
        found
    }

    fn check_tasks(&self, found: &mut Vec<String>) {
        let mut zombies = 0;
        for (id, task) in &self.tasks {
            zombies += u64::from(matches!(task.state, TaskState::Zombie(_)));
            if task.state.is_alive() && !self.tables.contains_key(&task.process) {
                found.push(format!("task {id} lives in process {}, which has no descriptors", task.process));
            }
        }
        if zombies != self.tally.zombies {
            found.push(format!("{} zombies are counted, {zombies} are there", self.tally.zombies));
        }
    }

    fn check_descriptors(&self, found: &mut Vec<String>) {
        let (mut open, mut known) = (0, 0);
        for (process, table) in &self.tables {
            for (fd, descriptor) in &table.fds {
                open += 1;
                let file = self.files.get(&descriptor.file);
                if !file.is_some_and(|file| file.names.contains(&(*process, *fd))) {
                    found.push(format!("descriptor {fd} of process {process} names no file that knows it"));
                }
            }
        }
        for file in self.files.values() {
            known += file.names.len() as u64;
        }
        if known != open {
            found.push(format!("{open} descriptors are open, and files know of {known}"));
        }
        let (opened, closed) = (self.tally.fds_opened, self.tally.fds_closed);
        if opened != closed + open {
            found.push(format!("{opened} descriptors were opened, {closed} closed, and {open} are open"));
        }
    }

    fn check_registry(&self, id: FileId, registry: &Registry, found: &mut Vec<String>) {
        for (fd, watched) in registry.interest.keys() {
            match self.files.get(watched) {
                None => found.push(format!("file {id} watches {fd}, which is no more")),
                Some(file) if !file.watched_by.contains(&(id, *fd)) => {
                    found.push(format!("file {watched} does not know that file {id} watches it"));
                }
                Some(_) => {}
            }
        }
    }
}

fn check_tube(name: &str, which: &str, in_: u64, out: u64, tube: &Tube, found: &mut Vec<String>) {
    if in_ != out + tube.level {
        found.push(format!("{name}: {in_} bytes into the {which} buffer, {out} out, {} in it", tube.level));
    }
    if tube.capacity.is_some_and(|capacity| tube.level > capacity) {
        found.push(format!("{name}: the {which} buffer holds {} bytes, more than it can", tube.level));
    }
}
