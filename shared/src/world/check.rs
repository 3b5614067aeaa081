//! The invariants, in one place: what must be so in every world that events told in full.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{Fd, FileId, Seq, TaskId};
use crate::messages as m;
use crate::world::{FileKind, Interface, Provenance, Registry, TaskState, Tube, World};

/// How many violations are kept: the first ones tell the story, the rest follow from them.
pub const VIOLATIONS_MAX: usize = 32;

/// Something that cannot be so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// The event after which it was found.
    pub seq: Seq,
    /// What it is.
    pub what: Impossible,
}

/// What cannot be so. It is said in the language of who reads it, so that it is kept as it is and not as a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Impossible {
    /// An event is earlier than the one before it.
    TimeWentBack,
    /// A task makes a call inside a call.
    CallInCall(TaskId),
    /// A task returns from a call that it did not make.
    ReturnWithoutCall(TaskId),
    /// More bytes were received from a descriptor than had arrived.
    ReceivedTooMuch(Fd),
    /// An operation took more bytes of a file than had arrived.
    TookTooMuch(FileId),
    /// More bytes left the send buffer of a file than were in it.
    DrainedTooMuch(FileId),
}

impl fmt::Display for Impossible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::TimeWentBack => m::impossible_time().to_owned(),
            Self::CallInCall(task) => m::impossible_call(task),
            Self::ReturnWithoutCall(task) => m::impossible_return(task),
            Self::ReceivedTooMuch(fd) => m::impossible_received(fd),
            Self::TookTooMuch(file) => m::impossible_took(file),
            Self::DrainedTooMuch(file) => m::impossible_drained(file),
        };
        f.write_str(&text)
    }
}

impl World {
    /// Notes that something cannot be so. After a loss of events nothing is noted: much cannot be so then.
    pub(super) fn violate(&mut self, seq: Seq, what: Impossible) {
        if self.violations.len() < VIOLATIONS_MAX && self.tally.dropped == 0 {
            self.violations.push(Violation { seq, what });
        }
    }

    /// Checks all that is dear to check after each event; `violations` has the rest.
    ///
    /// - every task is in a process that has a descriptor table while it lives;
    /// - every descriptor names a file, and a file knows which descriptors name it;
    /// - descriptors opened are descriptors closed and descriptors that are open;
    /// - bytes arrived are bytes received and bytes still in the receive buffer;
    /// - bytes sent are bytes drained and bytes still in the send buffer;
    /// - bytes received of a client are bytes answered, bytes that the program holds, and bytes that it threw away
    ///   (not so where it sends what nobody asked for, or where events were lost);
    /// - a buffer holds no more than it can;
    /// - an interest list names open files only (but for `/dev/poll`, which names numbers), and a file knows
    ///   who watches it;
    /// - as many zombies are counted as there are.
    pub fn check(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.check_tasks(&mut found);
        self.check_descriptors(&mut found);
        let answers_only = self.tally.unasked == 0 && self.tally.dropped == 0;
        for (id, file) in &self.files {
            match &file.kind {
                FileKind::Stream(stream) if stream.recv.provenance == Provenance::Told => {
                    let name = format!("file {id}");
                    let received = stream.received + stream.taken_ahead;
                    let sent = stream.sent + stream.put_ahead;
                    check_tube(&name, "receive", stream.arrived, received, &stream.recv, &mut found);
                    check_tube(&name, "send", sent, stream.drained, &stream.send, &mut found);
                    if answers_only && !stream.own && stream.program.provenance == Provenance::Inferred {
                        let gone = stream.sent + stream.lost;
                        check_tube(&name, "program's", stream.received, gone, &stream.program, &mut found);
                    }
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
