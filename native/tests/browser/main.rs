//! The page in a real browser: headless Chromium, the real program, real sockets.
//!
//! Behind a feature, since it needs chromedriver and the built page: `cargo xtask test` sees to both.

mod driver;
mod hosts;
mod page;

mod accessibility;
mod controls;
mod files;
mod hashes;
mod keys;
mod languages;
mod live;
mod matrix;
mod modes;
mod pictures;
mod pointer;
mod rows;
mod simulate;
mod speed;
mod stills;
mod tour;
