//! The commands of the page: what each is called, which keys give it, and what it does. Keys, buttons and the
//! help all read this one list, so that none of them can say something else than the others.

use loopscope_shared::ids::Seq;
use loopscope_shared::time::Nanos;

use crate::model::recording::Recording;
use crate::model::steps::{self, Step};
use crate::model::window::Window;
use crate::store::{Action, Cursor, Mode, State};

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
    /// With Shift. What stands for itself (`?`) is found with or without.
    pub shift: bool,
    /// With Ctrl, or Command on a Mac.
    pub ctrl: bool,
    /// How the key is written in the help.
    pub shown: &'static str,
    /// What it does, in the help.
    pub what: &'static str,
}

const fn entry(command: Command, key: Key, shown: &'static str, what: &'static str) -> Entry {
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
    entry(
        Command::Play,
        Key::Named(" "),
        "Space",
        "play or pause; in Live: halt the picture or follow again",
    ),
    entry(Command::Forward(Step::Event), RIGHT, "→", "one event forward"),
    entry(Command::Back(Step::Event), LEFT, "←", "one event back"),
    with_shift(entry(
        Command::Forward(Step::Call),
        RIGHT,
        "Shift →",
        "to the return of the next system call",
    )),
    with_shift(entry(Command::Back(Step::Call), LEFT, "Shift ←", "to the return of the system call before")),
    with_ctrl(entry(Command::Forward(Step::Turn), RIGHT, "Ctrl →", "to the next turn of the event loop")),
    with_ctrl(entry(Command::Back(Step::Turn), LEFT, "Ctrl ←", "to the turn before")),
    entry(Command::First, Key::Named("Home"), "Home", "to the first event"),
    entry(Command::Last, Key::Named("End"), "End", "to the last event; in Live: follow again"),
    entry(Command::ZoomIn, Key::Placed("KeyW"), "W", "timeline: closer (also Ctrl and wheel)"),
    entry(Command::ZoomOut, Key::Placed("KeyS"), "S", "timeline: farther"),
    entry(Command::PanLeft, Key::Placed("KeyA"), "A", "timeline: earlier (also Shift and drag)"),
    entry(Command::PanRight, Key::Placed("KeyD"), "D", "timeline: later"),
    entry(Command::ResetZoom, Key::Named("0"), "0", "timeline: as it was"),
    entry(Command::Help, Key::Named("?"), "?", "this help"),
    entry(Command::Leave, Key::Named("Escape"), "Esc", "close the help, or let go of the chosen descriptor"),
];

/// A key that was pressed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Press {
    /// What it means.
    pub key: String,
    /// Where it is.
    pub code: String,
    /// With Shift.
    pub shift: bool,
    /// With Ctrl or Command.
    pub ctrl: bool,
    /// With Alt, which belongs to the browser.
    pub alt: bool,
}

/// The command of a key, if it has one.
pub fn of_key(press: &Press) -> Option<Command> {
    let fits = |entry: &&Entry| {
        let same = match entry.key {
            Key::Named(name) => press.key == name,
            Key::Placed(code) => press.code == code,
        };
        let any_shift = entry.key == Key::Named("?");
        same && entry.ctrl == press.ctrl && (any_shift || entry.shift == press.shift)
    };
    if press.alt { None } else { COMMANDS.iter().find(fits).map(|entry| entry.command) }
}

/// The element that has the focus, as far as keys are concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Focus {
    /// What it is: `BUTTON`, `SELECT`, `INPUT` …, empty if nothing has the focus.
    pub kind: String,
    /// Its id, if it has one.
    pub id: String,
    /// Whether it is part of the transport.
    pub transport: bool,
}

impl Focus {
    /// Whether it is a button.
    pub fn is_button(&self) -> bool {
        self.kind == "BUTTON"
    }

    /// Whether the element does something of its own with the key. In the transport, Space is for playing, so
    /// that one can step by a click and go on by Space; Enter still presses what has the focus.
    pub fn keeps(&self, key: &str) -> bool {
        match self.kind.as_str() {
            "BUTTON" if self.transport => false,
            "BUTTON" | "SUMMARY" | "A" => key == " ",
            "SELECT" => true,
            // The scrubber's own steps are those of the commands; the speed has no other keys.
            "INPUT" => self.id == "speed",
            _ => false,
        }
    }
}

/// How much one key press zooms and pans.
const ZOOM: f64 = 0.7;
const PAN: f64 = 0.2;

/// What a command does to the state of the page. `window` is what the timeline shows.
pub fn actions(command: Command, state: &State, recording: &Recording, window: Window) -> Vec<Action> {
    let timeline = &recording.timeline;
    let at = recording.cursor(state.at);
    let live = state.mode == Mode::Live;
    let now = timeline.iter_back(at).next().map_or(Nanos::ZERO, |(_, event, _)| event.at);
    let stopped = |to: Seq| vec![Action::SetPlaying(false), Action::Seek(Cursor::At(to))];
    let zoomed = |factor| {
        let around = if window.holds(now) { now } else { window.at(0.5) };
        vec![Action::SetWindow(Some(window.zoomed(around, factor, recording.lanes.whole().span)))]
    };
    match command {
        Command::Play if live && state.moves() => vec![Action::Seek(Cursor::At(at))],
        Command::Play if live => vec![Action::Seek(Cursor::End)],
        Command::Play if state.playing => vec![Action::SetPlaying(false), Action::Commit],
        // At the end, playing begins again.
        Command::Play if at == timeline.next() => {
            vec![Action::Seek(Cursor::At(timeline.first())), Action::SetPlaying(true)]
        }
        Command::Play => vec![Action::Seek(Cursor::At(at)), Action::SetPlaying(true)],
        Command::Forward(step) => stopped(steps::forward(timeline, at, step)),
        Command::Back(step) => stopped(steps::back(timeline, at, step)),
        Command::First => [stopped(timeline.first()), vec![Action::Commit]].concat(),
        Command::Last => vec![Action::SetPlaying(false), Action::Seek(Cursor::End), Action::Commit],
        Command::ZoomIn => zoomed(ZOOM),
        Command::ZoomOut => zoomed(1.0 / ZOOM),
        Command::PanLeft => vec![Action::SetWindow(Some(window.moved(-PAN)))],
        Command::PanRight => vec![Action::SetWindow(Some(window.moved(PAN)))],
        Command::ResetZoom => vec![Action::SetWindow(None)],
        Command::Help => vec![Action::ShowHelp(!state.help)],
        Command::Leave if state.help => vec![Action::ShowHelp(false)],
        Command::Leave => vec![Action::Select(None)],
    }
}

#[cfg(test)]
mod tests {
    use loopscope_shared::event::{Event, What};
    use loopscope_shared::ids::TaskId;
    use loopscope_shared::trace::Batch;

    use super::*;
    use crate::store::link::Link;

    fn press(key: &str, shift: bool, ctrl: bool) -> Option<Command> {
        of_key(&Press { key: key.into(), code: String::new(), shift, ctrl, alt: false })
    }

    #[test]
    fn each_key_gives_one_command() {
        for (index, one) in COMMANDS.iter().enumerate() {
            let same = |other: &Entry| (one.key, one.shift, one.ctrl) == (other.key, other.shift, other.ctrl);
            assert!(!COMMANDS[index + 1..].iter().any(same), "{} is given twice", one.shown);
        }
        assert_eq!(press("ArrowRight", false, true), Some(Command::Forward(Step::Turn)));
        assert_eq!(press("?", true, false), Some(Command::Help));
        assert_eq!(press("x", false, false), None);
        let code = "KeyW".to_owned();
        assert_eq!(of_key(&Press { key: "ц".into(), code, ..Press::default() }), Some(Command::ZoomIn));
    }

    #[test]
    fn space_plays_also_after_a_click_on_a_step_button() {
        let focus = |kind: &str, id: &str, transport| Focus { kind: kind.into(), id: id.into(), transport };
        assert!(!focus("BUTTON", "step-forward", true).keeps(" "));
        assert!(focus("BUTTON", "share", false).keeps(" "));
        assert!(!focus("BUTTON", "share", false).keeps("ArrowRight"));
        assert!(focus("INPUT", "speed", true).keeps("ArrowRight"));
        assert!(!focus("INPUT", "scrubber", false).keeps("ArrowRight"));
        assert!(!Focus::default().keeps(" "));
    }

    fn recording() -> Recording {
        let mut batch = Batch::default();
        for at in 0..5 {
            let event = Event {
                at: Nanos(at),
                task: TaskId::FIRST,
                what: What::TaskEnd { status: 0 },
                payload_len: 0,
            };
            batch.push(event, &[]);
        }
        let mut recording = Recording::default();
        recording.extend(&batch);
        recording
    }

    fn after(state: &State, command: Command) -> State {
        let window = Window::between(Nanos(0), Nanos(1000));
        let actions = actions(command, state, &recording(), window);
        actions.into_iter().fold(state.clone(), |state, action| state.after(action))
    }

    #[test]
    fn a_step_stops_the_playing() {
        let state = after(&State::opened(&Link::default()), Command::Play);
        assert!(state.playing);
        let state = after(&state, Command::Forward(Step::Event));
        assert_eq!((state.playing, state.at), (false, Cursor::At(Seq(1))));
    }

    #[test]
    fn playing_at_the_end_begins_again() {
        let state = after(&after(&State::opened(&Link::default()), Command::Last), Command::Play);
        assert_eq!((state.playing, state.at), (true, Cursor::At(Seq(0))));
    }

    #[test]
    fn in_live_the_picture_is_halted_where_it_is_and_followed_again() {
        let live = State::opened(&Link { mode: Mode::Live, ..Link::default() });
        let halted = after(&live, Command::Play);
        assert_eq!((halted.moves(), halted.at), (false, Cursor::At(Seq(5))));
        assert!(after(&halted, Command::Play).moves());
        assert!(after(&halted, Command::Last).moves());
    }
}
