//! `select(2)`: the call, and what it costs.

use std::future::Future;

use crate::errno::Errno;
use crate::kernel::{FdSets, Select, Timeout};
use crate::sim::cost;
use crate::sim::kernel::SimKernel;
use crate::sim::machine::Machine;

impl Select for SimKernel {
    fn select(&self, sets: &mut FdSets, timeout: Timeout) -> impl Future<Output = Result<usize, Errno>> {
        let nfds = sets.nfds();
        let scan = move |machine: &mut Machine| cost::each(machine.costs.scan_select_ns, nfds);
        let asked = *sets;
        let mut first = true;
        self.call_on_many(timeout, scan, move |machine| {
            machine.select(&asked, nfds, sets, std::mem::take(&mut first))
        })
    }
}
