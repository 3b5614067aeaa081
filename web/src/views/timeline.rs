//! The timeline: a lane a task, a lane a descriptor, arrows from causes to wake-ups.

use std::rc::Rc;

use loopscope_shared::ids::Fd;
use loopscope_shared::time::Nanos;
use web_sys::Element;
use yew::prelude::*;

use crate::hooks::{use_wheel, use_width};
use crate::model::lanes::{Arrow, Bar, Kind, Picture, Row};
use crate::model::text::mark;
use crate::model::window::Window;

/// Before the lanes stand their names, so wide.
const NAMES_PX: f64 = 118.0;

/// The lane of a task has its calls above its states; that of a descriptor is one.
const ROW_PX: f64 = 17.0;
const BAR_PX: f64 = 13.0;

/// Above the lanes there is the scale.
const SCALE_PX: f64 = 18.0;

/// The marks of the scale are at least so far from each other, and there are no more than so many.
const MARK_PX: f64 = 110.0;
const MARKS_MAX: f64 = 8.0;

/// What is written at a mark takes so much room; where there is less, it is left out.
const LABEL_PX: f64 = 60.0;

/// What the timeline shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct TimelineProps {
    /// Draws the lanes of a stretch of time at a width.
    pub draw: Draw,
    /// The stretch.
    pub window: Window,
    /// Where the cursor is.
    pub now: Nanos,
    /// The chosen descriptor.
    pub selected: Option<Fd>,
    /// The reader seeks an instant; `true` when that is where it stays.
    pub on_seek: Callback<(Nanos, bool)>,
    /// The reader looks at another stretch.
    pub on_window: Callback<Option<Window>>,
    /// The reader chooses a descriptor.
    pub on_select: Callback<Option<Fd>>,
    /// The longest stretch.
    pub most: Nanos,
}

/// A drawing of the lanes for a width, made anew when `of` has changed.
#[derive(Clone)]
pub struct Draw {
    /// Whatever the drawing depends on.
    pub of: (usize, u32, u64),
    /// Makes it.
    pub make: Rc<dyn Fn(f64) -> Picture>,
}

impl std::fmt::Debug for Draw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draw").field("of", &self.of).finish_non_exhaustive()
    }
}

impl PartialEq for Draw {
    fn eq(&self, other: &Self) -> bool {
        self.of == other.of
    }
}

/// The timeline.
#[component]
pub fn Timeline(props: &TimelineProps) -> Html {
    let panel = use_node_ref();
    let lanes_px = (use_width(&panel, 1000.0) - NAMES_PX - 8.0).max(50.0);
    let dragged = use_mut_ref(|| None::<f64>);
    let window = props.window;
    let picture = use_memo((props.draw.clone(), window, props.selected, lanes_px.to_bits()), |(draw, ..)| {
        (draw.make)(lanes_px)
    });
    let part = move |x: f64| ((x - NAMES_PX) / lanes_px).clamp(0.0, 1.0);
    {
        let (on_window, most) = (props.on_window.clone(), props.most);
        let zoom = move |(x, closer): (f64, bool)| {
            let factor = if closer { 0.8 } else { 1.25 };
            on_window.emit(Some(window.zoomed(window.at(part(x)), factor, most)));
        };
        use_wheel(&panel, Callback::from(zoom));
    }
    let x_of = |event: &PointerEvent| {
        let panel =
            event.current_target().and_then(|target| wasm_bindgen::JsCast::dyn_into::<Element>(target).ok());
        panel.map(|panel| f64::from(event.client_x()) - panel.get_bounding_client_rect().left())
    };
    let pressed = {
        let (on_seek, dragged) = (props.on_seek.clone(), dragged.clone());
        move |event: PointerEvent| {
            let Some(x) = x_of(&event).filter(|x| *x >= NAMES_PX && event.button() == 0) else { return };
            dragged.replace(Some(x));
            if !event.shift_key() {
                on_seek.emit((window.at(part(x)), false));
            }
        }
    };
    let moved = {
        let (on_seek, on_window, dragged) = (props.on_seek.clone(), props.on_window.clone(), dragged.clone());
        move |event: PointerEvent| {
            let (Some(x), Some(before)) = (x_of(&event), *dragged.borrow()) else { return };
            if event.buttons() == 0 {
                dragged.take();
            } else if event.shift_key() {
                dragged.replace(Some(x));
                on_window.emit(Some(window.moved((before - x) / lanes_px)));
            } else {
                on_seek.emit((window.at(part(x)), false));
            }
        }
    };
    let released = {
        let on_seek = props.on_seek.clone();
        move |event: PointerEvent| {
            let (Some(x), Some(_)) = (x_of(&event), dragged.take()) else { return };
            if !event.shift_key() {
                on_seek.emit((window.at(part(x)), true));
            }
        }
    };
    let height = SCALE_PX + heights(&picture.rows).last().copied().unwrap_or(0.0) + 4.0;
    let width = NAMES_PX + lanes_px + 8.0;
    html! {
        <div class="lanes" ref={panel} tabindex="0" role="group" aria-label="Lanes" onpointerdown={pressed} onpointermove={moved} onpointerup={released}>
            <svg width={px(width)} height={px(height)} role="img"
                aria-label="Lanes of tasks and descriptors over time; the history in the inspector has the same as text">
                <defs>
                    <marker id="wake-head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">
                        <path d="M0 0 L8 4 L0 8 z" class="wake-head" />
                    </marker>
                </defs>
                { scale(window, lanes_px, height) }
                { for picture.rows.iter().enumerate().map(|(index, row)| lane(index, row, &picture.rows, props)) }
                { for picture.arrows.iter().map(|one| arrow(one, &picture.rows)) }
                { cursor(window, props.now, lanes_px, height) }
            </svg>
            if picture.left_out > 0 {
                <p class="left-out">{ format!("and {} quieter descriptors", picture.left_out) }</p>
            }
        </div>
    }
}

fn px(pixels: f64) -> String {
    format!("{pixels:.1}")
}

/// Where each lane begins, and behind them where the last one ends.
fn heights(rows: &[Row]) -> Vec<f64> {
    let mut top = 0.0;
    let mut tops = vec![top];
    for row in rows {
        top += if row.fd.is_none() { 2.0 * ROW_PX - 2.0 } else { ROW_PX };
        tops.push(top);
    }
    tops
}

fn lane(index: usize, row: &Row, rows: &[Row], props: &TimelineProps) -> Html {
    let top = SCALE_PX + heights(rows)[index];
    let chosen = row.fd.is_some() && row.fd == props.selected;
    let (on_select, fd) = (props.on_select.clone(), row.fd);
    let choose = Callback::from(move |_: MouseEvent| on_select.emit(fd.filter(|_| !chosen)));
    let states = if row.fd.is_none() { top + ROW_PX } else { top };
    let bar = |bar: &Bar, top: f64, height: f64, extra: &'static str| {
        let class = classes!("lane", kind(bar.kind), extra);
        html! {
            <>
                <rect {class} x={px(NAMES_PX + bar.x)} y={px(top)} width={px(bar.width)} height={px(height)} rx="2" />
                if !bar.label.is_empty() {
                    <text class="lane-text" x={px(NAMES_PX + bar.x + 4.0)} y={px(top + height - 3.0)}>{ &bar.label }</text>
                }
            </>
        }
    };
    html! {
        <g key={row.label.clone()} class={classes!("row", chosen.then_some("chosen"))}>
            <text class="lane-name" x="8" y={px(states + 11.0)} onclick={choose}>{ &row.label }</text>
            { for row.calls.iter().map(|one| bar(one, top + 2.0, BAR_PX + 1.0, "call")) }
            { for row.bars.iter().map(|one| bar(one, states + 2.0, BAR_PX - 2.0, "")) }
        </g>
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Running => "running",
        Kind::Runnable => "runnable",
        Kind::Blocked => "blocked",
        Kind::Idle => "idle",
        Kind::Waiting => "waiting",
        Kind::Leaving => "leaving",
        Kind::Full => "full",
    }
}

fn arrow(arrow: &Arrow, rows: &[Row]) -> Html {
    let tops = heights(rows);
    let (x0, y0) = (NAMES_PX + arrow.from.0, SCALE_PX + tops[arrow.from.1] + 3.0);
    let (x1, y1) = (NAMES_PX + arrow.to.0, SCALE_PX + tops[arrow.to.1] + 2.0 * ROW_PX - 5.0);
    let bend = (y0 + y1) / 2.0;
    html! {
        <path class="wake" marker-end="url(#wake-head)"
            d={format!("M {x0:.1} {y0:.1} C {x0:.1} {bend:.1}, {x1:.1} {bend:.1}, {x1:.1} {y1:.1}")} />
    }
}

fn scale(window: Window, width: f64, height: f64) -> Html {
    let most = (width / MARK_PX).floor().clamp(1.0, MARKS_MAX) as u64;
    let (step, marks) = window.marks(most);
    let one = |at: Nanos| {
        let x = NAMES_PX + window.part(at) * width;
        html! {
            <g key={at.0}>
                <line class="grid" x1={px(x)} x2={px(x)} y1={px(SCALE_PX - 4.0)} y2={px(height)} />
                if x + LABEL_PX < NAMES_PX + width {
                    <text class="scale-text" x={px(x + 3.0)} y="12">{ mark(at, step) }</text>
                }
            </g>
        }
    };
    html! { <g>{ for marks.into_iter().map(one) }</g> }
}

fn cursor(window: Window, now: Nanos, width: f64, height: f64) -> Html {
    if !window.holds(now) {
        return Html::default();
    }
    let x = px(NAMES_PX + window.part(now) * width);
    html! { <line class="cursor" x1={x.clone()} x2={x} y1="2" y2={px(height)} /> }
}
