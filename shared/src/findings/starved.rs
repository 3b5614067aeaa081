//! Starvation: one descriptor is served again and again, and another that is ready waits.

use crate::findings::log::{Log, Sighting};
use crate::findings::look::{AT_ONCE, Look, Made};
use crate::findings::{Evidence, Kind, Settings};
use crate::ids::{Fd, TaskId};
use crate::sorted::SortedMap;
use crate::world::World;

/// How many descriptors of a turn are counted: those that are served most come again and again.
const FDS_MAX: usize = 1_024;

/// Counts turns in which most calls were about one descriptor, and many, while another one was ready: the turn's
/// wait had reported it, and it was used only then; or the next wait returns at once and reports it. The weight is
/// how many calls the one had.
#[derive(Debug)]
pub(super) struct Starved {
    feast: u64,
    timed: bool,
    turns: SortedMap<TaskId, Served>,
}

/// What was done in a turn.
#[derive(Debug, Default)]
struct Served {
    /// How many calls there were in all.
    calls: u64,
    /// How many about each descriptor, and the last of them.
    fds: SortedMap<Fd, (u64, Evidence)>,
    /// The turn's wait has reported these, and they were not used yet.
    waiting: Vec<Fd>,
}

impl Served {
    /// The descriptor that most of the calls were about, if it had too many.
    fn hog(&self, feast: u64) -> Option<(Fd, u64, Evidence)> {
        let (fd, (calls, last)) = self.fds.iter().max_by_key(|(_, (calls, _))| *calls)?;
        (*calls >= feast && *calls * 4 >= self.calls * 3).then_some((*fd, *calls, *last))
    }
}

impl Starved {
    pub(super) fn look(settings: &Settings) -> Box<dyn Look> {
        Box::new(Self { feast: settings.feast, timed: settings.timed, turns: SortedMap::new() })
    }

    /// Somebody had to wait for the end of it.
    fn tell(&self, made: &Made<'_>, before: &Served, fd: Fd, log: &mut Log) {
        let Some((hog, weight, last)) = before.hog(self.feast).filter(|(hog, ..)| *hog != fd) else { return };
        let calls = [last, made.evidence()];
        let (fd, other, place) = (Some(fd), Some(hog), last.place);
        log.saw(&Sighting { place, fd, other, weight, ..Sighting::at(Kind::Starvation, made, &calls) });
    }
}

impl Look for Starved {
    fn entered(&mut self, made: &Made<'_>, _world: &World, log: &mut Log) {
        let Some(fd) = made.act.touched() else { return };
        let Some(turn) = self.turns.get_mut(&made.task) else { return };
        let Some(place) = turn.waiting.iter().position(|waiting| *waiting == fd) else { return };
        turn.waiting.swap_remove(place);
        if let Some(turn) = self.turns.get(&made.task) {
            self.tell(made, turn, fd, log);
        }
    }

    fn returned(&mut self, made: &Made<'_>, _world: &World, log: &mut Log) {
        if !made.call.is_wait() {
            let (Some(fd), Some(turn)) = (made.act.touched(), self.turns.get_mut(&made.task)) else { return };
            turn.calls += 1;
            if turn.fds.len() < FDS_MAX || turn.fds.contains_key(&fd) {
                let served = turn.fds.entry(fd).or_insert_with(|| (0, made.evidence()));
                *served = (served.0 + 1, made.evidence());
            }
            return;
        }
        let ready = made.turn.reports.iter().filter(|report| report.reads() && report.ghost.is_none());
        let waiting: Vec<Fd> = ready.map(|report| report.fd).collect();
        let turn = Served { waiting: waiting.clone(), ..Served::default() };
        let Some(before) = self.turns.insert(made.task, turn) else { return };
        // Without times nobody knows whether it was ready before.
        if self.timed
            && made.now.since(made.entered) < AT_ONCE
            && let Some(fd) = waiting.iter().find(|fd| !before.fds.contains_key(fd))
        {
            self.tell(made, &before, *fd, log);
        }
    }

    fn task_ended(&mut self, task: TaskId, _gone: bool) {
        self.turns.remove(&task);
    }

    fn gap(&mut self) {
        self.turns.clear();
    }
}
