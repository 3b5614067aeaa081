//! The size of an element, in pixels, also after the window has changed.

use gloo_events::EventListener;
use gloo_utils::window;
use web_sys::Element;
use yew::prelude::*;

/// Width and height of the inside of the element; `usual` before it is there.
#[hook]
pub fn use_size(element: &NodeRef, usual: (f64, f64)) -> (f64, f64) {
    let size = use_state_eq(|| usual);
    let (element, set) = (element.clone(), size.setter());
    use_effect_with((), move |()| {
        let measure = move || {
            if let Some(element) = element.cast::<Element>() {
                let (width, height) = (element.client_width(), element.client_height());
                set.set((f64::from(width).max(1.0), f64::from(height).max(1.0)));
            }
        };
        measure();
        let listener = EventListener::new(&window(), "resize", move |_| measure());
        move || drop(listener)
    });
    *size
}

/// Its width alone.
#[hook]
pub fn use_width(element: &NodeRef, usual: f64) -> f64 {
    use_size(element, (usual, usual)).0
}
