//! Who has a CPU: tasks get one in the order in which they became runnable, each for a slice of time.

use std::collections::VecDeque;

use crate::event::Inside;
use crate::ids::{FileId, Seq, TaskId};
use crate::sim::machine::{Due, Machine, Step};
use crate::time::Nanos;

/// A process or a thread, as the scheduler sees it.
#[derive(Debug)]
pub(super) struct Task {
    /// The process that it belongs to.
    pub(super) process: TaskId,
    state: State,
    /// It was asleep, and has not run since.
    woken: bool,
    /// What it was still to do when it lost its CPU.
    rest: Nanos,
    /// The time that its call was given is over.
    pub(super) timed_out: bool,
    /// The files whose wait queues it is in.
    pub(super) asleep_on: Vec<FileId>,
    /// The files that its call is about: they stay while the task sleeps in that call, whoever closes them.
    pub(super) held: Vec<FileId>,
}

/// Where a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// It waits for a CPU.
    Runnable,
    /// It has this one.
    Running(usize),
    /// It sleeps; the number of the sleep, so that a late timeout wakes nobody.
    Asleep(u64),
}

/// The scheduler's state.
#[derive(Debug)]
pub(super) struct Sched {
    /// Who has each CPU.
    cpus: Vec<Option<Running>>,
    /// How long a task may keep its CPU while others wait for one.
    slice: Nanos,
    /// Tasks that could run, the longest-waiting first.
    runnable: VecDeque<TaskId>,
    /// Sleeps so far.
    sleeps: u64,
    /// How long CPUs that are idle now were with tasks, all together.
    busy: Nanos,
}

/// A task on a CPU.
#[derive(Clone, Copy, Debug)]
struct Running {
    task: TaskId,
    /// Since when, the way to it included.
    since: Nanos,
    /// When it is done with what it does.
    until: Nanos,
    /// When it has to make room for others.
    slice_end: Nanos,
    /// The CPU is on its way to it: that it runs is yet to be told.
    switching: bool,
}

impl Sched {
    pub(super) fn new(cpus: usize, slice: Nanos) -> Self {
        Self { cpus: vec![None; cpus.max(1)], slice, runnable: VecDeque::new(), sleeps: 0, busy: Nanos::ZERO }
    }

    /// How long CPUs were with tasks until now, all together.
    pub(super) fn busy(&self, now: Nanos) -> Nanos {
        self.cpus.iter().flatten().fold(self.busy, |sum, running| sum + (now - running.since))
    }

    /// The CPU is idle from now on.
    fn free(&mut self, cpu: usize, now: Nanos) {
        if let Some(running) = self.cpus[cpu].take() {
            self.busy += now - running.since;
        }
    }

    /// How many CPUs there are.
    pub(super) fn cpus(&self) -> usize {
        self.cpus.len()
    }

    /// The next instant at which something is to be done on a CPU, and on which. At one instant, the first
    /// CPU comes first.
    fn next(&self) -> Option<(Nanos, usize)> {
        let others = !self.runnable.is_empty();
        let next = |running: &Running| match others && !running.switching {
            true => running.until.min(running.slice_end),
            false => running.until,
        };
        let instants = self.cpus.iter().enumerate();
        instants.filter_map(|(cpu, running)| Some((next(running.as_ref()?), cpu))).min()
    }
}

impl Machine {
    /// A new task, which may run.
    pub(super) fn add_task(&mut self, task: TaskId, process: TaskId) {
        let asleep_on = Vec::new();
        let (rest, state) = (Nanos::ZERO, State::Runnable);
        let new = Task { process, state, woken: false, rest, timed_out: false, asleep_on, held: Vec::new() };
        self.tasks.insert(task, new);
        self.sched.runnable.push_back(task);
        self.changed();
    }

    /// The task is no more: whatever it had, it gives back.
    pub(super) fn remove_task(&mut self, id: TaskId) {
        self.changed();
        self.wake_from_all(id);
        let Some(task) = self.tasks.remove(id) else { return };
        match task.state {
            // The end takes its time, too.
            State::Running(cpu) => {
                let until = self.clock + Nanos(self.costs.exit_ns);
                if let Some(running) = &mut self.sched.cpus[cpu] {
                    *running = Running { until, slice_end: until, switching: false, ..*running };
                }
            }
            State::Runnable => self.sched.runnable.retain(|other| *other != id),
            State::Asleep(_) => {}
        }
        for file in task.held {
            self.release(file);
        }
    }

    /// The task that makes the call spends time.
    pub(super) fn charge(&mut self, span: Nanos) {
        let until = self.clock + span;
        if let Some(running) = self.running() {
            running.until = until;
        }
    }

    /// The task that makes the call goes to sleep, at the latest until `deadline`.
    pub(super) fn fall_asleep(&mut self, deadline: Option<Nanos>) {
        let id = self.current;
        self.sched.sleeps += 1;
        let sleep = self.sched.sleeps;
        let Some(task) = self.tasks.get_mut(id) else { return };
        if let State::Running(cpu) = std::mem::replace(&mut task.state, State::Asleep(sleep)) {
            self.sched.free(cpu, self.clock);
        }
        self.tell(id, Inside::Blocked, &[]);
        self.cause = self.last_seq();
        self.working_thread_sleeps(id);
        if let Some(at) = deadline {
            self.schedule(at, Due::Timeout { task: id, sleep });
        }
    }

    /// The task may run again, if it was asleep.
    pub(super) fn wake_task(&mut self, id: TaskId) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        if !matches!(task.state, State::Asleep(_)) {
            return;
        }
        task.state = State::Runnable;
        task.woken = true;
        self.changed();
        self.wake_from_all(id);
        let cause = self.cause;
        self.tell(id, Inside::Woken { cause }, &[]);
        self.sched.runnable.push_back(id);
    }

    /// The time that a sleeping call was given is over.
    pub(super) fn time_is_over(&mut self, id: TaskId, sleep: u64) {
        if let Some(task) = self.tasks.get_mut(id)
            && task.state == State::Asleep(sleep)
        {
            task.timed_out = true;
            self.wake_task(id);
        }
    }

    /// What comes next: whatever is due before a CPU is done with its task, else that task's next move.
    pub(crate) fn step(&mut self) -> Step {
        self.dispatch();
        match (self.sched.next(), self.next_due()) {
            (Some(_), None) if self.is_in_vain() => Step::Over,
            (Some((at, cpu)), due) if at <= self.end && due.is_none_or(|due| at < due) => {
                self.clock = self.clock.max(at);
                self.step_on(cpu)
            }
            (_, Some(due)) if due <= self.end => {
                self.do_due();
                Step::Done
            }
            _ => Step::Over,
        }
    }

    /// How long it takes, at the most, until everybody who waits for a CPU has had one.
    pub(super) fn a_turn_of_all(&self) -> Nanos {
        Nanos(self.sched.slice.0.saturating_mul(self.sched.runnable.len() as u64))
    }

    /// Whether something is still to happen: after a run, that it was cut at its end and not over before.
    pub(crate) fn is_cut(&self) -> bool {
        match (self.sched.next(), self.next_due()) {
            (None, None) => false,
            (Some(_), None) => !self.is_in_vain(),
            (_, Some(_)) => true,
        }
    }

    /// Gives each idle CPU, the first one first, the task that has waited longest.
    fn dispatch(&mut self) {
        while !self.sched.runnable.is_empty()
            && let Some(cpu) = self.sched.cpus.iter().position(Option::is_none)
            && let Some(id) = self.sched.runnable.pop_front()
        {
            let Some(task) = self.tasks.get_mut(id) else { continue };
            task.state = State::Running(cpu);
            let wake = if std::mem::take(&mut task.woken) { self.costs.wake_ns } else { 0 };
            // The first task is on its CPU when the machine begins.
            let switching = self.clock > Nanos::ZERO || id != TaskId::FIRST;
            let switch = if switching { self.costs.switch_ns } else { 0 };
            let until = self.clock + Nanos(switch + wake);
            let slice_end = self.clock + self.sched.slice;
            self.sched.cpus[cpu] = Some(Running { task: id, since: self.clock, until, slice_end, switching });
        }
    }

    /// A CPU has come to its task, or its task is done with what it did, or has to make room.
    fn step_on(&mut self, cpu: usize) -> Step {
        let (now, slice) = (self.clock, self.sched.slice);
        let Some(running) = &mut self.sched.cpus[cpu] else { return Step::Done };
        let id = running.task;
        let Some(task) = self.tasks.get_mut(id) else {
            // It has ended.
            self.sched.free(cpu, now);
            return Step::Done;
        };
        if running.switching {
            running.switching = false;
            running.slice_end = now + slice;
            running.until = now + std::mem::take(&mut task.rest);
            let is_done = running.until <= now;
            self.tell(id, Inside::Running { cpu: cpu as u16 }, &[]);
            if !is_done {
                return Step::Done;
            }
        } else if now < running.until {
            task.rest = running.until - now;
            task.state = State::Runnable;
            self.sched.free(cpu, now);
            self.sched.runnable.push_back(id);
            self.tell(id, Inside::Preempted, &[]);
            return Step::Done;
        }
        self.current = id;
        Step::Poll(id)
    }

    /// Whether a task other than the one that makes the call has a CPU or waits for one.
    pub(super) fn others_run(&self) -> bool {
        let mut running = self.sched.cpus.iter().flatten();
        !self.sched.runnable.is_empty() || running.any(|running| running.task != self.current)
    }

    fn running(&mut self) -> Option<&mut Running> {
        match self.tasks.get(self.current)?.state {
            State::Running(cpu) => self.sched.cpus[cpu].as_mut(),
            _ => None,
        }
    }

    /// Whether a task sleeps.
    pub(super) fn is_asleep(&self, task: TaskId) -> bool {
        self.tasks.get(task).is_none_or(|task| matches!(task.state, State::Asleep(_)))
    }

    pub(super) fn last_seq(&self) -> Seq {
        self.log.lock().last()
    }
}
