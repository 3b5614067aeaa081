//! The invariants, in one place: what must be so in every world that events told in full.

use serde::{Deserialize, Serialize};

use crate::ids::Seq;
use crate::world::{FileKind, Provenance, World};

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
    /// - every descriptor names a file, and a file knows how many descriptors name it;
    /// - bytes arrived are bytes received and bytes still in the receive buffer;
    /// - bytes sent are bytes drained and bytes still in the send buffer;
    /// - a buffer holds no more than it can;
    /// - an interest list names open files only.
    pub fn check(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (process, table) in &self.tables {
            for (fd, descriptor) in &table.fds {
                if !self.files.contains_key(&descriptor.file) {
                    found.push(format!("descriptor {fd} of process {process} names no file"));
                }
            }
        }
        for (id, file) in &self.files {
            let named = self.tables.values().flat_map(|table| table.fds.values());
            let refs = named.filter(|descriptor| descriptor.file == *id).count();
            if refs != file.refs as usize {
                found.push(format!("file {id} counts {} descriptors, {refs} name it", file.refs));
            }
            match &file.kind {
                FileKind::Stream(stream) if stream.recv.provenance == Provenance::Told => {
                    let name = format!("file {id}");
                    check_tube(&name, "receive", stream.arrived, stream.received, &stream.recv, &mut found);
                    check_tube(&name, "send", stream.sent, stream.drained, &stream.send, &mut found);
                }
                FileKind::Epoll { interest, .. } => {
                    let stale = interest.keys().filter(|(_, file)| !self.files.contains_key(file));
                    found.extend(stale.map(|(fd, _)| format!("file {id} watches {fd}, which is no more")));
                }
                _ => {}
            }
        }
        found
    }
}

fn check_tube(
    name: &str,
    which: &str,
    in_: u64,
    out: u64,
    tube: &crate::world::Tube,
    found: &mut Vec<String>,
) {
    if in_ != out + tube.level {
        found.push(format!("{name}: {in_} bytes into the {which} buffer, {out} out, {} in it", tube.level));
    }
    if tube.capacity.is_some_and(|capacity| tube.level > capacity) {
        found.push(format!("{name}: the {which} buffer holds {} bytes, more than it can", tube.level));
    }
}
