//! Events kept and events sent: a [`Timeline`] to move in, a [`Batch`] to hand on, and the [`wire`] between
//! the gateway and its viewers.

mod batch;
mod timeline;
pub mod wire;

pub use batch::Batch;
pub use timeline::{EVENTS_MAX, Timeline};
