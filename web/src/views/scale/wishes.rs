//! What the reader wants to see: which cost, who talks, which axes, which servers.

use loopscope_shared::scale::{Cost, Talk, programs};
use loopscope_shared::servers::Program;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::messages as m;
use crate::model::scale::cost_names;
use crate::store::Scaling;
use crate::views::reading;

/// The choices: what the reader wants to see, and how it is changed.
pub(super) fn view(scaling: &Scaling, on_scaling: &Callback<Scaling>) -> Html {
    let costs = Cost::ALL.map(|cost| {
        html! { <option value={cost.name()} selected={cost == scaling.cost}>{ cost_names(cost).0 }</option> }
    });
    let talks = Talk::ALL.map(|talk| {
        html! { <option value={talk.name()} selected={talk == scaling.talk}>{ talk_names(talk).0 }</option> }
    });
    let (on_cost, on_talk) = (scaling.clone(), scaling.clone());
    let on_cost = reading(on_scaling, move |event: Event| {
        let cost = event.target_dyn_into::<HtmlSelectElement>()?.value().parse().ok()?;
        Some(Scaling { cost, ..on_cost.clone() })
    });
    let on_talk = reading(on_scaling, move |event: Event| {
        let talk = event.target_dyn_into::<HtmlSelectElement>()?.value().parse().ok()?;
        Some(Scaling { talk, ..on_talk.clone() })
    });
    let boxes = programs().map(|program| one(scaling, on_scaling, program));
    html! {
        <div class="card scale-wishes">
            <p>{ m::scale_lesson() }</p>
            <div class="compare-row">
                <label title={cost_names(scaling.cost).1}>
                    { m::scale_what() }{ " " }
                    <select id="scale-cost" class="pill small" onchange={on_cost}>{ for costs }</select>
                </label>
                <label title={talk_names(scaling.talk).1}>
                    { m::scale_talk() }{ " " }
                    <select id="scale-talk" class="pill small" onchange={on_talk}>{ for talks }</select>
                </label>
                <fieldset class="scale-axes">
                    <legend>{ m::scale_axes() }</legend>
                    { axis(scaling, on_scaling, "scale-x", m::scale_linear_x(), scaling.linear_x, |scaling, on| scaling.linear_x = on) }
                    { axis(scaling, on_scaling, "scale-y", m::scale_linear_y(), scaling.linear_y, |scaling, on| scaling.linear_y = on) }
                </fieldset>
            </div>
            <fieldset class="scale-servers">
                <legend>{ m::scale_servers() }</legend>
                { for boxes }
            </fieldset>
        </div>
    }
}

fn talk_names(talk: Talk) -> (&'static str, &'static str) {
    match talk {
        Talk::One => (m::scale_talk_one(), m::scale_talk_one_what()),
        Talk::All => (m::scale_talk_all(), m::scale_talk_all_what()),
    }
}

fn axis(
    scaling: &Scaling,
    on_scaling: &Callback<Scaling>,
    id: &'static str,
    text: &'static str,
    linear: bool,
    set: impl Fn(&mut Scaling, bool) + 'static,
) -> Html {
    let before = scaling.clone();
    let onchange = reading(on_scaling, move |event: Event| {
        let on = event.target_dyn_into::<HtmlInputElement>()?.checked();
        let mut scaling = before.clone();
        set(&mut scaling, on);
        Some(scaling)
    });
    html! { <label><input {id} type="checkbox" checked={linear} {onchange} />{ " " }{ text }</label> }
}

/// The box of a server. Curves stay in the order of the catalogue, whatever the order of choosing.
fn one(scaling: &Scaling, on_scaling: &Callback<Scaling>, program: Program) -> Html {
    let before = scaling.clone();
    let onchange = reading(on_scaling, move |event: Event| {
        let on = event.target_dyn_into::<HtmlInputElement>()?.checked();
        let chosen = |one: &Program| if *one == program { on } else { before.programs.contains(one) };
        Some(Scaling { programs: programs().filter(chosen).collect(), ..before.clone() })
    });
    let entry = program.entry();
    html! {
        <label title={(entry.idea)()}>
            <input type="checkbox" data-server={entry.name} checked={scaling.programs.contains(&program)} {onchange} />
            { " " }{ entry.name }{ if entry.observed { "" } else { " ◇" } }
        </label>
    }
}
