//! What stands where there is nothing to be seen yet: what this place is for.

use yew::prelude::*;

/// What is said there.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct PlaceProps {
    /// What it is.
    pub title: &'static str,
    /// What can be done, or why nothing can.
    pub text: &'static str,
}

/// The place.
#[component]
pub fn Place(props: &PlaceProps) -> Html {
    html! {
        <section class="card place" aria-label={props.title}>
            <h2>{ props.title }</h2>
            <p>{ props.text }</p>
        </section>
    }
}
