//! The page: sources of events on one side, panels that draw a `World` on the other.
//!
//! In the order of reading:
//!
//! - [`app`]: the composition;
//! - [`store`]: what the reader looks at, and the links that name it; [`commands`]: what changes it;
//! - [`source`]: where events come from, and [`worker`], in which they are simulated;
//! - [`texts`]: what the page says, and the sources that it shows, which are fetched;
//! - [`model`]: what the panels show, as plain data; [`views`]: how it looks, one component a file;
//! - [`hooks`]: effects; [`browser`] and [`canvas`]: what else is needed of the browser.
//!
//! `model`, `store` and `commands` know no browser and are tested on the host.

pub mod app;
pub mod browser;
pub mod canvas;
pub mod commands;
pub mod hooks;
pub(crate) mod messages;
pub mod model;
pub mod source;
pub mod store;
pub mod texts;
pub mod views;
pub mod worker;
