//! Files that come to the page: dropped on it, or named by its address.

use gloo_events::{EventListener, EventListenerOptions};
use gloo_utils::document;
use wasm_bindgen::JsCast;
use web_sys::{DragEvent, Event};
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::source::files;
use crate::store::{Action, State};

/// Opens what is dropped anywhere on the page, and what the address names.
#[hook]
pub fn use_files(state: &UseReducerHandle<State>, warn: &Callback<Option<String>>) {
    let dispatch = state.dispatcher();
    use_effect_with((), move |()| {
        // Without this the browser would leave the page and show the file itself.
        let options = EventListenerOptions::enable_prevent_default();
        let over = EventListener::new_with_options(&document(), "dragover", options, Event::prevent_default);
        let drop_ = EventListener::new_with_options(&document(), "drop", options, move |event| {
            event.prevent_default();
            let files =
                event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer).and_then(|data| data.files());
            if let Some(file) = files.and_then(|files| files.get(0)) {
                dispatch.dispatch(Action::OpenFile(Some(files::chosen(&file))));
            }
        });
        move || drop((over, drop_))
    });
    let (dispatch, warn) = (state.dispatcher(), warn.clone());
    use_effect_with(state.from.clone(), move |from| {
        if let Some(from) = from.clone() {
            spawn_local(async move {
                match files::fetched(&from).await {
                    Ok(file) => dispatch.dispatch(Action::OpenFile(Some(file))),
                    Err(why) => warn.emit(Some(why)),
                }
            });
        }
    });
}
