//! The width of an element, in pixels, also after the window has changed.

use gloo_events::EventListener;
use gloo_utils::window;
use web_sys::Element;
use yew::prelude::*;

/// The width of the element; `usual` before it is there.
#[hook]
pub fn use_width(element: &NodeRef, usual: f64) -> f64 {
    let width = use_state_eq(|| usual);
    let (element, set) = (element.clone(), width.setter());
    use_effect_with((), move |()| {
        let measure = move || {
            if let Some(element) = element.cast::<Element>() {
                set.set(f64::from(element.client_width()).max(1.0));
            }
        };
        measure();
        let listener = EventListener::new(&window(), "resize", move |_| measure());
        move || drop(listener)
    });
    *width
}
