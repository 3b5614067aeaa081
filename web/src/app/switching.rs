//! Switching the native server: what the reader chooses takes its place, and the picture follows it.

use loopscope_shared::servers::{Program, Quirks, Settings, Setup};
use yew::Callback;

use crate::hooks::Shown;
use crate::store::Action;
use crate::store::tuning::Tuning;

/// What the reader chooses.
#[derive(Clone, Copy, Debug)]
pub(super) enum Choice {
    /// Another program.
    Program(Program),
    /// Something that is set of the one that runs.
    Tuning(Tuning),
}

/// Asks for what the reader has chosen in the place of the server that runs. A halted picture is left: it is of
/// what was.
pub(super) fn switch(shown: &Shown, on_action: &Callback<Action>, choice: Choice) {
    let mut anew = false;
    shown.change(|session| {
        let messages = session.setup().map(|setup| chosen(setup, choice)).map(|to| session.switch(to));
        let messages = messages.unwrap_or_default();
        anew = !messages.is_empty();
        messages
    });
    if anew {
        on_action.emit(Action::BeginAnew);
    }
}

/// A setup with the reader's choice in it. What was set of the program before stays; a mistake is only kept by
/// a program that can make it.
fn chosen(setup: &Setup, choice: Choice) -> Setup {
    let settings = setup.settings.clone();
    match choice {
        Choice::Program(program) => {
            let quirks = settings.quirks & Quirks::of(program.name());
            Setup { program, settings: Settings { quirks, ..settings } }
        }
        Choice::Tuning(tuning) => Setup { program: setup.program, settings: tuning.over(settings) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_stay_and_mistakes_go_with_their_program() {
        let settings = Settings { workers: 9, quirks: Quirks::FREE_ON_EOF, ..Settings::default() };
        let setup = Setup { program: Program::Bufferevent, settings };
        let mio = chosen(&setup, Choice::Program(Program::Mio));
        assert_eq!((mio.program, mio.settings.workers), (Program::Mio, 9));
        assert!(mio.settings.quirks.is_empty());
        let tuned = chosen(&setup, Choice::Tuning(Tuning { workers: Some(2), ..Tuning::default() }));
        assert_eq!((tuned.program, tuned.settings.workers), (Program::Bufferevent, 2));
        assert_eq!(tuned.settings.quirks, Quirks::FREE_ON_EOF);
    }
}
