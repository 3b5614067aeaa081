//! What calls cost on a machine, as data: `loopscope calibrate` measures a profile, and the simulated kernel
//! charges by it.
//!
//! Every number is an integer, so that the same profile gives the same trace everywhere: nanoseconds, or, where
//! something is paid for each byte, picoseconds.

use serde::{Deserialize, Serialize};

/// A profile of costs, in virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Costs {
    /// Into the kernel and out of it, with the work of a call that finds nothing to do.
    pub call_ns: u64,
    /// Copying a byte between a program and a socket's buffer.
    pub copy_ps_per_byte: u64,
    /// A `recv` that gets something, beyond the call and the bytes.
    pub recv_ns: u64,
    /// A `send` that is taken, beyond the call and the bytes: on its way it goes through the network's layers.
    pub send_ns: u64,
    /// Taking a connection from the queue and making a socket of it, beyond the call.
    pub accept_ns: u64,
    /// Making a socket, beyond the call.
    pub socket_ns: u64,
    /// Beginning a connection, beyond the call.
    pub connect_ns: u64,
    /// Giving a descriptor back, beyond the call.
    pub close_ns: u64,
    /// A descriptor number that `select` goes through.
    pub scan_select_ns: u64,
    /// An entry that `poll` goes through.
    pub scan_poll_ns: u64,
    /// Changing an interest list in the kernel, beyond the call.
    pub ctl_ns: u64,
    /// An item of a ready list that is looked at and copied out.
    pub ready_item_ns: u64,
    /// Waking a task that sleeps, beyond the switch: paid when the task comes to a CPU, whoever woke it.
    pub wake_ns: u64,
    /// Giving the CPU to another task.
    pub switch_ns: u64,
    /// A new thread, beyond the call.
    pub thread_ns: u64,
    /// A new process, beyond the call and its descriptors.
    pub fork_ns: u64,
    /// Copying one descriptor into a new process.
    pub fork_descriptor_ns: u64,
    /// The end of a task.
    pub exit_ns: u64,
    /// Taking notice of a child that has ended, beyond the call.
    pub wait_ns: u64,
    /// Starting an operation of a completion interface.
    pub submit_ns: u64,
    /// An entry of a completion queue that is looked at and handed over.
    pub completion_ns: u64,
}

impl Default for Costs {
    /// Measured by `loopscope calibrate` on Linux 6.18 (x86_64, an Intel Xeon, a virtual machine with two CPUs),
    /// medians rounded to two digits: `docs/scenarios.md` says how each is measured. The last two are estimates.
    fn default() -> Self {
        Self {
            call_ns: 160,
            copy_ps_per_byte: 22,
            recv_ns: 150,
            send_ns: 800,
            accept_ns: 700,
            socket_ns: 800,
            connect_ns: 4_200,
            close_ns: 1_300,
            scan_select_ns: 120,
            scan_poll_ns: 120,
            ctl_ns: 260,
            ready_item_ns: 80,
            wake_ns: 140,
            switch_ns: 560,
            thread_ns: 5_500,
            fork_ns: 63_000,
            fork_descriptor_ns: 8,
            exit_ns: 60_000,
            wait_ns: 1_900,
            submit_ns: 100,
            completion_ns: 40,
        }
    }
}
