//! What the stage shows before anything has happened: how to read it, each thing where it will be.

use yew::prelude::*;

/// Above the line, on the left.
pub(super) fn notification() -> Html {
    let drawing = html! { <span class="token">{ "7:IN" }</span> };
    entry(
        drawing,
        "The notification",
        "is a token that comes up across the line. It says what is ready, no more.",
    )
}

/// Above the line, on the right.
pub(super) fn data() -> Html {
    let letters = "hello⏎".chars().map(|letter| html! { <span>{ letter.to_string() }</span> });
    let drawing = html! { <span class="stage-letters">{ for letters }</span> };
    entry(drawing, "The data", "is a third thing: the program has to go and fetch it.")
}

/// Below the line, on the left.
pub(super) fn thread() -> Html {
    let drawing =
        html! { <span class="stage-thread asleep"><span class="stage-thread-icon">{ "z z z" }</span></span> };
    entry(drawing, "The thread", "sleeps down here until there is something to do: no work, no CPU.")
}

/// Below the line, on the right.
pub(super) fn readiness() -> Html {
    let drawing = html! {
        <svg class="stage-legend-tube" viewBox="0 0 30 64" width="24" height="51">
            <rect class="glass" x="1" y="1" width="28" height="62" rx="5" />
            <rect class="stage-level" x="2" y="36" width="26" height="26" rx="3" />
        </svg>
    };
    entry(drawing, "Readiness", "is a level in a tube: bytes wait in the kernel, so a read would not block.")
}

/// Out in the network.
pub(super) fn clients() -> Html {
    let drawing = html! { <span class="stage-client-name">{ "1" }</span> };
    entry(drawing, "The clients", "send from out here.")
}

fn entry(drawing: Html, name: &'static str, text: &'static str) -> Html {
    html! {
        <div class="stage-legend">
            <span class="stage-legend-drawing" aria-hidden="true">{ drawing }</span>
            <p><b>{ name }</b>{ " " }{ text }</p>
        </div>
    }
}
