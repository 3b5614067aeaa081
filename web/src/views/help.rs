//! The help: what the page shows, and every command with its key.

use web_sys::HtmlElement;
use yew::prelude::*;

use crate::commands::COMMANDS;

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
        html! { <div><dt><kbd>{ entry.shown }</kbd></dt><dd>{ entry.what }</dd></div> }
    });
    html! {
        <dialog open=true class="help card" aria-labelledby="help-title">
            <div class="help-head">
                <h2 id="help-title">{ "Loopscope: what you see" }</h2>
                <button ref={close} class="pill square" aria-label="Close the help"
                    onclick={props.on_close.reform(|_: MouseEvent| ())}>{ "×" }</button>
            </div>
            <p>{ "One program, two kernels, one picture. The source that is shown is that of the server that runs: \
                  in Simulate on a simulated kernel in your browser, in Live as a native process on the real one." }</p>
            <p>{ "A thick line divides the stage: above it the program, below it the kernel. Everything that the \
                  server does is a crossing of that line, drawn at its true size. Readiness is a level in a \
                  tube, the notification is a token, the data is a third thing." }</p>
            <p>{ "The cursor is a number of events: so many have happened. Choose a descriptor to see all that \
                  is known of it. What was only sampled or inferred is said to be so." }</p>
            <h2>{ "Keys" }</h2>
            <dl>{ for rows }</dl>
        </dialog>
    }
}
