//! Choosing a descriptor: by a click, by Enter and Space, and by the arrow keys up and down.
//!
//! One handler serves the whole stage: elements that stand for a descriptor say so by `data-fd`.

use std::rc::Rc;

use loopscope_shared::ids::Fd;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::model::stage::{Layout, Stage, WORD};

/// Chooses what is clicked, or no longer if it was chosen already.
pub(super) fn on_click(
    stage: Rc<Stage>,
    selected: Option<Fd>,
    on_select: Callback<Option<Fd>>,
) -> Callback<MouseEvent> {
    Callback::from(move |event: MouseEvent| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let Some(target) = target else { return };
        let clicked = descriptor_of(&target).or_else(|| on_wall(&stage, &target, &event));
        if let Some(fd) = clicked {
            on_select.emit((selected != Some(fd)).then_some(fd));
        }
    })
}

/// Left and right are left to the page: they step through the events.
pub(super) fn on_key(
    stage: Rc<Stage>,
    selected: Option<Fd>,
    on_select: Callback<Option<Fd>>,
) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
            return;
        };
        let at = descriptor_of(&target);
        let on_wall = target.class_list().contains("stage-wall");
        if (at.is_none() && !on_wall) || event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        match event.key().as_str() {
            "Enter" | " " => on_select.emit(at.filter(|at| selected != Some(*at))),
            key @ ("PageDown" | "PageUp") if on_wall => {
                // A row further: the next word of a set.
                let rows = WORD as i32;
                let from =
                    selected.map_or(0, |fd| fd.0) + if key == "PageDown" { rows - 1 } else { 1 - rows };
                on_select.emit(stage.neighbour(Some(Fd(from)), key == "PageDown").or(selected));
            }
            key @ ("ArrowDown" | "ArrowUp") => {
                let Some(next) = stage.neighbour(at.or(selected), key == "ArrowDown") else { return };
                on_select.emit(Some(next));
                focus(&target, next);
            }
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    })
}

fn descriptor_of(target: &Element) -> Option<Fd> {
    let element = target.closest("[data-fd]").ok()??;
    element.get_attribute("data-fd")?.parse().ok().map(Fd)
}

fn on_wall(stage: &Stage, target: &Element, event: &MouseEvent) -> Option<Fd> {
    let wall = stage.wall.as_ref().filter(|_| target.class_list().contains("stage-wall"))?;
    let (width, height) = (f64::from(target.client_width()), f64::from(target.client_height()));
    let layout = Layout::of(wall.rows(), width, height);
    let place = layout.find(f64::from(event.offset_x()), f64::from(event.offset_y()))?;
    wall.fds().find(|fd| usize::try_from(fd.0) == Ok(place))
}

fn focus(near: &Element, fd: Fd) {
    let stage = near.closest(".stage").ok().flatten();
    let found = stage.and_then(|stage| stage.query_selector(&format!("[data-fd=\"{fd}\"]")).ok().flatten());
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // A card that cannot take the focus leaves it where it is.
        let _ = element.focus();
    }
}
