//! The executor: carries a script out, step by step, on whichever kernel.

mod sockets;
mod threads;
mod waits;
mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::reply::Reply;
use super::step::{Op, Step};
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{
    Clock, Connect, Descriptors, Epoll, Laboratory, Poll, Select, Sockets, TaskNumber, Tasks,
};
use crate::time::Nanos;

use world::World;

/// A kernel on which a script can be carried out.
pub trait Tested:
    Sockets + Connect + Descriptors + Tasks + Clock + Select + Poll + Epoll + Laboratory + 'static
{
}

impl<K> Tested for K where
    K: Sockets + Connect + Descriptors + Tasks + Clock + Select + Poll + Epoll + Laboratory + 'static
{
}

/// Carries a script out and tells what each step returned, as soon as it has. At the end everything that it
/// opened is closed, connections by a reset, so that nothing of it is left.
///
/// Returns whether a socket called itself in it: a connection from an address to the same address, which TCP
/// allows (RFC 9293, 3.5: simultaneous open) and the simulated kernel leaves out.
pub async fn run<K: Tested>(k: &K, steps: &[Step], mut tell: impl FnMut(Reply)) -> bool {
    let bench = Bench { k, world: SharedWorld::default() };
    for step in steps {
        tell(bench.carry_out(&step.op).await);
    }
    bench.clean_up().await;
    bench.world.lock().calls_itself
}

/// The names of a script, shared by its threads. The lock is never held in a call.
#[derive(Clone, Debug, Default)]
struct SharedWorld(Arc<Mutex<World>>);

impl SharedWorld {
    fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A kernel, as one thread of the script sees it, and the names that the script has given.
struct Bench<'a, K> {
    k: &'a K,
    world: SharedWorld,
}

/// How a step ends before it was made: it failed, or it cannot be made.
enum Stop {
    Errno(Errno),
    Impossible(String),
}

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

/// What a step returned.
type Outcome = Result<Reply, Stop>;

impl<K: Tested> Bench<'_, K> {
    async fn carry_out(&self, op: &Op) -> Reply {
        let outcome = match op {
            Op::Spawn { name, step } => self.spawn(name, step).await,
            Op::Blocked { on } => self.blocked(on).await,
            Op::Join { on } => self.join(on).await,
            Op::Woken { on } => self.woken(on).await,
            Op::Settle {} => {
                self.settle().await;
                Ok(Reply::Done)
            }
            Op::Sleep { ms } => {
                self.k.sleep(Nanos::from_millis(*ms)).await;
                Ok(Reply::Done)
            }
            Op::Select { .. }
            | Op::Poll { .. }
            | Op::EpollCreate { .. }
            | Op::EpollCtl { .. }
            | Op::EpollWait { .. } => self.wait(op).await,
            socket => self.socket_call(socket).await,
        };
        match outcome {
            Ok(reply) => reply,
            Err(Stop::Errno(errno)) => Reply::Failed(errno),
            Err(Stop::Impossible(why)) => Reply::Impossible(why),
        }
    }

    fn fd(&self, name: &super::Name) -> Result<Fd, Stop> {
        self.world.lock().fd(name).map_err(Stop::Impossible)
    }

    /// Waits until nothing is under way on the network, nor in a thread that something there has woken.
    async fn settle(&self) {
        let (ports, threads) = self.under_way();
        self.k.settle(&ports, &threads, |thread| self.world.lock().has_ended(thread)).await;
    }

    /// The same, and through a full sender's first question whether there is room after all.
    async fn settle_full(&self) {
        let (ports, threads) = self.under_way();
        self.k.settle_full(&ports, &threads, |thread| self.world.lock().has_ended(thread)).await;
    }

    fn under_way(&self) -> (Vec<u16>, Vec<TaskNumber>) {
        let world = self.world.lock();
        (world.ports(), world.sleepers())
    }

    /// Closes what is still open. A thread that still sleeps in a call is woken first: what it sleeps on is
    /// shut down.
    async fn clean_up(&self) {
        let (open, sleeping) = {
            let world = self.world.lock();
            (world.open(), !world.sleepers().is_empty())
        };
        for fd in open {
            if sleeping {
                let _ = self.k.shutdown(fd, crate::kernel::Shutdown::Both).await;
            }
            // It may be no socket: then there is nothing to be reset.
            let _ = self.k.set_linger_zero(fd).await;
            let _ = self.k.close(fd).await;
        }
    }
}
