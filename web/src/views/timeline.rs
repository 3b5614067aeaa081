//! The timeline: lanes of CPUs, tasks and descriptors, arrows from causes to wake-ups. The lanes are drawn on a
//! canvas, and only those that are seen; their names are buttons beside it.

use std::ops::Range;
use std::rc::Rc;

use loopscope_shared::time::Nanos;
use web_sys::{Element, HtmlCanvasElement};
use yew::prelude::*;

use crate::canvas::lanes::{CALLS_PX, SCALE_PX, Scene, paint};
use crate::hooks::{use_size, use_wheel};
use crate::messages as m;
use crate::model::lanes::{LaneKey, Layout, Picture, Row, Strip};
use crate::model::window::Window;
use crate::store::Theme;

/// Before the lanes stand their names, so wide. The style sheet says the same.
const NAMES_PX: f64 = 118.0;

/// The pointer has been dragged when it is so far from where it went down; before, it was a click.
const DRAG_PX: f64 = 4.0;

/// What the timeline shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct TimelineProps {
    /// Where each lane is.
    pub layout: Rc<Layout>,
    /// Draws lanes of the stretch of time at a width.
    pub draw: Draw,
    /// The stretch.
    pub window: Window,
    /// Where the cursor is.
    pub now: Nanos,
    /// The chosen lane.
    pub selected: Option<LaneKey>,
    /// The chosen stretch of time.
    pub span: Option<Window>,
    /// The reader's marks.
    pub marks: Vec<Nanos>,
    /// What the search has found in the stretch.
    pub hits: Vec<Nanos>,
    /// The colours.
    pub theme: Theme,
    /// The longest stretch.
    pub most: Nanos,
    /// The reader goes to an instant.
    pub on_seek: Callback<Nanos>,
    /// The reader looks at another stretch.
    pub on_window: Callback<Option<Window>>,
    /// The reader chooses a stretch of time.
    pub on_span: Callback<Option<Window>>,
    /// The reader chooses a lane.
    pub on_lane: Callback<LaneKey>,
}

/// How lanes are drawn: made anew when `of` has changed.
#[derive(Clone)]
pub struct Draw {
    /// Whatever the drawing depends on beside the stretch of time.
    pub of: (usize, u32, u64, &'static str),
    /// Draws the lanes of that range at a width.
    pub make: Rc<dyn Fn(f64, Range<usize>) -> Picture>,
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

/// What the pointer does since it went down.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Drag {
    /// It has not moved much: it may become a click.
    Pressed { x: f64, pans: bool },
    /// It chooses a stretch of time, from this instant on.
    Chooses(Nanos),
    /// It moves the window; it was here last.
    Pans(f64),
}

/// The timeline.
#[component]
pub fn Timeline(props: &TimelineProps) -> Html {
    let (panel, canvas) = (use_node_ref(), use_node_ref());
    let (width, height) = use_size(&panel, (1000.0, 134.0));
    let lanes_px = (width - NAMES_PX).max(50.0);
    let scroll = use_state_eq(|| 0.0f64);
    let hint = use_state_eq(String::new);
    let drag = use_mut_ref(|| None::<Drag>);
    let (layout, window) = (props.layout.clone(), props.window);
    let seen = layout.between(*scroll, *scroll + height - SCALE_PX);
    let picture = use_memo(
        (props.draw.clone(), layout.clone(), window, lanes_px.to_bits(), seen.clone()),
        |(draw, _, _, _, seen)| (draw.make)(lanes_px, seen.clone()),
    );
    let scene = Scene {
        picture: picture.clone(),
        size: (lanes_px, height),
        scroll: *scroll,
        window,
        now: props.now,
        selected: props
            .selected
            .and_then(|key| layout.find(key))
            .map(|at| layout.top(at)..layout.top(at + 1)),
        span: props.span,
        marks: props.marks.clone(),
        hits: props.hits.clone(),
        theme: props.theme,
    };
    use_effect_with((canvas.clone(), scene), |(canvas, scene)| {
        if let Some(canvas) = canvas.cast::<HtmlCanvasElement>() {
            paint(&canvas, scene);
        }
    });
    use_follow(&panel, props, height);
    let part = move |x: f64| (x / lanes_px).clamp(0.0, 1.0);
    {
        let (on_window, most) = (props.on_window.clone(), props.most);
        let zoom = move |(x, closer): (f64, bool)| {
            let factor = if closer { 0.8 } else { 1.25 };
            on_window.emit(Some(window.zoomed(window.at(part(x - NAMES_PX)), factor, most)));
        };
        use_wheel(&panel, Callback::from(zoom));
    }
    let pressed = {
        let drag = drag.clone();
        move |event: PointerEvent| {
            if event.button() == 0 {
                let pans = event.shift_key() || event.pointer_type() == "touch";
                drag.replace(Some(Drag::Pressed { x: f64::from(event.offset_x()), pans }));
                if let Some(canvas) = event.target_dyn_into::<Element>() {
                    // Without it the drag ends at the edge of the canvas.
                    let _ = canvas.set_pointer_capture(event.pointer_id());
                }
            }
        }
    };
    let moved = {
        let (props, drag, picture, hint, scroll) =
            (props.clone(), drag.clone(), picture.clone(), hint.setter(), *scroll);
        move |event: PointerEvent| {
            let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
            let now = *drag.borrow();
            let next = match now {
                None => {
                    hint.set(text_at(&picture, x, y - SCALE_PX + scroll));
                    return;
                }
                Some(_) if event.buttons() == 0 => None,
                Some(Drag::Pressed { x: from, .. }) if (x - from).abs() < DRAG_PX => now,
                Some(Drag::Pressed { x: from, pans: true } | Drag::Pans(from)) => {
                    props.on_window.emit(Some(window.moved((from - x) / lanes_px)));
                    Some(Drag::Pans(x))
                }
                Some(Drag::Pressed { x: from, pans: false }) => Some(Drag::Chooses(window.at(part(from)))),
                Some(Drag::Chooses(from)) => {
                    let to = window.at(part(x));
                    props.on_span.emit(Some(Window::between(from.min(to), from.max(to))));
                    now
                }
            };
            drag.replace(next);
        }
    };
    let released = {
        let (on_seek, drag) = (props.on_seek.clone(), drag.clone());
        move |_: PointerEvent| {
            if let Some(Drag::Pressed { x, .. }) = drag.take() {
                on_seek.emit(window.at(part(x)));
            }
        }
    };
    let onscroll = {
        let scroll = scroll.setter();
        move |event: Event| {
            if let Some(panel) = event.target_dyn_into::<Element>() {
                scroll.set(f64::from(panel.scroll_top()));
            }
        }
    };
    let help = if hint.is_empty() { m::timeline_help() } else { hint.as_str() };
    html! {
        <>
            <div class="lanes" ref={panel} tabindex="0" role="group" aria-label={m::timeline_lanes()} {onscroll}>
                { names(&picture.rows, &layout, seen, props) }
                <canvas ref={canvas} class="lane-canvas" role="img" aria-label={m::timeline_lanes_what()}
                    onpointerdown={pressed} onpointermove={moved} onpointerup={released} />
            </div>
            <p class="lane-hint" aria-hidden="true">{ help }</p>
        </>
    }
}

/// Brings the lane into view that the reader has chosen, wherever that was done.
#[hook]
fn use_follow(panel: &NodeRef, props: &TimelineProps, height: f64) {
    let (panel, layout) = (panel.clone(), props.layout.clone());
    use_effect_with(props.selected, move |selected| {
        let Some((index, panel)) = selected.and_then(|key| layout.find(key)).zip(panel.cast::<Element>())
        else {
            return;
        };
        let (top, bottom) = (layout.top(index), layout.top(index + 1));
        let from = f64::from(panel.scroll_top());
        if top < from || bottom > from + height - SCALE_PX {
            panel.set_scroll_top((top - (height - SCALE_PX) / 2.0).max(0.0) as i32);
        }
    });
}

/// The names of the lanes that are seen, each where its lane is.
fn names(rows: &[Row], layout: &Layout, seen: Range<usize>, props: &TimelineProps) -> Html {
    let rest = layout.height() - layout.top(seen.end);
    let name = |row: &Row| {
        let (key, chosen) = (row.key, props.selected == Some(row.key));
        let kind = if matches!(key, LaneKey::Task(_)) { "task" } else { "thin" };
        let onclick = props.on_lane.reform(move |_: MouseEvent| key);
        html! {
            <button key={format!("{key:?}")} class={classes!("lane-name", kind, chosen.then_some("chosen"))}
                aria-pressed={chosen.to_string()} title={row.label.clone()} {onclick}>{ &row.label }</button>
        }
    };
    html! {
        <div class="lane-names">
            <div class="lane-corner" key="corner"></div>
            <svg key="before" class="lane-space" width="1" height={format!("{:.0}", layout.top(seen.start))}></svg>
            { for rows.iter().map(name) }
            <svg key="after" class="lane-space" width="1" height={format!("{rest:.0}")}></svg>
        </div>
    }
}

/// What is said of what is drawn there; `y` is below the top of the first lane.
fn text_at(picture: &Picture, x: f64, y: f64) -> String {
    let Some(row) = picture.rows.iter().rfind(|row| row.top <= y) else { return String::new() };
    let upper = matches!(row.key, LaneKey::Task(_)) && y - row.top < CALLS_PX;
    let strip = if upper { Strip::Calls } else { Strip::States };
    let bar = row.bars.iter().rfind(|bar| bar.strip == strip && bar.x <= x && x <= bar.x + bar.width + 1.0);
    bar.map_or_else(String::new, |bar| format!("{} · {}", row.label.trim(), bar.text))
}
