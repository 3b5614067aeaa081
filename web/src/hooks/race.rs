//! Playing of compared runs: all of them go on with each frame of the screen.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo_render::{AnimationFrame, request_animation_frame};
use loopscope_shared::trace::Timeline;
use yew::prelude::*;

use crate::hooks::Runs;
use crate::model::compare::{Play, length};
use crate::model::playback::Speed;
use crate::store::{Action, Mode, Race, State};

/// What plays.
struct Player {
    runs: Runs,
    /// How far all are now, wherever they were moved from.
    race: Rc<Cell<Race>>,
    speed: Speed,
    dispatch: UseReducerDispatcher<State>,
    play: Play,
    last_ms: Option<f64>,
    _frame: Option<AnimationFrame>,
}

/// Plays the runs that are compared while the state says so.
#[hook]
pub fn use_race(state: &UseReducerHandle<State>, runs: &Runs) {
    let cell = use_memo((), |()| Rc::new(Cell::new(Race::default())));
    cell.set(state.race);
    let plays = state.playing && state.mode == Mode::Compare && runs.are_whole();
    let player = Player {
        runs: runs.clone(),
        race: (*cell).clone(),
        speed: state.speed,
        dispatch: state.dispatcher(),
        play: Play::default(),
        last_ms: None,
        _frame: None,
    };
    use_effect_with((plays, state.speed, state.race.pace, runs.clone()), move |(plays, ..)| {
        let player = plays.then(|| Rc::new(RefCell::new(player)));
        player.as_ref().inspect(|player| go_on(player));
        move || drop(player)
    });
}

/// Asks for the next frame.
fn go_on(player: &Rc<RefCell<Player>>) {
    let weak = Rc::downgrade(player);
    let frame = request_animation_frame(move |now_ms| frame(&weak, now_ms));
    player.borrow_mut()._frame = Some(frame);
}

fn frame(player: &Weak<RefCell<Player>>, now_ms: f64) {
    let Some(player) = player.upgrade() else { return };
    let (from, to, end, dispatch) = player.borrow_mut().advance(now_ms);
    if to != from {
        dispatch.dispatch(Action::SetRace(Race { at: to, ..player.borrow().race.get() }));
    }
    if to >= end {
        dispatch.dispatch(Action::SetPlaying(false));
        dispatch.dispatch(Action::Commit);
    } else {
        go_on(&player);
    }
}

impl Player {
    /// How far all were, how far they are after this frame, and how far they go.
    fn advance(&mut self, now_ms: f64) -> (u64, u64, u64, UseReducerDispatcher<State>) {
        let elapsed_s = self.last_ms.map_or(0.0, |last| (now_ms - last) / 1000.0);
        self.last_ms = Some(now_ms);
        let sessions: Vec<_> = self.runs.whole().map(|session| session.borrow()).collect();
        let timelines: Vec<&Timeline> = sessions.iter().map(|session| &session.recording.timeline).collect();
        let race = self.race.get();
        let end = timelines.iter().map(|timeline| length(timeline, race.pace)).max().unwrap_or(0);
        let to = self.play.advance(race, &timelines, elapsed_s, self.speed);
        (race.at, to, end, self.dispatch.clone())
    }
}
