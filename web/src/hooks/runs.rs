//! Several simulated runs at once: those that are wanted are simulated, each in a worker of its own, and those
//! that are not any more are stopped.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_render::{AnimationFrame, request_animation_frame};
use yew::prelude::*;

use crate::model::session::{Session, Update, Wanted};
use crate::source::{self, Handle};

/// A run that is simulated, and where its events come from.
struct Kept {
    session: Shared,
    source: Handle,
}

/// A session that is shared with its source.
type Shared = Rc<RefCell<Session>>;

/// The runs, as components see them. They are equal to others if nothing has come in between.
#[derive(Clone)]
pub struct Runs {
    /// What was wanted, in order; `None` where nothing has been asked for yet.
    pub sessions: Vec<Option<Shared>>,
    version: u32,
}

impl PartialEq for Runs {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&Option<Shared>, &Option<Shared>)| match (a, b) {
            (Some(a), Some(b)) => Rc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        self.version == other.version
            && self.sessions.len() == other.sessions.len()
            && self.sessions.iter().zip(&other.sessions).all(same)
    }
}

impl std::fmt::Debug for Runs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runs")
            .field("sessions", &self.sessions.len())
            .field("version", &self.version)
            .finish()
    }
}

impl Runs {
    /// Those that are whole.
    pub fn whole(&self) -> impl Iterator<Item = &Shared> {
        self.sessions.iter().flatten().filter(|session| session.borrow().ready)
    }

    /// Whether all are.
    pub fn are_whole(&self) -> bool {
        self.whole().count() == self.sessions.len()
    }
}

/// The sessions for what is wanted, in that order.
#[hook]
pub fn use_runs(wanted: &[Wanted]) -> Runs {
    let kept = use_mut_ref(Vec::<Kept>::new);
    let version = use_mut_ref(|| 0u32);
    let frame = use_mut_ref(|| None::<AnimationFrame>);
    let update = use_force_update();
    let redraw = {
        let (version, frame) = (version.clone(), frame);
        Callback::from(move |()| {
            *version.borrow_mut() += 1;
            let waits = frame.borrow().is_some();
            if !waits {
                // Much may come between two frames; it is drawn once.
                let (update, done) = (update.clone(), frame.clone());
                let next = request_animation_frame(move |_| {
                    done.take();
                    update.force_update();
                });
                frame.replace(Some(next));
            }
        })
    };
    {
        let (kept, redraw) = (kept.clone(), redraw);
        use_effect_with(wanted.to_vec(), move |wanted| {
            let mut before = kept.take();
            let now = wanted.iter().map(|wanted| {
                let same = before.iter().position(|kept| kept.session.borrow().wanted == *wanted);
                same.map_or_else(|| started(wanted, &redraw), |index| before.swap_remove(index))
            });
            let now: Vec<Kept> = now.collect();
            kept.replace(now);
            redraw.emit(());
        });
    }
    {
        // What is simulated when the page leaves this place is not wanted any more.
        let kept = kept.clone();
        use_effect_with((), move |()| move || drop(kept.take()));
    }
    let kept = kept.borrow();
    let session_of = |wanted: &Wanted| {
        kept.iter().find(|kept| kept.session.borrow().wanted == *wanted).map(|kept| kept.session.clone())
    };
    Runs { sessions: wanted.iter().map(session_of).collect(), version: *version.borrow() }
}

fn started(wanted: &Wanted, redraw: &Callback<()>) -> Kept {
    let session = Rc::new(RefCell::new(Session::new(wanted.clone())));
    let tell = {
        let (session, redraw) = (session.clone(), redraw.clone());
        Callback::from(move |update: Update| {
            session.borrow_mut().apply(update);
            redraw.emit(());
        })
    };
    Kept { session, source: source::start(wanted, false, tell) }
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept").field("source", &self.source).finish()
    }
}
