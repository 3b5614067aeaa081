//! The code panel, with the task that it follows and the line of which it lists the calls.

use loopscope_shared::event::Place;
use loopscope_shared::ids::TaskId;
use yew::prelude::*;

use crate::app::panels::{PanelsProps, arrive};
use crate::model::code;
use crate::model::selection::Selection;
use crate::views::code::{Code, use_code};

/// The panel.
#[component]
pub(super) fn CodePanel(props: &PanelsProps) -> Html {
    let PanelsProps { state, instant, on_action, shown } = props;
    let listed = use_state_eq(|| None::<Place>);
    let session = shown.session.borrow();
    let acting = instant.event.as_ref().map_or(TaskId::KERNEL, |(event, _)| event.task);
    let running = code::running(&instant.world, state.selected.and_then(Selection::task).unwrap_or(acting));
    let others = running.as_ref().map_or_else(Vec::new, |running| code::others(&instant.world, running));
    // While it plays, a list that changes with each frame could not be read, and would take its time.
    let at = if state.moves() { None } else { Some(instant.at) };
    let calls = use_memo((shown.identity(), *listed, at, state.language), |(_, listed, ..)| {
        listed.map(|place| (place, code::calls_of(&session.recording.lanes, place, instant.at)))
    });
    let on_line = {
        let listed = listed.setter();
        Callback::from(move |place| listed.set(place))
    };
    let on_jump = {
        let on_action = on_action.clone();
        Callback::from(move |at| arrive(&on_action, at, true))
    };
    use_code(&Code {
        program: instant.program,
        running: running.as_ref(),
        others: &others,
        calls: calls.as_ref().as_ref(),
        on_line,
        on_jump,
    })
}
