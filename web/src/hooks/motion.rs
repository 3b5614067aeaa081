//! Whether the reader wants things to move.

use gloo_utils::window;

/// Whether the reader has asked for less motion (`prefers-reduced-motion`).
pub fn prefers_stillness() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)").ok().flatten();
    query.is_some_and(|query| query.matches())
}
