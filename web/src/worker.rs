//! The web workers: one simulates, one opens files, off the main thread, and they send what happens as it goes.
//!
//! The one that simulates runs the page's own program. What opens files is a program of its own, which a page
//! that opens none need not load.
//!
//! Messages are [`Request`] and [`Reply`] in postcard's encoding, as byte arrays; a file comes beside its request,
//! in an array of both. The page says nothing until the worker has said [`Reply::Ready`]: before that nobody
//! listens.

mod blob;
pub mod open;

use std::io::{BufReader, ErrorKind};

use js_sys::{Array, Uint8Array};
use loopscope_shared::scale::{Measurement, Outcome};
use loopscope_shared::scenario::{Injection, Scenario};
use loopscope_shared::servers::{Program, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::trace::{Batch, Hash, PAYLOADS_MAX, wire};
use loopscope_shared::world::World;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent};

use crate::model::scale::Job;

use blob::BlobFile;
use open::About;

/// Events in one message: few enough that the page shows something at once, enough that the messages cost
/// little.
const BATCH_EVENTS: usize = 4096;

/// The most events of a run that are shown. What that takes in the page is told in docs/page.md.
pub const RUN_EVENTS_MAX: usize = 1_000_000;

/// The most bytes of their payloads: a little less than the page keeps, so that it need not let go of the first.
pub const RUN_BYTES_MAX: usize = PAYLOADS_MAX - (1 << 24);

/// How much of a file is read at once, in bytes: each reading is a detour through the browser.
const READ_AT_ONCE: usize = 1 << 20;

/// What the worker is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Simulate that.
    Simulate(Box<Run>),
    /// Open the file of that name that comes beside this, and tell of the part with that index.
    Open(String, usize),
    /// Compute this point of a curve.
    Scale(Job),
}

/// A simulation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The program.
    pub program: Program,
    /// What is set of it.
    pub settings: Settings,
    /// The scenario, with its seed.
    pub scenario: Scenario,
    /// What is added to it.
    pub injections: Vec<Injection>,
}

/// What the worker says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// It listens.
    Ready,
    /// The file is open, and this is what it is.
    Opened(Box<About>),
    /// Events go on from this world.
    Begin(Box<World>),
    /// Events go on from this world: those that led to it are not known.
    Jump(Box<World>),
    /// What happened next.
    Batch(Batch),
    /// What of the file could not be read.
    Damaged(Vec<String>),
    /// So many lines of the file could not be read: some of them, with the reason.
    Unread(u64, Vec<String>),
    /// It cannot be done.
    Failed(String),
    /// The run is over.
    Done {
        /// It was longer than [`RUN_EVENTS_MAX`] or [`RUN_BYTES_MAX`], and the rest is left out.
        cut_short: bool,
        /// How many events were told.
        events: u64,
        /// The hash of their trace ([`Hash::value`]): natively the same run has the same.
        hash: u64,
    },
    /// What became of a point of a curve.
    Scaled(Job, Outcome),
}

/// Runs a simulation to its end or to the limit, and hands on what happens.
pub fn simulate(run: &Run, mut tell: impl FnMut(&Reply)) {
    let Run { program, settings, scenario, injections } = run;
    let mut simulation = Simulation::new(*program, settings, scenario, injections);
    let (mut events, mut bytes, mut hash) = (0, 0, Hash::default());
    loop {
        let batch = simulation.run(BATCH_EVENTS);
        let over = batch.is_empty();
        events += batch.events.len();
        bytes += batch.payloads.len();
        hash.extend(&batch);
        if !over {
            tell(&Reply::Batch(batch));
        }
        if over || events >= RUN_EVENTS_MAX || bytes >= RUN_BYTES_MAX {
            return tell(&Reply::Done { cut_short: !over, events: events as u64, hash: hash.value() });
        }
    }
}

/// Computes a point of a curve.
fn measure(Job { program, connections, talk }: Job) -> Outcome {
    Measurement::new(program, connections, talk).finish()
}

/// Listens for requests to simulate and to measure. To be called in a web worker.
pub fn start() {
    listen(|request, _, tell| match request {
        Request::Simulate(run) => simulate(&run, tell),
        Request::Scale(job) => tell(&Reply::Scaled(job, measure(job))),
        // The other program is asked for that: it is loaded when the first file is opened.
        Request::Open(..) => {}
    });
}

/// Listens for requests to open files. To be called in a web worker.
pub fn start_opener() {
    listen(|request, file, tell| {
        if let Request::Open(name, part) = request {
            open_file(file, &name, part, tell);
        }
    });
}

/// Listens for requests, each with the file that it concerns.
fn listen(answer: impl Fn(Request, Option<Blob>, &dyn Fn(&Reply)) + 'static) {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let tell = {
        let scope = scope.clone();
        move |reply: &Reply| {
            // It cannot fail: an array of bytes can always be cloned.
            let _ = scope.post_message(&Uint8Array::from(wire::encode(reply).as_slice()));
        }
    };
    let on_message = {
        let tell = tell.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            let (bytes, file) = parted(&message.data());
            // A request that cannot be read comes from no page of ours.
            if let Ok(request) = wire::decode::<Request>(&bytes) {
                answer(request, file, &tell);
            }
        })
    };
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    // For as long as the worker lives.
    on_message.forget();
    tell(&Reply::Ready);
}

/// A message in its two parts: the request, and the file beside it, if there is one.
fn parted(data: &JsValue) -> (Vec<u8>, Option<Blob>) {
    match data.dyn_ref::<Array>() {
        Some(both) => (Uint8Array::new(&both.get(0)).to_vec(), both.get(1).dyn_into().ok()),
        None => (Uint8Array::new(data).to_vec(), None),
    }
}

fn open_file(file: Option<Blob>, name: &str, part: usize, tell: &dyn Fn(&Reply)) {
    match file.ok_or_else(|| ErrorKind::NotFound.into()).and_then(BlobFile::new) {
        Ok(file) => open::open(BufReader::with_capacity(READ_AT_ONCE, file), name, part, tell),
        Err(error) => tell(&Reply::Failed(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use loopscope_shared::scenario::{PRESETS, preset};

    use super::*;

    #[test]
    fn every_preset_is_told_to_its_end() {
        for name in PRESETS {
            let scenario = preset(name).unwrap();
            let program = scenario.programs().next().unwrap();
            let mut told = Vec::new();
            let settings = scenario.settings.clone();
            let run = Run { program, settings, scenario, injections: Vec::new() };
            simulate(&run, |reply| told.push(reply.clone()));
            let Some(Reply::Done { cut_short, events, .. }) = told.last() else {
                panic!("{name} is not done")
            };
            assert!(!cut_short || *events >= RUN_EVENTS_MAX as u64, "{name}");
            assert!(*name == "c10k" || !cut_short, "{name} is too long for the page");
            let batches = told.iter().filter_map(|reply| match reply {
                Reply::Batch(batch) => Some(batch.events.len() as u64),
                _ => None,
            });
            assert_eq!(batches.sum::<u64>(), *events, "{name}");
        }
    }
}
