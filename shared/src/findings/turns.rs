//! A loop turn that blocked the others for long.

use crate::findings::log::{Log, Sighting};
use crate::findings::look::{AT_ONCE, Look, Made};
use crate::findings::turn::Turn;
use crate::findings::{Evidence, Kind, Settings};
use crate::ids::{Fd, TaskId};
use crate::sorted::SortedMap;
use crate::time::Nanos;
use crate::world::World;

/// Counts turns that take long, after which the next wait returns at once with a descriptor that the turn had not
/// to do with: it was ready, and had to wait. The weight is how long the turn took, in nanoseconds; among the
/// evidence is the call that took most of it, if one did — otherwise it was the program's own work, or it had no
/// CPU. Seen from outside (`strace`), one call or one piece of work has to take that long: many short calls take so
/// long there because they are looked at. It needs the times of calls.
#[derive(Debug)]
pub(super) struct Turns {
    turn: Nanos,
    tasks: SortedMap<TaskId, Current>,
}

#[derive(Clone, Debug, Default)]
struct Current {
    /// When the last call returned.
    left: Option<Nanos>,
    /// What took longest in this turn, and how long: a call, or the program's own work between two.
    longest: (Option<Evidence>, Nanos),
    /// The turn before, if it took long, how long, and the longest call in it.
    before: Option<(Turn, Nanos, Option<Evidence>)>,
    /// With which descriptors this turn had to do, as many as are reported at once.
    fds: Vec<Fd>,
}

/// How many descriptors of a turn are remembered: as many as a wait brings up.
const FDS_MAX: usize = 1_024;

impl Current {
    /// Time was spent in a call, or between two.
    fn spent(&mut self, call: Option<&Made<'_>>, span: Nanos) {
        if span > self.longest.1 {
            self.longest = (call.map(Made::evidence), span);
        }
    }
}

impl Turns {
    pub(super) fn look(settings: &Settings) -> Box<dyn Look> {
        Box::new(Self { turn: settings.turn, tasks: SortedMap::new() })
    }
}

impl Look for Turns {
    fn entered(&mut self, made: &Made<'_>, world: &World, _log: &mut Log) {
        let current = self.tasks.entry(made.task).or_default();
        if let Some(left) = current.left {
            current.spent(None, made.now.since(left));
        }
        if !made.call.is_wait() || made.turn.wait.is_none() {
            return;
        }
        let took = made.now.since(made.turn.left);
        let (call, longest) = std::mem::take(&mut current.longest);
        // Of a turn with many calls an observer from outside takes most of the time himself.
        let long = if world.outside { longest } else { took };
        let call = call.filter(|_| longest.0 * 2 >= took.0);
        current.before = (long >= self.turn).then(|| (made.turn.clone(), took, call));
    }

    fn returned(&mut self, made: &Made<'_>, _world: &World, log: &mut Log) {
        let current = self.tasks.entry(made.task).or_default();
        current.left = Some(made.now);
        if !made.call.is_wait() {
            current.spent(Some(made), made.now.since(made.entered));
            if let Some(fd) = made.act.touched().filter(|_| current.fds.len() < FDS_MAX)
                && current.fds.last() != Some(&fd)
            {
                current.fds.push(fd);
            }
            return;
        }
        log.occasion(Kind::LongTurn, made);
        current.longest = Default::default();
        let fds = std::mem::take(&mut current.fds);
        let Some((turn, took, longest)) = current.before.take() else { return };
        if made.now.since(made.entered) >= AT_ONCE {
            return;
        }
        let waited = made.turn.reports.iter().find(|report| report.reads() && !fds.contains(&report.fd));
        let (Some(waited), Some(wait)) = (waited, turn.wait) else { return };
        let calls = [Some(wait), longest, Some(made.evidence())];
        let calls: Vec<Evidence> = calls.into_iter().flatten().collect();
        log.saw(&Sighting {
            fd: Some(waited.fd),
            other: fds.first().copied(),
            seq: wait.seq,
            at: turn.left,
            weight: took.0,
            ..Sighting::at(Kind::LongTurn, made, &calls)
        });
    }

    fn task_ended(&mut self, task: TaskId, _gone: bool) {
        self.tasks.remove(&task);
    }

    fn gap(&mut self) {
        self.tasks.clear();
    }
}
