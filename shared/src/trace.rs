//! Events kept and events sent: a [`Timeline`] to move in, a [`Batch`] to hand on, a [`Hash`](struct@Hash) to
//! compare runs by, the [`wire`] between the gateway and its viewers, and the [`file`](mod@file) in which a trace
//! is kept.

mod batch;
pub mod file;
mod hash;
mod timeline;
pub mod wire;

pub use batch::Batch;
pub use hash::Hash;
pub use timeline::{EVENTS_MAX, PAYLOADS_MAX, Timeline};
