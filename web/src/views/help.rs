//! The help: what the page shows, and every command with its key.

use web_sys::HtmlElement;
use yew::prelude::*;

use crate::commands::COMMANDS;
use crate::messages as m;

/// What the help needs.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct HelpProps {
    /// The reader closes it.
    pub on_close: Callback<()>,
}

/// The help. It covers nothing that goes on, and is closed by its button or Esc.
#[component]
pub fn Help(props: &HelpProps) -> Html {
    let close = use_node_ref();
    {
        let close = close.clone();
        use_effect_with((), move |()| {
            if let Some(close) = close.cast::<HtmlElement>() {
                // Focus is a convenience here: the dialog can be reached without.
                let _ = close.focus();
            }
        });
    }
    let rows = COMMANDS.iter().map(|entry| {
        html! { <div><dt><kbd>{ entry.shown }</kbd></dt><dd>{ (entry.what)() }</dd></div> }
    });
    html! {
        <dialog open=true class="help card" aria-labelledby="help-title">
            <div class="help-head">
                <h2 id="help-title">{ m::help_title() }</h2>
                <button ref={close} class="pill square" aria-label={m::help_close()}
                    onclick={props.on_close.reform(|_: MouseEvent| ())}>{ "×" }</button>
            </div>
            <p>{ m::help_idea() }</p>
            <p>{ m::help_line() }</p>
            <p>{ m::help_cursor() }</p>
            <p>{ m::help_pointer() }</p>
            <h2>{ m::help_keys() }</h2>
            <dl>{ for rows }</dl>
        </dialog>
    }
}
