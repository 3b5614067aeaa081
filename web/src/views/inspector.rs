//! The inspector: the chosen descriptor, or the task.

use loopscope_shared::ids::Seq;
use loopscope_shared::world::Provenance;
use yew::prelude::*;

use crate::messages as m;
use crate::model::inspector::{Buffer, Inspection, Past, provenance};
use crate::model::text::{grouped, instant};

/// The width of a level, in the units of its picture.
const LEVEL_WIDTH: f64 = 100.0;

/// What the inspector shows.
#[derive(Debug)]
pub struct Inspector<'a> {
    /// What is known.
    pub inspection: &'a Inspection,
    /// The calls before now.
    pub history: &'a [Past],
    /// What is said where there are none.
    pub silence: &'static str,
    /// Whether there may be more of them, farther back.
    pub more: bool,
    /// Whether a descriptor or a task is chosen, which can be let go.
    pub chosen: bool,
    /// The reader lets it go.
    pub on_leave: Callback<()>,
    /// The reader wants to see more of the history.
    pub on_more: Callback<()>,
    /// The reader goes to an instant.
    pub on_jump: Callback<Seq>,
}

/// The inspector.
pub fn view(props: &Inspector<'_>) -> Html {
    let Inspection { title, fields, buffers } = props.inspection;
    let leave = props.on_leave.reform(|_: MouseEvent| ());
    let more = props.on_more.reform(|_: MouseEvent| ());
    html! {
        <section class="card inspector" aria-label={m::inspector()}>
            <div class="head">
                <h2>{ title }</h2>
                if props.chosen {
                    <button class="quiet" onclick={leave} aria-label={m::inspector_leave()}
                        title={m::inspector_leave_what()}>{ "×" }</button>
                } else {
                    <span class="hint">{ m::inspector_choose() }</span>
                }
            </div>
            <dl class="fields">
                { for fields.iter().map(|field| html! {
                    <div key={field.name}><dt>{ field.name }</dt><dd>{ &field.value }</dd></div>
                }) }
            </dl>
            { for buffers.iter().map(buffer) }
            <h3>{ m::inspector_history() }</h3>
            if props.history.is_empty() {
                <p class="none">{ props.silence }</p>
            }
            <ol class="history">{ for props.history.iter().map(|past| call(past, &props.on_jump)) }</ol>
            if props.more {
                <button class="pill small earlier-calls" onclick={more}>{ m::inspector_earlier() }</button>
            }
        </section>
    }
}

fn buffer(buffer: &Buffer) -> Html {
    let width = buffer.part.map(|part| (part * LEVEL_WIDTH).max(if part > 0.0 { 1.0 } else { 0.0 }));
    html! {
        <div class="buffer" key={buffer.name}>
            <p class="buffer-head">
                <span>{ buffer.name }</span>
                <b>{ &buffer.level }</b>
                <span class={classes!("provenance", how(buffer.known))}>{ provenance(buffer.known) }</span>
            </p>
            if let Some(width) = width {
                <svg class="level" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
                    <rect class="slot" width="100" height="4" />
                    <rect class="fill" width={format!("{width:.1}")} height="4" />
                </svg>
            }
            if !buffer.text.is_empty() {
                <p class="bytes"><span class="text">{ &buffer.text }</span><span class="hex">{ &buffer.hex }</span></p>
            }
        </div>
    }
}

/// How a level is known, as the style sheet says it.
fn how(known: Provenance) -> &'static str {
    match known {
        Provenance::Told => "simulated",
        Provenance::Sampled => "sampled",
        Provenance::Inferred => "inferred",
        Provenance::Unknown => "not-known",
    }
}

fn call(past: &Past, on_jump: &Callback<Seq>) -> Html {
    let after = past.after;
    let onclick = on_jump.reform(move |_: MouseEvent| after);
    html! {
        <li key={after.0}>
            <button class={classes!(past.failed.then_some("failed"))} {onclick}
                title={m::inspector_go(grouped(after.0), &past.text)}>
                <time>{ instant(past.at) }</time>
                <span>{ &past.text }</span>
            </button>
        </li>
    }
}
