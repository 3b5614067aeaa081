//! What the stage shows before anything has happened: how to read it, each thing where it will be.

use yew::prelude::*;

use crate::messages as m;

/// Above the line, on the left.
pub(super) fn notification() -> Html {
    let drawing = html! { <span class="token">{ "7:IN" }</span> };
    entry(drawing, m::stage_the_notification(), m::stage_legend_notification())
}

/// Above the line, on the right.
pub(super) fn data() -> Html {
    let letters = "hello⏎".chars().map(|letter| html! { <span>{ letter.to_string() }</span> });
    let drawing = html! { <span class="stage-letters">{ for letters }</span> };
    entry(drawing, m::stage_the_data(), m::stage_legend_data())
}

/// Below the line, on the left.
pub(super) fn thread() -> Html {
    let drawing =
        html! { <span class="stage-thread asleep"><span class="stage-thread-icon">{ "z z z" }</span></span> };
    entry(drawing, m::stage_the_thread(), m::stage_legend_thread())
}

/// Below the line, on the right.
pub(super) fn readiness() -> Html {
    let drawing = html! {
        <svg class="stage-legend-tube" viewBox="0 0 30 64" width="24" height="51">
            <rect class="glass" x="1" y="1" width="28" height="62" rx="5" />
            <rect class="stage-level" x="2" y="36" width="26" height="26" rx="3" />
        </svg>
    };
    entry(drawing, m::stage_readiness(), m::stage_legend_readiness())
}

/// Out in the network.
pub(super) fn clients() -> Html {
    let drawing = html! { <span class="stage-client-name">{ "1" }</span> };
    entry(drawing, m::stage_the_clients(), m::stage_legend_clients())
}

fn entry(drawing: Html, name: &'static str, text: &'static str) -> Html {
    html! {
        <div class="stage-legend">
            <span class="stage-legend-drawing" aria-hidden="true">{ drawing }</span>
            <p><b>{ name }</b>{ " " }{ text }</p>
        </div>
    }
}
