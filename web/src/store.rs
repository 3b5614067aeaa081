//! The state of the page itself, and what changes it: what is looked at, where, and how. No browser here.
//!
//! The events that are looked at are not part of it: they are the [`crate::model::recording::Recording`] that
//! a source fills.

pub mod link;
mod mode;
mod theme;
pub mod tuning;

use std::collections::BTreeSet;
use std::rc::Rc;

use loopscope_shared::ids::{Fd, Seq, TaskId};
use loopscope_shared::language::Language;
use loopscope_shared::scenario::{Injection, PRESETS, Scenario, preset};
use loopscope_shared::servers::Program;
use yew::Reducible;

use crate::model::playback::Speed;
use crate::model::tour::{STATIONS, Scene};
use crate::model::window::Window;
use crate::store::link::Link;
use crate::store::tuning::Tuning;

pub use mode::Mode;
pub use theme::Theme;

/// Where the reader is in a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cursor {
    /// Where a recording opens.
    #[default]
    Home,
    /// Where so many events have happened.
    At(Seq),
    /// At its end, also when it grows.
    End,
}

/// What the reader looks at, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Where the events come from.
    pub mode: Mode,
    /// The program that is simulated.
    pub program: Program,
    /// The scenario that it is simulated on.
    pub scenario: String,
    /// What the reader sets of the program.
    pub tuning: Tuning,
    /// The seed of the simulation; the scenario's own if there is none.
    pub seed: Option<u64>,
    /// What the reader added to the scenario, in the order of adding.
    pub injections: Vec<Injection>,
    /// The cursor.
    pub at: Cursor,
    /// Whether a simulation plays. Live follows the server while the cursor is at the end.
    pub playing: bool,
    /// How fast it does.
    pub speed: Speed,
    /// The descriptor that the reader has chosen.
    pub selected: Option<Fd>,
    /// The task that the reader has chosen; never together with a descriptor.
    pub task: Option<TaskId>,
    /// The stretch of time that the reader has chosen, in the timeline.
    pub span: Option<Window>,
    /// The places of the cursor that the reader has marked.
    pub marks: BTreeSet<Seq>,
    /// What is searched for; `None` while the reader does not search.
    pub search: Option<String>,
    /// The stretch of time that the timeline shows; `None` is one that it chooses.
    pub window: Option<Window>,
    /// The colours.
    pub theme: Theme,
    /// What the page speaks.
    pub language: Language,
    /// The station of the guided tour at which the reader is, by its index.
    pub tour: Option<usize>,
    /// Whether the help is open.
    pub help: bool,
    /// Whether the palette is open: the list of all that can be done.
    pub palette: bool,
    /// How often the reader has arrived somewhere: each time is a step in the browser's history.
    pub commits: u32,
}

/// What can happen to the state.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Take the events from there.
    SetMode(Mode),
    /// Simulate that program.
    SetProgram(Program),
    /// Simulate that scenario.
    SetScenario(String),
    /// Set that of the program.
    Tune(Tuning),
    /// Simulate that program in that scene.
    SetScene(Program, Scene),
    /// Go to a station of the guided tour, or leave it.
    Tour(Option<usize>),
    /// Add something to the scenario, and stay at this event.
    Inject(Injection, Seq),
    /// Another recording takes the place of this one: a running server is switched.
    BeginAnew,
    /// Take everything out again that was added to the scenario.
    ClearInjections,
    /// Move the cursor.
    Seek(Cursor),
    /// The cursor has arrived where the reader wants it.
    Commit,
    /// Let the cursor move by itself, or stop it.
    SetPlaying(bool),
    /// Set how fast it moves.
    SetSpeed(Speed),
    /// Choose a descriptor, or nothing.
    Select(Option<Fd>),
    /// Choose a task, or nothing.
    SelectTask(Option<TaskId>),
    /// Choose a stretch of time, or none.
    SetSpan(Option<Window>),
    /// Mark that place of the cursor, or take its mark away.
    Mark(Seq),
    /// Search for that; `None` ends it.
    Search(Option<String>),
    /// Show that stretch of time in the timeline; `None` lets it choose.
    SetWindow(Option<Window>),
    /// Set the colours.
    SetTheme(Theme),
    /// Speak that language.
    SetLanguage(Language),
    /// Open the help, or close it.
    ShowHelp(bool),
    /// Open the palette, or close it.
    ShowPalette(bool),
    /// Go where a link says.
    Open(Link),
}

impl Action {
    /// Whether another recording begins with it.
    pub fn leaves_recording(&self) -> bool {
        matches!(
            self,
            Self::SetScene(..)
                | Self::Tour(Some(_))
                | Self::SetMode(_)
                | Self::SetProgram(_)
                | Self::SetScenario(_)
                | Self::Tune(_)
                | Self::BeginAnew
        )
    }
}

impl State {
    /// The state that a link names.
    pub fn opened(link: &Link) -> Self {
        let new = Self {
            mode: Mode::default(),
            program: Program::Select,
            scenario: default_scenario(),
            tuning: Tuning::default(),
            seed: None,
            injections: Vec::new(),
            at: Cursor::Home,
            playing: false,
            speed: Speed::default(),
            selected: None,
            task: None,
            span: None,
            marks: BTreeSet::new(),
            search: None,
            window: None,
            theme: Theme::default(),
            language: Language::default(),
            tour: None,
            help: false,
            palette: false,
            commits: 0,
        };
        new.at_link(link)
    }

    /// The link that names this state. Of live and recorded data there is nothing in it.
    pub fn link(&self) -> Link {
        match self.mode {
            Mode::Live | Mode::Trace => Link { mode: self.mode, ..Link::default() },
            Mode::Simulate | Mode::Compare | Mode::Scale => Link {
                mode: self.mode,
                program: self.program,
                scenario: self.scenario.clone(),
                tuning: self.tuning,
                seed: self.seed,
                at: self.at,
                fd: self.selected,
                injections: self.injections.clone(),
                tour: self.tour,
            },
        }
    }

    /// Whether the picture moves by itself.
    pub fn moves(&self) -> bool {
        match self.mode {
            Mode::Live => self.at == Cursor::End,
            Mode::Scale => false,
            Mode::Simulate | Mode::Trace | Mode::Compare => self.playing,
        }
    }

    /// The state after an action.
    pub fn after(&self, action: Action) -> Self {
        let mut state = self.clone();
        match action {
            Action::SetMode(mode) if mode == state.mode => {}
            Action::SetMode(mode) => {
                state.mode = mode;
                state.leave_recording();
            }
            Action::SetProgram(program) => {
                state.program = program;
                state.tuning = Tuning::default();
                if let Some(scenario) = another_scenario(&state.scenario, program) {
                    state.set_scenario(scenario);
                }
                state.leave_recording();
            }
            Action::SetScenario(scenario) => {
                state.program = another_program(&scenario, state.program).unwrap_or(state.program);
                state.tuning = Tuning::default();
                state.set_scenario(scenario);
                state.leave_recording();
            }
            Action::Tune(tuning) => {
                state.tuning = tuning;
                state.leave_recording();
            }
            Action::Inject(injection, at) => {
                state.injections.push(injection);
                state.at = Cursor::At(at);
            }
            Action::SetScene(program, scene) => state.set_scene(program, scene),
            Action::Tour(at) => {
                state.tour = at.filter(|at| *at < STATIONS.len());
                if let Some(at) = state.tour {
                    state.set_scene(STATIONS[at].program, STATIONS[at].scene);
                }
            }
            Action::BeginAnew => state.leave_recording(),
            Action::ClearInjections => state.injections.clear(),
            Action::Seek(at) => state.at = at,
            Action::Commit => state.commits += 1,
            Action::SetPlaying(playing) => state.playing = playing,
            Action::SetSpeed(speed) => state.speed = speed,
            Action::Select(fd) => (state.selected, state.task) = (fd, None),
            Action::SelectTask(task) => (state.selected, state.task) = (None, task),
            Action::SetSpan(span) => state.span = span,
            Action::Mark(at) => {
                if !state.marks.remove(&at) {
                    state.marks.insert(at);
                }
            }
            Action::Search(search) => state.search = search,
            Action::SetWindow(window) => state.window = window,
            Action::SetTheme(theme) => state.theme = theme,
            Action::SetLanguage(language) => state.language = language,
            Action::ShowHelp(open) => (state.help, state.palette) = (open, false),
            Action::ShowPalette(open) => (state.palette, state.help) = (open, false),
            Action::Open(link) => return state.at_link(&link),
        }
        state
    }

    fn set_scene(&mut self, program: Program, scene: Scene) {
        self.mode = Mode::Simulate;
        self.program = program;
        self.set_scenario(scene.scenario.to_owned());
        self.tuning = scene.tuning;
        self.leave_recording();
    }

    fn set_scenario(&mut self, scenario: String) {
        self.scenario = scenario;
        self.seed = None;
        self.injections.clear();
    }

    /// Another recording begins: what was said of the old one means nothing in it.
    fn leave_recording(&mut self) {
        self.at = if self.mode == Mode::Live { Cursor::End } else { Cursor::Home };
        self.playing = false;
        (self.selected, self.task) = (None, None);
        (self.span, self.window) = (None, None);
        self.marks.clear();
    }

    fn at_link(mut self, link: &Link) -> Self {
        self.mode = link.mode;
        self.leave_recording();
        if link.mode.is_simulated() {
            self.program = link.program;
            self.scenario = link.scenario.clone();
            self.tuning = link.tuning;
            self.seed = link.seed;
            self.injections = link.injections.clone();
            self.tour = link.tour;
            self.at = link.at;
            self.selected = link.fd;
        }
        self
    }
}

impl Reducible for State {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        Rc::new(self.after(action))
    }
}

/// The scenario to go to for a program that the one of that name says nothing about; `None` to stay.
fn another_scenario(name: &str, program: Program) -> Option<String> {
    let suits = |scenario: &Scenario| scenario.programs().any(|suited| suited == program);
    if preset(name).is_some_and(|scenario| suits(&scenario)) {
        return None;
    }
    PRESETS.iter().filter_map(|name| preset(name)).find(suits).map(|scenario| scenario.name)
}

/// The program to go to for a scenario that says nothing about this one; `None` to stay.
fn another_program(name: &str, program: Program) -> Option<Program> {
    let scenario = preset(name)?;
    if scenario.programs().any(|suited| suited == program) {
        return None;
    }
    scenario.program.or_else(|| scenario.programs().next())
}

/// The scenario that is shown unless told otherwise: the first of the presets.
pub fn default_scenario() -> String {
    PRESETS.first().copied().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
