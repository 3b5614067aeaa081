//! The steps that wait for readiness.

use super::{Bench, Outcome, Stop, Tested};
use crate::conformance::step::{Act, Asked, Op};
use crate::conformance::{Name, Reply};
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{CtlOp, EpollEvent, FOREVER, FdSet, FdSets, Mask, PollFd, Timeout, after};
use crate::time::Nanos;

impl<K: Tested> Bench<'_, K> {
    pub(super) async fn wait(&self, op: &Op) -> Outcome {
        match op {
            Op::Select { read, write, except, timeout_ms, nfds } => {
                self.select([read, write, except], *timeout_ms, *nfds).await
            }
            Op::Poll { fds, timeout_ms } => self.poll(fds, *timeout_ms).await,
            Op::EpollCreate { name } => {
                let fd = self.k.epoll_create().await?;
                self.world.lock().add(name, fd);
                Ok(Reply::Done)
            }
            Op::EpollCtl { on, act, fd, events, data } => {
                let label = data.clone().unwrap_or_else(|| fd.clone());
                self.epoll_ctl(on, *act, fd, events.0, label).await
            }
            Op::EpollWait { on, max, timeout_ms, ordered } => {
                self.epoll_wait(on, *max, *timeout_ms, *ordered).await
            }
            other => Err(Stop::Impossible(format!("{other:?} does not wait"))),
        }
    }

    async fn select(&self, names: [&[Name]; 3], timeout_ms: Option<i64>, nfds: Option<i32>) -> Outcome {
        let [read, write, except] = names;
        let mut sets = FdSets { read: self.set(read)?, write: self.set(write)?, except: self.set(except)? };
        let ret = match (nfds, timeout_ms) {
            (None, None) => self.k.select(&mut sets, FOREVER).await?,
            (None, Some(ms @ 0..)) => self.k.select(&mut sets, after(Nanos::from_millis(ms as u64))).await?,
            (nfds, ms) => {
                // At most FD_SETSIZE: the conversion loses nothing.
                let nfds = nfds.unwrap_or_else(|| sets.nfds() as i32);
                self.k.select_raw(nfds, &mut sets, ms).await?
            }
        };
        Ok(Reply::Selected {
            ret: ret as i64,
            read: self.members(read, &sets.read),
            write: self.members(write, &sets.write),
            except: self.members(except, &sets.except),
        })
    }

    fn set(&self, names: &[Name]) -> Result<FdSet, Stop> {
        let mut set = FdSet::new();
        for name in names {
            let no_room = |_| Stop::Impossible(format!("`{name}` has no place in a set of select"));
            set.insert(self.fd(name)?).map_err(no_room)?;
        }
        Ok(set)
    }

    fn members(&self, names: &[Name], set: &FdSet) -> Vec<Name> {
        names.iter().filter(|name| self.fd(name).is_ok_and(|fd| set.contains(fd))).cloned().collect()
    }

    async fn poll(&self, asked: &[Asked], timeout_ms: Option<i64>) -> Outcome {
        let mut fds = Vec::with_capacity(asked.len());
        for Asked { on, events } in asked {
            fds.push(PollFd::new(self.fd(on)?, events.0));
        }
        self.k.poll(&mut fds, timeout(timeout_ms)).await?;
        let answers = asked.iter().zip(&fds).filter(|(_, fd)| !fd.revents.is_empty());
        Ok(Reply::Polled(answers.map(|(asked, fd)| (asked.on.clone(), fd.revents)).collect()))
    }

    async fn epoll_ctl(&self, on: &Name, act: Act, fd: &Name, events: Mask, label: Name) -> Outcome {
        let (epoll, fd): (Fd, Fd) = (self.fd(on)?, self.fd(fd)?);
        let data = self.world.lock().add_label(label);
        let event = EpollEvent { events, data };
        match act {
            Act::Add => self.k.epoll_ctl(epoll, CtlOp::Add, fd, event).await?,
            Act::Mod => self.k.epoll_ctl(epoll, CtlOp::Mod, fd, event).await?,
            Act::Del => self.k.epoll_ctl(epoll, CtlOp::Del, fd, event).await?,
            Act::Bad => self.k.epoll_ctl_unknown(epoll, fd, event).await?,
        }
        Ok(Reply::Done)
    }

    async fn epoll_wait(&self, on: &Name, max: i32, timeout_ms: Option<i64>, ordered: bool) -> Outcome {
        let epoll = self.fd(on)?;
        let mut events = Vec::new();
        // None and a negative number of events are refused alike.
        let most = usize::try_from(max).unwrap_or(0);
        let count = self.k.epoll_wait(epoll, &mut events, most, timeout(timeout_ms)).await?;
        if count != events.len() {
            return Err(Errno::EFAULT.into());
        }
        let world = self.world.lock();
        let mut list: Vec<(Name, Mask)> =
            events.iter().map(|event| (world.label(event.data), event.events)).collect();
        if !ordered {
            list.sort_by_key(|(on, _)| on.to_string());
        }
        Ok(Reply::Waited(list))
    }
}

/// A time in milliseconds as `poll` and `epoll_wait` take it: a negative one is for ever.
fn timeout(ms: Option<i64>) -> Timeout {
    match ms {
        Some(ms @ 0..) => after(Nanos::from_millis(ms as u64)),
        _ => FOREVER,
    }
}
