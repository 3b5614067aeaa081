//! The commands of the page: what each is called, which keys give it, and what it does. Keys, buttons, the help
//! and the palette all read this one list, so that none of them can say something else than the others.
//!
//! [`keys`]: which command a key gives; [`actions`](mod@actions): what a command does; [`palette`]: finding one by its name.

pub mod actions;
pub mod keys;
pub mod palette;

use crate::messages as m;
use crate::model::steps::Step;

pub use actions::{Around, actions};
pub use keys::{CHECKBOX, Focus, Press, of_key};

/// Something that the reader can do with one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Play, or stop; in Live: halt the picture, or follow the server again.
    Play,
    /// A step forward.
    Forward(Step),
    /// A step back.
    Back(Step),
    /// To the first event.
    First,
    /// To the last; in Live: follow the server again.
    Last,
    /// To the next event of the chosen lane.
    NextInLane,
    /// To the one before.
    PreviousInLane,
    /// To the cause of the event at the cursor.
    ToCause,
    /// To what it has led to.
    ToEffect,
    /// Search.
    Search,
    /// To the next event that was searched for.
    NextHit,
    /// To the one before.
    PreviousHit,
    /// Mark the place of the cursor, or take its mark away.
    Mark,
    /// To the next mark, from the last to the first.
    NextMark,
    /// Let the chosen stretch of time begin at the cursor.
    SpanFrom,
    /// Let it end there.
    SpanTo,
    /// Show what is chosen in the timeline, as large as it can be.
    Fit,
    /// Show less time in the timeline, around the cursor.
    ZoomIn,
    /// Show more.
    ZoomOut,
    /// Show earlier time.
    PanLeft,
    /// Show later time.
    PanRight,
    /// Let the timeline choose what it shows.
    ResetZoom,
    /// Look for trouble in what is shown, or close what was found.
    Findings,
    /// Save what is shown as a file.
    Save,
    /// Open the palette, or close it.
    Palette,
    /// Open the help, or close it.
    Help,
    /// Close what is open; else choose nothing.
    Leave,
}

/// A key of the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// By what it means (`KeyboardEvent.key`).
    Named(&'static str),
    /// By where it is, whatever the layout (`KeyboardEvent.code`).
    Placed(&'static str),
}

/// A command of the list.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Which one.
    pub command: Command,
    /// The key that gives it.
    pub key: Key,
    /// With Shift. A sign, such as `?`, is found with or without: where it is depends on the layout.
    pub shift: bool,
    /// With Ctrl, or Command on a Mac.
    pub ctrl: bool,
    /// How the key is written in the help.
    pub shown: &'static str,
    /// What it does, in the help.
    pub what: fn() -> &'static str,
}

const fn entry(command: Command, key: Key, shown: &'static str, what: fn() -> &'static str) -> Entry {
    Entry { command, key, shift: false, ctrl: false, shown, what }
}

const fn with_shift(entry: Entry) -> Entry {
    Entry { shift: true, ..entry }
}

const fn with_ctrl(entry: Entry) -> Entry {
    Entry { ctrl: true, ..entry }
}

const LEFT: Key = Key::Named("ArrowLeft");
const RIGHT: Key = Key::Named("ArrowRight");

/// All commands that have a key.
pub const COMMANDS: &[Entry] = &[
    entry(Command::Play, Key::Named(" "), "Space", m::command_play),
    entry(Command::Forward(Step::Event), RIGHT, "→", m::command_forward),
    entry(Command::Back(Step::Event), LEFT, "←", m::command_back),
    with_shift(entry(Command::Forward(Step::Call), RIGHT, "Shift →", m::command_forward_call)),
    with_shift(entry(Command::Back(Step::Call), LEFT, "Shift ←", m::command_back_call)),
    with_ctrl(entry(Command::Forward(Step::Turn), RIGHT, "Ctrl →", m::command_forward_turn)),
    with_ctrl(entry(Command::Back(Step::Turn), LEFT, "Ctrl ←", m::command_back_turn)),
    entry(Command::First, Key::Named("Home"), "Home", m::command_first),
    entry(Command::Last, Key::Named("End"), "End", m::command_last),
    entry(Command::NextInLane, Key::Named("."), ".", m::command_next_in_lane),
    entry(Command::PreviousInLane, Key::Named(","), ",", m::command_previous_in_lane),
    entry(Command::ToCause, Key::Named("["), "[", m::command_to_cause),
    entry(Command::ToEffect, Key::Named("]"), "]", m::command_to_effect),
    entry(Command::Search, Key::Named("/"), "/", m::command_search),
    entry(Command::NextHit, Key::Placed("KeyN"), "N", m::command_next_hit),
    with_shift(entry(Command::PreviousHit, Key::Placed("KeyN"), "Shift N", m::command_previous_hit)),
    entry(Command::Mark, Key::Placed("KeyM"), "M", m::command_mark),
    with_shift(entry(Command::NextMark, Key::Placed("KeyM"), "Shift M", m::command_next_mark)),
    entry(Command::SpanFrom, Key::Placed("KeyI"), "I", m::command_span_from),
    entry(Command::SpanTo, Key::Placed("KeyO"), "O", m::command_span_to),
    entry(Command::Fit, Key::Placed("KeyF"), "F", m::command_fit),
    entry(Command::ZoomIn, Key::Placed("KeyW"), "W", m::command_zoom_in),
    entry(Command::ZoomOut, Key::Placed("KeyS"), "S", m::command_zoom_out),
    entry(Command::PanLeft, Key::Placed("KeyA"), "A", m::command_pan_left),
    entry(Command::PanRight, Key::Placed("KeyD"), "D", m::command_pan_right),
    entry(Command::ResetZoom, Key::Named("0"), "0", m::command_reset_zoom),
    entry(Command::Findings, Key::Named("!"), "!", m::command_findings),
    with_ctrl(entry(Command::Save, Key::Placed("KeyS"), "Ctrl S", m::command_save)),
    with_ctrl(with_shift(entry(Command::Palette, Key::Placed("KeyP"), "Ctrl Shift P", m::command_palette))),
    entry(Command::Help, Key::Named("?"), "?", m::command_help),
    entry(Command::Leave, Key::Named("Escape"), "Esc", m::command_leave),
];

impl Command {
    /// How its key is written; empty if it has none.
    pub fn key(self) -> &'static str {
        COMMANDS.iter().find(|entry| entry.command == self).map_or("", |entry| entry.shown)
    }

    /// What it does, and its key: the title of its button.
    pub fn title(self) -> String {
        let what = COMMANDS.iter().find(|entry| entry.command == self).map_or("", |entry| (entry.what)());
        format!("{what} ({})", self.key())
    }
}
