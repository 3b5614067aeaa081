//! The machine that the server runs on.

use serde::{Deserialize, Serialize};

use crate::scenario::{Costs, units};
use crate::time::Nanos;

/// The machine that the server runs on, and what its system allows a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MachineSpec {
    /// How many tasks can run at once.
    pub cpus: u32,
    /// How long a task may keep a CPU while others wait for one.
    #[serde(rename = "time_slice_us", with = "units")]
    pub time_slice: Nanos,
    /// How many descriptors a process may have open (`RLIMIT_NOFILE`, `getrlimit(2)`).
    pub descriptors_max: u32,
    /// How many threads and processes there may be, those that have ended and were not waited for included
    /// (`RLIMIT_NPROC`).
    pub tasks_max: u32,
    /// What calls cost.
    pub costs: Costs,
}

impl Default for MachineSpec {
    /// One CPU, so that running, runnable and blocked differ in the picture; the limits are those that a shell
    /// has on Linux, where tasks are limited by the machine's memory to some tens of thousands.
    fn default() -> Self {
        Self {
            cpus: 1,
            time_slice: Nanos::from_millis(3),
            descriptors_max: 1_024,
            tasks_max: 32_768,
            costs: Costs::default(),
        }
    }
}
