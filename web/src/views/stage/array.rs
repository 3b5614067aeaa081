//! The array of `poll`: a cell for each `struct pollfd`, down and back.

use yew::prelude::*;

use super::gate::mask_text;
use crate::model::stage::{Entry, Phase, Stage, Wait, Whereabouts};
use crate::model::text::{counted, grouped};

/// Up to so many entries are drawn with their names; beyond, each is a small square.
const NAMED_MAX: usize = 12;

/// Squares a row, where they are small.
const PER_ROW: usize = 64;

/// The array as it crosses: what was asked, and in the same cells what came back.
pub(super) fn view(wait: &Wait, entries: &[Entry]) -> Html {
    let found = entries.iter().filter(|entry| entry.back.is_some_and(|back| !back.is_empty())).count();
    let back = match (wait.phase, wait.failed) {
        (Phase::Open, _) => "not back yet".to_owned(),
        (_, None) => format!("the same array: {} with an answer", grouped(found as u64)),
        (_, Some(_)) => "unchanged: the call failed".to_owned(),
    };
    let cells = match entries.len() {
        0..=NAMED_MAX => html! { <div class="stage-array">{ for entries.iter().map(cell) }</div> },
        _ => squares(entries),
    };
    html! {
        <div class="stage-slip">
            <p class="stage-note"><b>{ "↓ down" }</b>{ " " }{ format!("{} × 8 bytes: what is asked", entries.len()) }</p>
            { cells }
            <p class="stage-note"><b>{ "↑ back" }</b>{ " " }{ back }</p>
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
    let found = super::bits::squares(ready.map(|(index, _)| index), PER_ROW, PITCH, PITCH - 1);
    let all = super::bits::squares(0..entries.len(), PER_ROW, PITCH, PITCH - 1);
    let back = entries.iter().any(|entry| entry.back.is_some());
    html! {
        <svg class="stage-bits dense" viewBox={format!("0 0 {width} {height}")} width={width.to_string()}
            height={height.to_string()} role="img"
            aria-label={format!("An array of {} entries.", entries.len())}>
            <path class={classes!("bits", if back { "cleared" } else { "on" })} d={all} />
            <path class="bits ready" d={found} />
        </svg>
    }
}

/// What the kernel does for `poll`: it asks every entry, and keeps nothing.
pub(super) fn asked(stage: &Stage, wait: &Wait, entries: &[Entry], live: bool) -> Html {
    let asleep = stage.threads.iter().any(|thread| {
        thread.focus && matches!(thread.whereabouts, Whereabouts::Asleep | Whereabouts::Waiting)
    });
    let of = counted(entries.len() as u64, "descriptor");
    let found = grouped(wait.ready().len() as u64);
    let words = match wait.phase {
        Phase::Open if asleep && live => format!("asks {of}; again when one changes"),
        Phase::Open if asleep => format!("asked {of}, found none; all again when woken"),
        Phase::Open if wait.woken => format!("asks {of} again"),
        Phase::Open => format!("asks {of}, one after the other"),
        _ if wait.failed.is_some() => "the call failed".to_owned(),
        _ => format!("asked {of}, found {found}; keeps nothing for next time"),
    };
    html! {
        <figure class={classes!("stage-tests", (wait.phase == Phase::InHand).then_some("in-hand"))}>
            <figcaption>{ words }</figcaption>
        </figure>
    }
}
