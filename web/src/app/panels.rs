//! The panels below the bar, each with what it shows and what it may change.

mod inspect;
mod source;
mod time;

use loopscope_shared::ids::TaskId;
use loopscope_shared::scenario::{Injection, telling};
use loopscope_shared::servers::Serves;
use loopscope_shared::time::Nanos;
use web_sys::File;
use yew::prelude::*;

use crate::app::compare::runs_of;
use crate::app::editing;
use crate::app::instant::Instant;
use crate::app::switching::{Choice, switch};
use crate::hooks::Shown;
use crate::messages as m;
use crate::model::answers::exchanges;
use crate::model::figures::figures as figures_of;
use crate::model::file::file as file_of;
use crate::model::playback::Speed;
use crate::model::selection::{Name, Selection};
use crate::model::session::Wanted;
use crate::model::steps;
use crate::model::talk::{self, Act, Talk};
use crate::source::files;
use crate::store::tuning::Tuning;
use crate::store::{Action, Cursor, Mode, State, TraceFile};
use crate::views::branches::{self, Branches};
use crate::views::figures;
use crate::views::file::{self, Facts};
use crate::views::send::{Send, use_send};
use crate::views::setting::{self, Setting};
use crate::views::stage::Stage;

use inspect::InspectorPanel;
use source::CodePanel;
use time::TimePanel;

/// What the panels draw from.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct PanelsProps {
    /// The state of the page.
    pub state: State,
    /// The session.
    pub shown: Shown,
    /// The instant that is shown.
    pub instant: Instant,
    /// The reader changes something.
    pub on_action: Callback<Action>,
}

/// The panels.
#[component]
pub(super) fn Panels(props: &PanelsProps) -> Html {
    let PanelsProps { state, instant, on_action, shown } = props;
    let live = shown.session.borrow().wanted.is_live();
    let span = use_memo((shown.extent(), state.span), |(_, span)| {
        let (session, span) = (shown.session.borrow(), (*span)?);
        let timeline = &session.recording.timeline;
        let before = timeline.world_at(steps::at_time(timeline, Nanos(span.start.0.saturating_sub(1))));
        let after = timeline.world_from(&before, steps::at_time(timeline, span.end()));
        Some(after.tally.since(&before.tally))
    });
    let list = use_memo((instant.world.clone(), span, state.language), |(world, span, _)| {
        figures_of(world, span.as_ref().as_ref())
    });
    let world = instant.world.clone();
    let (program, selected) = (instant.program, state.selected);
    let on_select = on_action.reform(Action::Select);
    // While it plays, a sentence for each event would be nothing but noise.
    let polite = if state.moves() { "off" } else { "polite" };
    let stage = html! {
            <section class="card stage-frame" aria-label={m::stage_title()}>
                <h2 class="sr">{ m::stage_title() }</h2>
                <div class="lesson">
                    { lesson(props) }
                    { settings(props) }
                    if state.mode == Mode::Simulate { { editing::button(state, on_action) } }
                </div>
                <Stage {world} event={instant.event.clone()} {program} {selected} {on_select} {live}
                    on_drop={first_line(props)} />
                <p id="why" class="why" aria-live={polite}>{ &instant.why }</p>
            </section>
    };
    if state.embedded {
        return stage;
    }
    html! {
        <>
            { stage }
            { source(props) }
            <div class="side">
                <InspectorPanel ..props.clone() />
                { branches(props) }
                // Into a file nothing can be sent.
                if state.mode != Mode::Trace {
                    <SendPanel ..props.clone() />
                }
            </div>
            { figures::view(&list) }
            <TimePanel ..props.clone() />
        </>
    }
}

/// Lets a new client of a simulation send a line, and plays slowly enough to be followed.
fn first_line(props: &PanelsProps) -> Option<Callback<()>> {
    let simulated = matches!(props.shown.session.borrow().wanted, Wanted::Simulation { .. });
    let props = props.clone();
    // A program that waits for nobody answers none.
    let serves = props.state.run.program.entry().serves != Serves::Nobody;
    (simulated && serves).then(|| {
        Callback::from(move |()| {
            carry_out(&props, None, Act::Line(OPENING_LINE.to_owned()));
            props.on_action.emit(Action::SetSpeed(Speed::at(OPENING_SPEED)));
            props.on_action.emit(Action::SetPlaying(true));
        })
    })
}

/// The line that the reader drops in first: long enough to be read in a tube.
const OPENING_LINE: &str = "hello";

/// The speed at which it is played: each event is seen for a third of a second.
const OPENING_SPEED: u8 = 1;

/// What to look for in a simulation; how a running server is. It takes one line, and is unfolded. Where nobody has
/// come yet, it is said what the page is, and how to begin.
fn lesson(props: &PanelsProps) -> Html {
    let PanelsProps { state, instant, on_action, shown } = props;
    let session = shown.session.borrow();
    let text = match &session.wanted {
        Wanted::Simulation { .. }
            if instant.world.peers.is_empty() && state.tour.is_none() && !state.embedded =>
        {
            let tour = on_action.reform(|_: MouseEvent| Action::Tour(Some(0)));
            return html! {
                <p class="welcome">
                    { m::stage_welcome() }{ " " }
                    <button class="link" onclick={tour}>{ m::stage_welcome_tour() }</button>
                </p>
            };
        }
        Wanted::Simulation { .. } => state.run.load.scenario().look_for,
        Wanted::Live => session.server_text(),
        Wanted::Trace { .. } => session.about.as_ref().map(|about| file_of(about).origin).unwrap_or_default(),
        Wanted::Nothing => String::new(),
    };
    if text.is_empty() {
        return Html::default();
    }
    html! {
        <>
            <details class="lesson-text"><summary>{ text }</summary></details>
            { best_seen(state, on_action) }
        </>
    }
}

/// The way to the program for which the scenario was made, if another one runs.
fn best_seen(state: &State, on_action: &Callback<Action>) -> Html {
    let scenario = state.run.load.scenario();
    let best = scenario.program.filter(|best| *best != state.run.program && state.mode == Mode::Simulate);
    let Some(best) = best else { return Html::default() };
    let onclick = {
        let (on_action, name) = (on_action.clone(), state.run.load.scenario.clone());
        Callback::from(move |_: MouseEvent| {
            on_action.emit(Action::SetProgram(best));
            on_action.emit(Action::Seek(telling(&name).map_or(Cursor::Home, Cursor::Time)));
        })
    };
    html! { <button id="best-seen" class="pill small" {onclick}>{ m::scenario_best(best.name()) }</button> }
}

/// What is set of the program: in Live, of the one that the reader has chosen last.
fn settings(props: &PanelsProps) -> Html {
    let PanelsProps { state, on_action, shown, .. } = props;
    let session = shown.session.borrow();
    match (&session.wanted, session.setup()) {
        (Wanted::Simulation { program, settings, .. }, _) => setting::view(&Setting {
            program: *program,
            settings,
            tuning: state.run.tuning,
            offered: &[],
            on_tune: {
                let (on_action, now) = (on_action.clone(), Cursor::Time(props.instant.world.now));
                // The same instant of the run that comes of it, to be compared with what was seen.
                let at = if state.at == Cursor::Home { Cursor::Home } else { now };
                Callback::from(move |tuning| {
                    on_action.emit(Action::Tune(tuning));
                    on_action.emit(Action::Seek(at));
                })
            },
            seed: Some(state.run.load.scenario().seed),
            on_seed: on_action.reform(|seed| Action::SetSeed(Some(seed))),
        }),
        (Wanted::Live, Some(setup)) if !session.offered().is_empty() => {
            let on_tune = {
                let (shown, on_action) = (shown.clone(), on_action.clone());
                Callback::from(move |tuning| switch(&shown, &on_action, Choice::Tuning(tuning)))
            };
            setting::view(&Setting {
                program: setup.program,
                settings: &setup.settings,
                tuning: Tuning::default(),
                offered: session.offered(),
                on_tune,
                seed: None,
                on_seed: Callback::noop(),
            })
        }
        (Wanted::Trace { .. }, _) => facts(props),
        (Wanted::Live | Wanted::Nothing, _) => Html::default(),
    }
}

/// The runs beside the one that is simulated.
fn branches(props: &PanelsProps) -> Html {
    let PanelsProps { state, instant, on_action, .. } = props;
    if state.mode != Mode::Simulate {
        return Html::default();
    }
    let now = instant.world.now;
    let on_drop = {
        let (runs, on_action) = (runs_of(state), on_action.clone());
        Callback::from(move |index: usize| {
            let mut runs = runs.clone();
            runs.remove(index + 1);
            on_action.emit(Action::SetRuns(runs));
        })
    };
    branches::view(&Branches {
        run: &state.run,
        beside: &state.beside,
        on_show: on_action.reform(move |index| Action::Branch(index, now)),
        on_drop,
        on_compare: on_action.reform(|()| Action::SetMode(Mode::Compare)),
    })
}

/// What an open file says of itself.
fn facts(props: &PanelsProps) -> Html {
    let PanelsProps { state, shown, on_action, .. } = props;
    let session = shown.session.borrow();
    let (Some(opened), Some(about)) = (&state.trace, &session.about) else { return Html::default() };
    let on_part = {
        let opened = opened.clone();
        on_action.reform(move |part| Action::OpenFile(Some(TraceFile { part, ..opened.clone() })))
    };
    file::facts(&Facts {
        name: &opened.name,
        file: &file_of(about),
        on_part,
        on_file: on_file(on_action),
        on_close: on_action.reform(|()| Action::OpenFile(None)),
    })
}

/// What is done with a file that the reader chooses.
pub(super) fn on_file(on_action: &Callback<Action>) -> Callback<File> {
    on_action.reform(|file| Action::OpenFile(Some(files::chosen(&file))))
}

/// Moves the cursor there; with `done`, that is where the reader wanted it.
pub(super) fn arrive(on_action: &Callback<Action>, at: loopscope_shared::ids::Seq, done: bool) {
    on_action.emit(Action::SetPlaying(false));
    on_action.emit(Action::Seek(Cursor::At(at)));
    if done {
        on_action.emit(Action::Commit);
    }
}

/// The source of the program; of one that is not ours, why there is none.
fn source(props: &PanelsProps) -> Html {
    let session = props.shown.session.borrow();
    let foreign = session.about.as_ref().filter(|about| about.header.of_catalogue().is_none());
    match foreign {
        Some(about) => {
            let name = about.header.program.clone();
            let text = m::file_no_source(&name, props.instant.program.name());
            file::no_source(&name, &text)
        }
        None => html! { <CodePanel ..props.clone() /> },
    }
}

/// The send panel, which remembers the connection that was chosen last.
#[component]
fn SendPanel(props: &PanelsProps) -> Html {
    let target = use_state(|| None::<u32>);
    let talk = talk_of(props);
    let chosen = target.filter(|target| talk.targets.contains(target));
    let own = chosen.and_then(|target| {
        talk::descriptor_of(&props.instant.world, &props.shown.session.borrow().conversation, target)
    });
    {
        // The way of the reader's own line is to be seen.
        let on_action = props.on_action.clone();
        let own = own.map(|fd| Name::at(fd, &props.instant.world, TaskId::FIRST));
        use_effect_with(own, move |own| {
            if let Some(own) = *own {
                on_action.emit(Action::Select(Some(Selection::Descriptor(own))));
            }
        });
    }
    let on_act = {
        let (props, target) = (props.clone(), target.setter());
        Callback::from(move |act: Act| target.set(Some(carry_out(&props, chosen, act))))
    };
    let on_target = {
        let target = target.setter();
        Callback::from(move |chosen| target.set(chosen))
    };
    let on_clear = props.on_action.reform(|()| Action::ClearInjections);
    use_send(&Send { talk, target: chosen, on_target, on_act, on_clear })
}

fn talk_of(props: &PanelsProps) -> Talk {
    let PanelsProps { state, instant, shown, .. } = props;
    let session = shown.session.borrow();
    match &session.wanted {
        Wanted::Live => talk::live(&session.conversation, session.serves()),
        Wanted::Trace { .. } | Wanted::Nothing => Talk::default(),
        Wanted::Simulation { .. } => {
            let timeline = &session.recording.timeline;
            let exchanges = exchanges(timeline, instant.at, &state.run.load.injections);
            talk::simulated(&instant.world, &exchanges, instant.at >= timeline.next())
        }
    }
}

/// Does what the reader wants on a connection, or on a new one, and gives its number.
fn carry_out(props: &PanelsProps, target: Option<u32>, act: Act) -> u32 {
    let parts = act.parts().into_iter();
    parts.fold(target, |target, part| Some(carry_out_one(props, target, part))).unwrap_or_default()
}

fn carry_out_one(props: &PanelsProps, target: Option<u32>, act: Act) -> u32 {
    let PanelsProps { state, instant, shown, on_action } = props;
    let wanted = shown.session.borrow().wanted.clone();
    match wanted {
        Wanted::Simulation { scenario, .. } => {
            let client = target.unwrap_or_else(|| talk::next_client(&scenario, &state.run.load.injections));
            // After all that has happened, so that the events before the cursor stay what they are.
            let at = instant.world.now + Nanos(1);
            on_action.emit(Action::Inject(Injection { at, client, step: act.step() }, instant.at));
            client
        }
        Wanted::Live => {
            let mut number = target.unwrap_or_default();
            shown.change(|session| talk::tell_live(&mut session.conversation, target, act, &mut number));
            number
        }
        Wanted::Trace { .. } | Wanted::Nothing => target.unwrap_or_default(),
    }
}
