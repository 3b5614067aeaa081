//! Bytes that a program received and threw away: somebody waits for an answer that never comes.

use crate::event::Place;
use crate::findings::log::{Log, Sighting};
use crate::findings::look::{Discarded, Look, Made};
use crate::findings::{Kind, Settings};
use crate::ids::TaskId;
use crate::sorted::SortedMap;
use crate::world::World;

/// Counts how often a program says that it threw away what it had received. The weight is how many bytes that were
/// until then, so that the worst time, which is the last, has them all.
#[derive(Debug, Default)]
pub(super) struct Lost {
    /// How many bytes, by program and line of source.
    bytes: SortedMap<(TaskId, Place), u64>,
}

impl Lost {
    pub(super) fn look(_settings: &Settings) -> Box<dyn Look> {
        Box::new(Self::default())
    }
}

impl Look for Lost {
    fn returned(&mut self, _made: &Made<'_>, _world: &World, _log: &mut Log) {}

    fn discarded(&mut self, told: &Discarded, made: &Made<'_>, log: &mut Log) {
        let bytes = self.bytes.entry((made.program, told.place)).or_default();
        *bytes += u64::from(told.bytes);
        let call = [made.evidence()];
        let sighting = Sighting::at(Kind::Lost, made, &call);
        log.saw(&Sighting { place: told.place, fd: Some(told.fd), weight: *bytes, ..sighting });
    }

    fn gap(&mut self) {}
}
