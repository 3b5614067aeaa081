//! A job in a web worker of its own: a simulation, or a file that is opened. Dropping the handle ends the worker,
//! whatever it is doing.

use std::rc::Rc;

use gloo_events::EventListener;
use js_sys::{Array, Uint8Array};
use loopscope_shared::trace::wire;
use loopscope_shared::world::World;
use wasm_bindgen::JsCast;
use web_sys::{Blob, MessageEvent, Worker};
use yew::Callback;

use crate::browser;
use crate::messages as m;
use crate::model::session::{Connection, Update};
use crate::worker::{Reply, Request};

/// A worker with a job.
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

/// Starts a worker and asks it for something, with the file that this concerns.
pub(super) fn start(request: Request, file: Option<Blob>, tell: Callback<Update>) -> Handle {
    let opens = matches!(request, Request::Open(..));
    let started = if opens { browser::start_opener() } else { browser::start_worker() };
    let Ok(worker) = started.map(Rc::new) else {
        tell.emit(Update::Problem(m::worker_none().into()));
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
                    // What is simulated, and what a log tells, begins with nothing; a trace says what it begins with.
                    tell.emit(Update::Begin(Box::new(World::new())));
                    let asked = Uint8Array::from(wire::encode(&request).as_slice());
                    let message = Array::of1(&asked);
                    if let Some(file) = &file {
                        message.push(file);
                    }
                    // It cannot fail: an array of bytes can always be cloned, and a file, too.
                    let _ = worker.post_message(&message);
                }
                Ok(Reply::Opened(about)) => tell.emit(Update::Opened(about)),
                Ok(Reply::Begin(world)) => tell.emit(Update::Begin(world)),
                Ok(Reply::Jump(world)) => tell.emit(Update::Jump(world)),
                Ok(Reply::Batch(batch)) => tell.emit(Update::Batch(batch)),
                Ok(Reply::Damaged(what)) => tell.emit(Update::Problem(m::trace_damaged(what.join("; ")))),
                Ok(Reply::Unread(count, lines)) => {
                    tell.emit(Update::Problem(m::trace_unread(count, lines.join("; "))));
                }
                Ok(Reply::Done { cut_short, .. }) => tell.emit(Update::Complete { cut_short }),
                // Nobody asks for points here.
                Ok(Reply::Scaled(..)) => {}
                Ok(Reply::Failed(why)) => tell.emit(Update::Failed(why)),
                Err(error) => tell.emit(Update::Problem(m::worker_unread(error))),
            }
        }
    };
    let on_error = move |_: &web_sys::Event| {
        let said = if opens { m::opener_failed() } else { m::worker_failed() };
        tell.emit(Update::Problem(said.to_owned()));
    };
    let listeners = vec![
        EventListener::new(&worker, "message", on_message),
        EventListener::new(&worker, "error", on_error),
    ];
    Handle { worker: Some(worker), _listeners: listeners }
}
