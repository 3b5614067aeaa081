//! Runs beside each other: what keeps them in step, a column a run, and the table of their figures.

mod column;
mod figures;

use loopscope_shared::time::Nanos;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::messages as m;
use crate::model::text::{grouped, instant};
use crate::store::{Pace, Race};
use crate::views::reading;

pub use column::{Column, column};
pub use figures::figures;

/// What keeps runs in step, and how far they are.
#[derive(Debug)]
pub struct Controls {
    /// How far all are.
    pub race: Race,
    /// How far the longest goes.
    pub end: u64,
    /// Whether there is room for another.
    pub can_add: bool,
    /// The reader chooses another pace.
    pub on_pace: Callback<Pace>,
    /// The reader moves all of them there; `true` when the cursor is let go.
    pub on_at: Callback<(u64, bool)>,
    /// The reader wants another server beside these.
    pub on_add: Callback<()>,
}

/// The controls of a comparison.
pub fn controls(props: &Controls) -> Html {
    let Race { pace, at } = props.race;
    let chosen = reading(&props.on_pace, |event: Event| {
        Pace::named(&event.target_dyn_into::<HtmlSelectElement>()?.value())
    });
    let moved = |input: Option<HtmlInputElement>, done: bool| {
        input.map(|input| (input.value_as_number() as u64, done))
    };
    let oninput = reading(&props.on_at, move |event: InputEvent| moved(event.target_dyn_into(), false));
    let onchange = reading(&props.on_at, move |event: Event| moved(event.target_dyn_into(), true));
    let (text, what) = match pace {
        Pace::Time => {
            (m::compare_at_time(instant(Nanos(at)), instant(Nanos(props.end))), m::compare_pace_time_what())
        }
        Pace::Event => (m::compare_at_event(grouped(at), grouped(props.end)), m::compare_pace_event_what()),
        Pace::Line => (m::compare_at_line(grouped(at), grouped(props.end)), m::compare_pace_line_what()),
    };
    let option = |one: Pace| {
        let label = match one {
            Pace::Time => m::compare_pace_time(),
            Pace::Event => m::compare_pace_event(),
            Pace::Line => m::compare_pace_line(),
        };
        html! { <option value={one.name()} selected={one == pace}>{ label }</option> }
    };
    html! {
        <div class="card compare-controls">
            <p>{ m::compare_lesson() }</p>
            <div class="compare-row">
                <label title={what}>
                    { m::compare_pace() }{ " " }
                    <select id="pace" class="pill small" onchange={chosen}>{ for Pace::ALL.map(option) }</select>
                </label>
                <input id="race" class="scrubber" type="range" aria-label={m::compare_cursor()} min="0"
                    max={props.end.to_string()} value={at.to_string()} aria-valuetext={text.clone()}
                    {oninput} {onchange} />
                <output id="race-at">{ text }</output>
                <button id="compare-add" class="pill small" title={m::compare_add_what()} disabled={!props.can_add}
                    onclick={props.on_add.reform(|_: MouseEvent| ())}>{ "+ " }{ m::compare_add() }</button>
            </div>
        </div>
    }
}
