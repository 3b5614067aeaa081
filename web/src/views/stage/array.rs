//! The array of `poll`: a cell for each `struct pollfd`, down and back.

use yew::prelude::*;

use super::bits;
use super::gate::{mask_text, sleeps};
use crate::messages as m;
use crate::model::stage::{Entry, Phase, Stage, Wait};
use crate::model::text::grouped;

/// Up to so many entries are drawn with their names; beyond, each is a small square.
const NAMED_MAX: usize = 12;

/// Squares a row, where they are small.
const PER_ROW: usize = 64;

/// Up to so many are drawn as squares; beyond, the array is a strip, as long as it is, and the wall shows each.
const SQUARES_MAX: usize = 400;

/// The array as it crosses: what was asked, and in the same cells what came back.
pub(super) fn view(wait: &Wait, entries: &[Entry]) -> Html {
    let found = entries.iter().filter(|entry| entry.back.is_some_and(|back| !back.is_empty())).count();
    let back = match (wait.phase, wait.failed) {
        (Phase::Open, _) => m::stage_not_back_yet().to_owned(),
        (_, None) => m::stage_array_answered(grouped(found as u64)),
        (_, Some(_)) => m::stage_unchanged().to_owned(),
    };
    let cells = match entries.len() {
        0..=NAMED_MAX => html! { <div class="stage-array">{ for entries.iter().map(cell) }</div> },
        _ if entries.len() <= SQUARES_MAX => squares(entries),
        _ => strip(entries),
    };
    html! {
        <div class="stage-slip">
            <p class="stage-note"><b>{ m::stage_down() }</b>{ " " }{ m::stage_array_asked(grouped(entries.len() as u64)) }</p>
            { cells }
            <p class="stage-note"><b>{ m::stage_back_arrow() }</b>{ " " }{ back }</p>
        </div>
    }
}

fn cell(entry: &Entry) -> Html {
    let (class, answer) = match entry.back {
        None => ("pending", html! { { "…" } }),
        Some(back) if back.is_empty() => ("off", html! { { "0" } }),
        Some(back) => ("ready", mask_text(back)),
    };
    html! {
        <span class={classes!("entry", class)}>
            <b>{ entry.fd.to_string() }</b>
            <span class="asked">{ mask_text(entry.asked) }</span>
            <span class="answer">{ answer }</span>
        </span>
    }
}

fn squares(entries: &[Entry]) -> Html {
    const PITCH: usize = 5;
    let rows = entries.len().div_ceil(PER_ROW);
    let (width, height) = (PER_ROW * PITCH, rows * PITCH);
    let ready = entries.iter().enumerate().filter(|(_, e)| e.back.is_some_and(|back| !back.is_empty()));
    let found = bits::squares(ready.map(|(index, _)| index), PER_ROW, PITCH, PITCH - 1);
    let all = bits::squares(0..entries.len(), PER_ROW, PITCH, PITCH - 1);
    let back = entries.iter().any(|entry| entry.back.is_some());
    html! {
        <svg class="stage-bits dense" viewBox={format!("0 0 {width} {height}")} width={width.to_string()}
            height={height.to_string()} role="img"
            aria-label={m::stage_array(grouped(entries.len() as u64))}>
            <path class={classes!("bits", if back { "cleared" } else { "on" })} d={all} />
            <path class="bits ready" d={found} />
        </svg>
    }
}

/// An array too long for squares: a strip, with a stroke for each entry that came back with an answer.
fn strip(entries: &[Entry]) -> Html {
    const WIDTH: f64 = 320.0;
    let stroke = |index: usize| format!("M{:.1} 0v12", index as f64 / entries.len() as f64 * WIDTH);
    let ready = entries.iter().enumerate().filter(|(_, e)| e.back.is_some_and(|back| !back.is_empty()));
    let found: String = ready.map(|(index, _)| stroke(index)).collect();
    html! {
        <svg class="stage-bits strip" viewBox={format!("0 0 {WIDTH} 12")} width={WIDTH.to_string()} height="12" role="img"
            aria-label={m::stage_array(grouped(entries.len() as u64))}>
            <rect width={WIDTH.to_string()} height="12" rx="2" />
            <path class="found" d={found} />
        </svg>
    }
}

/// The entries as the kernel goes through them.
fn swept(entries: &[Entry], sweeping: bool) -> Html {
    let (per_row, pitch) = if entries.len() <= NAMED_MAX { (NAMED_MAX, 14) } else { (PER_ROW, 5) };
    let rows = entries.len().div_ceil(per_row).max(1);
    let (width, height) = (entries.len().clamp(1, per_row) * pitch, rows * pitch);
    let ready = entries.iter().enumerate().filter(|(_, e)| e.back.is_some_and(|back| !back.is_empty()));
    html! {
        <svg class={classes!("stage-scan", if sweeping { "sweep" } else { "swept" })} viewBox={format!("0 0 {width} {height}")}
            width={width.to_string()} height={height.to_string()} aria-hidden="true">
            <path class="tested" d={bits::squares(0..entries.len(), per_row, pitch, pitch - 1)} />
            <path class="found" d={bits::squares(ready.map(|(index, _)| index), per_row, pitch, pitch - 1)} />
            if sweeping {
                <rect class="sweeper" x="0" y="0" width={pitch.to_string()} height={height.to_string()} />
            }
        </svg>
    }
}

/// What the kernel does for `poll`: it asks every entry, and keeps nothing.
pub(super) fn asked(stage: &Stage, wait: &Wait, entries: &[Entry], live: bool) -> Html {
    let asleep = sleeps(stage);
    let of = entries.len() as u64;
    let found = grouped(wait.ready().len() as u64);
    let words = match wait.phase {
        Phase::Open if asleep && live => m::stage_asks_live(of),
        Phase::Open if asleep => m::stage_asks_asleep(of),
        Phase::Open if wait.woken => m::stage_asks_again(of),
        Phase::Open => m::stage_asks(of),
        _ if wait.failed.is_some() => m::stage_the_call_failed().to_owned(),
        _ => m::stage_asked(of, found),
    };
    html! {
        <figure class={classes!("stage-tests", (wait.phase == Phase::InHand).then_some("in-hand"))} data-place="scan">
            if entries.len() <= SQUARES_MAX { { swept(entries, wait.phase == Phase::Open && !asleep) } }
            <figcaption>{ words }</figcaption>
        </figure>
    }
}
