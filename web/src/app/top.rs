//! What stands at the top of the page: the bar, what the reader must know, and the search.

use loopscope_shared::servers::{PROGRAMS, Program};
use loopscope_shared::time::Nanos;
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::app::instant::Instant;
use crate::app::panels::arrive;
use crate::app::switching::{Choice, switch};
use crate::browser;
use crate::commands::Command;
use crate::commands::palette::Run;
use crate::hooks::Shown;
use crate::messages as m;
use crate::model::file::{opened_percent, origin};
use crate::model::steps::last_event;
use crate::model::text::grouped;
use crate::store::link::Link;
use crate::store::{Action, Cursor, Mode, State};
use crate::views::banner;
use crate::views::bar::{self, Bar};
use crate::views::search::Search;
use crate::views::transport::{self, Scrubber, Transport, scrubber};

/// What is shown, and all ways in which the reader may change it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Chosen {
    /// The state of the page.
    pub state: State,
    /// The session.
    pub shown: Shown,
    /// Changes the state.
    pub act: Callback<Action>,
    /// Carries out a command.
    pub run: Callback<Command>,
    /// Tells the reader something, or puts it away.
    pub warn: Callback<Option<String>>,
}

impl Chosen {
    /// The programs that can be chosen.
    pub(super) fn offered(&self) -> Vec<Program> {
        match self.state.mode {
            Mode::Live => self.shown.session.borrow().offered().to_vec(),
            _ => PROGRAMS.iter().map(|entry| entry.program).collect(),
        }
    }

    /// Runs a program: of a running server, another takes its place.
    pub(super) fn set_program(&self, program: Program) {
        match self.state.mode {
            Mode::Live => switch(&self.shown, &self.act, Choice::Program(program)),
            _ => {
                let now = self.now();
                self.act.emit(Action::SetProgram(program));
                // The same instant of the other's run.
                now.into_iter().for_each(|now| self.act.emit(Action::Seek(Cursor::Time(now))));
            }
        }
    }

    /// The instant at which the reader is, unless that is where a run opens.
    fn now(&self) -> Option<Nanos> {
        let recording = &self.shown.session.borrow().recording;
        let at = Some(self.state.at).filter(|at| *at != Cursor::Home)?;
        last_event(&recording.timeline, recording.cursor(at)).map(|(_, event, _)| event.at)
    }

    /// Does what was chosen in the palette, which closes.
    pub(super) fn run_item(&self, run: Run) {
        self.act.emit(Action::ShowPalette(false));
        match run {
            Run::Command(command) => self.run.emit(command),
            Run::Actions(actions) => actions.into_iter().for_each(|action| self.act.emit(action)),
            Run::Program(program) => self.set_program(program),
            Run::Share => self.share(),
        }
    }

    /// Copies the link to what is shown, and shows it.
    fn share(&self) {
        let (live, warn) = (self.state.mode == Mode::Live, self.warn.clone());
        // What the host of the page has, a link can bring; a file of the reader's own, none can.
        let own_file =
            self.state.trace.as_ref().filter(|file| self.state.mode == Mode::Trace && file.from.is_none());
        let own_file = own_file.map(|file| file.name.clone());
        let address = browser::address_with(&self.state.link().to_string());
        spawn_local(async move {
            let copied = browser::copy(&address).await;
            if let Some(file) = own_file {
                return warn.emit(Some(m::share_file(address, file)));
            }
            warn.emit(Some(match (copied, live) {
                (true, false) => m::share_copied(address),
                (false, false) => m::share_to_copy(address),
                (true, true) => m::share_copied_live(address),
                (false, true) => m::share_to_copy_live(address),
            }));
        });
    }
}

/// What the top shows.
#[derive(Debug)]
pub(super) struct Top<'a> {
    /// What is shown, and how it is changed.
    pub chosen: &'a Chosen,
    /// The instant that is shown.
    pub instant: &'a Instant,
    /// What the reader must know.
    pub text: Option<&'a str>,
    /// Whether it is about something that was done just now: then it moves nothing of the page.
    pub floats: bool,
    /// Whether the last search has found something; `None` if nothing was searched for since.
    pub found: Option<bool>,
}

/// The top of the page.
pub(super) fn top(props: &Top<'_>) -> Html {
    let Top { chosen, instant, text, floats, found } = props;
    let Chosen { state, act, run, .. } = chosen;
    let close = put_away(chosen);
    let retry = chosen.shown.session.borrow().retry_s.map(|seconds| {
        let shown = chosen.shown.clone();
        (seconds, Callback::from(move |_: MouseEvent| shown.retry()))
    });
    let found = match found {
        None => String::new(),
        Some(true) => m::search_at(grouped(instant.at.0)),
        Some(false) => m::search_none().to_owned(),
    };
    let bar = if state.embedded { embedded() } else { whole(chosen, instant) };
    html! {
        <div class="top">
            { bar }
            { banner::view(*text, *floats, retry, &close) }
            if let Some(text) = &state.search {
                <Search text={text.clone()} {found} on_command={run} on_action={act} />
            }
        </div>
    }
}

/// The bar of a page that is a part of another one: nothing but its name, which is not seen.
fn embedded() -> Html {
    html! { <header class="sr"><h1>{ "Loopscope" }</h1></header> }
}

/// What moves the picture in time: the transport and the scrubber. Costs have no time to move in, and several runs
/// beside each other have a cursor of their own.
pub(super) fn drive(chosen: &Chosen, instant: &Instant) -> Html {
    let Chosen { state, shown, act: on_action, run: on_command, .. } = chosen;
    let session = shown.session.borrow();
    let timeline = &session.recording.timeline;
    let elsewhere = state.mode == Mode::Compare;
    let link = Link { embedded: false, ..state.link() };
    let (at, now) = (instant.at, instant.world.now);
    let on_seek = {
        let on_action = on_action.clone();
        Callback::from(move |(at, done)| arrive(&on_action, at, done))
    };
    let transport = transport::view(&Transport {
        at,
        behind: session.behind(at),
        now,
        moves: state.moves(),
        live: state.mode == Mode::Live,
        elsewhere,
        speed: state.speed,
        on_command,
        on_action,
    });
    html! {
        <div class="card drive">
            { transport }
            if !elsewhere {
                { scrubber(&Scrubber { first: timeline.first(), at, end: timeline.next(), now, on_seek }) }
            }
            if state.embedded {
                <a class="whole" href={link.to_string()} target="_blank" rel="noopener">{ m::embedded_whole() }</a>
            }
        </div>
    }
}

/// The bar of the page.
fn whole(chosen: &Chosen, instant: &Instant) -> Html {
    let Chosen { state, shown, act: on_action, run: on_command, .. } = chosen;
    let session = shown.session.borrow();
    let live = state.mode == Mode::Live;
    // Of a server that is switched: the program that the reader has chosen.
    let wanted = session.setup().map_or(instant.program, |setup| setup.program);
    let program = if live { wanted } else { state.run.program };
    let on_program = {
        let chosen = chosen.clone();
        Callback::from(move |program| chosen.set_program(program))
    };
    let on_share = {
        let chosen = chosen.clone();
        Callback::from(move |()| chosen.share())
    };
    bar::view(&Bar {
        mode: state.mode,
        program,
        offered: session.offered(),
        on_program,
        scenario: &state.run.load.scenario,
        theme: state.theme,
        language: state.language,
        connection: session.connection,
        loading: shown.loading,
        server: session.server_text(),
        origin: session.about.as_ref().map_or(Ok(""), |about| match session.ready {
            true => Ok(origin(&about.header)),
            false => Err(opened_percent(about, session.recording.timeline.len())),
        }),
        on_action,
        on_command,
        on_share,
    })
}

/// Puts away whatever the banner says.
fn put_away(chosen: &Chosen) -> Callback<()> {
    let (warn, shown) = (chosen.warn.clone(), chosen.shown.clone());
    Callback::from(move |()| {
        warn.emit(None);
        shown.change(|session| {
            session.notice = None;
            Vec::new()
        });
    })
}
