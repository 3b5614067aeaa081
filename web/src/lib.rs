//! The page: sources of events on one side, panels that draw a `World` on the other.
//!
//! In the order of reading:
//!
//! - [`app`]: the composition;
//! - [`model`]: what the panels show, as plain data;
//! - [`views`]: one component a file, props in and callbacks out.

pub mod app;
pub mod model;
pub mod views;
