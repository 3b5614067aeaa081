//! The session that is shown: it starts the source that is wanted, and stops the one before.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_render::{AnimationFrame, request_animation_frame};
use loopscope_shared::ids::Seq;
use loopscope_shared::trace::wire::ToGateway;
use yew::prelude::*;

use crate::browser;
use crate::hooks::inbox::inbox;
use crate::model::session::{Session, Update, Wanted};
use crate::source::{self, Handle};

/// A simulation with so many events is shown before it is whole: it takes some seconds more to be.
const SHOWN_EARLY: usize = 50_000;

/// As long as it is not whole, it is drawn anew so often, in milliseconds.
const UNREADY_MS: f64 = 250.0;

/// A session as components see it. It is equal to another if nothing has come in between.
#[derive(Clone)]
pub struct Shown {
    /// The session.
    pub session: Rc<RefCell<Session>>,
    /// How often the reader or the source has changed it.
    pub version: u32,
    /// Whether another one is wanted and on its way.
    pub loading: bool,
    source: Rc<RefCell<Option<Handle>>>,
    redraw: Callback<()>,
}

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.session, &other.session)
            && (self.version, self.loading) == (other.version, other.loading)
    }
}

impl std::fmt::Debug for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shown").field("version", &self.version).field("loading", &self.loading).finish()
    }
}

impl Shown {
    /// Which recording it is: cursors of the same one mean the same.
    pub fn identity(&self) -> (usize, u32) {
        (Rc::as_ptr(&self.session) as usize, self.session.borrow().beginnings)
    }

    /// Which recording it is, and how far it goes.
    pub fn extent(&self) -> (usize, u32, Seq) {
        let (session, beginnings) = self.identity();
        (session, beginnings, self.session.borrow().recording.timeline.next())
    }

    /// Changes something that is the reader's own, and asks the gateway for something, if need be.
    pub fn change(&self, change: impl FnOnce(&mut Session) -> Vec<ToGateway>) {
        let messages = change(&mut self.session.borrow_mut());
        if let Some(source) = self.source.borrow().as_ref() {
            messages.iter().for_each(|message| source.ask(message));
        }
        self.redraw.emit(());
    }

    /// Tries at once to reach the source again, if that is waited for.
    pub fn retry(&self) {
        if let Some(source) = self.source.borrow().as_ref() {
            source.retry();
        }
    }
}

/// Lets a halted picture of a running server stay as it is, and follows the server when it is not halted.
#[hook]
pub fn use_hold(shown: &Shown, halted: bool) {
    let session = Rc::as_ptr(&shown.session) as usize;
    let shown = shown.clone();
    use_effect_with((session, halted), move |(_, halted)| {
        let changed = shown.session.borrow_mut().hold(*halted);
        if changed {
            shown.redraw.emit(());
        }
    });
}

/// The session for what is wanted. A simulation is shown when it is whole, and the one before stays until
/// then; Live is shown as it comes.
#[hook]
pub fn use_session(wanted: &Wanted, gateway: bool) -> Shown {
    let shown = use_state(|| Rc::new(RefCell::new(Session::new(wanted.clone()))));
    let version = use_mut_ref(|| 0u32);
    let source = use_mut_ref(|| None::<Handle>);
    let frame = use_mut_ref(|| None::<AnimationFrame>);
    let update = use_force_update();

    let redraw = {
        let (version, frame) = (version.clone(), frame.clone());
        Callback::from(move |()| {
            *version.borrow_mut() += 1;
            // Much may come between two frames; it is drawn once.
            let (update, done) = (update.clone(), frame.clone());
            let waits = frame.borrow().is_some();
            if !waits {
                let next = request_animation_frame(move |_| {
                    done.take();
                    update.force_update();
                });
                frame.replace(Some(next));
            }
        })
    };

    {
        let (shown, source, redraw) = (shown.clone(), source.clone(), redraw.clone());
        use_effect_with((wanted.clone(), gateway), move |(wanted, gateway)| {
            let next = Rc::new(RefCell::new(Session::new(wanted.clone())));
            // A whole page is drawn for each change of what is shown, so it is changed only once.
            let is_shown = Cell::new(wanted.is_shown_at_once());
            if is_shown.get() {
                shown.set(next.clone());
            }
            let take = {
                let next = next.clone();
                Callback::from(move |update: Update| next.borrow_mut().apply(update))
            };
            let drawn_ms = Cell::new(0.0);
            // A simulation and a file say when they are whole; what a server tells may be the last for long.
            let ends = matches!(wanted, Wanted::Simulation { .. } | Wanted::Trace { .. });
            let taken = Callback::from(move |()| {
                let (ready, notice) = (next.borrow().ready, next.borrow().notice.is_some());
                let much = next.borrow().recording.timeline.len() >= SHOWN_EARLY;
                if (ready || notice || much) && !is_shown.replace(true) {
                    shown.set(next.clone());
                }
                // While another one is shown, there is nothing new to be drawn; and a picture of what is not yet
                // whole is not to keep it from becoming so.
                let now_ms = browser::now_ms();
                if is_shown.get() && (ready || notice || !ends || now_ms - drawn_ms.get() >= UNREADY_MS) {
                    drawn_ms.set(now_ms);
                    redraw.emit(());
                }
            });
            source.replace(Some(source::start(wanted, *gateway, inbox(take, taken))));
            move || drop(source.take())
        });
    }

    let loading = shown.borrow().wanted != *wanted;
    let version = *version.borrow();
    Shown { session: (*shown).clone(), version, loading, source, redraw }
}
