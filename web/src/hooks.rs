//! The effects of the page, one a file: each starts when its component is there and stops with it.

mod files;
mod flights;
mod inbox;
mod keys;
mod link;
mod motion;
mod playback;
mod race;
mod review;
mod runs;
mod scaling;
mod session;
mod size;
mod sources;
mod wall;
mod wheel;

pub use files::use_files;
pub use flights::use_flights;
pub use keys::use_keys;
pub use link::use_link;
pub use motion::prefers_stillness;
pub use playback::use_playback;
pub use race::use_race;
pub use review::{Found, use_review};
pub use runs::{Runs, use_runs};
pub use scaling::{Computing, use_scaling};
pub use session::{Shown, use_hold, use_session};
pub use size::{use_size, use_width};
pub use sources::{Fetched, use_source};
pub use wall::{Key, PALETTE, use_wall};
pub use wheel::use_wheel;
