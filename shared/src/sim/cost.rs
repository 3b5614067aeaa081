//! What a call costs in virtual time.
//!
//! The numbers are **estimates** for one core of a server of these years, good for orders of magnitude: a
//! system call on a socket takes some hundreds of nanoseconds, a wake-up and a switch one or two thousand, and
//! `select` spends some 40 ns for each descriptor it goes through (the chapter's select server lost 12 µs a
//! line to 300 idle connections). A profile that is measured on a machine will take their place.

use crate::time::Nanos;

/// Into the kernel and out of it, with the work of a simple call.
pub(super) const CALL: Nanos = Nanos(250);

/// Taking a connection from the queue and making a socket of it.
pub(super) const ACCEPT: Nanos = Nanos(900);

/// A descriptor that `select` goes through: three bits copied in, tested and copied out.
pub(super) const SCAN: Nanos = Nanos(40);

/// An item of a ready list that `epoll_wait` looks at and copies out.
pub(super) const READY_ITEM: Nanos = Nanos(40);

/// Giving the CPU to a task that was asleep.
pub(super) const SWITCH: Nanos = Nanos(1_500);

/// Copying so many bytes across the line, at 8 bytes a nanosecond.
pub(super) fn copy(bytes: usize) -> Nanos {
    Nanos(bytes as u64 / 8)
}
