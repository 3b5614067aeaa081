//! The rings of `io_uring`: memory that program and kernel share, so they lie upon the line.

use std::f64::consts::TAU;

use yew::prelude::*;

use crate::messages as m;
use crate::model::stage::{Answer, Phase, Queue, Stage};
use crate::model::text::grouped;

/// Up to so many places of a ring are drawn one by one; of a larger one, each of so many parts is several places.
const PLACES_MAX: u32 = 64;

/// So many places a ring has where its size is not known.
const PLACES_SUPPOSED: u32 = 16;

/// What is in one of the rings.
struct Ring {
    name: &'static str,
    what: &'static str,
    class: &'static str,
    /// How many places it has; 0 where that is not known.
    size: u32,
    /// How many of them are taken, where that is known.
    filled: Option<usize>,
    /// How many places its head has gone on so far.
    head: u64,
}

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
    let (began, ended) = queue.turned;
    let submission = Ring {
        name: "SQ",
        what: m::stage_submission_ring(),
        class: "of-send",
        size: queue.entries,
        filled: Some(started),
        head: began.saturating_sub(started as u64),
    };
    let completion = Ring {
        name: "CQ",
        what: m::stage_completion_ring(),
        class: "of-recv",
        size: queue.entries * 2,
        filled: queue.landed.as_ref().map(Vec::len),
        head: ended,
    };
    html! {
        <div class="stage-rings">
            { ring(&submission) }
            <div class="stage-line-call">{ call }</div>
            { ring(&completion) }
        </div>
    }
}

fn ring(ring: &Ring) -> Html {
    let Ring { name, what, class, size, filled, head } = *ring;
    let parts = if size == 0 { PLACES_SUPPOSED } else { size.min(PLACES_MAX) };
    let places = (0..parts).map(|part| {
        let full = filled.is_some_and(|filled| is_taken(part, parts, size.max(parts), head, filled as u64));
        html! { <path class={classes!("ring-place", full.then_some("full"))} d={arc(part, parts)} /> }
    });
    let count = filled.map_or_else(|| "?".to_owned(), |filled| filled.to_string());
    let label = m::stage_ring(what, &count);
    html! {
        <svg class={classes!("stage-ring", class)} viewBox="-34 -34 68 68" width="68" height="68" role="img"
            aria-label={label.clone()} data-place={name}>
            <title>{ label }</title>
            <circle class="hole" r="21" />
            { for places }
            <text y="-6">{ name }</text>
            <text y="8" class="count">{ count }</text>
            if size > 0 { <text y="17" class="size">{ m::stage_of(grouped(size.into())) }</text> }
        </svg>
    }
}

/// Whether one of the places that a part of the ring stands for is taken: those from the head on are.
fn is_taken(part: u32, parts: u32, size: u32, head: u64, filled: u64) -> bool {
    let each = u64::from(size / parts);
    let (from, size) = (u64::from(part) * each, u64::from(size));
    (from..from + each).any(|place| (place + size - head % size) % size < filled)
}

/// One place of the ring, from the top to the right.
fn arc(place: u32, of: u32) -> String {
    const OUTER: f64 = 32.0;
    const INNER: f64 = 22.0;
    let gap = 0.9 / f64::from(of);
    let angle = |part: u32| TAU * f64::from(part) / f64::from(of) - TAU / 4.0;
    let (from, to) = (angle(place) + gap / 2.0, angle(place + 1) - gap / 2.0);
    let at = |radius: f64, angle: f64| format!("{:.1} {:.1}", radius * angle.cos(), radius * angle.sin());
    format!(
        "M{}A{OUTER} {OUTER} 0 0 1 {}L{}A{INNER} {INNER} 0 0 0 {}Z",
        at(OUTER, from),
        at(OUTER, to),
        at(INNER, to),
        at(INNER, from)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_taken_places_begin_at_the_head_and_go_round() {
        let taken =
            |head, filled| (0..8).filter(|part| is_taken(*part, 8, 8, head, filled)).collect::<Vec<_>>();
        assert_eq!(taken(0, 0), [0; 0]);
        assert_eq!(taken(0, 2), [0, 1]);
        assert_eq!(taken(15, 2), [0, 7], "the eighth place, then the first");
    }

    #[test]
    fn a_part_of_a_large_ring_stands_for_several_places() {
        let taken =
            |head, filled| (0..4).filter(|part| is_taken(*part, 4, 16, head, filled)).collect::<Vec<_>>();
        assert_eq!(taken(3, 1), [0]);
        assert_eq!(taken(3, 2), [0, 1]);
    }
}
