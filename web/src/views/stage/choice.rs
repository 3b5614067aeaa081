//! Choosing a descriptor or a client: by a click, by Enter and Space, and by the arrow keys up and down.
//!
//! One handler serves the whole stage: elements that stand for a descriptor say so by `data-fd`, those that stand
//! for a client by `data-peer`.

use std::rc::Rc;

use loopscope_shared::ids::{Fd, PeerId, TaskId};
use loopscope_shared::world::World;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::model::selection::{Name, Selection};
use crate::model::stage::{Layout, Stage, WORD};
use crate::views::stage::StageProps;

/// What choosing takes.
#[derive(Clone)]
pub(super) struct Choice {
    stage: Rc<Stage>,
    /// The descriptor that is chosen, by itself or as the connection of a client.
    fd: Option<Fd>,
    /// The task of the latest event: a number is a descriptor of its process.
    acting: TaskId,
    world: Rc<World>,
    selected: Option<Selection>,
    on_select: Callback<Option<Selection>>,
}

impl Choice {
    pub(super) fn new(stage: &Rc<Stage>, fd: Option<Fd>, acting: TaskId, props: &StageProps) -> Self {
        Self {
            stage: stage.clone(),
            fd,
            acting,
            world: props.world.clone(),
            selected: props.selected,
            on_select: props.on_select.clone(),
        }
    }

    /// Chooses it, or no longer if it was chosen already.
    fn toggle(&self, wanted: Selection) {
        self.on_select.emit((self.selected != Some(wanted)).then_some(wanted));
    }

    fn named(&self, fd: Fd) -> Selection {
        Selection::Descriptor(Name::at(fd, &self.world, self.acting))
    }

    /// Chooses what is clicked.
    pub(super) fn on_click(self) -> Callback<MouseEvent> {
        Callback::from(move |event: MouseEvent| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let Some(target) = target else { return };
            let on_wall = || on_wall(&self.stage, &target, &event);
            let fd = || descriptor_of(&target).or_else(on_wall).map(|fd| self.named(fd));
            if let Some(wanted) = client_of(&target).or_else(fd) {
                self.toggle(wanted);
            }
        })
    }

    /// Left and right are left to the page: they step through the events.
    pub(super) fn on_key(self) -> Callback<KeyboardEvent> {
        Callback::from(move |event: KeyboardEvent| {
            let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
                return;
            };
            if event.ctrl_key() || event.alt_key() || event.meta_key() || !self.pressed(&target, &event.key())
            {
                return;
            }
            event.prevent_default();
            event.stop_propagation();
        })
    }

    /// Does what a key does at an element: whether it does anything.
    fn pressed(&self, target: &Element, key: &str) -> bool {
        let at = descriptor_of(target);
        let on_wall = target.class_list().contains("stage-wall");
        match key {
            "Enter" | " " => {
                let wanted = client_of(target).or_else(|| at.map(|fd| self.named(fd)));
                wanted.inspect(|wanted| self.toggle(*wanted)).is_some()
            }
            "PageDown" | "PageUp" if on_wall => {
                // A row further: the next word of a set.
                let (forward, rows) = (key == "PageDown", WORD as i32);
                let from = self.fd.map_or(0, |fd| fd.0) + if forward { rows - 1 } else { 1 - rows };
                let next = self.stage.neighbour(Some(Fd(from)), forward).or(self.fd);
                self.on_select.emit(next.map(|fd| self.named(fd)));
                true
            }
            "ArrowDown" | "ArrowUp" if at.is_some() || on_wall => {
                let next = self.stage.neighbour(at.or(self.fd), key == "ArrowDown");
                if let Some(next) = next {
                    self.on_select.emit(Some(self.named(next)));
                    focus(target, next);
                }
                next.is_some()
            }
            _ => false,
        }
    }
}

fn client_of(target: &Element) -> Option<Selection> {
    let element = target.closest("[data-peer]").ok()??;
    element.get_attribute("data-peer")?.parse().ok().map(|peer| Selection::Client(PeerId(peer)))
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
