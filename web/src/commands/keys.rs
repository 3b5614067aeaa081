//! Keys: which command each gives, and when an element keeps a key to itself.

use crate::commands::{COMMANDS, Command, Key};

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
    /// With Alt, which belongs to the browser, or to a layout on which a sign lies so deep.
    pub alt: bool,
}

/// The command of a key, if it has one.
pub fn of_key(press: &Press) -> Option<Command> {
    let fits = |(key, shift, ctrl): (Key, bool, bool)| match key {
        // Where a sign lies depends on the layout: `[` needs Alt and Ctrl on a German keyboard.
        Key::Named(name) if is_sign(name) => press.key == name && press.ctrl == press.alt,
        Key::Named(name) => (press.key == name) && !press.alt && (shift, ctrl) == (press.shift, press.ctrl),
        Key::Placed(code) => (press.code == code) && !press.alt && (shift, ctrl) == (press.shift, press.ctrl),
    };
    let found = COMMANDS.iter().find(|entry| fits((entry.key, entry.shift, entry.ctrl)));
    found.map(|entry| entry.command)
}

/// Whether a key stands for a sign, and not for a movement or a letter.
fn is_sign(name: &str) -> bool {
    name != " " && name.len() == 1
}

/// The kind of an input that is a box to be ticked.
pub const CHECKBOX: &str = "CHECKBOX";

/// The element that has the focus, as far as keys are concerned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Focus {
    /// What it is: `BUTTON`, `SELECT`, `INPUT`, [`CHECKBOX`] …, empty if nothing has the focus.
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
            "INPUT" => matches!(self.id.as_str(), "speed" | "scale-at"),
            CHECKBOX => key == " ",
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::Entry;
    use crate::model::steps::Step;

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
        assert_eq!(press("ArrowRight", true, false), Some(Command::Forward(Step::Call)));
        assert_eq!(press("x", false, false), None);
    }

    #[test]
    fn signs_are_found_wherever_a_layout_has_them() {
        assert_eq!(press("?", true, false), Some(Command::Help));
        assert_eq!(press("/", true, false), Some(Command::Search));
        let deep = Press { key: "[".into(), ctrl: true, alt: true, ..Press::default() };
        assert_eq!(of_key(&deep), Some(Command::ToCause));
        assert_eq!(press("0", false, true), None, "Ctrl 0 is the browser's");
    }

    #[test]
    fn letters_are_found_by_their_place() {
        let at = |code: &str, ctrl, shift| {
            of_key(&Press { key: "ц".into(), code: code.into(), shift, ctrl, alt: false })
        };
        assert_eq!(at("KeyW", false, false), Some(Command::ZoomIn));
        assert_eq!(at("KeyW", true, false), None, "Ctrl W is the browser's");
        assert_eq!(at("KeyP", true, true), Some(Command::Palette));
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
}
