//! The bar: what is run and where, and what concerns the whole page.

use loopscope_shared::language::Language;
use loopscope_shared::scenario::{Scenario, preset};
use loopscope_shared::servers::{Entry, PROGRAMS, Program};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::commands::Command;
use crate::messages as m;
use crate::model::session::Connection;
use crate::store::{Action, Mode, Theme};
use crate::views::icons::{self, icon};
use crate::views::reading;

/// Programs under a heading.
type Group = (fn() -> &'static str, &'static [Program]);

/// The programs in the order of the chapter: what each does while nothing has come. A mark says that the
/// interface is simulated as it is documented, and was not compared with a real kernel.
const GROUPS: &[Group] = &[
    (m::group_client, &[Program::Client]),
    (m::group_blocking, &[Program::Sequential, Program::Fork, Program::Threads, Program::Pool]),
    (m::group_asking, &[Program::BusyPoll]),
    (
        m::group_readiness,
        &[
            Program::Select,
            Program::Poll,
            Program::Epoll,
            Program::EpollEt,
            Program::Kqueue,
            Program::EventPorts,
            Program::DevPoll,
        ],
    ),
    (m::group_completion, &[Program::IoUring, Program::Iocp]),
    (m::group_loop, &[Program::Event, Program::Bufferevent, Program::Mio]),
];

/// Scenarios under a heading.
type Scenarios = (fn() -> &'static str, &'static [&'static str]);

/// The scenarios, by what is seen in them.
const SCENARIOS: &[Scenarios] = &[
    (
        m::scenarios_few,
        &[
            "three-clients",
            "head-of-line",
            "missed-edge",
            "ghost",
            "slow-reader",
            "starvation",
            "nagle",
            "fetch",
        ],
    ),
    (
        m::scenarios_many,
        &["many-idle", "long-march", "eagain-storm", "burst", "backlog-overflow", "emfile", "c10k"],
    ),
    (m::scenarios_tasks, &["fork-bomb", "zombies", "herd", "herd-exclusive"]),
    (
        m::scenarios_mistakes,
        &[
            "drop-overflow",
            "creeping-indices",
            "reset-to-one",
            "read-on",
            "unlimited-output",
            "free-on-eof",
            "leak-descriptor",
            "off-by-one",
            "byte-reads",
            "write-interest-first",
            "flush-overlong",
            "sigpipe",
        ],
    ),
];

/// What the bar shows.
#[derive(Debug)]
pub struct Bar<'a> {
    /// Where the events come from.
    pub mode: Mode,
    /// The program that runs.
    pub program: Program,
    /// In Live, the programs that can take its place; none while there is nobody to ask for one.
    pub offered: &'a [Program],
    /// The reader chooses a program.
    pub on_program: Callback<Program>,
    /// The scenario that is simulated.
    pub scenario: &'a str,
    /// The colours.
    pub theme: Theme,
    /// What the page speaks.
    pub language: Language,
    /// How the way to the source is.
    pub connection: Connection,
    /// Whether a simulation is on its way.
    pub loading: bool,
    /// How the native server is, in words.
    pub server: String,
    /// The reader changes something.
    pub on_action: &'a Callback<Action>,
    /// The reader gives a command.
    pub on_command: &'a Callback<Command>,
    /// Where the events of an open file come from, in a word; or how much of it has come, in percent.
    pub origin: Result<&'static str, u64>,
    /// The reader wants the link.
    pub on_share: Callback<()>,
}

/// The bar.
pub fn view(props: &Bar<'_>) -> Html {
    let live = props.mode == Mode::Live;
    let mode = |mode: Mode| {
        let on = props.mode == mode;
        let onclick = props.on_action.reform(move |_: MouseEvent| Action::SetMode(mode));
        html! {
            <button id={format!("mode-{}", mode.name())} class={classes!("pill", on.then_some("on"))}
                aria-pressed={on.to_string()} title={mode.what()} {onclick}>
                { mode.label() }
            </button>
        }
    };
    let next = props.theme.next();
    let theme = props.on_action.reform(move |_: MouseEvent| Action::SetTheme(next));
    let sign = match props.theme {
        Theme::Auto => icons::AUTO,
        Theme::Light => icons::LIGHT,
        Theme::Dark => icons::DARK,
    };
    let label = m::theme(props.theme.title(), next.title());
    let palette = props.on_command.reform(|_: MouseEvent| Command::Palette);
    let help = props.on_command.reform(|_: MouseEvent| Command::Help);
    html! {
        <header class="bar">
            <h1 class="logo">{ "loop" }<span>{ "scope" }</span></h1>
            <div class="group modes" role="group" aria-label={m::modes()}>{ for Mode::ALL.map(mode) }</div>
            // Where several are seen, each is chosen there; and a file is of what it is of.
            if matches!(props.mode, Mode::Simulate | Mode::Live) { { programs(props, live) } }
            if !matches!(props.mode, Mode::Scale | Mode::Trace) { { scenarios(props, live) } }
            { status(props, live) }
            <div class="group end">
                { named("tour", icons::TOUR, m::tour(), m::tour_open(), props.on_action.reform(|_| Action::Tour(Some(0)))) }
                { named("findings", icons::FINDINGS, m::findings(), m::findings_what(), props.on_command.reform(|_| Command::Findings)) }
                { named("save", icons::SAVE, m::save(), m::save_what(), props.on_command.reform(|_| Command::Save)) }
                { named("share", icons::SHARE, m::share(), m::share_what(), props.on_share.reform(|_| ())) }
                <button id="theme" class="pill square" onclick={theme} aria-label={label.clone()} title={label}>
                    { icon(sign) }
                </button>
                { language(props) }
                <button id="commands" class="pill square" aria-label={m::palette()}
                    title={Command::Palette.title()} onclick={palette}>{ icon(icons::COMMANDS) }</button>
                <button id="help" class="pill square" aria-label={m::help_button()}
                    title={format!("{} (?)", m::help_button())} onclick={help}>{ "?" }</button>
            </div>
        </header>
    }
}

/// A button with a sign and its name, which is not seen where there is no room for it.
fn named(
    id: &'static str,
    sign: &'static str,
    name: &'static str,
    title: &'static str,
    onclick: Callback<MouseEvent>,
) -> Html {
    html! { <button {id} class="pill named" {title} {onclick}>{ icon(sign) }<span>{ name }</span></button> }
}

/// The button to the next language, which says in that language which one it is.
fn language(props: &Bar<'_>) -> Html {
    let next = props.language.next();
    let onclick = props.on_action.reform(move |_: MouseEvent| Action::SetLanguage(next));
    html! { <button id="language" class="pill" lang={next.tag()} {onclick}>{ next.name() }</button> }
}

fn programs(props: &Bar<'_>, live: bool) -> Html {
    let chosen = reading(&props.on_program, |event: Event| {
        let name = event.target_dyn_into::<HtmlSelectElement>()?.value();
        Program::named(&name)
    });
    let away = live && props.offered.is_empty();
    let option = |entry: &Entry| {
        let mark = if live || entry.observed { "" } else { " ◇" };
        html! {
            <option value={entry.name} selected={entry.program == props.program} title={(entry.idea)()}>
                { entry.name }{ mark }
            </option>
        }
    };
    let listed = |program: &Program| !live || away || props.offered.contains(program);
    let groups = GROUPS.iter().filter(|(_, names)| names.iter().any(listed)).map(|(label, names)| {
        let entries =
            PROGRAMS.iter().filter(|entry| names.contains(&entry.program) && listed(&entry.program));
        html! { <optgroup label={label()}>{ for entries.map(option) }</optgroup> }
    });
    let title = if live { m::programs_live() } else { (props.program.entry().lesson)() };
    html! {
        <select id="program" class="pill" aria-label={m::programs()} {title} onchange={chosen} disabled={away}>
            { for groups }
        </select>
    }
}

fn scenarios(props: &Bar<'_>, live: bool) -> Html {
    let chosen = reading(props.on_action, |event: Event| {
        event.target_dyn_into::<HtmlSelectElement>().map(|list| Action::SetScenario(list.value()))
    });
    let option = |scenario: Scenario| {
        html! {
            <option value={scenario.name.clone()} selected={scenario.name == props.scenario}>
                { scenario.title }
            </option>
        }
    };
    let groups = SCENARIOS.iter().map(|(label, names)| {
        html! {
            <optgroup label={label()}>{ for names.iter().filter_map(|name| preset(name)).map(option) }</optgroup>
        }
    });
    // What does not fit into the list is said on it.
    let title = preset(props.scenario).map(|scenario| scenario.title);
    let class = classes!("pill", live.then_some("away"));
    html! {
        <select id="scenario" {class} aria-label={m::scenarios()} {title} onchange={chosen} disabled={live}>{ for groups }</select>
    }
}

/// Where what is seen comes from; of Live also how the way to it is.
fn status(props: &Bar<'_>, live: bool) -> Html {
    let state = live.then(|| props.connection.name());
    let mut opening = None;
    let (sign, text) = match (live, props.connection) {
        _ if props.mode == Mode::Trace && props.origin == Ok("") => ("", ""),
        _ if props.mode == Mode::Trace => match props.origin {
            Ok(origin) => ("▤", origin),
            Err(percent) => ("◌", &**opening.insert(m::status_opening(percent))),
        },
        (false, _) if props.loading => ("◌", m::status_simulating()),
        (false, _) => ("○", m::status_simulated()),
        (true, Connection::Connecting) => ("◌", m::status_connecting()),
        (true, Connection::Connected) => ("●", m::status_live()),
        (true, Connection::Lost) => ("✕", m::status_lost()),
    };
    html! {
        <p id="live-status" class="status" data-state={state} role="status" title={props.server.clone()}>
            <span aria-hidden="true">{ sign }{ " " }</span>{ text }
        </p>
    }
}

#[cfg(test)]
mod tests {
    use loopscope_shared::scenario::PRESETS;

    use super::*;

    #[test]
    fn every_scenario_is_in_one_group() {
        for name in PRESETS {
            let groups = SCENARIOS.iter().filter(|(_, names)| names.contains(name)).count();
            assert_eq!(groups, 1, "{name}");
        }
    }

    #[test]
    fn every_program_is_in_one_group() {
        for entry in PROGRAMS {
            let groups = GROUPS.iter().filter(|(_, programs)| programs.contains(&entry.program)).count();
            assert_eq!(groups, 1, "{}", entry.name);
        }
    }
}
