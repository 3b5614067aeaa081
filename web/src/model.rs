//! What the panels show, as plain data: from a `World` and a `Timeline`, without a browser, tested natively.
//!
//! - [`session`] and its [`recording`]: what a source has brought; [`steps`], [`follow`], [`search`] and
//!   [`playback`]: moving in it;
//! - [`file`](mod@file): what is said of a file that is open; [`save`]: what is shown, as a file; [`review`]: a
//!   search for trouble in it;
//! - [`code`], [`lanes`] with its [`window`] and the [`hand`] on it, [`inspector`], [`figures`], [`stage`]: a panel each;
//! - [`compare`]: runs beside each other; [`scale`]: what lines cost against the number of connections;
//! - [`editor`]: a scenario as it is typed, and what is wrong in it;
//! - [`selection`]: what the reader has chosen;
//! - [`talk`], from [`answers`] and [`conversation`]: the reader's own lines, simulated and live;
//! - [`tour`]: the stations of the guided tour, and what answers their questions;
//! - [`text`]: numbers and bytes as words.

pub mod answers;
pub mod code;
pub mod compare;
pub mod conversation;
pub mod editor;
pub mod events;
pub mod figures;
pub mod file;
pub mod follow;
pub mod hand;
pub mod inspector;
pub mod lanes;
pub mod playback;
pub mod recording;
pub mod review;
pub mod save;
pub mod scale;
pub mod search;
pub mod selection;
pub mod session;
pub mod stage;
pub mod steps;
pub mod talk;
pub mod text;
pub mod tour;
pub mod window;
