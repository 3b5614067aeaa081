//! The handle of the simulated kernel that a program holds.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::Poll;

use crate::errno::Errno;
use crate::ids::{Fd, TaskId};
use crate::kernel::{
    Accepted, Clock, CtlOp, Epoll, EpollEvent, FOREVER, FdSets, Gauge, Interest, Levels, Mode, Select,
    Selector, SelectorKind, Shutdown, Sockets, Tasks, Timeout, Token, after,
};
use crate::sim::cost;
use crate::sim::machine::{Attempt, Machine};
use crate::time::Nanos;

/// The simulated kernel, as one task sees it.
#[derive(Clone)]
pub(crate) struct SimKernel {
    machine: Rc<RefCell<Machine>>,
    task: TaskId,
}

/// How far a call has come.
enum Stage {
    /// Not made yet.
    Entering,
    /// Its time passes.
    Working,
    /// The task sleeps in it.
    Asleep,
}

impl SimKernel {
    pub(super) fn new(machine: Rc<RefCell<Machine>>, task: TaskId) -> Self {
        Self { machine, task }
    }

    pub(super) fn install_listener(&self) -> Fd {
        self.machine.borrow_mut().install_listener()
    }

    /// A system call: it takes the time that `cost` says, and then `attempt` says how it ends. A call that
    /// has to sleep is attempted again after each wake-up; the flag says that its time is over.
    fn call<T>(
        &self,
        timeout: Timeout,
        cost: impl Fn(&mut Machine) -> Nanos,
        mut attempt: impl FnMut(&mut Machine, bool) -> Attempt<T>,
    ) -> impl Future<Output = Result<T, Errno>> {
        let mut stage = Stage::Entering;
        let mut deadline = None;
        poll_fn(move |_| {
            let mut machine = self.machine.borrow_mut();
            if let Stage::Entering | Stage::Asleep = stage {
                let work = cost(&mut machine);
                if let Stage::Entering = stage {
                    machine.charge(cost::CALL + work);
                    deadline = timeout.0.map(|span| machine.now() + span);
                } else {
                    // Whoever is woken looks at everything again.
                    machine.charge(work);
                }
                stage = Stage::Working;
                return Poll::Pending;
            }
            let over = machine.timed_out.remove(&self.task) || timeout.0 == Some(Nanos::ZERO);
            match attempt(&mut machine, over) {
                Attempt::Done(result) => Poll::Ready(result),
                Attempt::Sleep => {
                    // The time counts from the call, however often it wakes for nothing.
                    machine.fall_asleep(deadline);
                    stage = Stage::Asleep;
                    Poll::Pending
                }
            }
        })
    }

    /// A call that never sleeps.
    fn simple<T>(
        &self,
        cost: Nanos,
        mut act: impl FnMut(&mut Machine) -> Result<T, Errno>,
    ) -> impl Future<Output = Result<T, Errno>> {
        self.call(FOREVER, move |_| cost, move |machine, _| Attempt::Done(act(machine)))
    }
}

impl Sockets for SimKernel {
    fn accept(&self, listener: Fd, _mode: Mode) -> impl Future<Output = Result<Accepted, Errno>> {
        self.simple(cost::ACCEPT, move |machine| {
            let file = machine.table.get(listener)?;
            machine.accept(file)
        })
    }

    fn recv(&self, fd: Fd, buffer: &mut [u8]) -> impl Future<Output = Result<usize, Errno>> {
        let most = buffer.len();
        let cost = move |machine: &mut Machine| {
            let waiting = machine.tcp_of(fd).map_or(0, |(_, tcp)| tcp.recv.len());
            cost::copy(waiting.min(most))
        };
        self.call(FOREVER, cost, move |machine, _| {
            let file = machine.tcp_of(fd).map(|(file, _)| file);
            Attempt::Done(file.and_then(|file| machine.take(file, buffer)))
        })
    }

    fn send(&self, fd: Fd, bytes: &[u8]) -> impl Future<Output = Result<usize, Errno>> {
        self.simple(cost::copy(bytes.len()), move |machine| {
            let file = machine.tcp_of(fd).map(|(file, _)| file)?;
            machine.put(file, bytes)
        })
    }

    fn shutdown(&self, fd: Fd, how: Shutdown) -> impl Future<Output = Result<(), Errno>> {
        self.simple(Nanos::ZERO, move |machine| {
            let file = machine.table.get(fd)?;
            machine.shutdown(file, how)
        })
    }

    fn close(&self, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        self.simple(Nanos::ZERO, move |machine| machine.close(fd))
    }

    fn set_nodelay(&self, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        // Everything leaves at once here; the call is made all the same.
        self.simple(Nanos::ZERO, move |machine| machine.tcp_of(fd).map(|_| ()))
    }

    fn set_nonblocking(&self, fd: Fd, _on: bool) -> impl Future<Output = Result<(), Errno>> {
        self.simple(Nanos::ZERO, move |machine| machine.table.get(fd).map(|_| ()))
    }
}

impl Tasks for SimKernel {
    fn spawn_thread<F, Fut>(&self, start: F) -> impl Future<Output = Result<TaskId, Errno>>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + 'static,
    {
        let mut start = Some(start);
        self.simple(cost::SWITCH, move |machine| {
            let Some(start) = start.take() else { return Err(Errno::EAGAIN) };
            let task = machine.log.lock().last_task;
            machine.spawned.push((task, Box::new(move |kernel| Box::pin(start(kernel)))));
            machine.add_task(task);
            Ok(task)
        })
    }

    async fn fork<F, Fut>(&self, _child: F) -> Result<TaskId, Errno>
    where
        F: FnOnce(Self) -> Fut + 'static,
        Fut: Future<Output = i32> + 'static,
    {
        Err(Errno::ENOSYS)
    }

    async fn wait(&self, _mode: Mode) -> Result<Option<(TaskId, i32)>, Errno> {
        Err(Errno::ENOSYS)
    }
}

impl Clock for SimKernel {
    fn now(&self) -> Nanos {
        self.machine.borrow().now()
    }

    fn sleep(&self, span: Nanos) -> impl Future<Output = ()> {
        let slept = self.call::<()>(
            after(span),
            |_| Nanos::ZERO,
            |_, over| match over {
                true => Attempt::Done(Ok(())),
                false => Attempt::Sleep,
            },
        );
        async move {
            // It cannot fail: the attempt above knows no error.
            let _ = slept.await;
        }
    }
}

impl Select for SimKernel {
    fn select(&self, sets: &mut FdSets, timeout: Timeout) -> impl Future<Output = Result<usize, Errno>> {
        let scan = Nanos(cost::SCAN.0 * sets.nfds() as u64);
        self.call(timeout, move |_| scan, move |machine, over| machine.select(sets, over))
    }
}

impl Epoll for SimKernel {
    fn epoll_create(&self) -> impl Future<Output = Result<Fd, Errno>> {
        self.simple(Nanos::ZERO, |machine| machine.epoll_create())
    }

    fn epoll_ctl(
        &self,
        epoll: Fd,
        op: CtlOp,
        fd: Fd,
        event: EpollEvent,
    ) -> impl Future<Output = Result<(), Errno>> {
        self.simple(Nanos::ZERO, move |machine| machine.epoll_ctl(epoll, op, fd, event))
    }

    fn epoll_wait(
        &self,
        epoll: Fd,
        events: &mut Vec<EpollEvent>,
        most: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let cost = move |machine: &mut Machine| Nanos(cost::READY_ITEM.0 * machine.ready_len(epoll) as u64);
        self.call(timeout, cost, move |machine, over| machine.epoll_wait(epoll, events, most, over))
    }
}

/// mio on the simulated kernel is what mio is on Linux: epoll, edge-triggered.
impl Selector for SimKernel {
    fn selector_kind(&self) -> SelectorKind {
        SelectorKind::Epoll
    }

    fn selector_create(&self) -> impl Future<Output = Result<Fd, Errno>> {
        self.epoll_create()
    }

    fn selector_register(
        &self,
        selector: Fd,
        fd: Fd,
        token: Token,
        interest: Interest,
    ) -> impl Future<Output = Result<(), Errno>> {
        let event = EpollEvent { events: interest.epoll_mask(), data: token.0 };
        self.epoll_ctl(selector, CtlOp::Add, fd, event)
    }

    fn selector_deregister(&self, selector: Fd, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        self.epoll_ctl(selector, CtlOp::Del, fd, EpollEvent::default())
    }

    fn selector_wait(
        &self,
        selector: Fd,
        events: &mut Vec<EpollEvent>,
        most: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        self.epoll_wait(selector, events, most, timeout)
    }
}

impl Gauge for SimKernel {
    fn levels(&self, _fd: Fd, _peek: &mut [u8]) -> Option<Levels> {
        // Nobody needs to look: this kernel tells of every byte.
        None
    }
}
