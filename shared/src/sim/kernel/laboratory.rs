//! The simulated kernel can be looked at.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::SimKernel;
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Clock, EpollEvent, FOREVER, FdSets, Laboratory, Select, TaskNumber, after};
use crate::sim::lab::LOOK_AGAIN;
use crate::time::Nanos;

/// The longest time between two looks at a condition.
const LOOK_AGAIN_AT_LAST: Nanos = Nanos::from_millis(1);

impl Laboratory for SimKernel {
    fn free_address(&self) -> SocketAddr {
        let ports = &mut self.machine.borrow_mut().ports;
        // A port of its own stays when the socket stops listening, any port goes.
        let port = if ports.own { ports.any().unwrap_or(0) } else { 0 };
        (Ipv4Addr::LOCALHOST, port).into()
    }

    fn own_number(&self) -> TaskNumber {
        TaskNumber(self.machine.borrow().current.0)
    }

    // A task that runs, or will, is seen by the scheduler, whichever it is.
    async fn settle(&self, _: &[u16], _: &[TaskNumber], _: impl Fn(TaskNumber) -> bool) {
        loop {
            let wait = self.machine.borrow().until_quiet();
            let Some(wait) = wait else { return };
            self.sleep(wait).await;
        }
    }

    async fn settle_full(&self, ports: &[u16], tasks: &[TaskNumber], has_ended: impl Fn(TaskNumber) -> bool) {
        self.settle(ports, tasks, has_ended).await;
    }

    async fn until(&self, most: Duration, condition: impl Fn() -> bool) -> bool {
        let deadline = self.now() + Nanos(u64::try_from(most.as_nanos()).unwrap_or(u64::MAX));
        let mut wait = LOOK_AGAIN;
        while !condition() {
            if self.now() > deadline {
                return false;
            }
            self.sleep(wait).await;
            wait = Nanos(wait.0 * 2).min(LOOK_AGAIN_AT_LAST);
        }
        true
    }

    async fn select_raw(
        &self,
        nfds: i32,
        sets: &mut FdSets,
        timeout_ms: Option<i64>,
    ) -> Result<usize, Errno> {
        let ms = timeout_ms.map(|ms| u64::try_from(ms).map_err(|_| Errno::EINVAL)).transpose()?;
        let nfds = usize::try_from(nfds).map_err(|_| Errno::EINVAL)?;
        let mut crossing = sets.cut_at(nfds);
        let count =
            self.select(&mut crossing, ms.map_or(FOREVER, |ms| after(Nanos::from_millis(ms)))).await?;
        sets.overwrite(&crossing, nfds);
        Ok(count)
    }

    async fn epoll_ctl_unknown(&self, epoll: Fd, fd: Fd, _event: EpollEvent) -> Result<(), Errno> {
        self.machine.borrow_mut().epoll_ctl_unknown(epoll, fd)
    }
}
