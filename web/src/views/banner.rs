//! The banner: what the reader must know, until it is put away.

use yew::prelude::*;

use crate::messages as m;
use crate::model::text::with_code;

/// The banner with its message, which the reader may put away; nothing is shown without one. Its place is always
/// there, so that a message in it is announced. Where it `floats`, it moves nothing of the page.
pub fn view(text: Option<&str>, floats: bool, on_close: &Callback<()>) -> Html {
    let close = on_close.reform(|_: MouseEvent| ());
    html! {
        <div id="banner" class={classes!("banner", text.is_none().then_some("empty"), floats.then_some("floats"))} role="status">
            if let Some(text) = text {
                <p>{ for with_code(text).into_iter().map(piece) }</p>
                <button class="quiet" onclick={close} aria-label={m::notice_close()}>{ "×" }</button>
            }
        </div>
    }
}

/// A piece of a text, which may be code.
pub(super) fn piece((code, text): (bool, &str)) -> Html {
    if code {
        html! { <code>{ text }</code> }
    } else {
        html! { { text } }
    }
}
