//! A station of the guided tour: what it tells, what to watch, and a question to answer by trying.

use std::rc::Rc;

use loopscope_shared::world::World;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::messages as m;
use crate::model::tour::{Exhibit, STATIONS, Show, Station, is_right};
use crate::store::Action;
use crate::views::reading;

/// What a station shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct Tour {
    /// The index of the station.
    pub at: usize,
    /// Which of its scenes the page shows, if it shows one.
    pub shown: Option<Show>,
    /// The run at its end, once it is whole.
    pub end: Option<Rc<World>>,
    /// The reader goes on, or sets a scene.
    pub on_action: Callback<Action>,
}

/// What has become of the reader's answer.
#[derive(Clone, Debug, Default, PartialEq)]
enum Verdict {
    #[default]
    None,
    NoNumber,
    NotYet,
    Wrong,
    Right(String),
    Told(String),
}

/// A station.
pub fn view(props: &Tour) -> Html {
    let at = props.at.min(STATIONS.len() - 1);
    let station = STATIONS[at];
    let to = |index: usize| props.on_action.reform(move |_: MouseEvent| Action::Tour(Some(index)));
    let close = props.on_action.reform(|_: MouseEvent| Action::Tour(None));
    let last = at + 1 == STATIONS.len();
    html! {
        <section class="card tour" aria-label={m::tour()} data-station={station.program.name()}>
            <div class="head">
                <h2>{ (station.title)() }</h2>
                <span class="hint">{ m::tour_station(at + 1, STATIONS.len()) }</span>
                <button class="pill square end" aria-label={m::tour_close()} title={m::tour_close()} onclick={close}>
                    { "×" }
                </button>
            </div>
            <div class="tour-text" tabindex="0" role="region" aria-label={(station.title)()}>
                <p>{ (station.text)() }</p>
                <p><b>{ m::tour_watch() }</b>{ " " }{ (station.watch)() }</p>
                if props.shown.is_none() {
                    <p class="moved">{ m::tour_moved() }{ " " }{ scene_button(props, &station, Show::Scene, m::tour_scene()) }</p>
                }
                <Question key={at} ..props.clone() />
                { for station.exhibit.map(|exhibit| self::exhibit(props, &station, &exhibit)) }
                if last {
                    <p>{ m::tour_end() }</p>
                }
            </div>
            <div class="tour-ways">
                <button class="pill" disabled={at == 0} onclick={to(at.saturating_sub(1))}>{ "← " }{ m::tour_back() }</button>
                <button id="tour-next" class="pill" disabled={last} onclick={to(at + 1)}>{ m::tour_on() }{ " →" }</button>
            </div>
        </section>
    }
}

/// The button that sets one of the station's scenes. It stays pressed while that scene is shown.
fn scene_button(props: &Tour, station: &Station, show: Show, text: &'static str) -> Html {
    let (program, scene) = (station.program, station.scene(show));
    let onclick = props.on_action.reform(move |_: MouseEvent| Action::SetScene(program, scene));
    let on = props.shown == Some(show);
    html! { <button class={classes!("pill", on.then_some("on"))} aria-pressed={on.to_string()} {onclick}>{ text }</button> }
}

/// The question, and what becomes of the answer: it is compared with the run that is shown.
#[component]
fn Question(props: &Tour) -> Html {
    let station = STATIONS[props.at.min(STATIONS.len() - 1)];
    let answer = use_state(String::new);
    let verdict = use_state(Verdict::default);
    // What the run says, if it is this station's own and whole.
    let end = props.end.as_ref().filter(|_| props.shown == Some(Show::Scene));
    let truth = end.and_then(|world| Some((station.measure.of(world)?, station.measure.text(world))));
    let check = {
        let (answer, verdict, truth) = (answer.clone(), verdict.clone(), truth.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            verdict.set(match &truth {
                None => Verdict::NotYet,
                Some((value, text)) => match is_right(&answer, *value) {
                    None => Verdict::NoNumber,
                    Some(true) => Verdict::Right(text.clone()),
                    Some(false) => Verdict::Wrong,
                },
            });
        })
    };
    let reveal = {
        let verdict = verdict.clone();
        Callback::from(move |_: MouseEvent| {
            verdict.set(truth.as_ref().map_or(Verdict::NotYet, |(_, text)| Verdict::Told(text.clone())));
        })
    };
    let typed = {
        let answer = answer.setter();
        reading(&Callback::from(move |text| answer.set(text)), |event: InputEvent| {
            event.target_dyn_into::<HtmlInputElement>().map(|input| input.value())
        })
    };
    let elsewhere = props.shown != Some(Show::Scene) && *verdict != Verdict::None;
    let told = matches!(*verdict, Verdict::Right(_) | Verdict::Told(_));
    html! {
        <form class="tour-question" onsubmit={check}>
            <p><b>{ m::tour_question() }</b>{ " " }{ (station.question)() }</p>
            <input id="tour-answer" inputmode="decimal" autocomplete="off" aria-label={m::tour_answer()}
                placeholder={m::tour_answer()} value={(*answer).clone()} oninput={typed} />
            <button class="pill">{ m::tour_check() }</button>
            <button type="button" class="pill" onclick={reveal}>{ m::tour_reveal() }</button>
            <p id="tour-verdict" role="status">
                if elsewhere {
                    { m::tour_elsewhere() }{ " " }{ scene_button(props, &station, Show::Scene, m::tour_scene()) }
                } else {
                    { said(&verdict, &station) }
                }
                if told && !elsewhere {
                    { " " }{ (station.told)() }
                }
            </p>
        </form>
    }
}

fn said(verdict: &Verdict, station: &Station) -> String {
    match verdict {
        Verdict::None => String::new(),
        Verdict::NoNumber => m::tour_no_number().to_owned(),
        Verdict::NotYet => m::tour_running().to_owned(),
        Verdict::Wrong => m::tour_wrong(station.measure.label()),
        Verdict::Right(value) => m::tour_right(value),
        Verdict::Told(value) => m::tour_told(value),
    }
}

/// The mistake that the chapter prints: shown with it and without, and what differs.
fn exhibit(props: &Tour, station: &Station, exhibit: &Exhibit) -> Html {
    let seen = props.shown.is_some_and(|shown| shown != Show::Scene);
    let read = props.end.as_ref().filter(|_| seen).map(|world| {
        let text = m::tour_reads(exhibit.measure.label(), exhibit.measure.text(world));
        html! { <output id="tour-reads">{ text }</output> }
    });
    html! {
        <div class="tour-exhibit">
            <p><b>{ m::tour_exhibit() }</b>{ " " }{ (exhibit.text)() }</p>
            { scene_button(props, station, Show::Printed, m::tour_printed()) }
            { scene_button(props, station, Show::Cured, m::tour_cured()) }
            { for read }
        </div>
    }
}
