//! The components of the page, one a file: props in, callbacks out.

pub mod code;
pub mod stage;
