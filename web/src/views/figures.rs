//! The figures: what the work has cost so far.

use yew::prelude::*;

use crate::model::figures::Figure;

/// What is shown.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct FiguresProps {
    /// The figures, in order.
    pub figures: Vec<Figure>,
}

/// The figures.
#[component]
pub fn Figures(props: &FiguresProps) -> Html {
    let one = |figure: &Figure| {
        html! {
            <div title={figure.meaning}>
                <dt>{ figure.label }</dt>
                <dd>{ &figure.value }</dd>
            </div>
        }
    };
    html! {
        <section class="card figures" aria-label="Figures"><dl>{ for props.figures.iter().map(one) }</dl></section>
    }
}
