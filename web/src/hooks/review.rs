//! The search for trouble, in slices, while its panel is open.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use yew::platform::spawn_local;
use yew::platform::time::sleep;
use yew::prelude::*;

use crate::browser;
use crate::hooks::Shown;
use crate::model::review::{self, Review};

/// How long a slice may take, in milliseconds: a third of a frame.
const SLICE_MS: f64 = 5.0;

/// Events that are looked at before the clock is.
const EVENTS_AT_ONCE: usize = 256;

/// How far the search is.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// So much of a hundred is looked at.
    Percent(u64),
    /// This was found.
    All(Rc<Vec<review::Shown>>),
}

/// Searches what is shown once it is there, and again when that is another recording or `again` has changed.
#[hook]
pub fn use_review(shown: &Shown, ready: bool, again: u32) -> Found {
    let found = use_state(|| Found::Percent(0));
    let (set, session) = (found.setter(), shown.session.clone());
    use_effect_with((ready, shown.identity(), again), move |(ready, ..)| {
        let stopped = Rc::new(Cell::new(!ready));
        let stop = stopped.clone();
        spawn_local(async move {
            if stopped.get() {
                return;
            }
            set.set(Found::Percent(0));
            let mut review = Review::of(&session.borrow().recording.timeline);
            let mut more = true;
            while more && !stopped.get() {
                let end = browser::now_ms() + SLICE_MS;
                while more && browser::now_ms() < end {
                    more = review.step(&session.borrow().recording.timeline, EVENTS_AT_ONCE);
                }
                set.set(Found::Percent(review.percent()));
                sleep(Duration::ZERO).await;
            }
            if !stopped.get() {
                set.set(Found::All(Rc::new(review::shown(&review.finish()))));
            }
        });
        move || stop.set(true)
    });
    (*found).clone()
}
