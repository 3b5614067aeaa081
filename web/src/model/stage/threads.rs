//! Where the threads are: above the line in the program's own code, or below it in a call.

use loopscope_shared::ids::TaskId;
use loopscope_shared::world::{Task, TaskState, World};

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
    /// Below the line: woken, and not yet given a CPU.
    Runnable,
    /// It has ended.
    Ended,
}

/// A thread of the program.
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
            Self::Runnable => "runnable",
            Self::Ended => "ended",
        }
    }
}

/// The threads that share the descriptors of the one in focus.
pub(super) fn threads_of(world: &World, focus: TaskId, live: bool) -> Vec<Thread> {
    let process = world.tasks.get(&focus).map(|task| task.process);
    let mine = world.tasks.iter().filter(|(_, task)| Some(task.process) == process);
    mine.map(|(id, task)| {
        let (whereabouts, words) = whereabouts(task, live);
        Thread { id: *id, name: task.name.clone(), whereabouts, words, focus: *id == focus }
    })
    .collect()
}

fn whereabouts(task: &Task, live: bool) -> (Whereabouts, String) {
    let call = task.call.as_ref().map(|open| open.call);
    match (task.state, call) {
        (TaskState::Zombie(status) | TaskState::Ended(status), _) => {
            (Whereabouts::Ended, format!("ended with status {status}"))
        }
        (TaskState::Blocked, Some(call)) => {
            (Whereabouts::Asleep, format!("asleep in {}, no CPU", call.name()))
        }
        (TaskState::Blocked, None) => (Whereabouts::Asleep, "asleep, no CPU".to_owned()),
        (TaskState::Runnable, _) => (Whereabouts::Runnable, "woken, waits for the CPU".to_owned()),
        (TaskState::Running, None) => (Whereabouts::Program, "runs".to_owned()),
        (TaskState::Running, Some(call)) if live && call.is_wait() => {
            (Whereabouts::Waiting, format!("waits in {}", call.name()))
        }
        (TaskState::Running, Some(call)) => (Whereabouts::Kernel, format!("in {}", call.name())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::made::Made;
    use super::*;
    use loopscope_shared::event::Inside;
    use loopscope_shared::ids::Seq;

    fn check(made: &Made, live: bool, expect: Whereabouts, words: &str) {
        let threads = threads_of(&made.world, TaskId::FIRST, live);
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
