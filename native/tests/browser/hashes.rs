//! The simulation in the browser is the one on the host: the same program, scenario and seed give the same
//! trace, event for event, in WebAssembly and natively.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use loopscope_shared::scenario::{Injection, PRESETS, Scenario, preset};
use loopscope_shared::servers::Program;
use loopscope_shared::sim::Simulation;
use loopscope_shared::trace::{Hash, wire};

use crate::hosts::StaticHost;
use crate::page::Page;

/// The first byte of the worker's messages: `Reply::Ready` and `Reply::Done` of `web/src/worker.rs`.
const READY: u8 = 0;
const DONE: u8 = 8;

/// Has the page's own worker do one request after the other, and keeps the last message of each.
const WORK: &str = "(() => {
    window.done = [];
    const work = requests => {
        if (requests.length === 0) { window.finished = true; return; }
        const worker = new Worker('./worker.js');
        const next = result => { window.done.push(result); worker.terminate(); work(requests.slice(1)); };
        worker.onerror = () => next([]);
        worker.onmessage = message => {
            const bytes = new Uint8Array(message.data);
            if (bytes[0] === READY) {
                worker.postMessage(Uint8Array.from(atob(requests[0]), letter => letter.charCodeAt(0)));
            } else if (bytes[0] === DONE) {
                next(Array.from(bytes));
            }
        };
        worker.postMessage([script, module]);
    };
    const script = document.querySelector('link[rel=modulepreload]').href;
    const program = document.querySelector('link[rel=preload][as=fetch]').href;
    let module;
    WebAssembly.compileStreaming(fetch(program)).then(compiled => { module = compiled; work(REQUESTS); });
    return true;
})()";

/// Every preset under every program that suits it. The longest is left to one program: it is cut short in the
/// page, but not before some seconds.
fn runs() -> Vec<(Program, Scenario)> {
    let all = PRESETS.iter().flat_map(|name| {
        let scenario = preset(name).expect("it is a preset");
        let most = if *name == "c10k" { 1 } else { usize::MAX };
        scenario.programs().take(most).map(|program| (program, scenario.clone())).collect::<Vec<_>>()
    });
    all.collect()
}

/// A request as `web/src/worker.rs` reads it: `Request::Simulate`, the first of them.
fn request((program, scenario): &(Program, Scenario)) -> String {
    STANDARD.encode(wire::encode(&(0_u8, program, &scenario.settings, scenario, Vec::<Injection>::new())))
}

/// The hash of so many events of the run on this machine, and how many there were.
fn natively(program: Program, scenario: &Scenario, events: u64) -> (u64, u64) {
    let mut simulation = Simulation::new(program, &scenario.settings, scenario, &[]);
    let (mut hash, mut told) = (Hash::default(), 0);
    while told < events {
        let batch = simulation.run(4_096);
        if batch.is_empty() {
            break;
        }
        told += batch.events.len() as u64;
        hash.extend(&batch);
    }
    (told, hash.value())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_simulates_what_the_host_does() {
    let host = StaticHost::start().await;
    let page = Page::open(&host.page).await;
    let runs = runs();
    // A few at a time: a wait for the page has its limit.
    for some in runs.chunks(8) {
        let requests: Vec<String> = some.iter().map(request).collect();
        let requests = serde_json::to_string(&requests).expect("a list of text can be written");
        let work = WORK.replace("READY", &READY.to_string()).replace("DONE", &DONE.to_string());
        assert!(page.value::<bool>(&work.replace("REQUESTS", &requests)).await);
        page.until("the worker has done them all", "window.finished === true").await;
        let done: Vec<Vec<u8>> = page.value("(window.finished = false, window.done)").await;
        for ((program, scenario), reply) in some.iter().zip(done) {
            let who = format!("{} on {}", program.name(), scenario.name);
            let reply = wire::decode::<(u8, bool, u64, u64)>(&reply);
            let (_, _, events, hash) = reply.unwrap_or_else(|error| panic!("{who}: {error}"));
            assert_eq!((events, hash), natively(*program, scenario, events), "{who}");
            assert!(events > 10, "{who}");
        }
    }
    page.close().await;
}
