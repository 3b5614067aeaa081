//! The state of the page itself, and what changes it: what is looked at, where, and how. No browser here.
//!
//! The events that are looked at are not part of it: they are the [`crate::model::recording::Recording`] that
//! a source fills.

pub mod link;
mod mode;
mod race;
mod run;
mod scaling;
mod theme;
pub mod tuning;

use std::collections::BTreeSet;
use std::rc::Rc;

use loopscope_shared::ids::{Fd, Seq, TaskId};
use loopscope_shared::language::Language;
use loopscope_shared::scenario::{Injection, Scenario};
use loopscope_shared::servers::Program;
use loopscope_shared::time::Nanos;
use yew::Reducible;

use crate::model::playback::Speed;
use crate::model::tour::{STATIONS, Scene};
use crate::model::window::Window;
use crate::store::link::Link;
use crate::store::tuning::Tuning;

pub use mode::Mode;
pub use race::{BESIDE_MAX, Pace, Race};
pub use run::{Load, Run, default_scenario};
pub use scaling::Scaling;
pub use theme::Theme;

/// Where the reader is in a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cursor {
    /// Where a recording opens.
    #[default]
    Home,
    /// Where so many events have happened.
    At(Seq),
    /// Where all has happened that happened until then.
    Time(Nanos),
    /// At its end, also when it grows.
    End,
}

/// What the reader looks at, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Where the events come from.
    pub mode: Mode,
    /// What is simulated.
    pub run: Run,
    /// Runs beside it: the branches that the reader left, which are what it is compared with.
    pub beside: Vec<Run>,
    /// How far compared runs are.
    pub race: Race,
    /// Which costs are shown against the number of connections.
    pub scaling: Scaling,
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
    /// Simulate this scenario of the reader's own in the place of the one that it was made from, and go to that
    /// instant. In the middle of a run the one before stays beside it.
    Change(Rc<Scenario>, Nanos),
    /// Exchange the run with the one of that number beside it, and go to that instant.
    Branch(usize, Nanos),
    /// Simulate the first of these, and have the others beside it. None of them is none at all.
    SetRuns(Vec<Run>),
    /// Compared runs are so far.
    SetRace(Race),
    /// Show these costs against the number of connections.
    SetScaling(Scaling),
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
                | Self::Change(..)
                | Self::Branch(..)
                | Self::BeginAnew
        )
    }
}

impl State {
    /// The state that a link names.
    pub fn opened(link: &Link) -> Self {
        let new = Self {
            mode: Mode::default(),
            run: Run::default(),
            beside: Vec::new(),
            race: Race::default(),
            scaling: Scaling::default(),
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
                run: self.run.clone(),
                beside: self.beside.clone(),
                race: self.race,
                scaling: self.scaling.clone(),
                at: self.at,
                fd: self.selected,
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
                if mode == Mode::Compare && state.beside.is_empty() {
                    state.beside.extend(state.run.rival());
                }
            }
            Action::SetProgram(program) => {
                state.run.set_program(program);
                state.leave_recording();
            }
            Action::SetScenario(scenario) => {
                state.run.set_scenario(scenario);
                // Compared runs meet the same; of a single one, the branches are of what was.
                match state.mode {
                    Mode::Compare => {
                        state.beside.iter_mut().for_each(|run| run.load = state.run.load.clone())
                    }
                    _ => state.beside.clear(),
                }
                state.leave_recording();
            }
            Action::Tune(tuning) => {
                state.run.tuning = tuning;
                state.leave_recording();
            }
            Action::Inject(injection, at) => {
                // What was added to an instant of a run makes a branch of it; what is added to that, goes on with it.
                if state.run.load.injections.is_empty() {
                    state.keep();
                }
                state.run.load.injections.push(injection);
                state.at = Cursor::At(at);
            }
            Action::Change(scenario, now) => state.change(scenario, now),
            Action::Branch(index, now) => {
                if let Some(beside) = state.beside.get_mut(index) {
                    std::mem::swap(&mut state.run, beside);
                    state.leave_recording();
                    state.at = Cursor::Time(now);
                }
            }
            Action::SetRuns(runs) => {
                if let Some((first, beside)) = runs.split_first() {
                    state.run = first.clone();
                    state.beside = beside.iter().take(BESIDE_MAX).cloned().collect();
                }
            }
            Action::SetRace(race) => state.race = race,
            Action::SetScaling(scaling) => state.scaling = scaling,
            Action::SetScene(program, scene) => state.set_scene(program, scene),
            Action::Tour(at) => {
                state.tour = at.filter(|at| *at < STATIONS.len());
                if let Some(at) = state.tour {
                    state.set_scene(STATIONS[at].program, STATIONS[at].scene);
                }
            }
            Action::BeginAnew => state.leave_recording(),
            Action::ClearInjections => {
                state.run.load.injections.clear();
                let run = state.run.clone();
                state.beside.retain(|beside| *beside != run);
            }
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
        let load = Load::preset(scene.scenario.to_owned());
        self.run = Run { program, tuning: scene.tuning, load };
        self.beside.clear();
        self.leave_recording();
    }

    fn change(&mut self, scenario: Rc<Scenario>, now: Nanos) {
        if now > Nanos::ZERO {
            self.keep();
        }
        self.run.load.own = Some(scenario);
        self.run.load.seed = None;
        self.leave_recording();
        self.at = if now > Nanos::ZERO { Cursor::Time(now) } else { Cursor::Home };
    }

    /// Keeps the run as it is beside the one that it becomes. Of too many, the oldest goes.
    fn keep(&mut self) {
        if !self.beside.contains(&self.run) {
            self.beside.push(self.run.clone());
        }
        let most = self.beside.len().saturating_sub(BESIDE_MAX);
        self.beside.drain(..most);
    }

    /// Another recording begins: what was said of the old one means nothing in it.
    fn leave_recording(&mut self) {
        self.at = if self.mode == Mode::Live { Cursor::End } else { Cursor::Home };
        self.playing = false;
        (self.selected, self.task) = (None, None);
        (self.span, self.window) = (None, None);
        self.marks.clear();
        self.race.at = 0;
    }

    fn at_link(mut self, link: &Link) -> Self {
        self.mode = link.mode;
        self.leave_recording();
        if link.mode.is_simulated() {
            self.run = link.run.clone();
            self.beside = link.beside.clone();
            self.race = link.race;
            self.scaling = link.scaling.clone();
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

#[cfg(test)]
mod tests;
