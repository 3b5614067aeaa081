//! The wheel with Ctrl held: zoom of an element instead of the page.

use gloo_events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use web_sys::{Element, WheelEvent};
use yew::prelude::*;

/// Gives each turn of the wheel with Ctrl held to `zoom`: where it was, in pixels from the left, and whether it
/// is closer. Yew's own listeners cannot keep the browser from zooming the page.
#[hook]
pub fn use_wheel(element: &NodeRef, zoom: Callback<(f64, bool)>) {
    let latest = use_mut_ref(|| zoom.clone());
    latest.replace(zoom);
    let element = element.clone();
    use_effect_with((), move |()| {
        let listener = element.cast::<Element>().map(|element| {
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&element.clone(), "wheel", options, move |event| {
                let Some(event) = event.dyn_ref::<WheelEvent>().filter(|event| event.ctrl_key()) else {
                    return;
                };
                event.prevent_default();
                let x = f64::from(event.client_x()) - element.get_bounding_client_rect().left();
                let zoom = latest.borrow().clone();
                zoom.emit((x, event.delta_y() < 0.0));
            })
        });
        move || drop(listener)
    });
}
