//! The banner: what the reader must know, until it is put away.

use yew::prelude::*;

use crate::messages as m;
use crate::model::text::with_code;

/// The banner with its message, which the reader may put away, and, while something is tried again in so many seconds,
/// the way to have that at once; nothing is shown without one. Its place is always
/// there, so that a message in it is announced. Where it `floats`, it moves nothing of the page.
pub fn view(
    text: Option<&str>,
    floats: bool,
    retry: Option<(u32, Callback<MouseEvent>)>,
    on_close: &Callback<()>,
) -> Html {
    let close = on_close.reform(|_: MouseEvent| ());
    html! {
        <div id="banner" class={classes!("banner", text.is_none().then_some("empty"), floats.then_some("floats"))} role="status">
            if let Some(text) = text {
                <p>{ for with_code(text).into_iter().map(piece) }</p>
                if let Some((seconds, onclick)) = retry {
                    // The seconds are not read out: that would be all that is heard.
                    <button id="retry" class="pill small" {onclick}>
                        { m::notice_retry() }<span aria-hidden="true">{ format!(" · {seconds} s") }</span>
                    </button>
                }
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
