//! The table of events: the equal of the lanes, for who reads rather than looks.

use loopscope_shared::ids::Seq;
use web_sys::Element;
use yew::prelude::*;

use crate::messages as m;
use crate::model::events::EventRow;
use crate::model::text::{grouped, instant};

/// What the table shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct EventsProps {
    /// The events around the cursor.
    pub events: Vec<EventRow>,
    /// The cursor.
    pub at: Seq,
    /// The reader goes to an event.
    pub on_jump: Callback<Seq>,
}

/// The table.
#[component]
pub fn Events(props: &EventsProps) -> Html {
    let panel = use_node_ref();
    {
        let panel = panel.clone();
        use_effect_with(props.at, move |_| {
            let Some(panel) = panel.cast::<Element>() else { return };
            let Ok(Some(row)) = panel.query_selector("[aria-current]") else { return };
            // Only the panel scrolls, not the page.
            let (inner, outer) = (row.get_bounding_client_rect(), panel.get_bounding_client_rect());
            let off = inner.top() - outer.top() - outer.height() / 2.0;
            panel.set_scroll_top(panel.scroll_top() + off as i32);
        });
    }
    let row = |row: &EventRow| {
        let after = row.after;
        let onclick = props.on_jump.reform(move |_: MouseEvent| after);
        let task = row.task.map_or_else(|| m::events_kernel().to_owned(), |task| task.to_string());
        html! {
            <tr key={after.0} aria-current={(after == props.at).then_some("true")}>
                <td><button {onclick}>{ grouped(after.0) }</button></td>
                <td>{ instant(row.at) }</td>
                <td>{ task }</td>
                <td>{ &row.text }</td>
            </tr>
        }
    };
    html! {
        <div class="lanes-table" ref={panel} tabindex="0" role="region" aria-label={m::timeline_table()}>
            if props.events.is_empty() {
                <p>{ m::events_none() }</p>
            } else {
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{ m::events_number() }</th>
                            <th scope="col">{ m::events_time() }</th>
                            <th scope="col">{ m::events_task() }</th>
                            <th scope="col">{ m::events_what() }</th>
                        </tr>
                    </thead>
                    <tbody>{ for props.events.iter().map(row) }</tbody>
                </table>
            }
        </div>
    }
}
