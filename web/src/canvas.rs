//! Drawing on a canvas: at the pixels that the screen has, in the colours that the page has.

pub mod cells;
pub mod lanes;

use std::cell::RefCell;

use gloo_utils::{document_element, window};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// The colours of the page (`styles/tokens.css`) as a canvas takes them. A canvas cannot look up `var(…)`, nor choose
/// between light and dark.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named as the token that it is the colour of")]
pub struct Colours {
    pub bg: String,
    pub fg: String,
    pub mut_: String,
    pub card: String,
    pub edge: String,
    pub edge_strong: String,
    pub rd: String,
    pub wr: String,
    pub bad: String,
    pub wait: String,
    pub now: String,
    pub acc: String,
}

thread_local! {
    /// What was looked up last, and for which theme: each look makes the browser compute the style anew.
    static LOOKED_UP: RefCell<(String, Colours)> = RefCell::default();
}

impl Colours {
    /// The colours of now, as they are at this element.
    pub fn at(canvas: &HtmlCanvasElement) -> Self {
        let theme = theme();
        LOOKED_UP.with_borrow_mut(|(of, colours)| {
            if *of != theme || colours.fg.is_empty() {
                *colours = Self::look_up(canvas);
                *of = theme;
            }
            colours.clone()
        })
    }

    fn look_up(canvas: &HtmlCanvasElement) -> Self {
        let look = |token: &str| {
            // It cannot fail: the name and the value are valid ones.
            let _ = canvas.style().set_property("color", &format!("var(--{token})"));
            let style = window().get_computed_style(canvas).ok().flatten();
            style.and_then(|style| style.get_property_value("color").ok()).unwrap_or_default()
        };
        Self {
            bg: look("bg"),
            fg: look("fg"),
            mut_: look("mut"),
            card: look("card"),
            edge: look("edge"),
            edge_strong: look("edge-strong"),
            rd: look("rd"),
            wr: look("wr"),
            bad: look("bad"),
            wait: look("wait"),
            now: look("now"),
            acc: look("acc"),
        }
    }
}

/// Which colours are meant: the reader's choice, and what the system prefers where there is none.
fn theme() -> String {
    let chosen = document_element().get_attribute("data-theme").unwrap_or_default();
    let dark = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
    format!("{chosen} {}", dark.is_some_and(|query| query.matches()))
}

/// Makes a canvas so large, in the pixels of the page, and empties it. What is drawn is measured in those pixels,
/// and is as sharp as the screen. `None` where the browser has no canvas.
pub fn cleared(canvas: &HtmlCanvasElement, width: f64, height: f64) -> Option<CanvasRenderingContext2d> {
    let context = canvas.get_context("2d").ok().flatten()?.dyn_into::<CanvasRenderingContext2d>().ok()?;
    let ratio = window().device_pixel_ratio().clamp(1.0, 4.0);
    let (wide, high) = ((width * ratio).round() as u32, (height * ratio).round() as u32);
    if (canvas.width(), canvas.height()) != (wide, high) {
        canvas.set_width(wide);
        canvas.set_height(high);
        // They cannot fail: the names and the values are valid ones.
        let _ = canvas.style().set_property("width", &format!("{width}px"));
        let _ = canvas.style().set_property("height", &format!("{height}px"));
    }
    context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0).ok()?;
    context.clear_rect(0.0, 0.0, width, height);
    Some(context)
}
