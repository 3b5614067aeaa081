//! Threads and processes.

use std::future::Future;

use crate::errno::Errno;
use crate::ids::TaskId;
use crate::kernel::{FOREVER, Mode, Tasks};
use crate::sim::cost;
use crate::sim::kernel::SimKernel;
use crate::sim::machine::{Attempt, Machine, Start};
use crate::time::Nanos;

/// The exit status of a process that a signal has ended is this and the signal's number, as a shell says it.
pub(in crate::sim) const BY_SIGNAL: i32 = 128;

impl SimKernel {
    /// Starts a task. `add` makes it known to the machine, or says why it cannot be.
    async fn start(
        &self,
        cost: impl Fn(&mut Machine) -> Nanos,
        add: fn(&mut Machine, TaskId) -> Result<(), Errno>,
        start: Start,
    ) -> Result<TaskId, Errno> {
        // The number is drawn when the call is made: whoever traces it has just drawn it, too.
        let task = self.machine.borrow_mut().next_task();
        let mut start = Some(start);
        let started = self.call(FOREVER, cost, move |machine, _| {
            let result = add(machine, task);
            if let Some(start) = start.take().filter(|_| result.is_ok()) {
                machine.spawned.push((task, start));
            }
            Attempt::Done(result.map(|()| task))
        });
        started.await
    }
}

impl Tasks for SimKernel {
    fn spawn_thread<F, Fut>(&self, start: F) -> impl Future<Output = Result<TaskId, Errno>>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + 'static,
    {
        let life = move |kernel| async move {
            start(kernel).await;
            0
        };
        let cost = |machine: &mut Machine| Nanos(machine.costs.thread_ns);
        self.start(cost, Machine::add_thread, Box::new(move |kernel| Box::pin(life(kernel))))
    }

    fn fork<F, Fut>(&self, child: F) -> impl Future<Output = Result<TaskId, Errno>>
    where
        F: FnOnce(Self) -> Fut + 'static,
        Fut: Future<Output = i32> + 'static,
    {
        let cost = |machine: &mut Machine| {
            let copied = cost::each(machine.costs.fork_descriptor_ns, machine.descriptors());
            Nanos(machine.costs.fork_ns) + copied
        };
        self.start(cost, Machine::add_child, Box::new(move |kernel| Box::pin(child(kernel))))
    }

    fn wait(&self, mode: Mode) -> impl Future<Output = Result<Option<(TaskId, i32)>, Errno>> {
        let cost = |machine: &mut Machine| Nanos(machine.costs.wait_ns);
        self.call(FOREVER, cost, move |machine, _| match (machine.reap(), mode) {
            (Ok(None), Mode::Blocking) => Attempt::Sleep,
            (result, _) => Attempt::Done(result),
        })
    }

    async fn raise(&self, signal: i32) {
        let killed = self.call::<()>(
            FOREVER,
            |_| Nanos::ZERO,
            move |machine, _| {
                let process = machine.process_of(machine.current);
                machine.end_process(process, BY_SIGNAL + signal);
                Attempt::Gone
            },
        );
        // It does not return.
        let _ = killed.await;
    }
}
