//! Workers that compute points of curves. Dropping the pool ends them, whatever they are doing.

use std::rc::Rc;

use gloo_events::EventListener;
use gloo_utils::window;
use js_sys::{Array, Uint8Array};
use loopscope_shared::scale::Outcome;
use loopscope_shared::trace::wire;
use wasm_bindgen::JsCast;
use web_sys::{MessageEvent, Worker};
use yew::Callback;

use crate::browser;
use crate::model::scale::Job;
use crate::worker::{Reply, Request};

/// The most workers: more would leave the page no processor on most machines.
const WORKERS_MAX: usize = 4;

/// Workers, and who listens to them.
#[derive(Debug)]
pub struct Pool {
    workers: Vec<Rc<Worker>>,
    _listeners: Vec<EventListener>,
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.workers.iter().for_each(|worker| worker.terminate());
    }
}

/// Starts workers that compute whatever is `next` until there is no more, and tell what became of each; `None`
/// says that one has failed. There is no pool if none starts.
pub fn start(next: Rc<dyn Fn() -> Option<Job>>, tell: Callback<Option<(Job, Outcome)>>) -> Option<Pool> {
    // One processor is left to the page.
    let processors = window().navigator().hardware_concurrency() as usize;
    let count = processors.saturating_sub(1).clamp(1, WORKERS_MAX);
    let workers: Vec<Rc<Worker>> =
        (0..count).map_while(|_| browser::start_worker().ok().map(Rc::new)).collect();
    let mut listeners = Vec::new();
    for worker in &workers {
        let on_message = {
            let (speaker, next, tell) = (worker.clone(), next.clone(), tell.clone());
            move |event: &web_sys::Event| {
                let Some(message) = event.dyn_ref::<MessageEvent>() else { return };
                let bytes = Uint8Array::new(&message.data()).to_vec();
                match wire::decode::<Reply>(&bytes) {
                    Ok(Reply::Ready) => ask(&speaker, &next),
                    Ok(Reply::Scaled(job, outcome)) => {
                        ask(&speaker, &next);
                        tell.emit(Some((job, outcome)));
                    }
                    _ => tell.emit(None),
                }
            }
        };
        let tell = tell.clone();
        listeners.push(EventListener::new(worker, "message", on_message));
        listeners.push(EventListener::new(worker, "error", move |_| tell.emit(None)));
    }
    (!workers.is_empty()).then_some(Pool { workers, _listeners: listeners })
}

/// Gives a worker the next point, if there is one.
fn ask(worker: &Worker, next: &Rc<dyn Fn() -> Option<Job>>) {
    if let Some(job) = next() {
        let asked = Uint8Array::from(wire::encode(&Request::Scale(job)).as_slice());
        // It cannot fail: an array of bytes can always be cloned.
        let _ = worker.post_message(&Array::of1(&asked));
    }
}
