//! The search box: what is searched for, and ways to the hits.

use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

use crate::commands::Command;
use crate::messages as m;
use crate::store::Action;

/// What the search box shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct SearchProps {
    /// What is searched for.
    pub text: String,
    /// What became of the last search, in words.
    pub found: String,
    /// The reader gives a command.
    pub on_command: Callback<Command>,
    /// The reader changes something.
    pub on_action: Callback<Action>,
}

/// The search box.
#[component]
pub fn Search(props: &SearchProps) -> Html {
    let field = use_node_ref();
    {
        let field = field.clone();
        use_effect_with((), move |()| {
            if let Some(field) = field.cast::<HtmlElement>() {
                // Focus is a convenience here: the field can be reached without.
                let _ = field.focus();
            }
        });
    }
    let typed = props.on_action.reform(|event: InputEvent| {
        let text = event.target_dyn_into::<HtmlInputElement>().map(|field| field.value());
        Action::Search(Some(text.unwrap_or_default()))
    });
    let entered = {
        let on_command = props.on_command.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" && !event.is_composing() {
                event.prevent_default();
                on_command.emit(if event.shift_key() { Command::PreviousHit } else { Command::NextHit });
            }
        })
    };
    let button = |id: &'static str, sign: &'static str, title: &'static str, command: Command| {
        let onclick = props.on_command.reform(move |_: MouseEvent| command);
        html! { <button {id} class="pill square" {title} aria-label={title} {onclick}>{ sign }</button> }
    };
    html! {
        <div class="search card" role="search">
            <input ref={field} id="search" type="text" autocomplete="off" spellcheck="false"
                aria-label={m::search()} placeholder={m::search_hint()} value={props.text.clone()}
                oninput={typed} onkeydown={entered} />
            { button("hit-back", "↑", m::search_previous(), Command::PreviousHit) }
            { button("hit-next", "↓", m::search_next(), Command::NextHit) }
            <output id="found" class="found" for="search">{ &props.found }</output>
            { button("search-close", "×", m::search_close(), Command::Search) }
        </div>
    }
}
