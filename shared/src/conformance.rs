//! Scripts of system calls, and what a kernel answers to them: one executor for both kernels.
//!
//! - [`Case`]: a script with what is expected behind its steps, as a file holds it; [`Step`], [`Op`]: one line of it.
//! - [`Reply`]: what a step returned; `expect`: whether that is what was expected.
//! - [`run`]: the executor, an async function over the traits of [`crate::kernel`], so that the simulated and the
//!   real kernel carry out the very same calls in the same order.
//! - [`random`]: scripts made by chance; [`mod@shrink`]: the smallest part of a script that still fails.
//!
//! The format is described in `docs/conformance.md`.

mod case;
mod execute;
mod expect;
mod names;
pub mod random;
mod reply;
pub mod shrink;
mod step;

pub use case::{Case, Miss, Verdict};
pub use execute::{Tested, run};
pub use names::{Bits, Name, SocketOption};
pub use reply::Reply;
pub use step::{Op, Step};
