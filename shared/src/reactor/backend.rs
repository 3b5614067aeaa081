//! What an event loop waits with: one interface of the kernel, the same three questions to each.

mod epoll;
mod kqueue;
mod poll;
mod select;

use serde::{Deserialize, Serialize};

use super::{On, ReactorKernel};
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::Timeout;

/// What an event loop waits with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Backend {
    /// The first that the system has of epoll, kqueue, poll and select.
    #[default]
    Best,
    /// `epoll(7)`.
    Epoll,
    /// `kqueue(2)`.
    Kqueue,
    /// `poll(2)`.
    Poll,
    /// `select(2)`.
    Select,
}

impl Backend {
    /// The interfaces there are, the best first.
    pub const ALL: [Self; 4] = [Self::Epoll, Self::Kqueue, Self::Poll, Self::Select];

    /// The name by which it is asked for.
    pub fn name(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Epoll => "epoll",
            Self::Kqueue => "kqueue",
            Self::Poll => "poll",
            Self::Select => "select",
        }
    }
}

/// How many events one wait may bring up. More only wait for the next, which brings them first.
const EVENTS_MAX: usize = 256;

/// What every back-end can do. Each is told of changes only.
trait Watch {
    /// The descriptor was watched for `old` and is to be watched for `new`: for reading, writing, both or
    /// nothing.
    async fn change<K: ReactorKernel>(&mut self, k: &K, fd: Fd, old: On, new: On) -> Result<(), Errno>;

    /// The descriptor is about to be closed.
    fn forget(&mut self, fd: Fd);

    /// Waits until something is ready or the time is over, and adds what is to `ready`.
    async fn wait<K: ReactorKernel>(
        &mut self,
        k: &K,
        ready: &mut Vec<(Fd, On)>,
        timeout: Timeout,
    ) -> Result<(), Errno>;
}

/// The back-end of a loop.
#[derive(Debug)]
pub(super) enum Opened {
    Epoll(epoll::Watcher),
    Kqueue(kqueue::Watcher),
    Poll(poll::Watcher),
    Select(select::Watcher),
}

impl Opened {
    /// Opens the back-end that was chosen, or the best that the system has.
    ///
    /// # Errors
    /// `ENOSYS` if the system does not have it, and those of the call.
    pub(super) async fn open<K: ReactorKernel>(k: &K, chosen: Backend) -> Result<Self, Errno> {
        match chosen {
            Backend::Epoll => epoll::Watcher::open(k).await.map(Self::Epoll),
            Backend::Kqueue => kqueue::Watcher::open(k).await.map(Self::Kqueue),
            Backend::Poll => poll::Watcher::open(k).await.map(Self::Poll),
            Backend::Select => select::Watcher::open(k).await.map(Self::Select),
            Backend::Best => {
                if let Some(opened) = had(epoll::Watcher::open(k).await)? {
                    return Ok(Self::Epoll(opened));
                }
                if let Some(opened) = had(kqueue::Watcher::open(k).await)? {
                    return Ok(Self::Kqueue(opened));
                }
                if let Some(opened) = had(poll::Watcher::open(k).await)? {
                    return Ok(Self::Poll(opened));
                }
                select::Watcher::open(k).await.map(Self::Select)
            }
        }
    }

    /// Which one it is.
    pub(super) fn which(&self) -> Backend {
        match self {
            Self::Epoll(_) => Backend::Epoll,
            Self::Kqueue(_) => Backend::Kqueue,
            Self::Poll(_) => Backend::Poll,
            Self::Select(_) => Backend::Select,
        }
    }

    /// The descriptor under it, if it has one.
    pub(super) fn fd(&self) -> Option<Fd> {
        match self {
            Self::Epoll(watcher) => Some(watcher.fd()),
            Self::Kqueue(watcher) => Some(watcher.fd()),
            Self::Poll(_) | Self::Select(_) => None,
        }
    }

    /// [`Watch::change`].
    pub(super) async fn change<K: ReactorKernel>(
        &mut self,
        k: &K,
        fd: Fd,
        old: On,
        new: On,
    ) -> Result<(), Errno> {
        match self {
            Self::Epoll(watcher) => watcher.change(k, fd, old, new).await,
            Self::Kqueue(watcher) => watcher.change(k, fd, old, new).await,
            Self::Poll(watcher) => watcher.change(k, fd, old, new).await,
            Self::Select(watcher) => watcher.change(k, fd, old, new).await,
        }
    }

    /// [`Watch::forget`].
    pub(super) fn forget(&mut self, fd: Fd) {
        match self {
            Self::Epoll(watcher) => watcher.forget(fd),
            Self::Kqueue(watcher) => watcher.forget(fd),
            Self::Poll(watcher) => watcher.forget(fd),
            Self::Select(watcher) => watcher.forget(fd),
        }
    }

    /// [`Watch::wait`].
    pub(super) async fn wait<K: ReactorKernel>(
        &mut self,
        k: &K,
        ready: &mut Vec<(Fd, On)>,
        timeout: Timeout,
    ) -> Result<(), Errno> {
        match self {
            Self::Epoll(watcher) => watcher.wait(k, ready, timeout).await,
            Self::Kqueue(watcher) => watcher.wait(k, ready, timeout).await,
            Self::Poll(watcher) => watcher.wait(k, ready, timeout).await,
            Self::Select(watcher) => watcher.wait(k, ready, timeout).await,
        }
    }
}

/// What was opened, or nothing if the system does not have it.
fn had<T>(opened: Result<T, Errno>) -> Result<Option<T>, Errno> {
    match opened {
        Err(Errno::ENOSYS) => Ok(None),
        other => other.map(Some),
    }
}
