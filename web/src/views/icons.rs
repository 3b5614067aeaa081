//! The signs on buttons, drawn as lines in a square of 16 units, so that they look the same with every font. Each
//! button says in words what it does, too.

use yew::prelude::*;

/// To the first instant.
pub const FIRST: &str = "M3.5 3v10M13 3 6.5 8l6.5 5z";
/// To the last.
pub const LAST: &str = "M12.5 3v10M3 3l6.5 5L3 13z";
/// A turn of the loop back.
pub const TURN_BACK: &str = "M5.5 3 2.5 6l3 3M2.5 6h7a3.5 3.5 0 0 1 0 7H6";
/// A turn of the loop on.
pub const TURN_ON: &str = "m10.5 3 3 3-3 3M13.5 6h-7a3.5 3.5 0 0 0 0 7H10";
/// A system call back.
pub const CALL_BACK: &str = "M7.5 3.5 3 8l4.5 4.5M13 3.5 8.5 8l4.5 4.5";
/// A system call on.
pub const CALL_ON: &str = "M8.5 3.5 13 8l-4.5 4.5M3 3.5 7.5 8 3 12.5";
/// An event back.
pub const BACK: &str = "M10 3.5 5.5 8l4.5 4.5";
/// An event on.
pub const ON: &str = "M6 3.5 10.5 8 6 12.5";
/// It plays.
pub const PLAY: &str = "M4.5 2.5 13 8l-8.5 5.5z";
/// It stops.
pub const PAUSE: &str = "M4 3h2.5v10H4zM9.5 3H12v10H9.5z";
/// The guided tour: a flag.
pub const TOUR: &str = "M4 14V2.5M4 3c3-1.5 5 1.5 8.5 0v6C9 10.5 7 7.5 4 9";
/// What is found: a lens.
pub const FINDINGS: &str = "M11 7a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM10 10l3.5 3.5";
/// It is kept as a file.
pub const SAVE: &str = "M8 2.5v7.5M4.8 7 8 10.2 11.2 7M3 13.5h10";
/// It is sent to somebody: two links of a chain.
pub const SHARE: &str = "M6.5 9.5a2.6 2.6 0 0 0 3.7 0l2-2a2.6 2.6 0 0 0-3.7-3.7l-.6.6M9.5 6.5a2.6 2.6 0 0 0-3.7 0l-2 2a2.6 2.6 0 0 0 3.7 3.7l.6-.6";
/// The colours that the system has.
pub const AUTO: &str = "M8 2.5a5.5 5.5 0 1 1 0 11zM8 2.5a5.5 5.5 0 1 0 0 11";
/// Light colours.
pub const LIGHT: &str = "M10.5 8a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM8 1.5v1.5M8 13v1.5M1.5 8H3M13 8h1.5M3.400 3.400l1 1M11.6 11.6l1 1M12.6 3.400l-1 1M4.400 11.6l-1 1";
/// Dark colours.
pub const DARK: &str = "M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z";
/// All commands.
pub const COMMANDS: &str = "M3 4.5h10M3 8h10M3 11.5h10";
/// It is changed.
pub const EDIT: &str = "M3 13l.7-3L10.5 3.2a1.6 1.6 0 0 1 2.300 2.300L6 12.300z";
/// It is closed.
pub const CLOSE: &str = "m4 4 8 8M12 4l-8 8";

/// A sign. Filled, it is heavier: so are those that make the picture move.
pub fn icon(path: &'static str) -> Html {
    let filled = [FIRST, LAST, PLAY, PAUSE].contains(&path);
    html! {
        <svg class={classes!("icon", filled.then_some("filled"))} viewBox="0 0 16 16" width="16" height="16"
            aria-hidden="true"><path d={path} /></svg>
    }
}
