//! The inspector of what the reader has chosen, or of the task that acts.

use loopscope_shared::ids::TaskId;
use yew::prelude::*;

use crate::app::panels::{PanelsProps, arrive};
use crate::model::inspector::{HISTORY_FIRST, history, inspect, silence};
use crate::store::Action;
use crate::views::inspector::{self, Inspector};

/// Each wish for more shows so many times as many calls.
const MORE: usize = 4;

/// The panel.
#[component]
pub(super) fn InspectorPanel(props: &PanelsProps) -> Html {
    let PanelsProps { state, instant, on_action, shown } = props;
    let chosen = state.selected;
    // What was wished for one thing is not wished for the next.
    let most = use_state_eq(|| (chosen, HISTORY_FIRST));
    let wished = if most.0 == chosen { most.1 } else { HISTORY_FIRST };
    let session = shown.session.borrow();
    let timeline = &session.recording.timeline;
    let acting = instant.event.as_ref().map_or(TaskId::KERNEL, |(event, _)| event.task);
    let history = use_memo((shown.identity(), instant.at, chosen, wished, state.language), |_| {
        history(timeline, instant.at, chosen, wished)
    });
    let silence = silence(instant.world.tally.calls, timeline.first(), state.selected);
    let on_more = {
        let most = most.setter();
        Callback::from(move |()| most.set((chosen, wished * MORE)))
    };
    let on_jump = {
        let on_action = on_action.clone();
        Callback::from(move |at| arrive(&on_action, at, true))
    };
    inspector::view(&Inspector {
        inspection: &inspect(&instant.world, state.selected, acting),
        history: &history,
        silence,
        more: history.len() >= wished,
        chosen: state.selected.is_some(),
        on_leave: on_action.reform(|()| Action::Select(None)),
        on_more,
        on_jump,
    })
}
