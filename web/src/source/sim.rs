//! A simulation in a web worker of its own. Dropping the handle ends the worker, whatever it is doing.

use std::rc::Rc;

use gloo_events::EventListener;
use js_sys::Uint8Array;
use loopscope_shared::trace::wire;
use loopscope_shared::world::World;
use wasm_bindgen::JsCast;
use web_sys::{MessageEvent, Worker};
use yew::Callback;

use crate::browser;
use crate::model::session::{Connection, Update};
use crate::worker::{Reply, Request};

/// A worker that simulates.
#[derive(Debug)]
pub struct Handle {
    worker: Option<Rc<Worker>>,
    _listeners: Vec<EventListener>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Some(worker) = &self.worker {
            worker.terminate();
        }
    }
}

/// Starts a worker and asks it for a run.
pub(super) fn start(request: Request, tell: Callback<Update>) -> Handle {
    let Ok(worker) = browser::start_worker().map(Rc::new) else {
        tell.emit(Update::Problem(
            "This browser does not start web workers, in which simulations run.".into(),
        ));
        return Handle { worker: None, _listeners: Vec::new() };
    };
    let on_message = {
        let (worker, tell) = (worker.clone(), tell.clone());
        move |event: &web_sys::Event| {
            let Some(message) = event.dyn_ref::<MessageEvent>() else { return };
            let bytes = Uint8Array::new(&message.data()).to_vec();
            match wire::decode::<Reply>(&bytes) {
                Ok(Reply::Ready) => {
                    tell.emit(Update::Connection(Connection::Connected, None));
                    tell.emit(Update::Begin(Box::new(World::new())));
                    // It cannot fail: an array of bytes can always be cloned.
                    let _ = worker.post_message(&Uint8Array::from(wire::encode(&request).as_slice()));
                }
                Ok(Reply::Batch(batch)) => tell.emit(Update::Batch(batch)),
                Ok(Reply::Done { cut_short, .. }) => tell.emit(Update::Complete { cut_short }),
                Err(error) => tell.emit(Update::Problem(format!("The simulation cannot be read: {error}."))),
            }
        }
    };
    let on_error = move |_: &web_sys::Event| {
        let problem = "The simulation has failed to start, or has stopped in the middle: reload the page.";
        tell.emit(Update::Problem(problem.to_owned()));
    };
    let listeners = vec![
        EventListener::new(&worker, "message", on_message),
        EventListener::new(&worker, "error", on_error),
    ];
    Handle { worker: Some(worker), _listeners: listeners }
}
