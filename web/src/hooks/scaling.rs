//! Points of curves, computed in web workers: several at once, the small ones first, until all are known or the
//! reader stops them.

use std::cell::RefCell;
use std::rc::Rc;

use loopscope_shared::scale::{Measured, NotMeasured};
use yew::prelude::*;

use crate::browser;
use crate::model::scale::{Job, Results};
use crate::source::scaling::{Pool, start};
use crate::store::Scaling;

/// Where a gateway has what was measured on its machine; it is empty if nothing was.
const MEASURED: &str = "./measured.csv";

/// What is known, and what is being computed. It is equal to another if nothing has come in between.
#[derive(Clone)]
pub struct Computing {
    inner: Rc<RefCell<Inner>>,
    redraw: Callback<()>,
    version: u32,
}

#[derive(Default)]
struct Inner {
    results: Results,
    /// What is still to be given to a worker.
    queue: Vec<Job>,
    /// How many points are with workers.
    under_way: usize,
    pool: Option<Pool>,
    failed: bool,
    /// The line of a file that the reader opened, if it could not be read; 0 if it was no such file.
    refused: Option<usize>,
    /// Whether the reader has been in this mode.
    entered: bool,
    version: u32,
}

impl PartialEq for Computing {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner) && self.version == other.version
    }
}

impl std::fmt::Debug for Computing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Computing").field("version", &self.version).finish()
    }
}

impl Computing {
    /// The points that are known.
    pub fn results(&self) -> Results {
        self.inner.borrow().results.clone()
    }

    /// Whether points are being computed.
    pub fn is_running(&self) -> bool {
        self.inner.borrow().pool.is_some()
    }

    /// Whether workers do not start.
    pub fn has_failed(&self) -> bool {
        self.inner.borrow().failed
    }

    /// The line of the file that was opened last which could not be read; 0 if it was no such file at all.
    pub fn refused(&self) -> Option<usize> {
        self.inner.borrow().refused
    }

    /// Lays what was measured on a real kernel over the curves: the text of a file that `loopscope scale` wrote. One
    /// that cannot be read changes nothing, and is told.
    pub fn lay_over(&self, text: &str) {
        {
            let mut inner = self.inner.borrow_mut();
            match text.parse::<Measured>() {
                Ok(measured) => (inner.results.measured, inner.refused) = (Some(Rc::new(measured)), None),
                Err(NotMeasured(line)) => inner.refused = Some(line),
            }
        }
        self.changed();
    }

    /// The reader comes to see costs: what is not known yet of these curves is computed, and the gateway, if there is
    /// one, is asked for what was measured.
    fn enter(&self, scaling: &Scaling, gateway: bool) {
        if std::mem::replace(&mut self.inner.borrow_mut().entered, true) {
            return;
        }
        self.start(scaling);
        if gateway {
            let this = self.clone();
            yew::platform::spawn_local(async move {
                let measured = browser::fetched(MEASURED).await.ok().filter(|text| !text.is_empty());
                if let Some(text) = measured {
                    this.lay_over(&text);
                }
            });
        }
    }

    /// Computes what is not known of these curves, in the place of what was being computed.
    pub fn start(&self, scaling: &Scaling) {
        self.stop();
        {
            let mut inner = self.inner.borrow_mut();
            inner.queue = inner.results.missing(scaling);
            inner.queue.reverse();
            if inner.queue.is_empty() {
                return;
            }
        }
        let next = {
            let inner = self.inner.clone();
            move || {
                let mut inner = inner.borrow_mut();
                let job = inner.queue.pop()?;
                inner.under_way += 1;
                Some(job)
            }
        };
        let tell = {
            let this = self.clone();
            move |told| this.told(told)
        };
        let pool = start(Rc::new(next), Callback::from(tell));
        let mut inner = self.inner.borrow_mut();
        inner.failed = pool.is_none();
        inner.pool = pool;
        drop(inner);
        self.changed();
    }

    /// Computes no more; what is known stays.
    pub fn stop(&self) {
        let pool = {
            let mut inner = self.inner.borrow_mut();
            inner.queue.clear();
            inner.under_way = 0;
            inner.pool.take()
        };
        drop(pool);
        self.changed();
    }

    /// A worker has told what became of a point, or has failed.
    fn told(&self, told: Option<(Job, loopscope_shared::scale::Outcome)>) {
        let mut inner = self.inner.borrow_mut();
        match told {
            Some((job, outcome)) => {
                inner.under_way = inner.under_way.saturating_sub(1);
                inner.results.insert(job, outcome);
                if outcome.is_err() {
                    // Nor would it serve more.
                    let ended =
                        |other: &Job| other.program == job.program && other.connections > job.connections;
                    inner.queue.retain(|other| !ended(other));
                }
            }
            None => {
                inner.failed = true;
                inner.queue.clear();
                inner.under_way = 0;
            }
        }
        let over = inner.queue.is_empty() && inner.under_way == 0;
        drop(inner);
        if over {
            // Not now: one of its workers is speaking.
            let this = self.clone();
            yew::platform::spawn_local(async move { this.stop_if_over() });
        }
        self.changed();
    }

    fn stop_if_over(&self) {
        let over = {
            let inner = self.inner.borrow();
            inner.queue.is_empty() && inner.under_way == 0
        };
        if over {
            self.stop();
        }
    }

    fn changed(&self) {
        self.inner.borrow_mut().version += 1;
        self.redraw.emit(());
    }
}

/// What is known of the costs, for as long as the page is open. It begins when the reader first wants to see them.
#[hook]
pub fn use_scaling(wanted: Option<&Scaling>, gateway: bool) -> Computing {
    let inner = use_mut_ref(Inner::default);
    let update = use_force_update();
    let version = inner.borrow().version;
    let redraw = Callback::from(move |()| update.force_update());
    let computing = Computing { inner, redraw, version };
    let (this, scaling) = (computing.clone(), wanted.cloned());
    use_effect_with(wanted.is_some(), move |_| {
        if let Some(scaling) = scaling {
            this.enter(&scaling, gateway);
        }
    });
    computing
}
