//! The runs beside the one that is shown: what the reader left when something was changed in the middle.

use yew::prelude::*;

use crate::messages as m;
use crate::model::compare::names;
use crate::store::Run;

/// The run that is shown, and those beside it.
#[derive(Debug)]
pub struct Branches<'a> {
    /// The one that is shown.
    pub run: &'a Run,
    /// The others; where there are none, nothing is shown.
    pub beside: &'a [Run],
    /// The reader wants to see the one of that number, at this instant.
    pub on_show: Callback<usize>,
    /// The reader lets the one of that number go.
    pub on_drop: Callback<usize>,
    /// The reader wants to compare them all.
    pub on_compare: Callback<()>,
}

/// The branches.
pub fn view(props: &Branches<'_>) -> Html {
    if props.beside.is_empty() {
        return Html::default();
    }
    let name = |run: &Run| {
        let (name, what) = names(run);
        format!("{name} · {what}")
    };
    let beside = props.beside.iter().enumerate().map(|(index, run)| {
        let show = props.on_show.reform(move |_: MouseEvent| index);
        let drop = props.on_drop.reform(move |_: MouseEvent| index);
        let name = name(run);
        html! {
            <li key={index}>
                <button class="pill small branch" title={m::branches_show()} onclick={show}>{ &name }</button>
                <button class="quiet" aria-label={m::branches_drop(&name)} title={m::branches_drop(&name)}
                    onclick={drop}>{ "×" }</button>
            </li>
        }
    });
    html! {
        <div class="card branches" role="group" aria-label={m::branches()} title={m::branches_what()}>
            <span>{ m::branches() }{ ": " }</span>
            <ul>
                <li class="branch-now" aria-current="true">{ "● " }{ name(props.run) }{ " (" }{ m::branches_now() }{ ")" }</li>
                { for beside }
            </ul>
            <button id="branches-compare" class="pill small" onclick={props.on_compare.reform(|_: MouseEvent| ())}>
                { m::branches_compare() }
            </button>
        </div>
    }
}
