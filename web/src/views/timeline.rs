//! The timeline: lanes of CPUs, tasks and descriptors, arrows from causes to wake-ups. The lanes are drawn on a
//! canvas, and only those that are seen; their names are buttons beside it.

use std::ops::Range;
use std::rc::Rc;

use loopscope_shared::time::Nanos;
use web_sys::{Element, HtmlCanvasElement};
use yew::prelude::*;

use crate::canvas::lanes::{CALLS_PX, SCALE_PX, Scene, Still, paint};
use crate::hooks::{use_size, use_wheel};
use crate::messages as m;
use crate::model::hand::{Hand, Surface, Wish};
use crate::model::lanes::{Bar, LaneKey, Layout, Picture, Row, Strip};
use crate::model::window::Window;
use crate::store::Theme;

/// Before the lanes stand their names, so wide. The style sheet says the same.
const NAMES_PX: f64 = 118.0;

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

/// The timeline.
#[component]
pub fn Timeline(props: &TimelineProps) -> Html {
    let (panel, canvas) = (use_node_ref(), use_node_ref());
    let (width, height) = use_size(&panel, (1000.0, 134.0));
    let lanes_px = (width - NAMES_PX).max(50.0);
    let scroll = use_state_eq(|| 0.0f64);
    let hint = use_state_eq(String::new);
    let hand = use_mut_ref(Hand::default);
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
    let still = use_mut_ref(Still::default);
    use_effect_with((canvas.clone(), scene), move |(canvas, scene)| {
        if let Some(canvas) = canvas.cast::<HtmlCanvasElement>() {
            paint(&canvas, scene, &mut still.borrow_mut());
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
    let surface = Surface { window, width: lanes_px, most: props.most };
    let pressed = {
        let hand = hand.clone();
        move |event: PointerEvent| {
            if event.button() == 0 {
                hand.borrow_mut().down(f64::from(event.offset_x()), event.shift_key(), finger(&event));
                if let Some(canvas) = event.target_dyn_into::<Element>() {
                    // Without it the drag ends at the edge of the canvas.
                    let _ = canvas.set_pointer_capture(event.pointer_id());
                }
            }
        }
    };
    let moved =
        {
            let (props, hand, picture, hint, scroll) =
                (props.clone(), hand.clone(), picture.clone(), hint.setter(), *scroll);
            move |event: PointerEvent| {
                let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
                if hand.borrow().is_idle() {
                    let there = bar_at(&picture, x, y - SCALE_PX + scroll);
                    return hint.set(there.map_or_else(String::new, |(row, bar)| {
                        format!("{} · {}", row.label.trim(), bar.text)
                    }));
                }
                if event.buttons() == 0 {
                    hand.borrow_mut().up(finger(&event));
                    return;
                }
                let wish = hand.borrow_mut().moved(x, finger(&event), surface);
                match wish {
                    Some(Wish::See(window)) => props.on_window.emit(Some(window)),
                    Some(Wish::Choose(span)) => props.on_span.emit(Some(span)),
                    None => {}
                }
            }
        };
    let released = {
        let (props, hand, picture, scroll) = (props.clone(), hand.clone(), picture.clone(), *scroll);
        move |event: PointerEvent| {
            let clicked = hand.borrow_mut().up(finger(&event));
            let Some(x) = clicked else { return };
            props.on_seek.emit(surface.at(x));
            // What is drawn there is what the click is about.
            let there = bar_at(&picture, x, f64::from(event.offset_y()) - SCALE_PX + scroll);
            if let Some((row, _)) = there.filter(|(row, _)| props.selected != Some(row.key)) {
                props.on_lane.emit(row.key);
            }
        }
    };
    let taken = move |event: PointerEvent| {
        // The browser scrolls with it: that is no click.
        hand.borrow_mut().up(finger(&event));
    };
    let onscroll = {
        let scroll = scroll.setter();
        move |event: Event| {
            if let Some(panel) = event.target_dyn_into::<Element>() {
                scroll.set(f64::from(panel.scroll_top()));
            }
        }
    };
    let help = match hint.as_str() {
        // A finger has no Shift.
        "" => {
            html! { <><span class="for-mouse">{ m::timeline_help() }</span><span class="for-touch">{ m::timeline_help_touch() }</span></> }
        }
        hint => html! { hint },
    };
    html! {
        <>
            <div class="lanes" ref={panel} tabindex="0" role="group" aria-label={m::timeline_lanes()} {onscroll}>
                { names(&picture.rows, &layout, seen, props) }
                <canvas ref={canvas} class="lane-canvas" role="img" aria-label={m::timeline_lanes_what()}
                    onpointerdown={pressed} onpointermove={moved} onpointerup={released} onpointercancel={taken} />
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

/// The number of the finger that a pointer is, if it is one.
fn finger(event: &PointerEvent) -> Option<i32> {
    (event.pointer_type() == "touch").then(|| event.pointer_id())
}

/// What is drawn there, and in which lane; `y` is below the top of the first lane.
fn bar_at(picture: &Picture, x: f64, y: f64) -> Option<(&Row, &Bar)> {
    let row = picture.rows.iter().rfind(|row| row.top <= y)?;
    let upper = matches!(row.key, LaneKey::Task(_)) && y - row.top < CALLS_PX;
    let strip = if upper { Strip::Calls } else { Strip::States };
    let bar =
        row.bars.iter().rfind(|bar| bar.strip == strip && bar.x <= x && x <= bar.x + bar.width + 1.0)?;
    Some((row, bar))
}
