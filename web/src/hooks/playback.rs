//! Playing: moves the cursor with each frame of the screen.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo_render::{AnimationFrame, request_animation_frame};
use loopscope_shared::ids::Seq;
use yew::prelude::*;

use crate::hooks::Shown;
use crate::model::playback::{Playback, Speed};
use crate::store::{Action, Cursor, Mode, State};

/// What plays.
struct Player {
    shown: Shown,
    /// Where the cursor is now, wherever it was moved from.
    at: Rc<Cell<Seq>>,
    speed: Speed,
    dispatch: UseReducerDispatcher<State>,
    playback: Playback,
    last_ms: Option<f64>,
    _frame: Option<AnimationFrame>,
}

/// Plays the recording that is shown while the state says so.
#[hook]
pub fn use_playback(state: &UseReducerHandle<State>, shown: &Shown, at: Seq) {
    let cell = use_memo((), |()| Rc::new(Cell::new(at)));
    cell.set(at);
    let plays = state.playing && state.mode == Mode::Simulate && shown.session.borrow().ready;
    let player = Player {
        shown: shown.clone(),
        at: (*cell).clone(),
        speed: state.speed,
        dispatch: state.dispatcher(),
        playback: Playback::default(),
        last_ms: None,
        _frame: None,
    };
    use_effect_with((plays, state.speed, shown.identity()), move |(plays, ..)| {
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
        dispatch.dispatch(Action::Seek(Cursor::At(to)));
    }
    if to >= end {
        dispatch.dispatch(Action::SetPlaying(false));
        dispatch.dispatch(Action::Commit);
    } else {
        go_on(&player);
    }
}

impl Player {
    /// Where the cursor was, where it is after this frame, and where the recording ends.
    fn advance(&mut self, now_ms: f64) -> (Seq, Seq, Seq, UseReducerDispatcher<State>) {
        let elapsed_s = self.last_ms.map_or(0.0, |last| (now_ms - last) / 1000.0);
        self.last_ms = Some(now_ms);
        let session = self.shown.session.borrow();
        let timeline = &session.recording.timeline;
        let from = self.at.get();
        let to = self.playback.advance(timeline, from, elapsed_s, self.speed);
        (from, to, timeline.next(), self.dispatch.clone())
    }
}
