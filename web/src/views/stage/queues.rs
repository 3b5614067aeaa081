//! Completion: the operations that go down, those under way, and what is done.

use yew::prelude::*;

use super::gate::rest;
use crate::messages as m;
use crate::model::stage::{Finished, Phase, Queue, Wait};

/// Up to so many operations are named in a row.
const NAMED_MAX: usize = 10;

/// What a wait for completions takes down, and what it brings up.
pub(super) fn finished(wait: &Wait, finished: &Finished) -> Html {
    let up = match (&finished.done, wait.failed) {
        (_, Some(errno)) => m::stage_nothing_since(errno),
        (None, _) => m::stage_nothing_yet().to_owned(),
        (Some(done), _) if done.is_empty() => m::stage_nothing_done().to_owned(),
        (Some(done), _) => m::stage_completions(done.len() as u64),
    };
    let all = finished.done.as_deref().unwrap_or_default();
    html! {
        <div class="stage-slip">
            <p class="stage-note"><b>{ m::stage_down() }</b>{ " " }
                if finished.started.is_empty() { { m::stage_nothing_new() } }
                { for finished.started.iter().take(NAMED_MAX).map(operation) }
                { rest(finished.started.len(), NAMED_MAX) }
            </p>
            <p class="stage-note"><b>{ m::stage_up() }</b>{ " " }{ up }</p>
            <div class="stage-slip-paper" data-place="slip">
                { for all.iter().take(NAMED_MAX).map(|done| html! { <span class="token">{ done }</span> }) }
                { rest(all.len(), NAMED_MAX) }
                if all.is_empty() {
                    <span class="stage-note">
                        { if wait.phase == Phase::Open { m::stage_nothing_done_yet() } else { m::stage_empty_slip() } }
                    </span>
                }
            </div>
        </div>
    }
}

fn operation(text: &String) -> Html {
    html! { <span class="operation">{ text }</span> }
}

/// Rings or a completion port: what is under way, and what is done and waits to be taken.
pub(super) fn view(queue: &Queue) -> Html {
    let landed = match &queue.landed {
        None => html! { <span class="stage-note hatched">{ m::stage_unseen() }</span> },
        Some(landed) if landed.is_empty() => {
            html! { <span class="stage-note">{ m::stage_is_empty() }</span> }
        }
        Some(landed) => html! {
            <>
                { for landed.iter().take(NAMED_MAX).map(|done| html! { <span class="token">{ done }</span> }) }
                { rest(landed.len(), NAMED_MAX) }
            </>
        },
    };
    let ready = match &queue.landed {
        None => "?",
        Some(landed) if landed.is_empty() => "",
        Some(_) => "IN",
    };
    html! {
        <div class={classes!("stage-registry", if queue.rings { "of-rings" } else { "of-iocp" }, queue.selected.then_some("selected"))}
            data-fd={queue.fd.to_string()} data-recv="0" data-send="0" data-ready={ready}
            tabindex="0" role="button" aria-pressed={queue.selected.to_string()} aria-description={queue.sentence()}>
            <div class="stage-registry-list">
                <p class="stage-note"><b>{ format!("fd {} · {}", queue.name(), queue.what()) }</b>
                    { " " }{ m::stage_under_way(queue.pending.len()) }</p>
                <div class="stage-interest">
                    { for queue.pending.iter().take(NAMED_MAX).map(operation) }
                    { rest(queue.pending.len(), NAMED_MAX) }
                </div>
            </div>
            <div class="stage-registry-ready">
                <p class="stage-note"><b>{ m::stage_done() }</b></p>
                <div class="stage-queue" data-place="ready">{ landed }</div>
            </div>
        </div>
    }
}
