//! What can happen to the state of the page.

use std::rc::Rc;

use loopscope_shared::ids::Seq;
use loopscope_shared::language::Language;
use loopscope_shared::scenario::{Injection, Scenario};
use loopscope_shared::servers::Program;
use loopscope_shared::time::Nanos;

use crate::model::playback::Speed;
use crate::model::selection::Selection;
use crate::model::tour::Scene;
use crate::model::window::Window;
use crate::store::link::Link;
use crate::store::tuning::Tuning;
use crate::store::{Cursor, Mode, Race, Run, Scaling, Theme, TraceFile};

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
    /// Simulate with that seed; `None` is the scenario's own.
    SetSeed(Option<u64>),
    /// Simulate this scenario of the reader's own in the place of the one that it was made from, and go to that
    /// instant. In the middle of a run the one before stays beside it.
    Change(Rc<Scenario>, Nanos),
    /// Open the scenario editor, or close it.
    ShowEditor(bool),
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
    /// Look at a file, or at none.
    OpenFile(Option<TraceFile>),
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
    /// Choose something to be looked at, or nothing.
    Select(Option<Selection>),
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
    /// Open the findings, or close them.
    ShowFindings(bool),
    /// Open the help, or close it.
    ShowHelp(bool),
    /// Open the palette, or close it.
    ShowPalette(bool),
    /// Go where a link says.
    Open(Box<Link>),
}

impl Action {
    /// Whether another recording begins with it.
    pub fn leaves_recording(&self) -> bool {
        matches!(
            self,
            Self::SetScene(..)
                | Self::Tour(Some(_))
                | Self::OpenFile(_)
                | Self::SetMode(_)
                | Self::SetProgram(_)
                | Self::SetScenario(_)
                | Self::Tune(_)
                | Self::SetSeed(_)
                | Self::Change(..)
                | Self::Branch(..)
                | Self::BeginAnew
        )
    }
}
