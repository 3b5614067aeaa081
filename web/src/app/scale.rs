//! What lines cost against the number of connections: the points are computed in workers.

use web_sys::File;
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::browser;
use crate::hooks::Computing;
use crate::store::{Action, Scaling};
use crate::views::scale::Scale;

/// The costs that the reader wants to see, as far as they are known, while others are being computed.
pub(super) fn view(scaling: &Scaling, computing: &Computing, on_action: &Callback<Action>) -> Html {
    let on_start = {
        let (computing, scaling) = (computing.clone(), scaling.clone());
        Callback::from(move |()| computing.start(&scaling))
    };
    let on_stop = {
        let computing = computing.clone();
        Callback::from(move |()| computing.stop())
    };
    let on_scaling = {
        let (computing, on_action) = (computing.clone(), on_action.clone());
        let all_known = computing.results().missing(scaling).is_empty();
        Callback::from(move |scaling: Scaling| {
            // Who has not stopped it wants what is new, too; what is being computed is what was wanted before.
            if computing.is_running() || all_known {
                computing.start(&scaling);
            }
            on_action.emit(Action::SetScaling(scaling));
        })
    };
    let on_measured = {
        let computing = computing.clone();
        Callback::from(move |file: File| {
            let computing = computing.clone();
            spawn_local(
                async move { computing.lay_over(&browser::text_of(&file).await.unwrap_or_default()) },
            );
        })
    };
    let on_png = Callback::from(|(svg, width, height): (String, f64, f64)| {
        spawn_local(async move { browser::save_png(&svg, width, height, "loopscope-scale.png").await });
    });
    html! {
        <Scale scaling={scaling.clone()} results={computing.results()} running={computing.is_running()}
            failed={computing.has_failed()} refused={computing.refused()} {on_scaling} {on_measured} {on_start} {on_stop} {on_png} />
    }
}
