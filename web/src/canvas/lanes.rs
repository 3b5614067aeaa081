//! Painting the lanes. Each kind of stretch has a shape as well as a colour: nothing is told by colour alone.

use std::f64::consts::TAU;
use std::ops::Range;
use std::rc::Rc;

use gloo_utils::{document, window};
use loopscope_shared::time::Nanos;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::canvas::{Colours, cleared};
use crate::model::lanes::{Arrow, Bar, Kind, LaneKey, Picture, Row, Strip};
use crate::model::text::mark;
use crate::model::window::Window;
use crate::store::Theme;

/// Above the lanes there is the scale. The style sheet says the same.
pub const SCALE_PX: f64 = 18.0;

/// The upper strip of a task's lane has its calls, and is so high.
pub const CALLS_PX: f64 = 16.0;

/// A strip is so high, with a little room around it.
const STRIP_PX: f64 = 13.0;

/// The marks of the scale are at least so far from each other, and there are no more than so many.
const MARK_PX: f64 = 110.0;
const MARKS_MAX: f64 = 8.0;

/// What is written at a mark takes so much room; where there is less, it is left out.
const LABEL_PX: f64 = 60.0;

/// All that is painted.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The lanes that are seen.
    pub picture: Rc<Picture>,
    /// Width and height of the canvas.
    pub size: (f64, f64),
    /// How far the lanes are scrolled.
    pub scroll: f64,
    /// The stretch of time.
    pub window: Window,
    /// The instant of the cursor.
    pub now: Nanos,
    /// From where to where the chosen lane goes, below the top of the first.
    pub selected: Option<Range<f64>>,
    /// The chosen stretch of time.
    pub span: Option<Window>,
    /// The reader's marks.
    pub marks: Vec<Nanos>,
    /// What the search has found.
    pub hits: Vec<Nanos>,
    /// The colours.
    pub theme: Theme,
}

impl PartialEq for Scene {
    fn eq(&self, other: &Self) -> bool {
        self.now == other.now && self.is_still(other)
    }
}

impl Scene {
    /// Whether it is the same but for the cursor. A picture is made once for each stretch of time, so it is the same
    /// only if it is the very same.
    fn is_still(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.picture, &other.picture)
            && (self.size, self.scroll, self.window) == (other.size, other.scroll, other.window)
            && (&self.selected, self.span, self.theme) == (&other.selected, other.span, other.theme)
            && (&self.marks, &self.hits) == (&other.marks, &other.hits)
    }
}

/// A scene without its cursor, as pixels: a step moves nothing else, and there may be thousands of shapes.
#[derive(Debug, Default)]
pub struct Still {
    /// What is on the canvas, in which colours and how sharp.
    of: Option<(Scene, Colours, f64)>,
    canvas: Option<HtmlCanvasElement>,
}

/// Who paints: where, and in which colours.
struct Painter<'a> {
    on: CanvasRenderingContext2d,
    colours: Colours,
    scene: &'a Scene,
}

/// Paints a scene: the still of it, which is made anew if it is of another one, and the cursor.
pub fn paint(canvas: &HtmlCanvasElement, scene: &Scene, still: &mut Still) {
    let (width, height) = scene.size;
    let (colours, ratio) = (Colours::at(canvas), window().device_pixel_ratio());
    let known = still.of.as_ref();
    if !known.is_some_and(|(of, in_, at)| of.is_still(scene) && (in_, *at) == (&colours, ratio)) {
        let made = || document().create_element("canvas").ok()?.dyn_into::<HtmlCanvasElement>().ok();
        let Some(below) = still.canvas.take().or_else(made) else { return };
        let Some(on) = cleared(&below, width, height) else { return };
        paint_still(&Painter { on, colours: colours.clone(), scene });
        *still = Still { of: Some((scene.clone(), colours.clone(), ratio)), canvas: Some(below) };
    }
    let Some((on, below)) = cleared(canvas, width, height).zip(still.canvas.as_ref()) else { return };
    // A canvas without any room cannot be copied, and shows nothing.
    let _ = on.draw_image_with_html_canvas_element_and_dw_and_dh(below, 0.0, 0.0, width, height);
    Painter { on, colours, scene }.cursor();
}

/// Paints all but the cursor.
fn paint_still(painter: &Painter<'_>) {
    let scene = painter.scene;
    let (width, height) = scene.size;
    painter.scale();
    painter.on.save();
    painter.on.begin_path();
    painter.on.rect(0.0, SCALE_PX, width, height - SCALE_PX);
    painter.on.clip();
    // From here on the lanes' own measure holds: zero is the top of the first.
    if painter.on.translate(0.0, SCALE_PX - scene.scroll).is_ok() {
        painter.chosen_lane();
        scene.picture.rows.iter().for_each(|row| painter.row(row));
        scene.picture.arrows.iter().for_each(|arrow| painter.arrow(arrow));
    }
    painter.on.restore();
    painter.chosen_span();
    painter.flags();
}

impl Painter<'_> {
    fn x(&self, at: Nanos) -> f64 {
        self.scene.window.part(at) * self.scene.size.0
    }

    fn fill(&self, colour: &str, alpha: f64, (x, y, width, height): (f64, f64, f64, f64)) {
        self.on.set_global_alpha(alpha);
        self.on.set_fill_style_str(colour);
        self.on.fill_rect(x, y, width, height);
        self.on.set_global_alpha(1.0);
    }

    fn line(&self, colour: &str, width: f64, from: (f64, f64), to: (f64, f64)) {
        self.on.set_stroke_style_str(colour);
        self.on.set_line_width(width);
        self.on.begin_path();
        self.on.move_to(from.0, from.1);
        self.on.line_to(to.0, to.1);
        self.on.stroke();
    }

    fn write(&self, text: &str, colour: &str, x: f64, y: f64) {
        self.on.set_fill_style_str(colour);
        // A text that cannot be drawn is no reason to stop.
        let _ = self.on.fill_text(text, x, y);
    }

    fn scale(&self) {
        let (width, height) = self.scene.size;
        let most = (width / MARK_PX).floor().clamp(1.0, MARKS_MAX) as u64;
        let (step, marks) = self.scene.window.marks(most);
        self.on.set_font("10.5px system-ui, sans-serif");
        for at in marks {
            let x = self.x(at);
            self.line(&self.colours.edge, 0.6, (x, SCALE_PX - 4.0), (x, height));
            if x + LABEL_PX < width {
                self.write(&mark(at, step), &self.colours.mut_, x + 3.0, 12.0);
            }
        }
    }

    fn chosen_lane(&self) {
        if let Some(chosen) = &self.scene.selected {
            let height = chosen.end - chosen.start;
            self.fill(&self.colours.now, 1.0, (0.0, chosen.start, self.scene.size.0, height));
        }
    }

    fn row(&self, row: &Row) {
        let states = if matches!(row.key, LaneKey::Task(_)) { row.top + CALLS_PX } else { row.top };
        self.on.set_font("10px ui-monospace, monospace");
        for bar in &row.bars {
            match bar.strip {
                Strip::Calls => self.call(bar, row.top + 2.0),
                Strip::States => self.state(bar, states + 2.0),
            }
        }
    }

    /// A call is a box; one that failed has a bar at its foot.
    fn call(&self, bar: &Bar, top: f64) {
        let failed = bar.kind == Kind::Full;
        let colour = if failed { &self.colours.bad } else { &self.colours.rd };
        if bar.count > 1 || bar.width < 3.0 {
            self.fill(colour, if bar.count > 1 { 0.55 } else { 0.9 }, (bar.x, top, bar.width, STRIP_PX));
        } else {
            self.fill(&self.colours.card, 1.0, (bar.x, top, bar.width, STRIP_PX));
            self.on.set_stroke_style_str(colour);
            self.on.set_line_width(1.0);
            self.on.stroke_rect(bar.x + 0.5, top + 0.5, bar.width - 1.0, STRIP_PX - 1.0);
        }
        if failed {
            self.fill(colour, 1.0, (bar.x, top + STRIP_PX - 3.0, bar.width, 3.0));
        }
        if !bar.label.is_empty() {
            self.write(&bar.label, &self.colours.fg, bar.x + 4.0, top + 10.0);
        }
    }

    /// The fuller the box, the more there is to be done: a thin line is rest.
    fn state(&self, bar: &Bar, top: f64) {
        let c = &self.colours;
        let (colour, alpha, from, part) = match bar.kind {
            Kind::Running => (&c.rd, 0.8, 0.0, 1.0),
            Kind::Runnable => (&c.wait, 0.9, 0.0, 0.5),
            Kind::Blocked | Kind::Idle => (&c.edge_strong, 0.7, 0.42, 0.16),
            Kind::Waiting => (&c.rd, 0.55, 0.0, 1.0),
            Kind::Leaving => (&c.wr, 0.65, 0.5, 0.5),
            Kind::Full => (&c.bad, 0.65, 0.0, 1.0),
        };
        let high = STRIP_PX - 2.0;
        self.fill(colour, alpha, (bar.x, top + from * high, bar.width, part * high));
        if bar.kind == Kind::Full {
            self.hatch(bar.x, top, bar.width, high);
        }
        if bar.count > 1 {
            // More than can be told apart: a foot says so.
            self.fill(&c.fg, 0.6, (bar.x, top + high, bar.width, 1.5));
        }
        if !bar.label.is_empty() {
            let colour = if bar.kind == Kind::Running { &c.card } else { &c.fg };
            let above = matches!(bar.kind, Kind::Blocked | Kind::Idle);
            let width = self.on.measure_text(&bar.label).map_or(0.0, |size| size.width());
            if above {
                self.fill(&c.card, 1.0, (bar.x + 2.0, top, width + 4.0, high));
            }
            self.write(&bar.label, if above { &c.mut_ } else { colour }, bar.x + 4.0, top + 9.0);
        }
    }

    fn hatch(&self, x: f64, top: f64, width: f64, height: f64) {
        let mut at = x;
        while at < x + width {
            let end = (at + height).min(x + width);
            self.line(&self.colours.card, 1.0, (at, top + height), (end, top + height - (end - at)));
            at += 5.0;
        }
    }

    fn arrow(&self, arrow: &Arrow) {
        let (x, y) = arrow.to;
        if let Some((x0, y0)) = arrow.from {
            let bend = (y0 + y) / 2.0;
            self.on.set_stroke_style_str(&self.colours.fg);
            self.on.set_global_alpha(0.65);
            self.on.set_line_width(1.2);
            self.on.begin_path();
            self.on.move_to(x0, y0);
            self.on.bezier_curve_to(x0, bend, x, bend, x, y + 4.0);
            self.on.stroke();
        }
        self.on.set_fill_style_str(&self.colours.fg);
        self.on.begin_path();
        let up = arrow.from.is_none_or(|(_, y0)| y0 > y);
        let foot = if up { y + 6.0 } else { y - 6.0 };
        self.on.move_to(x, y);
        self.on.line_to(x - 3.0, foot);
        self.on.line_to(x + 3.0, foot);
        self.on.fill();
        self.on.set_global_alpha(1.0);
    }

    fn chosen_span(&self) {
        let Some(span) = self.scene.span else { return };
        let (width, height) = self.scene.size;
        let (from, to) = (self.x(span.start).clamp(0.0, width), self.x(span.end()).clamp(0.0, width));
        self.fill(&self.colours.acc, 0.13, (from, 0.0, to - from, height));
        self.line(&self.colours.acc, 1.0, (from, 0.0), (from, height));
        self.line(&self.colours.acc, 1.0, (to, 0.0), (to, height));
    }

    /// Marks are flags, hits are dots.
    fn flags(&self) {
        for at in self.scene.hits.iter().filter(|at| self.scene.window.holds(**at)) {
            self.on.set_fill_style_str(&self.colours.wr);
            self.on.begin_path();
            // A dot that cannot be drawn is no reason to stop.
            let _ = self.on.arc(self.x(*at), SCALE_PX - 3.0, 2.5, 0.0, TAU);
            self.on.fill();
        }
        for at in self.scene.marks.iter().filter(|at| self.scene.window.holds(**at)) {
            let x = self.x(*at);
            self.line(&self.colours.wait, 1.2, (x, 0.0), (x, self.scene.size.1));
            self.fill(&self.colours.wait, 1.0, (x, 0.0, 8.0, 6.0));
        }
    }

    fn cursor(&self) {
        if self.scene.window.holds(self.scene.now) {
            let x = self.x(self.scene.now);
            self.line(&self.colours.acc, 2.0, (x, 2.0), (x, self.scene.size.1));
        }
    }
}
