//! What was found: well-known trouble, each with where to look and what to do about it.

use loopscope_shared::ids::Seq;
use yew::prelude::*;

use crate::hooks::Found;
use crate::messages as m;
use crate::model::review::Shown;

/// What the panel shows.
#[derive(Debug)]
pub struct Findings {
    /// What was found, or how far the search is.
    pub found: Found,
    /// The reader goes to a place.
    pub on_seek: Callback<Seq>,
    /// The reader wants another search.
    pub on_again: Callback<()>,
    /// The reader closes the panel.
    pub on_close: Callback<()>,
}

/// The panel.
pub fn view(props: &Findings) -> Html {
    let body = match &props.found {
        Found::Percent(percent) => html! {
            <p role="status">
                { m::findings_searching() }{ " " }
                <progress max="100" value={percent.to_string()} aria-label={m::findings_searching()} />
            </p>
        },
        Found::All(found) if found.is_empty() => html! { <p role="status">{ m::findings_none() }</p> },
        Found::All(found) => html! {
            <>
                <p role="status">{ m::findings_count(found.len() as u64) }</p>
                <ol>{ for found.iter().map(|finding| one(finding, &props.on_seek)) }</ol>
            </>
        },
    };
    html! {
        <section class="card findings" aria-label={m::findings()}>
            <div class="head">
                <h2>{ m::findings() }</h2>
                <button class="pill" onclick={props.on_again.reform(|_: MouseEvent| ())}>{ m::findings_again() }</button>
                <button class="pill square" aria-label={m::findings_close()} title={m::findings_close()}
                    onclick={props.on_close.reform(|_: MouseEvent| ())}>{ "×" }</button>
            </div>
            <div class="findings-body" tabindex="0" role="group" aria-label={m::findings()}>{ body }</div>
        </section>
    }
}

fn one(finding: &Shown, on_seek: &Callback<Seq>) -> Html {
    let leads = |(text, seq): &(String, Seq)| {
        let (seq, on_seek) = (*seq, on_seek.clone());
        html! {
            <button class="lead" onclick={Callback::from(move |_: MouseEvent| on_seek.emit(seq))}>{ text }</button>
        }
    };
    html! {
        <li data-finding={finding.name} data-severity={finding.severity}>
            <p><span class="grave">{ finding.grave }</span>{ " " }<b>{ &finding.sentence }</b></p>
            <p>{ finding.advice }</p>
            <p>{ for finding.places.iter().map(leads) }</p>
            <details>
                <summary>{ m::findings_calls() }</summary>
                { for finding.calls.iter().map(leads) }
            </details>
        </li>
    }
}
