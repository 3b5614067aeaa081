//! The address in the bar and the state of the page, each following the other.

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use gloo_utils::window;
use yew::prelude::*;

use crate::browser;
use crate::store::link::open;
use crate::store::{Action, Cursor, State};

/// How long the address waits for the next step before it says where the cursor is, in milliseconds. Browsers
/// refuse to change it more than some twenty times a second.
const SETTLE_MS: u32 = 60;

/// Keeps the address at what the state's link says. What the reader has arrived at is a step in the browser's
/// history; on the way there the address is only replaced. Going back in the history opens what it says.
#[hook]
pub fn use_link(state: &UseReducerHandle<State>, warn: &Callback<Option<String>>) {
    let written = use_mut_ref(|| None::<(String, u32)>);
    let pending = use_mut_ref(|| None::<Timeout>);
    let link = state.link();
    let elsewhere = crate::store::link::Link { at: Cursor::Home, selected: None, ..link.clone() }.to_string();
    let (hash, commits, moves) = (link.to_string(), state.commits, state.moves());
    use_effect_with((hash, commits, moves), move |(hash, commits, moves)| {
        let same_place = |(before, _): &(String, u32)| *before == elsewhere;
        let committed = |(_, before): &(String, u32)| before == commits;
        let last = written.borrow().clone();
        let new_step = last.as_ref().is_some_and(|last| !same_place(last) || !committed(last));
        written.replace(Some((elsewhere.clone(), *commits)));
        if new_step {
            pending.take();
            browser::set_hash(hash, true);
        } else if !moves {
            let hash = hash.clone();
            pending.replace(Some(Timeout::new(SETTLE_MS, move || browser::set_hash(&hash, false))));
        }
    });

    let (dispatch, warn) = (state.dispatcher(), warn.clone());
    use_effect_with((), move |()| {
        let listener = EventListener::new(&window(), "popstate", move |_| {
            let opened = open(&browser::hash());
            warn.emit(opened.warning);
            dispatch.dispatch(Action::Open(Box::new(opened.link)));
        });
        move || drop(listener)
    });
}
