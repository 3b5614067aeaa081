//! Where the tasks are: above the line in the program's own code, or below it in a call.

use loopscope_shared::event::Call;
use loopscope_shared::ids::TaskId;
use loopscope_shared::world::{Task, TaskState, World};

use crate::messages as m;

/// Where a thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// Above the line: it runs the program's code.
    Program,
    /// Below the line: the kernel works for it.
    Kernel,
    /// Below the line, asleep: it takes no CPU.
    Asleep,
    /// Below the line in a call that waits; from outside it cannot be seen whether it sleeps.
    Waiting,
    /// Below the line in a call that may sleep; from outside it cannot be seen whether it does.
    Unseen,
    /// Below the line: it could run, and is not given a CPU yet.
    Runnable,
    /// Below the line: a process that has ended, and of which the kernel keeps the status for its parent.
    Zombie,
    /// It has ended.
    Ended,
}

/// Up to so many tasks are shown one by one; of the others it is said how many there are.
const TASKS_MAX: usize = 8;

/// A task of the program: a thread, or a process with one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Which one.
    pub id: TaskId,
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub whereabouts: Whereabouts,
    /// That, in a few words.
    pub words: String,
    /// The stage is about this one.
    pub focus: bool,
    /// It is in another process than the one in focus: its descriptors are others.
    pub apart: bool,
}

impl Whereabouts {
    /// Whether it is drawn below the line.
    pub fn is_below(self) -> bool {
        !matches!(self, Self::Program | Self::Ended)
    }

    /// The name of its class in the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Program => "in-program",
            Self::Kernel => "in-kernel",
            Self::Asleep => "asleep",
            Self::Waiting => "waiting",
            Self::Unseen => "unseen",
            Self::Runnable => "runnable",
            Self::Zombie => "zombie",
            Self::Ended => "ended",
        }
    }
}

/// The tasks of the program, the one in focus among them, and how many more there are. Those that have ended
/// for good are left out, unless it is the one in focus.
pub(super) fn threads_of(world: &World, focus: TaskId, live: bool) -> (Vec<Thread>, usize) {
    let process = world.tasks.get(&focus).map(|task| task.process);
    let kept = |id: &TaskId, task: &Task| *id == focus || !matches!(task.state, TaskState::Ended(_));
    let mut known: Vec<(&TaskId, &Task)> = world.tasks.iter().filter(|(id, task)| kept(id, task)).collect();
    let more = known.len().saturating_sub(TASKS_MAX);
    if more > 0 {
        // The one in focus, those that do something, then the others in their order.
        let rank = |(id, task): &(&TaskId, &Task)| match task.state {
            _ if **id == focus => 0,
            TaskState::Running | TaskState::Runnable => 1,
            _ => 2,
        };
        known.sort_by_key(|each| (rank(each), *each.0));
        known.truncate(TASKS_MAX);
        known.sort_by_key(|(id, _)| **id);
    }
    let thread = |(id, task): (&TaskId, &Task)| {
        let (whereabouts, words) = whereabouts(task, live);
        let (focus, apart) = (*id == focus, Some(task.process) != process);
        Thread { id: *id, name: task.name.clone(), whereabouts, words, focus, apart }
    };
    (known.into_iter().map(thread).collect(), more)
}

fn whereabouts(task: &Task, live: bool) -> (Whereabouts, String) {
    let call = task.call.as_ref().map(|open| open.call);
    match (task.state, call) {
        (TaskState::Zombie(_), _) => (Whereabouts::Zombie, m::stage_task_zombie().to_owned()),
        (TaskState::Ended(status), _) => (Whereabouts::Ended, m::stage_task_ended(status)),
        (TaskState::Blocked, Some(call)) => (Whereabouts::Asleep, m::stage_task_asleep_in(call.name())),
        (TaskState::Blocked, None) => (Whereabouts::Asleep, m::stage_task_asleep().to_owned()),
        (TaskState::Runnable, Some(_)) => (Whereabouts::Runnable, m::stage_task_woken().to_owned()),
        (TaskState::Runnable, None) => (Whereabouts::Runnable, m::stage_task_runnable().to_owned()),
        (TaskState::Running, None) => (Whereabouts::Program, m::stage_task_runs().to_owned()),
        (TaskState::Running, Some(call)) if live && call.is_wait() => {
            (Whereabouts::Waiting, m::stage_task_waits_in(call.name()))
        }
        // It may sleep there until a client does something, or be at work: both look the same from outside.
        (TaskState::Running, Some(call)) if live && may_sleep(call) => {
            (Whereabouts::Unseen, m::stage_task_unseen_in(call.name()))
        }
        (TaskState::Running, Some(call)) => (Whereabouts::Kernel, m::stage_task_in(call.name())),
    }
}

/// Whether a call on a blocking descriptor sleeps until a client does something.
fn may_sleep(call: Call) -> bool {
    matches!(call, Call::Accept { .. } | Call::Recv { .. } | Call::Send { .. } | Call::Connect { .. })
}

#[cfg(test)]
mod tests {
    use super::super::made::Made;
    use super::*;
    use loopscope_shared::event::Inside;
    use loopscope_shared::ids::Seq;

    fn check(made: &Made, live: bool, expect: Whereabouts, words: &str) {
        let (threads, _) = threads_of(&made.world, TaskId::FIRST, live);
        assert_eq!(threads.len(), 1);
        assert_eq!((threads[0].whereabouts, threads[0].words.as_str()), (expect, words));
        assert!(threads[0].focus);
    }

    #[test]
    fn a_thread_that_blocks_sinks_below_the_line_and_comes_up_when_it_runs_again() {
        let mut made = Made::new("select");
        check(&made, false, Whereabouts::Program, "runs");
        made.select_enter(&[3], &[]);
        check(&made, false, Whereabouts::Kernel, "in select");
        made.inside(Inside::Blocked);
        check(&made, false, Whereabouts::Asleep, "asleep in select, no CPU");
        made.inside(Inside::Woken { cause: Seq(1) });
        check(&made, false, Whereabouts::Runnable, "woken, waits for the CPU");
        made.inside(Inside::Running { cpu: 0 });
        made.select_exit(&[3], &[]);
        check(&made, false, Whereabouts::Program, "runs");
        made.end(0);
        check(&made, false, Whereabouts::Ended, "ended with status 0");
    }

    #[test]
    fn live_a_wait_is_not_said_to_be_sleep() {
        let mut made = Made::new("select");
        made.select_enter(&[3], &[]);
        check(&made, true, Whereabouts::Waiting, "waits in select");
        assert!(Whereabouts::Waiting.is_below());
    }
}
