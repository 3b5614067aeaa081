//! The banner: what the reader must know, until it is put away.

use yew::prelude::*;

use crate::messages as m;
use crate::model::text::with_code;

/// What the banner says.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct BannerProps {
    /// The message; nothing is shown without one.
    pub text: Option<String>,
    /// The reader puts it away.
    pub on_close: Callback<()>,
}

/// The banner. Its place is always there, so that a message in it is announced.
#[component]
pub fn Banner(props: &BannerProps) -> Html {
    let close = props.on_close.reform(|_: MouseEvent| ());
    html! {
        <div id="banner" class={classes!("banner", props.text.is_none().then_some("empty"))} role="status">
            if let Some(text) = &props.text {
                <p>{ for with_code(text).into_iter().map(piece) }</p>
                <button class="quiet" onclick={close} aria-label={m::notice_close()}>{ "×" }</button>
            }
        </div>
    }
}

fn piece((code, text): (bool, &str)) -> Html {
    if code {
        html! { <code>{ text }</code> }
    } else {
        html! { { text } }
    }
}
