//! The code panel: the real source of the running server.

use loopscope_shared::servers::Program;
use yew::prelude::*;

/// What the code panel shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct CodeProps {
    /// The program whose source is shown.
    pub program: Program,
}

/// The code panel.
#[component]
pub fn Code(props: &CodeProps) -> Html {
    let lines = props.program.source().text.lines().enumerate();
    html! {
        <div class="code">
            { for lines.map(|(index, text)| html! {
                <div class="code-line" data-line={(index + 1).to_string()}>{ text }</div>
            }) }
        </div>
    }
}
