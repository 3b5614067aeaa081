//! Wake-ups with nothing to do: a wait returns, and the task waits again without having done anything.

use crate::errno::Errno;
use crate::findings::act::Act;
use crate::findings::log::{Log, Sighting};
use crate::findings::look::{Look, Made};
use crate::findings::turn::{timed_out, timeout_of};
use crate::findings::{Evidence, Kind, Settings};
use crate::ids::{Fd, Seq, TaskId};
use crate::kernel::Mask;
use crate::sorted::SortedMap;
use crate::time::Nanos;
use crate::world::World;

/// A program's own work between two waits without a timeout: from so much on it is work, and no mere going round.
/// 200 µs are tens of times what a turn that does nothing takes, and a few times what it takes under `strace`.
const WORK: Nanos = Nanos::from_micros(200);

/// Three ways to be woken in vain:
///
/// - all that the task tried with what was reported failed with `EAGAIN`;
/// - nobody touched what was reported, and so the same wait reports it again at once;
/// - a short timeout ran out, nothing was done, and it ran out again.
///
/// What has a finding of its own is left to that: descriptors that ran out, a descriptor that was closed, room to
/// write that nobody needs.
#[derive(Debug)]
pub(super) struct Idle {
    pause: Nanos,
    timed: bool,
    loops: SortedMap<TaskId, Loop>,
    /// When each descriptor was last used by anybody, of a process that has loops.
    touched: SortedMap<(TaskId, Fd), Seq>,
}

/// The turn that a task is in, and the one before.
#[derive(Debug, Default)]
struct Loop {
    /// Something was done in this turn.
    done: bool,
    /// The first call in this turn that was in vain.
    vain: Option<Evidence>,
    /// The wait before, if nothing was done after it: the wait, what it reported, and when the task waited again.
    before: Option<(Evidence, Vec<Fd>, Nanos)>,
}

impl Idle {
    pub(super) fn look(settings: &Settings) -> Box<dyn Look> {
        Box::new(Self {
            pause: settings.pause,
            timed: settings.timed,
            loops: SortedMap::new(),
            touched: SortedMap::new(),
        })
    }

    /// The task waits again: was its turn in vain?
    fn judge(&mut self, made: &Made<'_>, log: &mut Log) {
        let turn = made.turn;
        let Some(wait) = turn.wait else { return };
        let known = self.loops.entry(made.task).or_default();
        let (done, vain) = (std::mem::take(&mut known.done), known.vain.take());
        known.before = None;
        if done {
            return;
        }
        if let Some(vain) = vain {
            let calls = [wait, vain];
            let told = Sighting { place: wait.place, ..Sighting::at(Kind::IdleWakeups, made, &calls) };
            log.saw(&Sighting { fd: vain.call.fd(), seq: wait.seq, at: turn.left, ..told });
            return;
        }
        let asked = turn.reports.iter().filter(|report| report.ghost.is_none());
        let asked = asked.filter(|report| report.ready.intersects(!Mask::OUT)).map(|report| report.fd);
        known.before = Some((wait, asked.collect(), made.now));
    }

    /// A wait has returned: is it the same news, which nobody has looked at?
    fn compare(&mut self, made: &Made<'_>, log: &mut Log) {
        log.occasion(Kind::IdleWakeups, made);
        let Some(known) = self.loops.get_mut(&made.task) else { return };
        let Some((before, asked, since)) = known.before.take() else { return };
        if (before.call.name(), before.call.fd()) != (made.call.name(), made.call.fd()) {
            return;
        }
        let told = [before, made.evidence()];
        if asked.is_empty() {
            let timeout = timeout_of(made.call).and_then(|timeout| timeout.0);
            let went_round = timed_out(before.call, before.ret) && timed_out(made.call, made.ret);
            let busy = |timeout: Nanos| timeout > Nanos::ZERO || made.entered.since(since) < WORK;
            if self.timed
                && went_round
                && timeout.is_some_and(|timeout| timeout <= self.pause && busy(timeout))
            {
                log.saw(&Sighting { fd: None, ..Sighting::at(Kind::IdleWakeups, made, &told) });
            }
            return;
        }
        let untouched = |fd: &&Fd| {
            made.turn.report(**fd).is_some_and(|report| report.is_level())
                && self.touched.get(&(made.process, **fd)).is_none_or(|seq| *seq < before.seq)
        };
        if let Some(fd) = asked.iter().find(untouched) {
            log.saw(&Sighting { fd: Some(*fd), ..Sighting::at(Kind::IdleWakeups, made, &told) });
        }
    }
}

impl Look for Idle {
    fn entered(&mut self, made: &Made<'_>, _world: &World, log: &mut Log) {
        if made.call.is_wait() {
            self.judge(made, log);
        }
    }

    fn returned(&mut self, made: &Made<'_>, _world: &World, log: &mut Log) {
        if made.call.is_wait() {
            return self.compare(made, log);
        }
        // What was reported has to be what was tried: of a new connection an edge tells that there is room.
        let reported = made.act.fd().and_then(|fd| made.turn.report(fd));
        let reported = reported.is_some_and(|report| match made.act {
            Act::Write(..) => report.ready.contains(Mask::OUT),
            _ => report.reads(),
        });
        if made.turn.wait.is_some() {
            let known = self.loops.entry(made.task).or_default();
            match made.failed(Errno::EAGAIN) {
                true if reported => known.vain = known.vain.or_else(|| Some(made.evidence())),
                // It tried something of its own accord: that is another matter.
                _ => known.done = true,
            }
        }
        let Some(fd) = made.act.touched() else { return };
        match made.act {
            Act::Close(_) => _ = self.touched.remove(&(made.process, fd)),
            _ => _ = self.touched.insert((made.process, fd), made.seq),
        }
    }

    fn task_ended(&mut self, task: TaskId, gone: bool) {
        self.loops.remove(&task);
        if gone {
            super::look::forget(&mut self.touched, task);
        }
    }

    fn gap(&mut self) {
        self.loops.clear();
        self.touched.clear();
    }
}
