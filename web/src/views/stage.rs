//! The stage: what the machine looks like at one instant. For now a list of the open descriptors.

use std::rc::Rc;

use loopscope_shared::event::Event;
use loopscope_shared::ids::Fd;
use loopscope_shared::servers::Program;
use loopscope_shared::world::World;
use yew::prelude::*;

/// What the stage draws.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct StageProps {
    /// The machine.
    pub world: Rc<World>,
    /// The event that was applied last, with its payload.
    pub event: Option<(Event, Vec<u8>)>,
    /// The program that runs.
    pub program: Program,
    /// The descriptor that the reader has chosen.
    pub selected: Option<Fd>,
    /// The reader chooses a descriptor, or none.
    pub on_select: Callback<Option<Fd>>,
    /// Whether the events come from a real kernel.
    pub live: bool,
}

/// The stage.
#[component]
pub fn Stage(props: &StageProps) -> Html {
    let fds = props.world.tables.values().flat_map(|table| table.fds.iter());
    html! {
        <div id="stage" class="stage">
            { for fds.map(|(fd, _)| html! { <p data-fd={fd.to_string()}>{ format!("fd {fd}") }</p> }) }
        </div>
    }
}
