//! The instant that is shown: the world at the cursor, and what has just happened there.

use std::rc::Rc;

use loopscope_shared::event::{Event, describe};
use loopscope_shared::ids::Seq;
use loopscope_shared::servers::Program;
use loopscope_shared::world::World;
use yew::prelude::*;

use crate::hooks::Shown;
use crate::model::steps::last_event;
use crate::model::window::Window;
use crate::store::{Action, State};

/// An instant of a recording.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Instant {
    /// So many events have happened.
    pub at: Seq,
    /// The machine.
    pub world: Rc<World>,
    /// The event that has happened last, with its payload.
    pub event: Option<(Event, Vec<u8>)>,
    /// What happened, and why, in a sentence.
    pub why: AttrValue,
    /// The program that runs.
    pub program: Program,
    /// What the timeline shows.
    pub window: Window,
}

/// The instant at which the cursor is. The world is made anew only when the cursor has moved.
#[hook]
pub(super) fn use_instant(state: &UseReducerHandle<State>, shown: &Shown) -> Instant {
    let session = shown.session.borrow();
    let recording = &session.recording;
    let at = recording.cursor(state.at);
    // The picture before this one, most often a few events back.
    let last = use_mut_ref(|| None::<((usize, u32), Rc<World>)>);
    let picture = use_memo((shown.identity(), at, state.language), |(identity, ..)| {
        let known = last.borrow().clone().filter(|(of, _)| of == identity);
        let world = match known {
            Some((_, known)) => recording.timeline.world_from(&known, at),
            None => recording.timeline.world_at(at),
        };
        let world = Rc::new(world);
        last.replace(Some((*identity, world.clone())));
        let event = last_event(&recording.timeline, at).map(|(_, event, payload)| (event, payload));
        let why = event
            .as_ref()
            .map_or_else(|| recording.beginning(), |(event, payload)| describe(event, payload, &world));
        (world, event, AttrValue::from(why))
    });
    let (world, event, why) = (*picture).clone();
    let live = session.wanted.is_live();
    let window = match state.window {
        Some(window) if state.moves() && !live => window.following(world.now),
        Some(window) => window,
        None => recording.window(at, world.now, live),
    };
    // A stretch that the reader chose is left only by the cursor, which takes it along. Looking elsewhere moves
    // no cursor.
    // While a running server is followed, the reader looks at what has been, and stays there.
    let chosen = state.window.filter(|_| !(live && state.moves()));
    let (dispatch, now) = (state.dispatcher(), world.now);
    use_effect_with((shown.identity(), at), move |_| {
        if let Some(left) = chosen.filter(|window| !window.holds(now)) {
            dispatch.dispatch(Action::SetWindow(Some(left.following(now))));
        }
    });
    let program = session.program().unwrap_or(state.run.program);
    Instant { at, world, event, why, program, window }
}
