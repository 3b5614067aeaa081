//! Runs beside each other: a column each, and below them their figures.

use std::rc::Rc;

use loopscope_shared::event::describe;
use loopscope_shared::ids::Seq;
use loopscope_shared::trace::Timeline;
use loopscope_shared::world::World;
use yew::prelude::*;

use crate::commands::Command;
use crate::hooks::Runs;
use crate::messages as m;
use crate::model::compare::{converted, csv, length, moved, names, place, rows};
use crate::model::selection::{Name, Selection};
use crate::model::steps::last_event;
use crate::store::{Action, BESIDE_MAX, Cursor, Mode, Pace, Race, Run, State};
use crate::views::compare::{self as views, Column, Controls};
use crate::views::stage::Stage;

/// The runs of the state, the first one first.
pub(super) fn runs_of(state: &State) -> Vec<Run> {
    std::iter::once(&state.run).chain(&state.beside).cloned().collect()
}

/// What a command does to runs that are compared; `None` if it is none that moves them.
pub(super) fn actions(command: Command, state: &State, runs: &Runs) -> Option<Vec<Action>> {
    if state.mode != Mode::Compare {
        return None;
    }
    let sessions: Vec<_> = runs.whole().map(|session| session.borrow()).collect();
    let timelines: Vec<&Timeline> = sessions.iter().map(|session| &session.recording.timeline).collect();
    let to = |at| Action::SetRace(Race { at, ..state.race });
    if command == Command::Play {
        let end = timelines.iter().map(|timeline| length(timeline, state.race.pace)).max().unwrap_or(0);
        return Some(match state.playing {
            true => vec![Action::SetPlaying(false), Action::Commit],
            // At the end, playing begins again.
            false if state.race.at >= end => vec![to(0), Action::SetPlaying(true)],
            false => vec![Action::SetPlaying(true)],
        });
    }
    let at = moved(command, state.race, &timelines)?;
    let mut actions = vec![Action::SetPlaying(false), to(at)];
    if matches!(command, Command::First | Command::Last) {
        actions.push(Action::Commit);
    }
    Some(actions)
}

/// The comparison: the runs are in the order of the state.
pub(super) fn view(state: &State, runs: &Runs, on_action: &Callback<Action>) -> Html {
    let all = runs_of(state);
    let one = |index: usize, run: &Run| {
        html! {
            <OfRun key={index} {index} run={run.clone()} several={all.len() > 2} state={state.clone()}
                runs={runs.clone()} {on_action} />
        }
    };
    let columns = all.iter().enumerate().map(|(index, run)| one(index, run));
    html! {
        <section class="compare" aria-label={m::compare()} data-at={state.race.at.to_string()}>
            <div class="card compare-controls compare-lesson">
                <p>{ &state.run.load.scenario().look_for }</p>
                { crowd(state, on_action) }
            </div>
            { controls(state, runs, on_action, &all) }
            { crate::views::stage::patterns() }
            <div class={classes!("compare-columns", format!("of-{}", all.len()))}>{ for columns }</div>
            { figures(state.race, runs, &all) }
        </section>
    }
}

/// The shortest way to what most want to compare: a thousand connections of which one talks.
fn crowd(state: &State, on_action: &Callback<Action>) -> Html {
    if state.run.load.scenario == CROWD {
        return Html::default();
    }
    let onclick = on_action.reform(|_: MouseEvent| Action::SetScenario(CROWD.to_owned()));
    html! { <button id="compare-crowd" class="pill small" {onclick}>{ m::compare_crowd() }</button> }
}

/// The preset with a thousand connections.
const CROWD: &str = "long-march";

fn controls(state: &State, runs: &Runs, on_action: &Callback<Action>, all: &[Run]) -> Html {
    let sessions: Vec<_> = runs.whole().map(|session| session.borrow()).collect();
    let timelines: Vec<&Timeline> = sessions.iter().map(|session| &session.recording.timeline).collect();
    let end = timelines.iter().map(|timeline| length(timeline, state.race.pace)).max().unwrap_or(0);
    let on_pace = {
        // In the other pace it goes on where the first of them is.
        let race = state.race;
        let first = timelines.first().map(|timeline| (place(timeline, race), timeline));
        let at =
            Pace::ALL.map(|pace| first.as_ref().map_or(0, |(at, timeline)| converted(timeline, *at, pace)));
        on_action.reform(move |pace: Pace| Action::SetRace(Race { pace, at: at[pace as usize] }))
    };
    let on_at = {
        let (race, on_action) = (state.race, on_action.clone());
        Callback::from(move |(at, done): (u64, bool)| {
            on_action.emit(Action::SetPlaying(false));
            on_action.emit(Action::SetRace(Race { at, ..race }));
            if done {
                on_action.emit(Action::Commit);
            }
        })
    };
    let on_add = {
        let (all, on_action) = (all.to_vec(), on_action.clone());
        Callback::from(move |()| {
            let mut all = all.clone();
            all.extend(another(&all));
            on_action.emit(Action::SetRuns(all));
        })
    };
    let can_add = all.len() <= BESIDE_MAX && another(all).is_some();
    views::controls(&Controls { race: state.race, end, can_add, on_pace, on_at, on_add })
}

/// The first with a program that is not among them: what the scenario says something about goes before.
fn another(all: &[Run]) -> Option<Run> {
    let first = all.first()?;
    let scenario = first.load.scenario();
    let new = |program: &_| all.iter().all(|run| run.program != *program);
    let rival = first.rival().filter(|run| new(&run.program));
    rival.or_else(|| {
        let program = scenario.programs().find(new)?;
        Some(Run { program, tuning: Default::default(), load: first.load.clone() })
    })
}

fn figures(race: Race, runs: &Runs, all: &[Run]) -> Html {
    let worlds: Vec<Option<World>> =
        runs.sessions.iter().map(|session| world_of(session.as_ref()?, race)).collect();
    let rows = rows(&worlds.iter().map(Option::as_ref).collect::<Vec<_>>());
    let names: Vec<String> = all.iter().map(|run| names(run).0.to_owned()).collect();
    let csv = csv(&names, &rows);
    views::figures(&names, &rows, &csv)
}

fn world_of(session: &Rc<std::cell::RefCell<crate::model::session::Session>>, race: Race) -> Option<World> {
    let session = session.borrow();
    let timeline = &session.recording.timeline;
    session.ready.then(|| timeline.world_at(place(timeline, race)))
}

/// One run of several.
#[derive(Clone, Debug, PartialEq, Properties)]
struct OfRunProps {
    index: usize,
    run: Run,
    /// Whether there are enough to take it out.
    several: bool,
    state: State,
    runs: Runs,
    on_action: Callback<Action>,
}

/// Its column. The world is made anew only when its own cursor has moved.
#[component]
fn OfRun(props: &OfRunProps) -> Html {
    let OfRunProps { index, run, several, state, runs, on_action } = props;
    let index = *index;
    let session = runs.sessions.get(index).cloned().flatten().filter(|session| session.borrow().ready);
    let at = session.as_ref().map(|session| place(&session.borrow().recording.timeline, state.race));
    let identity = session.as_ref().map(|session| Rc::as_ptr(session) as usize);
    let picture = use_memo((identity, at, state.language), |_| {
        let session = session.as_ref()?.borrow();
        let timeline = &session.recording.timeline;
        let world = Rc::new(timeline.world_at(at?));
        let event = last_event(timeline, at?).map(|(_, event, payload)| (event, payload));
        let why = event.as_ref().map_or_else(
            || session.recording.beginning(),
            |(event, payload)| describe(event, payload, &world),
        );
        Some((world, event, why, at? >= timeline.next()))
    });
    let on_run = {
        let (all, on_action) = (runs_of(state), on_action.clone());
        Callback::from(move |run: Option<Run>| {
            let mut all = all.clone();
            match run {
                Some(run) => all[index] = run,
                None => drop(all.remove(index)),
            }
            on_action.emit(Action::SetRuns(all));
        })
    };
    let on_alone = {
        let (mut all, on_action) = (runs_of(state), on_action.clone());
        let now = (*picture).as_ref().map(|(world, ..)| world.now).unwrap_or_default();
        all.swap(0, index);
        Callback::from(move |()| {
            on_action.emit(Action::SetRuns(all.clone()));
            on_action.emit(Action::SetMode(Mode::Simulate));
            on_action.emit(Action::Seek(Cursor::Time(now)));
        })
    };
    // A number has had other lives in the other runs.
    let on_select = on_action.reform(|chosen: Option<Selection>| {
        let chosen = chosen.map(|chosen| match chosen {
            Selection::Descriptor(name) => Selection::Descriptor(Name::any(name.fd)),
            other => other,
        });
        Action::Select(chosen)
    });
    let (stage, why, over) = match &*picture {
        None => (html! { <p class="compare-wait">{ m::compare_loading() }</p> }, AttrValue::default(), false),
        Some((world, event, why, over)) => {
            let stage = html! {
                <Stage world={world.clone()} event={event.clone()} program={run.program} selected={state.selected}
                    on_select={on_select} live=false compact=true />
            };
            (stage, AttrValue::from(why.clone()), *over)
        }
    };
    let seq = at.unwrap_or(Seq(0)).0;
    views::column(&Column { index, run, can_go: *several, seq, why, over, on_run, on_alone, stage })
}
