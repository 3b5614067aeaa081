//! Event ports: their calls, and what they cost.

use std::future::Future;

use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{EventPorts, Mask, PortEvent, Timeout};
use crate::sim::cost;
use crate::sim::kernel::{SimKernel, nothing};
use crate::sim::machine::Machine;
use crate::time::Nanos;

impl EventPorts for SimKernel {
    fn port_create(&self) -> impl Future<Output = Result<Fd, Errno>> {
        self.simple(nothing, |machine| machine.port_create())
    }

    fn port_associate(
        &self,
        port: Fd,
        fd: Fd,
        events: Mask,
        user: u64,
    ) -> impl Future<Output = Result<(), Errno>> {
        let act = move |machine: &mut Machine| machine.port_associate(port, fd, events, user);
        self.simple(|costs| Nanos(costs.ctl_ns), act)
    }

    fn port_dissociate(&self, port: Fd, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        self.simple(|costs| Nanos(costs.ctl_ns), move |machine| machine.port_dissociate(port, fd))
    }

    fn port_getn(
        &self,
        port: Fd,
        events: &mut Vec<PortEvent>,
        most: usize,
        at_least: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let cost = move |machine: &mut Machine| {
            let sent = machine.port_len(port).min(most);
            cost::each(machine.costs.ready_item_ns, sent)
        };
        self.call(timeout, cost, move |machine, over| machine.port_getn(port, events, most, at_least, over))
    }
}
