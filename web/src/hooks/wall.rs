//! Keeps the canvas of the wall as the wall is. Only cells that have changed are drawn again.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_events::EventListener;
use gloo_render::{AnimationFrame, request_animation_frame};
use gloo_utils::{document, window};
use loopscope_shared::kernel::FD_SETSIZE;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement, ImageData};
use yew::prelude::*;

use crate::canvas::cells::{Bitmap, Inks, Rgba};
use crate::hooks::prefers_stillness;
use crate::messages as m;
use crate::model::stage::{Cell, Layout, WORD, Wall};

/// What is told of a cell, with the class of its key in the document, whose colour it has, and its name.
pub type Key = (Cell, &'static str, fn() -> &'static str);

/// The keys to the wall.
pub const PALETTE: [Key; 7] = [
    (Cell::OPEN, "open", m::stage_key_open),
    (Cell::WATCHED, "watched", m::stage_key_watched),
    (Cell::ASKED, "asked", m::stage_key_asked),
    (Cell::WAITS, "waits", m::stage_key_waits),
    (Cell::SENDING, "sending", m::stage_key_sending),
    (Cell::LISTED, "listed", m::stage_key_listed),
    (Cell::STRANDED, "stranded", m::stage_key_stranded),
];

/// How long the kernel is seen to go through all cells, in milliseconds.
const SWEEP_MS: f64 = 450.0;

/// What is on the canvas.
#[derive(Default)]
struct Painter {
    surface: Option<Surface>,
    /// The colours of the bitmap, and that of the heavy line as a canvas takes it: each look makes the browser
    /// compute the style anew.
    inks: Option<(Inks, String)>,
    frame: Option<AnimationFrame>,
    /// The cells that were asked when it was swept last.
    asked: Vec<bool>,
}

/// What the canvas was made for, and its pixels.
struct Surface {
    size: (f64, f64),
    ratio: f64,
    rows: usize,
    bitmap: Bitmap,
    /// The colour of the heavy line.
    chosen: String,
}

/// Keeps a canvas as the wall says. While the kernel goes through all that are asked (`sweeps`), that is seen to
/// happen one after the other.
#[hook]
pub fn use_wall(canvas: &NodeRef, wall: &Rc<Wall>, sweeps: bool) {
    let painter = use_mut_ref(Painter::default);
    let latest = use_mut_ref(|| wall.clone());
    latest.replace(wall.clone());
    {
        let (canvas, painter) = (canvas.clone(), painter.clone());
        use_effect_with((wall.clone(), sweeps), move |(wall, sweeps)| {
            painter.borrow_mut().frame = None;
            let asked: Vec<bool> = wall.cells().iter().map(|cell| cell.is(Cell::ASKED)).collect();
            // The same question is gone through once: choosing a cell asks nothing.
            let is_new = painter.borrow().asked != asked;
            painter.borrow_mut().asked = asked;
            match *sweeps && is_new && !prefers_stillness() {
                true => sweep(&canvas, &painter, wall, None),
                false => painter.borrow_mut().paint(&canvas, wall, usize::MAX),
            }
        });
    }
    let canvas = canvas.clone();
    use_effect_with((), move |()| {
        let again = {
            let (canvas, painter) = (canvas.clone(), painter.clone());
            move || {
                // The colours may be others now.
                {
                    let mut painter = painter.borrow_mut();
                    (painter.surface, painter.inks) = (None, None);
                }
                painter.borrow_mut().paint(&canvas, &latest.borrow(), usize::MAX);
            }
        };
        let resized = EventListener::new(&window(), "resize", {
            let again = again.clone();
            move |_| again()
        });
        // The colour of the canvas changes with the theme, by a transition, of which this tells.
        let themed = canvas
            .cast::<Element>()
            .map(|canvas| EventListener::new(&canvas, "transitionend", move |_| again()));
        move || drop((resized, themed))
    });
}

/// Draws one more part of the cells that are asked, and the rest in the frames that follow.
fn sweep(canvas: &NodeRef, painter: &Rc<RefCell<Painter>>, wall: &Rc<Wall>, began_ms: Option<f64>) {
    let (again, next, wall) = (Rc::downgrade(painter), canvas.clone(), wall.clone());
    let frame = request_animation_frame(move |now_ms| {
        let Some(painter) = again.upgrade() else { return };
        let began_ms = began_ms.unwrap_or(now_ms);
        let part = ((now_ms - began_ms) / SWEEP_MS).min(1.0);
        let swept = (wall.cells().len() as f64 * part) as usize;
        painter.borrow_mut().paint(&next, &wall, swept);
        if part < 1.0 {
            sweep(&next, &painter, &wall, Some(began_ms));
        }
    });
    painter.borrow_mut().frame = Some(frame);
}

impl Painter {
    /// Draws what has changed. Cells from `swept` on are not yet asked.
    fn paint(&mut self, canvas: &NodeRef, wall: &Wall, swept: usize) {
        let Some(canvas) = canvas.cast::<HtmlCanvasElement>() else { return };
        let size = (f64::from(canvas.client_width()), f64::from(canvas.client_height()));
        let Some(context) = context(&canvas).filter(|_| size.0 >= 1.0 && size.1 >= 1.0) else { return };
        let ratio = window().device_pixel_ratio().max(1.0);
        let of = (size, ratio, wall.rows());
        if self.surface.as_ref().is_none_or(|surface| (surface.size, surface.ratio, surface.rows) != of) {
            self.inks = self.inks.take().or_else(|| inks(&canvas));
            self.surface = self.inks.clone().map(|inks| Surface::new(&canvas, of, inks));
        }
        let Some(surface) = &mut self.surface else { return };
        let painted = surface.paint(&context, wall, swept);
        // For tests and measurements: how much of it was drawn again.
        let _ = canvas.set_attribute("data-painted", &painted.to_string());
    }
}

fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}

/// The colours of the keys to the wall, and of its canvas.
fn inks(canvas: &HtmlCanvasElement) -> Option<(Inks, String)> {
    let frame = canvas.parent_element()?;
    let colour = |element: &Element| {
        let style = window().get_computed_style(element).ok().flatten()?;
        style.get_property_value("color").ok()
    };
    let flags = PALETTE.iter().map(|(flag, class, _)| {
        let key = frame.query_selector(&format!(".wall-key.{class} i")).ok().flatten()?;
        Some((*flag, ink(&colour(&key)?)?))
    });
    let chosen = colour(canvas)?;
    Some((Inks { flags: flags.collect::<Option<_>>()?, chosen: ink(&chosen)? }, chosen))
}

impl Surface {
    fn new(
        canvas: &HtmlCanvasElement,
        (size, ratio, rows): ((f64, f64), f64, usize),
        (inks, chosen): (Inks, String),
    ) -> Self {
        let bitmap = Bitmap::new(size, ratio, Layout::of(rows, size.0, size.1), inks);
        // Sizing a canvas makes it empty.
        canvas.set_width(bitmap.size.0 as u32);
        canvas.set_height(bitmap.size.1 as u32);
        Self { size, ratio, rows, bitmap, chosen }
    }

    /// Hands the areas that have changed to the canvas. How many cells have.
    fn paint(&mut self, on: &CanvasRenderingContext2d, wall: &Wall, swept: usize) -> u32 {
        let (painted, areas) = self.bitmap.paint(wall.cells(), swept);
        if painted == 0 {
            return 0;
        }
        let (width, height) = self.bitmap.size;
        let pixels = Clamped(self.bitmap.pixels.as_slice());
        let Ok(image) = ImageData::new_with_u8_clamped_array_and_sh(pixels, width as u32, height as u32)
        else {
            return 0;
        };
        for (left, top, width, height) in areas {
            let [left, top, width, height] = [left, top, width, height].map(|pixels| pixels as f64);
            // It cannot fail: the numbers are numbers, and the image has its pixels.
            let _ = on.put_image_data_with_dirty_x_and_dirty_y_and_dirty_width_and_dirty_height(
                &image, 0.0, 0.0, left, top, width, height,
            );
        }
        self.limit(on);
        painted
    }

    /// The heavy line below the last number that the sets of `select` have room for.
    fn limit(&self, on: &CanvasRenderingContext2d) {
        let last = FD_SETSIZE / WORD;
        if self.rows > last {
            let (left, top, _, height) = self.bitmap.area((last - 1) * WORD);
            let (end, _, width, _) = self.bitmap.area(last * WORD - 1);
            on.set_fill_style_str(&self.chosen);
            let (below, wide) = ((top + height) as f64, (end + width - left) as f64);
            on.fill_rect(left as f64, below - self.ratio, wide, 2.0 * self.ratio);
        }
    }
}

/// A colour as numbers: what a canvas makes of it.
fn ink(colour: &str) -> Option<Rgba> {
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(1);
    canvas.set_height(1);
    let on = context(&canvas)?;
    on.set_fill_style_str(colour);
    on.fill_rect(0.0, 0.0, 1.0, 1.0);
    let data = on.get_image_data(0.0, 0.0, 1.0, 1.0).ok()?.data();
    data.get(..4)?.try_into().ok()
}
