//! The state of the page itself, and what changes it: what is looked at, where, and how. No browser here.
//!
//! The events that are looked at are not part of it: they are the [`crate::model::recording::Recording`] that
//! a source fills.

mod action;
pub mod link;
mod mode;
mod place;
mod race;
mod run;
mod scaling;
mod theme;
pub mod tuning;

use std::rc::Rc;

use loopscope_shared::ids::Seq;
use loopscope_shared::language::Language;
use loopscope_shared::scenario::{Scenario, telling};
use loopscope_shared::servers::Program;
use loopscope_shared::sorted::SortedSet;
use loopscope_shared::time::Nanos;
use yew::Reducible;

use crate::model::playback::Speed;
use crate::model::selection::Selection;
use crate::model::tour::{STATIONS, Scene};
use crate::model::window::Window;
use crate::store::link::{Link, MARKS_MAX};

pub use action::Action;
pub use mode::Mode;
pub use place::{Cursor, TraceFile};
pub use race::{BESIDE_MAX, Pace, Race};
pub use run::{Load, Run, default_scenario};
pub use scaling::Scaling;
pub use theme::Theme;

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
    /// What the reader has chosen.
    pub selected: Option<Selection>,
    /// The stretch of time that the reader has chosen, in the timeline.
    pub span: Option<Window>,
    /// The places of the cursor that the reader has marked.
    pub marks: SortedSet<Seq>,
    /// What is searched for; `None` while the reader does not search.
    pub search: Option<String>,
    /// The stretch of time that the timeline shows; `None` is one that it chooses.
    pub window: Option<Window>,
    /// The colours.
    pub theme: Theme,
    /// What the page speaks.
    pub language: Language,
    /// Whether the page shows the stage and the transport alone, as a part of another page.
    pub embedded: bool,
    /// The file that is open.
    pub trace: Option<TraceFile>,
    /// The address on the page's host from which a file is to be opened.
    pub from: Option<String>,
    /// The station of the guided tour at which the reader is, by its index.
    pub tour: Option<usize>,
    /// Whether the findings are open.
    pub findings: bool,
    /// Whether the scenario editor is open.
    pub editor: bool,
    /// Whether the help is open.
    pub help: bool,
    /// Whether the palette is open: the list of all that can be done.
    pub palette: bool,
    /// How often the reader has arrived somewhere: each time is a step in the browser's history.
    pub commits: u32,
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
            span: None,
            marks: SortedSet::new(),
            search: None,
            window: None,
            theme: Theme::default(),
            language: Language::default(),
            embedded: false,
            trace: None,
            from: None,
            tour: None,
            findings: false,
            editor: false,
            help: false,
            palette: false,
            commits: 0,
        };
        new.at_link(link)
    }

    /// The link that names this state. Of live and recorded data there is nothing in it.
    pub fn link(&self) -> Link {
        let link = Link { mode: self.mode, embedded: self.embedded, ..Link::default() };
        match self.mode {
            Mode::Live => link,
            // A file of the reader's own is never in a link; one that the page's host has, is.
            Mode::Trace => {
                let from = self.trace.as_ref().map_or_else(|| self.from.clone(), |file| file.from.clone());
                let at = if from.is_some() { self.at } else { Cursor::Home };
                Link { from, at, ..link }
            }
            Mode::Simulate | Mode::Compare | Mode::Scale => Link {
                run: self.run.clone(),
                beside: self.beside.clone(),
                race: self.race,
                scaling: self.scaling.clone(),
                at: self.at,
                selected: self.selected,
                marks: self.marks.clone(),
                tour: self.tour,
                ..link
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
                let at = state.at;
                state.mode = mode;
                state.leave_recording();
                if let (Mode::Compare, Pace::Time, Cursor::Time(at)) = (mode, state.race.pace, at) {
                    state.race.at = at.0;
                }
                if mode == Mode::Compare && state.beside.is_empty() {
                    state.beside.extend(state.run.rival());
                }
            }
            Action::SetProgram(program) => {
                state.run.set_program(program);
                state.leave_recording();
            }
            Action::SetScenario(scenario) => state.set_scenario(scenario),
            Action::Tune(tuning) => {
                state.run.tuning = tuning;
                state.leave_recording();
            }
            Action::SetSeed(seed) => {
                state.run.load.seed = seed;
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
            Action::ShowEditor(open) => state.editor = open,
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
            Action::OpenFile(file) => state.open_file(file),
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
            Action::Open(link) => return state.at_link(&link),
            other => state.look(other),
        }
        state
    }

    /// Looks at the same run otherwise. What concerns the run itself changes nothing here.
    fn look(&mut self, action: Action) {
        match action {
            Action::Seek(at) => self.at = at,
            Action::Commit => self.commits += 1,
            Action::SetPlaying(playing) => self.playing = playing,
            Action::SetSpeed(speed) => self.speed = speed,
            Action::Select(selected) => self.selected = selected,
            Action::SetSpan(span) => self.span = span,
            Action::Mark(at) => {
                let taken_away = self.marks.remove(&at);
                if !taken_away && self.marks.len() < MARKS_MAX {
                    self.marks.insert(at);
                }
            }
            Action::Search(search) => self.search = search,
            Action::SetWindow(window) => self.window = window,
            Action::SetTheme(theme) => self.theme = theme,
            Action::SetLanguage(language) => self.language = language,
            Action::ShowFindings(open) => self.findings = open,
            Action::ShowHelp(open) => (self.help, self.palette) = (open, false),
            Action::ShowPalette(open) => (self.palette, self.help) = (open, false),
            _ => {}
        }
    }

    fn open_file(&mut self, file: Option<TraceFile>) {
        // Where a link wants to be in the file that it names.
        let at = if self.from.is_some() { self.at } else { Cursor::Home };
        self.mode = Mode::Trace;
        self.trace = file;
        self.from = None;
        self.leave_recording();
        self.at = at;
    }

    fn set_scene(&mut self, program: Program, scene: Scene) {
        self.mode = Mode::Simulate;
        let load = Load::preset(scene.scenario.to_owned());
        self.run = Run { program, tuning: scene.tuning, load };
        self.beside.clear();
        self.leave_recording();
        // Where there is something to be seen of what the station tells.
        self.at = telling(scene.scenario).map_or(Cursor::Home, Cursor::Time);
    }

    fn set_scenario(&mut self, scenario: String) {
        self.run.set_scenario(scenario);
        // Compared runs meet the same; of a single one, the branches are of what was.
        match self.mode {
            Mode::Compare => self.beside.iter_mut().for_each(|run| run.load = self.run.load.clone()),
            _ => self.beside.clear(),
        }
        self.leave_recording();
        // Where there is something to be seen of what it is there for.
        if let Some(at) = telling(&self.run.load.scenario) {
            self.at = Cursor::Time(at);
            if self.race.pace == Pace::Time {
                self.race.at = at.0;
            }
        }
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
        self.selected = None;
        (self.span, self.window) = (None, None);
        self.marks.clear();
        self.race.at = 0;
    }

    fn at_link(mut self, link: &Link) -> Self {
        self.mode = link.mode;
        self.embedded = link.embedded;
        self.leave_recording();
        if link.mode.is_simulated() {
            self.run = link.run.clone();
            self.beside = link.beside.clone();
            self.race = link.race;
            self.scaling = link.scaling.clone();
            self.tour = link.tour;
            self.at = link.at;
            self.selected = link.selected;
            self.marks = link.marks.clone();
        }
        if link.mode == Mode::Trace && link.from.is_some() {
            self.at = link.at;
            // The file may be there already, as when the reader goes back in the history.
            let open = self.trace.as_ref().is_some_and(|file| file.from == link.from);
            self.from = link.from.clone().filter(|_| !open);
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
