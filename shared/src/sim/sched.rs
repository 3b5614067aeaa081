//! Who has the CPU: one of them, given in the order in which tasks became runnable.

use std::collections::VecDeque;

use crate::event::Inside;
use crate::ids::{Seq, TaskId};
use crate::sim::cost;
use crate::sim::machine::{Due, Machine, Step};
use crate::time::Nanos;

/// The scheduler's state.
#[derive(Debug, Default)]
pub(super) struct Sched {
    /// The task on the CPU, and until when it is busy there.
    running: Option<Running>,
    /// Tasks that could run, the longest-waiting first.
    runnable: VecDeque<TaskId>,
    /// Tasks that sleep, each with the number of its sleep, so that a late timeout wakes nobody.
    asleep: std::collections::BTreeMap<TaskId, u64>,
    /// Sleeps so far.
    sleeps: u64,
}

#[derive(Clone, Copy, Debug)]
struct Running {
    task: TaskId,
    until: Nanos,
    /// It was asleep: that it runs again is yet to be told.
    resumed: bool,
}

impl Machine {
    /// A new task, which may run.
    pub(super) fn add_task(&mut self, task: TaskId) {
        self.sched.runnable.push_back(task);
    }

    /// The task that runs spends time.
    pub(super) fn charge(&mut self, span: Nanos) {
        if let Some(running) = &mut self.sched.running {
            running.until = self.clock + span;
        }
    }

    /// The task that runs goes to sleep, at the latest until `deadline`.
    pub(super) fn fall_asleep(&mut self, deadline: Option<Nanos>) {
        let Some(Running { task, .. }) = self.sched.running.take() else { return };
        self.sched.sleeps += 1;
        let sleep = self.sched.sleeps;
        self.sched.asleep.insert(task, sleep);
        self.tell(task, Inside::Blocked, &[]);
        self.cause = self.last_seq();
        if let Some(at) = deadline {
            self.schedule(at, Due::Timeout { task, sleep });
        }
    }

    /// The task may run again, if it was asleep.
    pub(super) fn wake_task(&mut self, task: TaskId) {
        if self.sched.asleep.remove(&task).is_none() {
            return;
        }
        self.wake_from_all(task);
        let cause = self.cause;
        self.tell(task, Inside::Woken { cause }, &[]);
        self.sched.runnable.push_back(task);
    }

    /// The time that a sleeping call was given is over.
    pub(super) fn time_is_over(&mut self, task: TaskId, sleep: u64) {
        if self.sched.asleep.get(&task) == Some(&sleep) {
            self.timed_out.insert(task);
            self.wake_task(task);
        }
    }

    /// The task has ended and gives the CPU back.
    pub(crate) fn task_ended(&mut self, task: TaskId) {
        if self.sched.running.is_some_and(|running| running.task == task) {
            self.sched.running = None;
        }
    }

    /// What comes next: whatever is due before the CPU is done with its task, else that task's next move.
    pub(crate) fn step(&mut self) -> Step {
        if self.sched.running.is_none()
            && let Some(task) = self.sched.runnable.pop_front()
        {
            let resumed = !self.begun.insert(task);
            let span = if resumed { cost::SWITCH } else { Nanos::ZERO };
            self.sched.running = Some(Running { task, until: self.clock + span, resumed });
        }
        let due = self.next_due();
        match (self.sched.running, due) {
            (Some(running), due) if due.is_none_or(|due| running.until < due) => {
                self.clock = running.until;
                self.current = running.task;
                if running.resumed {
                    self.sched.running = Some(Running { resumed: false, ..running });
                    self.tell(running.task, Inside::Running, &[]);
                }
                Step::Poll(running.task)
            }
            (_, Some(_)) => {
                self.do_due();
                Step::Done
            }
            (_, None) => Step::Idle,
        }
    }

    fn last_seq(&self) -> Seq {
        self.log.lock().last()
    }
}
