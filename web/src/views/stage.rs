//! The stage: *the line* between user space and the kernel, and everything that crosses it.
//!
//! Three bands, from above: the program, with the answer of its wait and its own buffers; the kernel, with
//! the sockets' tubes; the network, with the clients. On the left of the line goes the notification, on the
//! right the data. All of it is drawn from [`crate::model::stage::Stage`]; the style sheet moves things, and
//! nothing depends on its motion.

mod array;
mod bits;
mod cards;
mod choice;
mod clients;
mod gate;
mod legend;
mod machine;
mod queues;
mod registries;
mod rings;
mod slots;
mod small;
mod wall;

use std::rc::Rc;

use loopscope_shared::event::Event;
use loopscope_shared::ids::TaskId;
use loopscope_shared::servers::Program;
use loopscope_shared::world::World;
use yew::prelude::*;

use choice::Choice;

use crate::hooks::use_flights;
use crate::messages as m;
use crate::model::selection::Selection;
use crate::model::stage::{Density, Phase, Stage as Picture, flights};

/// What the stage draws.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct StageProps {
    /// The machine.
    pub world: Rc<World>,
    /// The event that was applied last, with its payload.
    pub event: Option<(Event, Vec<u8>)>,
    /// The program that runs.
    pub program: Program,
    /// What the reader has chosen.
    pub selected: Option<Selection>,
    /// The reader chooses a descriptor or a client, or nothing.
    pub on_select: Callback<Option<Selection>>,
    /// Whether the events come from a real kernel.
    pub live: bool,
    /// The reader lets a first line drop in, where nothing has happened yet.
    #[prop_or_default]
    pub on_drop: Option<Callback<()>>,
    /// It is one of several beside each other: as small as it can be drawn.
    #[prop_or_default]
    pub compact: bool,
}

/// The stage.
#[component]
pub fn Stage(props: &StageProps) -> Html {
    let acting = props.event.as_ref().map_or(TaskId::KERNEL, |(event, _)| event.task);
    let fd = props.selected.and_then(|selected| selected.fd(&props.world));
    let stage = Rc::new(Picture::of(&props.world, acting, fd, props.live));
    let surface = use_node_ref();
    let moved = match &props.event {
        Some((event, payload)) => flights(&props.world, &stage, event, payload),
        None => Vec::new(),
    };
    use_flights(&surface, props.world.seq.0, moved);
    let choice = Choice::new(&stage, fd, acting, props);
    let onclick = choice.clone().on_click();
    let onkeydown = choice.on_key();
    // What is drawn has a column through all bands, if there is room for it.
    let layout = if stage.columns.is_empty() && stage.begun { "stacked" } else { "beside" };
    let density = match stage.density {
        Density::Tubes => "tubes",
        Density::Rows => "rows",
        Density::Wall => "wall",
    };
    // From a recording of a real kernel no more is seen than of the kernel itself.
    let live = props.live || (stage.begun && !props.world.tells_of_sleep());
    // Nobody has come yet: it is said how to read the stage, and how to begin.
    let opening = props.world.peers.is_empty() && props.on_drop.is_some();
    let drop = props.on_drop.clone().filter(|_| opening);
    html! {
        <section ref={surface} id={(!props.compact).then_some("stage")} role={props.compact.then_some("group")} aria-label={m::stage_label()}
            class={classes!("stage", layout, density, props.compact.then_some("compact"), opening.then_some("opening"))}
            {onclick} {onkeydown}>
            if !props.compact { { patterns() } }
            <div class="stage-band stage-user">
                { gate::above(&stage, props.program) }
                <div class="stage-right">
                    <p class="stage-says">{ &stage.says }</p>
                    { machine::warnings(&stage) }
                    if stage.begun { { slots::view(&stage) } } else { { legend::data() } }
                </div>
            </div>
            { line(&stage) }
            <div class="stage-band stage-kernel">
                { gate::below(&stage, live) }
                if stage.begun {
                    <div class="stage-sockets">
                        <p class="stage-lesson"><b>{ m::stage_readiness() }</b>{ " " }{ m::stage_readiness_lesson() }</p>
                        { cards::view(&stage, live) }
                    </div>
                    { crowd(&stage) }
                } else {
                    { legend::readiness() }
                }
            </div>
            <div class="stage-band stage-net">
                <h3 class="stage-band-name">{ m::stage_network() }</h3>
                if stage.begun && !opening {
                    { clients::view(&stage, props.selected) }
                } else {
                    <div class="stage-opening">
                        { legend::clients() }
                        if let Some(drop) = drop {
                            <button id="drop-line" class="pill stage-drop" onclick={drop.reform(|_: MouseEvent| ())}>{ m::stage_drop_a_line() }</button>
                        }
                    </div>
                }
            </div>
        </section>
    }
}

/// The patterns of what is not known for certain, and of what is stranded. They stand once in a document.
pub fn patterns() -> Html {
    html! {
        <svg class="stage-defs" width="0" height="0" aria-hidden="true">
            <defs>
                <pattern id="stage-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <rect width="6" height="6" class="hatch-ground" />
                    <rect width="2" height="6" class="hatch-stripe" />
                </pattern>
                <pattern id="stage-hatch-bad" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <rect width="5" height="5" class="hatch-pale" />
                    <rect width="2.4" height="5" class="hatch-bad" />
                </pattern>
            </defs>
        </svg>
    }
}

/// The line itself: the latest call on the left, and what it moves, in the column of its descriptor.
fn line(stage: &Picture) -> Html {
    let call = match (&stage.crossing, &stage.wait) {
        (Some(crossing), _) => Some((crossing.title.as_str(), crossing.open, crossing.entered)),
        (None, Some(wait)) => Some((wait.title.as_str(), wait.phase == Phase::Open, wait.entered)),
        (None, None) => None,
    };
    let rings = rings::of(stage);
    let badge = call.map(|(title, open, entered)| {
        let arrow = if open { "↓" } else { "↑" };
        html! {
            <span key={format!("{entered} {open}")} title={title.to_owned()}
                class={classes!("stage-call", if open { "open" } else { "back" })}>
                <b aria-hidden="true">{ arrow }</b>{ " " }<code>{ if rings.is_some() { without_arguments(title) } else { title.to_owned() } }</code>
            </span>
        }
    });
    html! {
        <div class={classes!("stage-line", rings.map(|_| "with-rings"))}>
            if let Some(queue) = rings {
                { rings::view(stage, queue, badge.unwrap_or_default()) }
            } else {
                <div class="stage-line-call">{ badge }</div>
            }
            { slots::lanes(stage) }
        </div>
    }
}

/// A call with its result, `io_uring_enter = 1`: between two rings there is no room for more.
fn without_arguments(title: &str) -> String {
    let (name, rest) = title.split_once('(').unwrap_or((title, ""));
    match rest.rsplit_once(") = ") {
        Some((_, result)) => format!("{name} = {result}"),
        None => name.to_owned(),
    }
}

/// All descriptors, where there are too many to draw each in full.
fn crowd(stage: &Picture) -> Html {
    match stage.density {
        Density::Tubes => Html::default(),
        Density::Rows => small::rows(stage),
        Density::Wall => wall::view(stage, small::sweeps(stage)),
    }
}
