//! Points of curves, computed in web workers: several at once, the small ones first, until all are known or the
//! reader stops them.

use std::cell::RefCell;
use std::rc::Rc;

use yew::prelude::*;

use crate::model::scale::{Job, Results};
use crate::source::scaling::{Pool, start};
use crate::store::Scaling;

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

/// What is known of the costs, for as long as the page is open.
#[hook]
pub fn use_scaling() -> Computing {
    let inner = use_mut_ref(Inner::default);
    let update = use_force_update();
    let version = inner.borrow().version;
    let redraw = Callback::from(move |()| update.force_update());
    Computing { inner, redraw, version }
}
