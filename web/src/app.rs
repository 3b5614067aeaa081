//! The composition of the page.

use std::rc::Rc;

use loopscope_shared::ids::{Fd, Seq};
use loopscope_shared::scenario::{PRESETS, preset};
use loopscope_shared::servers::Program;
use loopscope_shared::sim::Simulation;
use loopscope_shared::trace::Timeline;
use yew::prelude::*;

use crate::views::code::Code;
use crate::views::stage::Stage;

/// Starts the page in the element `root` of the document.
pub fn start() {
    let root = gloo_utils::document().get_element_by_id("root").expect("index.html has it");
    root.set_inner_html("");
    yew::Renderer::<App>::with_root(root).render();
}

/// The page.
#[component]
pub fn App() -> Html {
    let program = Program::Select;
    let timeline = use_memo((), |()| {
        let mut timeline = Timeline::default();
        if let Some(scenario) = PRESETS.first().and_then(|name| preset(name)) {
            timeline.extend(&Simulation::new(program, &scenario, &[]).run(10_000));
        }
        timeline
    });
    let at = use_state(|| Seq(0));
    let selected = use_state(|| None::<Fd>);
    let world = Rc::new(timeline.world_at(*at));
    let event = at.0.checked_sub(1).and_then(|seq| timeline.get(Seq(seq)));
    let event = event.map(|(event, payload)| (*event, payload.to_vec()));
    let on_select = {
        let selected = selected.clone();
        Callback::from(move |fd| selected.set(fd))
    };
    let go = |by: i64| {
        let (at, next) = (at.clone(), timeline.next());
        Callback::from(move |_: MouseEvent| at.set(Seq(at.0.saturating_add_signed(by)).min(next)))
    };
    html! {
        <main id="app" data-seq={at.to_string()}>
            <header class="bar">
                <h1 class="logo">{ "loop" }<span>{ "scope" }</span></h1>
                <button id="first" onclick={go(i64::MIN / 2)}>{ "|◀" }</button>
                <button id="step-back" onclick={go(-1)}>{ "◀" }</button>
                <button id="step-forward" onclick={go(1)}>{ "▶" }</button>
                <button id="last" onclick={go(i64::MAX / 2)}>{ "▶|" }</button>
            </header>
            <Code {program} />
            <Stage {world} {event} {program} selected={*selected} {on_select} live=false />
        </main>
    }
}
