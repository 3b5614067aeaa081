//! The real kernel as a laboratory: what is under way on the network, and which thread sleeps, are read from
//! `/proc` (`proc(5)`, `proc_pid_net(5)`).

mod network;

use std::cell::Cell;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use loopscope_shared::errno::Errno;
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{EpollEvent, FdSets, Laboratory, TaskNumber};

use super::{Os, errno, select};

/// How long there is between two looks at the system.
const LOOK_AGAIN: Duration = Duration::from_micros(300);

/// The first port that is given out on an address of a script's own: below the system's ephemeral ports.
const FIRST_PORT: u16 = 20_000;

/// Where sockets of a test are bound.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// An address that nobody else uses, and the next free port of it.
    own: Option<(Ipv4Addr, Cell<u16>)>,
}

impl Os {
    /// The kernel, for a script that has an address of the loopback network to itself: its sockets get ports of
    /// it in order, instead of any port of 127.0.0.1. A listener on any port loses it when it is shut down.
    pub fn on_address(address: Ipv4Addr) -> Self {
        Self { addresses: Addresses { own: Some((address, Cell::new(FIRST_PORT))) }, ..Self::new() }
    }
}

impl Laboratory for Os {
    fn free_address(&self) -> SocketAddr {
        match &self.addresses.own {
            None => (Ipv4Addr::LOCALHOST, 0).into(),
            Some((address, next)) => (*address, next.replace(next.get() + 1)).into(),
        }
    }

    fn own_number(&self) -> TaskNumber {
        TaskNumber(rustix::thread::gettid().as_raw_nonzero().get().unsigned_abs())
    }

    async fn settle(&self, ports: &[u16], tasks: &[TaskNumber], has_ended: impl Fn(TaskNumber) -> bool) {
        network::settle(ports, network::Until::Quiet, || asleep(tasks, &has_ended));
    }

    async fn settle_full(&self, ports: &[u16], tasks: &[TaskNumber], has_ended: impl Fn(TaskNumber) -> bool) {
        network::settle(ports, network::Until::Probed, || asleep(tasks, &has_ended));
    }

    async fn until(&self, most: Duration, condition: impl Fn() -> bool) -> bool {
        wait(most, condition)
    }

    async fn select_raw(
        &self,
        nfds: i32,
        sets: &mut FdSets,
        timeout_ms: Option<i64>,
    ) -> Result<usize, Errno> {
        select::select_raw(nfds, sets, timeout_ms)
    }

    async fn epoll_ctl_unknown(&self, epoll: Fd, fd: Fd, event: EpollEvent) -> Result<(), Errno> {
        /// No operation of `epoll_ctl(2)`: those are 1 to 3.
        const NONE: libc::c_int = 99;
        let mut event = libc::epoll_event { events: event.events.bits(), u64: event.data };
        // SAFETY: the kernel reads one `epoll_event` and writes nothing.
        let result = unsafe { libc::epoll_ctl(epoll.0, NONE, fd.0, &raw mut event) };
        if result < 0 { Err(errno::of(errno::last())) } else { Ok(()) }
    }
}

/// Looks until it is so, for at most so long, and says whether it is. Nothing tells of these things, so they
/// are looked at again and again.
fn wait(most: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    loop {
        if is_so() {
            return true;
        }
        if began.elapsed() > most {
            return false;
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}

/// Whether each of these threads sleeps in a system call, or has ended.
fn asleep(tasks: &[TaskNumber], has_ended: impl Fn(TaskNumber) -> bool) -> bool {
    tasks.iter().all(|task| has_ended(*task) || is_asleep(*task))
}

/// Whether a thread of this process sleeps in a system call that is not a lock of ours (`futex(2)`).
fn is_asleep(task: TaskNumber) -> bool {
    let read = |name: &str| fs::read_to_string(format!("/proc/self/task/{}/{name}", task.0)).ok();
    // The state follows the name, which is in parentheses and may hold any character.
    let state =
        read("stat").and_then(|stat| stat.rsplit(')').next()?.split_whitespace().next()?.chars().next());
    let call = read("syscall").and_then(|call| call.split_whitespace().next()?.parse::<libc::c_long>().ok());
    state == Some('S') && call.is_some_and(|call| call != libc::SYS_futex)
}
