//! The palette: all that can be done, found by a part of its name.

use loopscope_shared::language::Language;
use loopscope_shared::scenario::{PRESETS, preset};
use loopscope_shared::servers::{PROGRAMS, Program};

use crate::commands::{COMMANDS, Command};
use crate::messages as m;
use crate::store::{Action, Cursor, Mode, State, Theme};

/// The most that the palette lists: what is not among them is found by typing more of its name.
pub const LISTED_MAX: usize = 12;

/// Something that can be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// What it does, in words.
    pub text: String,
    /// Its key, if it has one.
    pub key: &'static str,
    /// How it is done.
    pub run: Run,
}

/// How something is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Run {
    /// By a command.
    Command(Command),
    /// By actions on the state.
    Actions(Vec<Action>),
    /// By choosing a program: of a running server, another takes its place.
    Program(Program),
    /// By copying the link.
    Share,
}

/// What can be done and has all words of `query` in its name, or is the event of that number. `offered` are the
/// programs that can be chosen.
pub fn items(query: &str, state: &State, offered: &[Program]) -> Vec<Item> {
    let query = query.to_lowercase();
    let words: Vec<&str> = query.split_whitespace().collect();
    let fits = |item: &Item| {
        let text = item.text.to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let event = query.trim().trim_start_matches('#').parse().ok().map(go_to);
    let rest = all(state, offered).into_iter().filter(fits);
    event.into_iter().chain(rest).take(LISTED_MAX).collect()
}

fn go_to(number: u64) -> Item {
    let actions = vec![
        Action::SetPlaying(false),
        Action::Seek(Cursor::At(loopscope_shared::ids::Seq(number))),
        Action::Commit,
    ];
    Item { text: m::palette_event(number.to_string()), key: "", run: Run::Actions(actions) }
}

/// All that can be done, the commands first.
fn all(state: &State, offered: &[Program]) -> Vec<Item> {
    let commands = COMMANDS.iter().filter(|entry| entry.command != Command::Palette).map(|entry| Item {
        text: (entry.what)().to_owned(),
        key: entry.shown,
        run: Run::Command(entry.command),
    });
    let act = |text: String, action: Action| Item { text, key: "", run: Run::Actions(vec![action]) };
    let share = Item { text: m::palette_share().to_owned(), key: "", run: Run::Share };
    let modes = Mode::ALL.into_iter().filter(|mode| *mode != state.mode);
    let modes = modes.map(|mode| act(m::palette_mode(mode.label()), Action::SetMode(mode)));
    let programs = PROGRAMS.iter().map(|entry| entry.program);
    let programs = programs.filter(|program| offered.contains(program)).map(|program| Item {
        text: m::palette_program(program.name()),
        key: "",
        run: Run::Program(program),
    });
    let simulates = state.mode == Mode::Simulate;
    let scenarios = PRESETS
        .iter()
        .filter(|_| simulates)
        .filter_map(|name| preset(name))
        .map(|scenario| act(m::palette_scenario(scenario.title), Action::SetScenario(scenario.name)));
    let themes = [Theme::Auto, Theme::Light, Theme::Dark].into_iter();
    let themes = themes.map(|theme| act(m::palette_theme(theme.title()), Action::SetTheme(theme)));
    let languages = Language::ALL.into_iter();
    let languages =
        languages.map(|language| act(m::palette_language(language.name()), Action::SetLanguage(language)));
    commands
        .chain([share])
        .chain(modes)
        .chain(programs)
        .chain(scenarios)
        .chain(themes)
        .chain(languages)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::link::Link;

    fn found(query: &str) -> Vec<Item> {
        items(query, &State::opened(&Link::default()), &[Program::Epoll, Program::EpollEt])
    }

    #[test]
    fn what_can_be_done_is_found_by_words_of_its_name() {
        assert_eq!(found("").len(), LISTED_MAX);
        let epoll: Vec<Run> = found("epoll").into_iter().map(|item| item.run).collect();
        assert!(epoll.contains(&Run::Program(Program::Epoll)), "{epoll:?}");
        assert!(!epoll.contains(&Run::Program(Program::Select)), "it is not offered");
        assert_eq!(found("nonesuch whatever"), []);
        let dark = found("DARK");
        assert_eq!(dark[0].run, Run::Actions(vec![Action::SetTheme(Theme::Dark)]));
    }

    #[test]
    fn a_number_goes_to_that_event() {
        let Run::Actions(actions) = &found("123")[0].run else { panic!("no actions") };
        assert!(actions.contains(&Action::Seek(Cursor::At(loopscope_shared::ids::Seq(123)))));
    }

    #[test]
    fn every_command_is_in_it() {
        let every = all(&State::opened(&Link::default()), &[]);
        for entry in COMMANDS.iter().filter(|entry| entry.command != Command::Palette) {
            assert!(every.iter().any(|item| item.run == Run::Command(entry.command)), "{}", entry.shown);
        }
    }
}
