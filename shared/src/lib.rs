//! The model of Loopscope: what a server may ask of a kernel, the servers themselves, the events that
//! their calls become, and the [`world::World`] that those events fold into.
//!
//! Nothing here reads a clock, starts a thread, opens a socket or knows a browser: the crate compiles for
//! the host and for `wasm32-unknown-unknown`, and gives the same answers on both.
//!
//! In the order of reading:
//!
//! - [`rot13`] and [`mod@line`]: the service, without any input or output of its own; [`quirks`]: the mistakes
//!   that can be made in it on purpose;
//! - [`kernel`]: the system-call interface, one trait a capability;
//! - [`servers`]: the programs, each one async function over those traits, and their catalogue;
//! - [`sim`]: a kernel that is simulated; [`scenario`]: workloads for it; [`scale`]: what a line costs under them;
//! - [`event`]: what can happen; [`probe`]: a kernel that tells it to a sink;
//! - [`world`]: the reducer, from events to a picture of the machine;
//! - [`language`]: English or Chinese, for whoever reads what the others say;
//! - [`trace`]: events kept (timeline), and events sent (wire); [`import`]: events out of what strace has
//!   written; [`findings`]: what a trace shows of well-known trouble.

#![forbid(unsafe_code)]

pub mod errno;
pub mod ids;
pub mod language;
pub mod shelf;
pub mod sorted;
pub mod time;

pub(crate) mod messages;

pub use messages::TEXTS;

pub mod line;
pub mod quirks;
pub mod rot13;

pub mod kernel;
pub mod reactor;
pub mod servers;

pub mod event;
pub mod probe;

pub mod world;

pub mod trace;

pub mod findings;
pub mod import;

pub mod conformance;

pub mod scale;
pub mod scenario;
pub mod sim;
