//! What is set of the program that runs: only what concerns it.

use loopscope_shared::servers::{Backend, Program, QUIRKS, Quirk, Quirks, Settings};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::messages as m;
use crate::model::text::with_code;
use crate::store::tuning::{NUMBER_MAX, Tuning, backend};
use crate::views::banner::piece;
use crate::views::number::Number;
use crate::views::reading;

/// What the settings show.
#[derive(Debug)]
pub struct Setting<'a> {
    /// The program.
    pub program: Program,
    /// What is set of it, by the scenario and by the reader.
    pub settings: &'a Settings,
    /// What the reader has set.
    pub tuning: Tuning,
    /// The programs that run natively, and what they wait with; none where the kernel is simulated.
    pub offered: &'a [Program],
    /// The reader sets something.
    pub on_tune: Callback<Tuning>,
    /// The seed of whatever is left to chance; none where nothing is simulated.
    pub seed: Option<u64>,
    /// The reader sets another.
    pub on_seed: Callback<u64>,
}

/// The settings, and whether the interface was compared with a real kernel.
pub fn view(props: &Setting<'_>) -> Html {
    let (settings, tuning) = (props.settings, props.tuning);
    let numbers = match props.program {
        Program::Sequential => {
            numeric(props, ("clients", m::setting_clients()), settings.clients, move |n| Tuning {
                clients: n,
                ..tuning
            })
        }
        Program::Pool => numeric(props, ("workers", m::setting_workers()), settings.workers, move |n| {
            Tuning { workers: n, ..tuning }
        }),
        Program::Epoll | Program::Mio => {
            numeric(props, ("loops", m::setting_loops()), settings.loops, move |n| Tuning {
                loops: n,
                ..tuning
            })
        }
        Program::Event | Program::Bufferevent => backends(props),
        _ => Html::default(),
    };
    let name = props.program.name();
    let quirks: Vec<&Quirk> = QUIRKS.iter().filter(|quirk| quirk.programs.contains(&name)).collect();
    let documented = props.offered.is_empty() && !props.program.entry().observed;
    html! {
        <div class="settings">
            if documented {
                <span class="documented" title={m::setting_documented_what()}>
                    { m::setting_documented() }
                </span>
            }
            { numbers }
            { seed(props) }
            if !quirks.is_empty() { { mistakes(props, &quirks) } }
        </div>
    }
}

fn numeric(
    props: &Setting<'_>,
    (name, text): (&'static str, &'static str),
    value: u32,
    tuned: impl Fn(Option<u32>) -> Tuning + 'static,
) -> Html {
    let on_number =
        props.on_tune.reform(move |number: u64| tuned(Some(number.min(NUMBER_MAX.into()) as u32)));
    html! {
        <label class="setting">
            { text }
            <Number id={format!("setting-{name}")} value={u64::from(value)} min={1} max={u64::from(NUMBER_MAX)} {on_number} />
        </label>
    }
}

fn seed(props: &Setting<'_>) -> Html {
    let Some(value) = props.seed else { return Html::default() };
    html! {
        <label class="setting" title={m::setting_seed_what()}>
            { m::setting_seed() }
            <Number id="setting-seed" {value} min={0} on_number={props.on_seed.clone()} />
        </label>
    }
}

fn backends(props: &Setting<'_>) -> Html {
    let tuning = props.tuning;
    let changed = reading(&props.on_tune, move |event: Event| {
        let name = event.target_dyn_into::<HtmlSelectElement>()?.value();
        Some(Tuning { backend: Some(backend(&name)?), ..tuning })
    });
    // A system has a back-end if the program of that name runs on it.
    let offered = |backend: &Backend| {
        props.offered.is_empty()
            || Program::named(backend.name()).is_none_or(|program| props.offered.contains(&program))
    };
    let options = [Backend::Best].into_iter().chain(Backend::ALL).filter(offered).map(|backend| {
        html! {
            <option value={backend.name()} selected={backend == props.settings.backend}>{ backend.name() }</option>
        }
    });
    html! {
        <label class="setting">
            { m::setting_backend() }
            <select id="setting-backend" onchange={changed}>{ for options }</select>
        </label>
    }
}

/// The mistakes of the printed program, each to be made on purpose.
fn mistakes(props: &Setting<'_>, quirks: &[&Quirk]) -> Html {
    let (made, tuning) = (props.settings.quirks, props.tuning);
    let all = quirks.iter().fold(Quirks::empty(), |all, quirk| all | quirk.quirk);
    let boxes = quirks.iter().map(|quirk| {
        let which = quirk.quirk;
        let changed = reading(&props.on_tune, move |event: Event| {
            let on = event.target_dyn_into::<HtmlInputElement>()?.checked();
            let mut quirks = made;
            quirks.set(which, on);
            Some(Tuning { quirks: Some(quirks), ..tuning })
        });
        html! {
            <label class="quirk" title={(quirk.seen)()}>
                <input type="checkbox" data-quirk={quirk.name} checked={made.contains(which)} onchange={changed} />
                <span><b>{ quirk.name }</b>{ m::setting_colon() }{ for with_code((quirk.mistake)()).into_iter().map(piece) }</span>
            </label>
        }
    });
    let summary = match (made & all).iter().count() {
        0 => m::setting_quirks_none().to_owned(),
        many => m::setting_quirks(many),
    };
    html! {
        <details class="quirks">
            <summary>{ summary }</summary>
            <div class="quirks-list">
                <p class="stage-note">{ m::setting_quirks_what() }</p>
                { for boxes }
            </div>
        </details>
    }
}
