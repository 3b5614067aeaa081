//! Things that fly over the stage when an event has moved them: letters between client, tube and program, tokens
//! up to the answer, bits down to the kernel.
//!
//! They are elements of their own above the page, moved by the browser's own animations, which keep to the rate
//! of the screen whatever else is done. The stage below shows already where they arrive.

use gloo_utils::document;
use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::hooks::prefers_stillness;
use crate::model::stage::{Flight, Look, Place, Spot};

/// How long one flight takes, in milliseconds: less than the time for which an event is shown at the speed at
/// which one can follow by eye would not be seen, more would be overtaken by what comes next.
const FLIGHT_MS: f64 = 340.0;

/// How long after each other two things of one flight begin, in milliseconds.
const BETWEEN_MS: f64 = 22.0;

/// Lets things fly over a stage once for each event (`seq`), if it is the one after the event that was shown
/// before: a step back, or a jump, moves nothing.
#[hook]
pub fn use_flights(stage: &NodeRef, seq: u64, flights: Vec<Flight>) {
    let before = use_mut_ref(|| seq);
    let stage = stage.clone();
    use_effect_with(seq, move |seq| {
        let is_next = *seq == before.replace(*seq) + 1;
        if let (true, false, Some(stage)) = (is_next, prefers_stillness(), stage.cast::<Element>()) {
            for flight in &flights {
                // A place that is not on the stage now lets nothing fly.
                let _ = fly(&stage, flight);
            }
        }
    });
}

fn fly(stage: &Element, flight: &Flight) -> Option<()> {
    let (from, to) = (middle(&spot(stage, &flight.from)?), middle(&spot(stage, &flight.to)?));
    let body = document().body()?;
    for (index, text) in flight.what.iter().enumerate() {
        let element = document().create_element("span").ok()?.dyn_into::<HtmlElement>().ok()?;
        element.set_class_name(class(flight.look));
        element.set_text_content(Some(text));
        // It says nothing that the stage does not say.
        element.set_attribute("aria-hidden", "true").ok()?;
        body.append_child(&element).ok()?;
        let spread = (index as f64 - (flight.what.len() as f64 - 1.0) / 2.0) * 9.0;
        let frames = Array::of3(
            &frame(from, 0.0, 0.55),
            &frame(((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0), spread, 1.0),
            &frame(to, spread * 0.4, 0.55),
        );
        let options = object(&[
            ("duration", FLIGHT_MS.into()),
            ("delay", (index as f64 * BETWEEN_MS).into()),
            ("easing", "cubic-bezier(0.3, 0, 0.3, 1)".into()),
        ]);
        // web-sys counts `Element.animate` among what is not settled yet.
        let animate = Reflect::get(&element, &"animate".into()).ok()?.dyn_into::<Function>().ok()?;
        let animation = animate.call2(&element, &frames, &options).ok()?;
        let end = Closure::once_into_js(move |_: JsValue| element.remove());
        Reflect::set(&animation, &"onfinish".into(), &end).ok()?;
    }
    Some(())
}

/// A frame of the way: where the middle of the element is, so far to the right of it.
fn frame((x, y): (f64, f64), right: f64, opacity: f64) -> Object {
    let way = format!("translate({:.1}px, {y:.1}px) translate(-50%, -50%)", x + right);
    object(&[("transform", way.into()), ("opacity", opacity.into())])
}

fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in fields {
        // It cannot fail: the object is new, and takes anything.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}

fn class(look: Look) -> &'static str {
    match look {
        Look::Data => "stage-flying data",
        Look::Token => "stage-flying notification",
        Look::Order => "stage-flying order",
    }
}

/// The element at a place of the stage.
fn spot(stage: &Element, spot: &Spot) -> Option<Element> {
    let find = |selector: &str| stage.query_selector(selector).ok().flatten();
    let card = |place: &Place| {
        find(&format!("[data-place='{place}']")).or_else(|| find(&format!("[data-fd='{}']", place.fd)))
    };
    match spot {
        Spot::Recv(place) => {
            find(&format!("[data-place='{place}'] [data-tube=recv]")).or_else(|| card(place))
        }
        Spot::Send(place) => {
            find(&format!("[data-place='{place}'] [data-tube=send]")).or_else(|| card(place))
        }
        Spot::Card(place) => card(place),
        Spot::Slot(place) => find(&format!("[data-slot='{place}']")).or_else(|| find(".stage-right")),
        Spot::Client(place) => find(&format!("[data-client='{place}']")).or_else(|| find(".stage-net")),
        Spot::Process(process) => find(&format!("[data-process='{process}']")),
        Spot::Slip => find("[data-place=slip]").or_else(|| find(".stage-gate.above")),
        Spot::Ready => find("[data-place=ready]").or_else(|| find(".stage-registry")),
        Spot::Scan => find("[data-place=scan]"),
        Spot::Asked => find(".stage-answer"),
    }
}

fn middle(element: &Element) -> (f64, f64) {
    let rect = element.get_bounding_client_rect();
    (rect.left() + rect.width() / 2.0, rect.top() + rect.height() / 2.0)
}
