//! The composition of the page: the state, the session, and the panels between them.

mod instant;
mod panels;
mod switching;

use std::rc::Rc;

use gloo_utils::document;
use loopscope_shared::language;
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::browser;
use crate::commands::{Command, actions};
use crate::hooks::{Shown, use_hold, use_keys, use_link, use_playback, use_session};
use crate::messages as m;
use crate::model::session::Wanted;
use crate::model::tour::STATIONS;
use crate::store::link::{Opened, open};
use crate::store::{Action, Mode, State};
use crate::views::banner::Banner;
use crate::views::bar::Bar;
use crate::views::help::Help;
use crate::views::place::Place;
use crate::views::tour::Tour;
use crate::views::transport::Transport;

use instant::{Instant, use_instant};
use panels::Panels;
use switching::{Choice, switch};

/// Starts the page in the element `root` of the document, once it is known where the page comes from.
pub fn start() {
    spawn_local(async {
        let gateway = browser::served_by_gateway().await;
        let root = document().get_element_by_id("root").expect("index.html has it, and nothing removes it");
        root.set_inner_html("");
        language::set(browser::language());
        let opened = open(&browser::hash());
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
    let act = use_callback((), {
        let (dispatch, warning) = (state.dispatcher(), warning.setter());
        move |action: Action, ()| {
            // What was said of the one before means nothing to the next.
            if action.leaves_recording() {
                warning.set(None);
            }
            if let Action::SetLanguage(language) = action {
                browser::remember_language(language);
            }
            dispatch.dispatch(action);
        }
    });
    let run = {
        let (state, shown, window) = (state.clone(), shown.clone(), instant.window);
        Callback::from(move |command: Command| {
            let wanted = actions(command, &state, &shown.session.borrow().recording, window);
            wanted.into_iter().for_each(|action| state.dispatch(action));
        })
    };
    let warn = {
        let warning = warning.setter();
        Callback::from(move |text: Option<String>| warning.set(text))
    };
    use_link(&state, &warn);
    use_hold(&shown, state.mode == Mode::Live && !state.moves());
    use_playback(&state, &shown, instant.at);
    use_keys(run.clone());
    use_effect_with(state.theme, |theme| browser::set_theme(*theme));
    use_effect_with(state.language, |language| browser::show_language(*language));

    let session = shown.session.borrow();
    let text = (*warning).clone().or_else(|| session.message());
    let ready = session.ready && !shown.loading;
    let source = match (&session.wanted, state.mode) {
        (Wanted::Live, _) => Mode::Live,
        (Wanted::Simulation { .. }, _) => Mode::Simulate,
        (Wanted::Nothing, mode) => mode,
    };
    let close = put_away(&warn, &shown);
    // The run at its end is for the tour's questions alone.
    let end = use_memo((shown.extent(), ready, state.tour), |(_, ready, tour)| {
        (*ready && tour.is_some()).then(|| Rc::new(session.recording.timeline.latest().clone()))
    });
    let on_help = act.reform(|()| Action::ShowHelp(false));
    html! {
        // In another language it is another document: what was drawn in one is not kept for the other.
        <main key={state.language.tag()} id="app" data-source={source.name()} data-seq={instant.at.to_string()}
            data-playing={state.moves().to_string()} data-program={instant.program.name()}
            data-ready={ready.to_string()} data-tour={state.tour.map(|at| at.to_string())}>
            <div class="top">
                { bar(&state, &shown, &instant, &act, &run, &warn) }
                <Banner {text} on_close={close} />
            </div>
            if let Some(at) = state.tour {
                <Tour {at} shown={STATIONS[at].shown(&state)} end={(*end).clone()} on_action={act.clone()} />
            }
            { panels(&state, &shown, &instant, &act) }
            if state.help {
                <Help on_close={on_help} />
            }
        </main>
    }
}

/// What is below the bar.
fn panels(state: &State, shown: &Shown, instant: &Instant, on_action: &Callback<Action>) -> Html {
    match state.mode {
        Mode::Simulate | Mode::Live => html! {
            <Panels state={state.clone()} shown={shown.clone()} instant={instant.clone()} {on_action} />
        },
        Mode::Trace => html! { <Place title={m::trace_place()} text={m::trace_place_later()} /> },
        Mode::Compare | Mode::Scale => {
            html! { <Place title={state.mode.label()} text={state.mode.what()} /> }
        }
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

fn bar(
    state: &State,
    shown: &Shown,
    instant: &Instant,
    on_action: &Callback<Action>,
    on_command: &Callback<Command>,
    say: &Callback<Option<String>>,
) -> Html {
    let session = shown.session.borrow();
    let transport = html! {
        <Transport at={instant.at} behind={session.behind(instant.at)} now={instant.world.now}
            moves={state.moves()} live={state.mode == Mode::Live} speed={state.speed}
            {on_command} {on_action} />
    };
    let live = state.mode == Mode::Live;
    // Of a server that is switched: the program that the reader has chosen.
    let chosen = session.setup().map_or(instant.program, |setup| setup.program);
    let program = if live { chosen } else { state.program };
    let on_program = {
        let (shown, on_action) = (shown.clone(), on_action.clone());
        Callback::from(move |program| match live {
            true => switch(&shown, &on_action, Choice::Program(program)),
            false => on_action.emit(Action::SetProgram(program)),
        })
    };
    html! {
        <Bar mode={state.mode} {program} offered={session.offered().to_vec()} {on_program} scenario={state.scenario.clone()} theme={state.theme} language={state.language}
            connection={session.connection} loading={shown.loading} server={session.server_text()} {on_action} {on_command}
            on_share={share(state, say)}>
            { transport }
        </Bar>
    }
}

/// Copies the link to what is shown, and shows it.
fn share(state: &State, say: &Callback<Option<String>>) -> Callback<()> {
    let (link, live, say) = (state.link().to_string(), state.mode == Mode::Live, say.clone());
    Callback::from(move |()| {
        let (address, say) = (browser::address_with(&link), say.clone());
        spawn_local(async move {
            let copied = if browser::copy(&address).await { "Copied" } else { "Copy this link" };
            let live = if live {
                ". It opens Live on its reader's own machine: what a running server did is never in a link."
            } else {
                ""
            };
            say.emit(Some(format!("{copied}: {address}{live}")));
        });
    })
}

/// Puts away whatever the banner says.
fn put_away(warn: &Callback<Option<String>>, shown: &Shown) -> Callback<()> {
    let (warn, shown) = (warn.clone(), shown.clone());
    Callback::from(move |()| {
        warn.emit(None);
        shown.change(|session| {
            session.notice = None;
            Vec::new()
        });
    })
}
