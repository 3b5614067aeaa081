//! The rings of `io_uring`: memory that program and kernel share, so they lie upon the line.

use std::f64::consts::TAU;

use yew::prelude::*;

use crate::messages as m;
use crate::model::stage::{Answer, Phase, Queue, Stage};

/// So many places of a ring are drawn. It has more, which look the same.
const PLACES: usize = 16;

/// The pair of rings of the program, if it has one.
pub(super) fn of(stage: &Stage) -> Option<&Queue> {
    stage.queues.iter().find(|queue| queue.rings)
}

/// A ring on each side of the call that says there is something in the first and waits for the second.
pub(super) fn view(stage: &Stage, queue: &Queue, call: Html) -> Html {
    let started = match stage.wait.as_ref().map(|wait| (&wait.answer, wait.phase, wait.woken)) {
        Some((Answer::Done(finished), Phase::Open, false)) if !super::gate::sleeps(stage) => {
            finished.started.len()
        }
        _ => 0,
    };
    let landed = queue.landed.as_ref().map(Vec::len);
    html! {
        <div class="stage-rings">
            { ring("SQ", m::stage_submission_ring(), Some(started), "of-send") }
            <div class="stage-line-call">{ call }</div>
            { ring("CQ", m::stage_completion_ring(), landed, "of-recv") }
        </div>
    }
}

fn ring(name: &'static str, what: &'static str, filled: Option<usize>, class: &'static str) -> Html {
    let places = (0..PLACES).map(|place| {
        let full = filled.is_some_and(|filled| place < filled);
        html! { <path class={classes!("ring-place", full.then_some("full"))} d={arc(place)} /> }
    });
    let count = filled.map_or_else(|| "?".to_owned(), |filled| filled.to_string());
    html! {
        <svg class={classes!("stage-ring", class)} viewBox="-34 -34 68 68" width="68" height="68" role="img"
            aria-label={m::stage_ring(what, &count)} data-place={name}>
            <title>{ m::stage_ring(what, &count) }</title>
            { for places }
            <text y="-3">{ name }</text>
            <text y="14" class="count">{ count }</text>
        </svg>
    }
}

/// One place of the ring, from the top to the right.
fn arc(place: usize) -> String {
    const GAP: f64 = 0.06;
    const OUTER: f64 = 32.0;
    const INNER: f64 = 21.0;
    let angle = |part: f64| TAU * part / PLACES as f64 - TAU / 4.0;
    let (from, to) = (angle(place as f64) + GAP / 2.0, angle(place as f64 + 1.0) - GAP / 2.0);
    let at = |radius: f64, angle: f64| format!("{:.1} {:.1}", radius * angle.cos(), radius * angle.sin());
    format!(
        "M{}A{OUTER} {OUTER} 0 0 1 {}L{}A{INNER} {INNER} 0 0 0 {}Z",
        at(OUTER, from),
        at(OUTER, to),
        at(INNER, to),
        at(INNER, from)
    )
}
