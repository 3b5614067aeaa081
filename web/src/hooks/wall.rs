//! Draws the wall: a cell for each descriptor upon a canvas. Only cells that have changed are drawn again, so
//! that ten thousand of them cost a frame little.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_events::EventListener;
use gloo_render::{AnimationFrame, request_animation_frame};
use gloo_utils::window;
use loopscope_shared::kernel::FD_SETSIZE;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement};
use yew::prelude::*;

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

/// From this size on a cell has room for an outline, in pixels.
const OUTLINED_FROM: f64 = 4.0;

/// What is on the canvas.
#[derive(Default)]
struct Painter {
    surface: Option<Surface>,
    drawn: Vec<Cell>,
    frame: Option<AnimationFrame>,
    /// The cells that were asked when it was swept last.
    asked: Vec<bool>,
}

#[derive(Clone, Debug, PartialEq)]
struct Surface {
    size: (f64, f64),
    ratio: f64,
    layout: Layout,
    colours: Vec<String>,
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
            move || painter.borrow_mut().paint(&canvas, &latest.borrow(), usize::MAX)
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
        let context = canvas.get_context("2d").ok().flatten();
        let Some(context) = context.and_then(|it| it.dyn_into::<CanvasRenderingContext2d>().ok()) else {
            return;
        };
        let Some(surface) = Surface::of(&canvas, wall) else { return };
        if self.surface.as_ref() != Some(&surface) {
            canvas.set_width((surface.size.0 * surface.ratio) as u32);
            canvas.set_height((surface.size.1 * surface.ratio) as u32);
            // Sizing a canvas has made it empty. It cannot fail: the scale is a number.
            let _ = context.scale(surface.ratio, surface.ratio);
            self.drawn.clear();
            self.surface = Some(surface.clone());
        }
        let cells = wall.cells();
        self.drawn.resize(cells.len().max(self.drawn.len()), Cell::default());
        let mut painted = 0u32;
        for place in 0..self.drawn.len() {
            let cell = cells.get(place).copied().unwrap_or_default();
            let cell = if place < swept { cell } else { cell.without(Cell::ASKED) };
            if self.drawn[place] != cell {
                self.drawn[place] = cell;
                surface.draw(&context, place, cell);
                painted += 1;
            }
        }
        if painted > 0 {
            surface.limit(&context, wall.rows());
        }
        // For tests and measurements: how much of it was drawn again.
        let _ = canvas.set_attribute("data-painted", &painted.to_string());
    }
}

impl Surface {
    fn of(canvas: &HtmlCanvasElement, wall: &Wall) -> Option<Self> {
        let size = (f64::from(canvas.client_width()), f64::from(canvas.client_height()));
        if size.0 < 1.0 || size.1 < 1.0 {
            return None;
        }
        let frame = canvas.parent_element()?;
        let colour = |element: &Element| {
            let style = window().get_computed_style(element).ok().flatten()?;
            style.get_property_value("color").ok()
        };
        let key = |class: &str| {
            let key = frame.query_selector(&format!(".wall-key.{class} i")).ok().flatten()?;
            colour(&key)
        };
        let colours: Option<Vec<String>> = PALETTE.iter().map(|(_, class, _)| key(class)).collect();
        Some(Self {
            size,
            ratio: window().device_pixel_ratio().max(1.0),
            layout: Layout::of(wall.rows(), size.0, size.1),
            colours: colours?,
            chosen: colour(canvas)?,
        })
    }

    fn colour(&self, flag: Cell) -> &str {
        let place = PALETTE.iter().position(|(each, ..)| *each == flag);
        place.map_or("", |place| &self.colours[place])
    }

    fn draw(&self, to: &CanvasRenderingContext2d, place: usize, cell: Cell) {
        let Layout { across, down, .. } = self.layout;
        let (x, y) = self.layout.at(place);
        to.clear_rect(x, y, across, down);
        if !cell.is(Cell::OPEN) {
            return;
        }
        // The gap between cells is a part of them while they are large.
        let gap = if across.min(down) >= OUTLINED_FROM { 1.0 } else { 0.4 };
        let (wide, high) = (across - gap, down - gap);
        let fill = |flag: Cell, from: f64| {
            to.set_fill_style_str(self.colour(flag));
            to.fill_rect(x, y + high * from, wide, high * (1.0 - from));
        };
        fill(if cell.is(Cell::ASKED) { Cell::ASKED } else { Cell::OPEN }, 0.0);
        if cell.is(Cell::WATCHED) {
            to.set_stroke_style_str(self.colour(Cell::WATCHED));
            to.set_line_width(if wide >= OUTLINED_FROM { 1.0 } else { 0.5 });
            to.stroke_rect(x + 0.5, y + 0.5, wide - 1.0, high - 1.0);
        }
        if cell.is(Cell::SENDING) {
            fill(Cell::SENDING, 0.6);
        }
        if cell.is(Cell::WAITS) || (cell.is(Cell::READABLE) && !cell.is(Cell::LISTENS)) {
            fill(Cell::WAITS, 0.25);
        }
        if cell.is(Cell::LISTENS) {
            self.listener(to, (x + wide / 2.0, y + high / 2.0), wide.min(high) / 2.0, cell);
        }
        if cell.is(Cell::STRANDED) {
            self.hatch(to, (x, y), (wide, high));
        }
        if cell.is(Cell::LISTED) {
            to.set_fill_style_str(self.colour(Cell::LISTED));
            to.begin_path();
            to.move_to(x + wide, y);
            to.line_to(x + wide * 0.35, y);
            to.line_to(x + wide, y + high * 0.65);
            to.fill();
        }
        if cell.is(Cell::CHOSEN) || cell.is(Cell::TOUCHED) {
            to.set_stroke_style_str(&self.chosen);
            to.set_line_width(if cell.is(Cell::CHOSEN) { 2.0 } else { 1.0 });
            to.stroke_rect(x + 0.5, y + 0.5, wide - 1.0, high - 1.0);
        }
    }

    fn listener(&self, to: &CanvasRenderingContext2d, at: (f64, f64), radius: f64, cell: Cell) {
        let flag = if cell.is(Cell::READABLE) { Cell::WAITS } else { Cell::WATCHED };
        to.set_fill_style_str(self.colour(flag));
        to.begin_path();
        // It cannot fail: the radius is not negative.
        let _ = to.arc(at.0, at.1, radius.max(0.5), 0.0, std::f64::consts::TAU);
        to.fill();
    }

    fn hatch(&self, to: &CanvasRenderingContext2d, (x, y): (f64, f64), (wide, high): (f64, f64)) {
        to.set_stroke_style_str(self.colour(Cell::STRANDED));
        to.set_line_width(1.0);
        to.begin_path();
        for part in [0.5, 1.0] {
            to.move_to(x, y + high * part);
            to.line_to(x + wide * part, y);
        }
        to.move_to(x + wide * 0.5, y + high);
        to.line_to(x + wide, y + high * 0.5);
        to.stroke();
    }

    /// The heavy line below the last number that the sets of `select` have room for.
    fn limit(&self, to: &CanvasRenderingContext2d, rows: usize) {
        let last = FD_SETSIZE / WORD;
        if rows <= last {
            return;
        }
        let (left, top) = self.layout.at((last - 1) * WORD);
        let below = top + self.layout.down;
        to.set_fill_style_str(&self.chosen);
        to.fill_rect(left, below - 1.0, self.layout.across * WORD as f64, 2.0);
    }
}
