//! The composition of the page: the state, the session, and the panels between them.

mod compare;
mod editing;
mod instant;
mod panels;
mod review;
mod saving;
mod scale;
mod switching;
mod top;

use std::cell::RefCell;
use std::rc::Rc;

use gloo_utils::document;
use loopscope_shared::ids::TaskId;
use loopscope_shared::language::{self, Language};
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::browser;
use crate::commands::palette::items;
use crate::commands::{Around, Command, actions};
use crate::hooks::{
    Computing, Runs, Shown, use_files, use_hold, use_keys, use_link, use_playback, use_race, use_runs,
    use_scaling, use_session,
};
use crate::messages as m;
use crate::model::session::Wanted;
use crate::model::steps;
use crate::model::tour::STATIONS;
use crate::store::link::{self, Opened};
use crate::store::{Action, Mode, State};
use crate::texts;
use crate::views::help::Help;
use crate::views::open;
use crate::views::palette::Palette;
use crate::views::tour::{self, Tour};

use compare::runs_of;
use editing::Editing;
use instant::{Instant, use_instant};
use panels::{Panels, on_file};
use review::Review;
use saving::save;
use top::{Chosen, Top, drive, top};

/// Starts the page in the element `root` of the document, once it is known where the page comes from.
pub fn start() {
    spawn_local(async {
        let gateway = browser::served_by_gateway().await;
        let Some(language) = texts::first_language().await else { return };
        let root = document().get_element_by_id("root").expect("index.html has it, and nothing removes it");
        root.set_inner_html("");
        language::set(language);
        let opened = link::open(&browser::hash());
        yew::Renderer::<App>::with_root_and_props(root, AppProps { gateway, opened }).render();
    });
}

/// What the page starts with.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct AppProps {
    /// Whether it comes from a gateway, so that there is a running server to be seen.
    pub gateway: bool,
    /// What the address says.
    pub opened: Opened,
}

/// The page.
#[component]
pub fn App(props: &AppProps) -> Html {
    let state = use_reducer(|| first_state(props));
    // All that is drawn below speaks it.
    language::set(state.language);
    let warning = use_state(|| props.opened.warning.clone());
    let shown = use_session(&Wanted::by(&state), props.gateway);
    let instant = use_instant(&state, &shown);
    let runs = use_runs(&compared(&state));
    let computing = use_scaling((state.mode == Mode::Scale).then_some(&state.scaling), props.gateway);
    let found = use_state(|| None::<bool>);
    let typed = use_memo((), |()| RefCell::default());
    let act = use_callback((), {
        let (dispatch, warning, found) = (state.dispatcher(), warning.setter(), found.setter());
        move |action: Action, ()| {
            // What was said of the one before means nothing to the next.
            if action.leaves_recording() {
                warning.set(None);
            }
            if let Action::Search(_) = action {
                found.set(None);
            }
            match action {
                Action::SetLanguage(language) => speak(language, dispatch.clone(), warning.clone()),
                action => dispatch.dispatch(action),
            }
        }
    });
    let warn = {
        let warning = warning.setter();
        Callback::from(move |text: Option<String>| warning.set(text))
    };
    let run = {
        let (state, shown, instant, found) = (state.clone(), shown.clone(), instant.clone(), found.setter());
        let (runs, warn) = (runs.clone(), warn.clone());
        Callback::from(move |command: Command| {
            if command == Command::Save {
                return save(&shown, &warn);
            }
            if let Some(wanted) = compare::actions(command, &state, &runs) {
                return wanted.into_iter().for_each(|action| state.dispatch(action));
            }
            let session = shown.session.borrow();
            let Instant { at, world, window, .. } = &instant;
            let (at, window) = (*at, *window);
            let acting = steps::task_at(&session.recording.timeline, at).unwrap_or(TaskId::FIRST);
            let around = Around { recording: &session.recording, at, world, acting, window };
            let wanted = actions(command, &state, &around);
            if matches!(command, Command::NextHit | Command::PreviousHit) {
                found.set(Some(!wanted.is_empty()));
            }
            wanted.into_iter().for_each(|action| state.dispatch(action));
        })
    };
    use_link(&state, &warn);
    use_files(&state, &warn);
    use_hold(&shown, state.mode == Mode::Live && !state.moves());
    use_playback(&state, &shown, instant.at);
    use_race(&state, &runs);
    use_keys(run.clone());
    let has_picture = shown.session.borrow().ready;
    use_effect_with(has_picture, |has_picture| {
        if *has_picture {
            browser::mark_time("first-picture");
        }
    });
    use_effect_with(state.theme, |theme| browser::set_theme(*theme));
    use_effect_with(state.language, |language| browser::show_language(*language));

    let session = shown.session.borrow();
    let text = (*warning).clone().or_else(|| session.message());
    let ready = session.ready && !shown.loading && runs.are_whole();
    let source = match (&session.wanted, state.mode) {
        (Wanted::Live, _) => Mode::Live,
        (Wanted::Simulation { .. }, _) => Mode::Simulate,
        (Wanted::Trace { .. }, _) => Mode::Trace,
        (Wanted::Nothing, mode) => mode,
    };
    // The run at its end is for the tour's questions alone.
    let end = use_memo((shown.extent(), ready, state.tour), |(_, ready, tour)| {
        (*ready && tour.is_some()).then(|| Rc::new(session.recording.timeline.latest().clone()))
    });
    let chosen =
        Chosen { state: (*state).clone(), shown: shown.clone(), act: act.clone(), run: run.clone(), warn };
    let on_help = act.reform(|()| Action::ShowHelp(false));
    let on_palette = act.reform(|()| Action::ShowPalette(false));
    let find = {
        let chosen = chosen.clone();
        Callback::from(move |text: String| items(&text, &chosen.state, &chosen.offered()))
    };
    let on_run = {
        let chosen = chosen.clone();
        Callback::from(move |item| chosen.run_item(item))
    };
    let moves_in_time = state.mode != Mode::Scale && !opens_file(&state, &shown);
    html! {
        // In another language it is another document: what was drawn in one is not kept for the other.
        <main key={state.language.tag()} id="app" data-source={source.name()} data-seq={instant.at.to_string()}
            data-playing={state.moves().to_string()} data-program={instant.program.name()}
            data-ready={ready.to_string()} data-embedded={state.embedded.then_some("true")} data-tour={state.tour.map(|at| at.to_string())}>
            { top(&Top { chosen: &chosen, instant: &instant, text: text.as_deref(), floats: warning.is_some(), found: *found }) }
            if let Some(at) = state.tour {
                { tour::view(&Tour { at, shown: STATIONS[at].shown(&state), end: (*end).clone(), on_action: act.clone() }) }
            }
            if state.editor && state.mode == Mode::Simulate {
                <Editing state={(*state).clone()} instant={instant.clone()} kept={typed.clone()} on_action={act.clone()} />
            }
            if moves_in_time { { drive(&chosen, &instant) } }
            { panels(&chosen, &instant, runs, computing) }
            if state.findings {
                <Review shown={shown.clone()} {ready} on_action={act.clone()} />
            }
            if state.palette {
                <Palette {find} {on_run} on_close={on_palette} />
            }
            if state.help {
                <Help on_close={on_help} />
            }
        </main>
    }
}

/// Lets the page speak another language, once it knows it.
fn speak(language: Language, dispatch: UseReducerDispatcher<State>, warning: UseStateSetter<Option<String>>) {
    spawn_local(async move {
        match texts::learn(language).await {
            Ok(()) => {
                browser::remember_language(language);
                dispatch.dispatch(Action::SetLanguage(language));
            }
            Err(missing) => warning.set(Some(m::texts_no_language(language.name(), missing.text()))),
        }
    });
}

/// What is below the bar.
fn panels(chosen: &Chosen, instant: &Instant, runs: Runs, computing: Computing) -> Html {
    let Chosen { state, shown, act: on_action, .. } = chosen;
    match state.mode {
        Mode::Trace if opens_file(state, shown) => {
            let reading = state.from.is_some() || shown.loading;
            open::view(reading, &on_file(on_action))
        }
        Mode::Simulate | Mode::Live | Mode::Trace => html! {
            <Panels state={state.clone()} shown={shown.clone()} instant={instant.clone()} {on_action} />
        },
        Mode::Compare => compare::view(state, &runs, on_action),
        Mode::Scale => scale::view(&state.scaling, &computing, on_action),
    }
}

/// Whether there is no file yet, but the place where one is opened.
fn opens_file(state: &State, shown: &Shown) -> bool {
    state.mode == Mode::Trace && (shown.session.borrow().about.is_none() || state.trace.is_none())
}

/// The runs that are compared; none while none are.
fn compared(state: &State) -> Vec<Wanted> {
    match state.mode {
        Mode::Compare => runs_of(state).iter().map(Wanted::simulation).collect(),
        _ => Vec::new(),
    }
}

/// What the address says; where it says nothing, a page from a gateway shows the server behind it.
fn first_state(props: &AppProps) -> State {
    let mut link = props.opened.link.clone();
    if props.gateway && !props.opened.says_mode {
        link.mode = Mode::Live;
    }
    State { theme: browser::stored_theme(), language: language::current(), ..State::opened(&link) }
}
