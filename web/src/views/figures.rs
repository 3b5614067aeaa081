//! The figures: what the work has cost so far, and in the chosen stretch of time.

use yew::prelude::*;

use crate::messages as m;
use crate::model::figures::Figure;

/// The figures, in order.
pub fn view(figures: &[Figure]) -> Html {
    let one = |figure: &Figure| {
        html! {
            <div title={figure.meaning}>
                <dt>{ figure.label }</dt>
                <dd>
                    { &figure.value }
                    if let Some(span) = &figure.span {
                        <span class="in-span" title={m::figure_in_span()}>
                            <span class="sr">{ m::figure_in_span() }{ " " }</span>{ span }
                        </span>
                    }
                </dd>
            </div>
        }
    };
    html! {
        <section class="card figures" aria-label={m::figures()}><dl>{ for figures.iter().map(one) }</dl></section>
    }
}
