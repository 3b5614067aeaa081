//! The timeline: lanes, or the same as a table.

use std::rc::Rc;

use loopscope_shared::ids::{Seq, TaskId};
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::EVENTS_MAX;
use yew::prelude::*;

use crate::app::panels::{PanelsProps, arrive};
use crate::messages as m;
use crate::model::events;
use crate::model::lanes::{LaneKey, Layout};
use crate::model::selection::{Name, Selection};
use crate::model::text::{grouped, instant};
use crate::model::{search, steps};
use crate::store::Action;
use crate::views::events::Events;
use crate::views::timeline::{Draw, Timeline};

/// Of the events in the window so many are searched for hits to be shown.
const SEARCHED_MAX: usize = 20_000;

/// The panel.
#[component]
pub(super) fn TimePanel(props: &PanelsProps) -> Html {
    let PanelsProps { state, instant: shown_instant, on_action, shown } = props;
    let table = use_state_eq(|| false);
    let session = shown.session.borrow();
    let (timeline, lanes) = (&session.recording.timeline, &session.recording.lanes);
    let (window, now) = (shown_instant.window, shown_instant.world.now);
    let (identity, beginnings, next) = shown.extent();
    let layout =
        use_memo((identity, beginnings, lanes.tasks.len(), lanes.fds.len(), lanes.cpus.len()), |_| {
            Layout::of(lanes)
        });
    let draw = {
        let (session, layout) = (shown.session.clone(), layout.clone());
        let make = move |width, seen| layout.draw(&session.borrow().recording.lanes, window, width, seen);
        Draw { of: (identity, beginnings, next.0, state.language.tag()), make: Rc::new(make) }
    };
    let hits = use_memo((state.search.clone(), window, next, beginnings), |(text, window, ..)| {
        let query = text.as_deref().and_then(search::read);
        query.map_or_else(Vec::new, |query| {
            let from = steps::at_time(timeline, Nanos(window.start.0.saturating_sub(1)));
            search::hits(timeline, (from, window.end()), &query, &shown_instant.world, SEARCHED_MAX)
        })
    });
    let when = |at: &Seq| timeline.iter_back(*at).next().map_or(Nanos::ZERO, |(_, event, _)| event.at);
    let on_seek = {
        let (on_action, session) = (on_action.clone(), shown.session.clone());
        Callback::from(move |time: Nanos| {
            let at = steps::at_time(&session.borrow().recording.timeline, time);
            arrive(&on_action, at, true);
        })
    };
    let on_event = {
        let on_action = on_action.clone();
        Callback::from(move |at| arrive(&on_action, at, true))
    };
    let (selected, on_lane) = (chosen(props, &layout), on_lane(props));
    let on_window = on_action.reform(Action::SetWindow);
    let as_table = *table;
    html! {
        <section class="card time" aria-label={m::timeline()}>
            if as_table {
                <Events events={events::around(timeline, shown_instant.at)} at={shown_instant.at} on_jump={on_event} />
            } else {
                <Timeline {layout} {draw} {window} {now} {selected} span={state.span} marks={state.marks.iter().map(when).collect::<Vec<_>>()}
                    hits={(*hits).clone()} theme={state.theme} most={lanes.whole().span} {on_seek} {on_window}
                    on_span={on_action.reform(Action::SetSpan)} {on_lane} />
            }
            { foot(props, table) }
        </section>
    }
}

/// What is said and done of the lanes: a row below them.
fn foot(props: &PanelsProps, table: UseStateHandle<bool>) -> Html {
    let PanelsProps { state, on_action, shown, .. } = props;
    let session = shown.session.borrow();
    let reset = on_action.reform(|_: MouseEvent| Action::SetWindow(None));
    let leave = on_action.reform(|_: MouseEvent| Action::SetSpan(None));
    let as_table = *table;
    let toggle = Callback::from(move |_: MouseEvent| table.set(!as_table));
    html! {
        <div class="time-foot">
            if let Some(earlier) = session.recording.earlier() {
                <span class="earlier" title={m::timeline_kept(grouped(EVENTS_MAX as u64))}>{ earlier }</span>
            }
            if let Some(span) = state.span {
                <button class="pill small" id="span" title={m::timeline_span_leave()} onclick={leave}>
                    { m::timeline_span(instant(span.span)) }{ " ×" }
                </button>
            }
            <button class="pill small" id="events-table" title={m::timeline_table_what()} aria-pressed={as_table.to_string()}
                onclick={toggle}>{ m::timeline_table() }</button>
            <button class="pill small" id="reset-zoom" title={m::timeline_reset_what()} onclick={reset}
                disabled={state.window.is_none()}>{ m::timeline_reset() }</button>
        </div>
    }
}

/// The lane of what the reader has chosen: of a descriptor, in the process that acted last if it has one.
fn chosen(props: &PanelsProps, layout: &Layout) -> Option<LaneKey> {
    let PanelsProps { state, instant, .. } = props;
    let (world, acting) =
        (&instant.world, instant.event.as_ref().map_or(TaskId::FIRST, |(event, _)| event.task));
    match state.selected? {
        Selection::Task(task) => Some(LaneKey::Task(task)),
        other => {
            let fd = match other {
                Selection::Descriptor(name) => name.fd,
                client => client.fd(world)?,
            };
            let own = world.tasks.get(&acting).map(|task| LaneKey::Fd(task.process, fd));
            let has = |process: &&TaskId| layout.find(LaneKey::Fd(**process, fd)).is_some();
            let other = || world.tables.keys().find(has).map(|process| LaneKey::Fd(*process, fd));
            own.filter(|key| layout.find(*key).is_some()).or_else(other)
        }
    }
}

/// A click on the name of a lane chooses it, another lets it go.
fn on_lane(props: &PanelsProps) -> Callback<LaneKey> {
    let (selected, world) = (props.state.selected, props.instant.world.clone());
    let on_action = props.on_action.clone();
    Callback::from(move |key| {
        let wanted = match key {
            LaneKey::Fd(process, fd) => Selection::Descriptor(Name::at(fd, &world, process)),
            LaneKey::Task(task) => Selection::Task(task),
            LaneKey::Cpu(_) => return,
        };
        on_action.emit(Action::Select(Some(wanted).filter(|wanted| selected != Some(*wanted))));
    })
}
