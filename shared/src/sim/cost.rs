//! What a call costs in virtual time, by the scenario's profile.

use crate::scenario::Costs;
use crate::time::Nanos;

/// What is paid for so many things of which each costs that much.
pub(super) fn each(ns: u64, count: usize) -> Nanos {
    Nanos(ns.saturating_mul(count as u64))
}

/// Copying so many bytes across the line between program and kernel.
pub(super) fn copy(costs: &Costs, bytes: usize) -> Nanos {
    Nanos(costs.copy_ps_per_byte.saturating_mul(bytes as u64) / 1_000)
}

/// Into the kernel and out of it. A call always takes some time: a program that only makes calls must not stop
/// the clock.
pub(super) fn call(costs: &Costs) -> Nanos {
    Nanos(costs.call_ns.max(1))
}
