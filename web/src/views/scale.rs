//! What lines cost against the number of connections: what is asked, the chart, and the same as a table.

mod chart;
mod table;
mod wishes;

use loopscope_shared::scale::CONNECTIONS;
use web_sys::{File, HtmlInputElement};
use yew::prelude::*;

use crate::hooks::use_size;
use crate::messages as m;
use crate::model::scale::{Results, chart as chart_of, cost_names, csv, points_of, svg, why_ended};
use crate::store::Scaling;
use crate::views::{download, reading};

/// The width of the chart before it is measured, and how high it is: the wider, the higher.
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 430.0;
const HEIGHT_SMALL: f64 = 300.0;
const HEIGHT_LARGE: f64 = 540.0;
const NARROW: f64 = 560.0;
const WIDE: f64 = 1000.0;

/// What is shown.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ScaleProps {
    /// What the reader wants to see.
    pub scaling: Scaling,
    /// What is known.
    pub results: Results,
    /// Whether points are being computed.
    pub running: bool,
    /// Whether workers do not start.
    pub failed: bool,
    /// The line of an opened file that cannot be read; 0 if it is nothing that was measured.
    pub refused: Option<usize>,
    /// The reader opens a file with what was measured.
    pub on_measured: Callback<File>,
    /// The reader wants to see something else.
    pub on_scaling: Callback<Scaling>,
    /// The reader wants the points that are not known.
    pub on_start: Callback<()>,
    /// The reader wants no more of them.
    pub on_stop: Callback<()>,
    /// The reader wants the chart, which is this SVG of that size, as a PNG.
    pub on_png: Callback<(String, f64, f64)>,
}

/// The whole of it.
#[component]
pub fn Scale(props: &ScaleProps) -> Html {
    let ScaleProps { scaling, results, .. } = props;
    let place = use_node_ref();
    let (width, _) = use_size(&place, (WIDTH, HEIGHT));
    let at = use_state_eq(|| CONNECTIONS.len() - 4);
    let height = match width {
        ..NARROW => HEIGHT_SMALL,
        NARROW..WIDE => HEIGHT,
        _ => HEIGHT_LARGE,
    };
    let chart = chart_of(results, scaling, width, height);
    let is_empty = chart.curves.iter().all(|curve| curve.dots.is_empty());
    let connections = CONNECTIONS[(*at).min(CONNECTIONS.len() - 1)];
    let label = m::scale_chart(cost_names(scaling.cost).0);
    let on_place = {
        let (at, chart) = (at.setter(), chart.clone());
        Callback::from(move |x: f64| {
            let nearest = chart.nearest(x);
            let index = CONNECTIONS.iter().position(|connections| Some(*connections) == nearest);
            at.set(index.unwrap_or_default());
        })
    };
    let oninput = {
        let at = Callback::from({
            let at = at.setter();
            move |index: usize| at.set(index)
        });
        reading(&at, |event: InputEvent| {
            Some(event.target_dyn_into::<HtmlInputElement>()?.value_as_number() as usize)
        })
    };
    let reading_text = m::scale_at_text(connections.into());
    let ends = scaling.programs.iter().filter_map(|program| {
        let (end, why) = results.end(*program, scaling.talk)?;
        Some(html! { <li>{ "✕ " }{ why_ended(*program, end, why) }</li> })
    });
    html! {
        <section class="scale" aria-label={m::scale()}>
            { wishes::view(scaling, &props.on_scaling) }
            { progress(props) }
            <div class="card scale-card">
                <div ref={place} class="scale-place">
                    if is_empty {
                        <p class="scale-empty">{ m::scale_empty() }</p>
                    }
                    { chart::picture(&chart, &label, connections, &on_place) }
                </div>
                <div class="scale-read">
                    <label for="scale-at">{ m::scale_at() }</label>
                    <input id="scale-at" type="range" min="0" max={(CONNECTIONS.len() - 1).to_string()}
                        value={at.to_string()} aria-valuetext={reading_text.clone()} {oninput} />
                    <output for="scale-at">{ chart::values(&chart, connections, &reading_text) }</output>
                </div>
                <ul class="scale-notes">
                    { for ends }
                    { measured(props) }
                </ul>
                { saves(props, &chart, &label) }
            </div>
            { table::view(scaling, results) }
        </section>
    }
}

/// Where the points come from, and how those of a file are laid over them.
fn measured(props: &ScaleProps) -> Html {
    let on_file = reading(&props.on_measured, |event: Event| {
        let input: HtmlInputElement = event.target_dyn_into()?;
        let file = input.files()?.get(0);
        // The same file can be chosen again.
        input.set_value("");
        file
    });
    let said = match &props.results.measured {
        None => m::scale_measured_none().to_owned(),
        Some(of) => m::scale_measured_on(of.machine.clone(), of.version.clone(), of.rounds.to_string()),
    };
    html! {
        <>
            <li>{ m::scale_simulated_on() }</li>
            <li>
                { "◌ " }{ said }{ " " }
                <label class="pill small">
                    { m::scale_measured_open() }
                    <input id="scale-measured" class="sr" type="file" accept=".csv" onchange={on_file} />
                </label>
            </li>
            if let Some(line) = props.refused {
                <li role="alert">{ "⚠ " }{ m::scale_measured_refused(line as u64) }</li>
            }
        </>
    }
}

/// How far the computing is, and how it is started and stopped.
fn progress(props: &ScaleProps) -> Html {
    let missing = props.results.missing(&props.scaling).len();
    let all = points_of(&props.scaling);
    let done = all.saturating_sub(missing);
    let text = m::scale_progress(done.to_string(), all.to_string());
    let compute = props.on_start.reform(|_: MouseEvent| ());
    let stop = props.on_stop.reform(|_: MouseEvent| ());
    html! {
        <div class="card scale-progress" data-missing={missing.to_string()}>
            if props.failed {
                <p role="alert">{ m::scale_failed() }</p>
            } else if props.running {
                <button id="scale-stop" class="pill" onclick={stop}>{ "■ " }{ m::scale_stop() }</button>
                <progress aria-label={m::scale()} max={all.to_string()} value={done.to_string()} />
                <span>{ text }</span>
            } else if props.scaling.programs.is_empty() {
                <p>{ m::scale_none() }</p>
            } else if missing > 0 {
                <button id="scale-compute" class="pill on" onclick={compute}>
                    { "▶ " }{ m::scale_compute(missing as u64) }
                </button>
                <span class="hint">{ text }</span>
            } else {
                <p role="status">{ "✓ " }{ m::scale_all_there() }</p>
            }
        </div>
    }
}

/// The links by which the chart and its numbers are saved.
fn saves(props: &ScaleProps, chart: &crate::model::scale::Chart, label: &str) -> Html {
    let picture = svg(chart, label);
    let png = {
        let (picture, width, height) = (picture.clone(), chart.width, chart.height);
        props.on_png.reform(move |_: MouseEvent| (picture.clone(), width, height))
    };
    html! {
        <div class="scale-save" role="group" aria-label={m::scale_save()}>
            <span>{ m::scale_save() }</span>
            <a id="scale-svg" class="pill small" download="loopscope-scale.svg"
                href={download("image/svg+xml", &picture)}>{ "SVG" }</a>
            <button id="scale-png" class="pill small" onclick={png}>{ "PNG" }</button>
            <a id="scale-csv" class="pill small" download="loopscope-scale.csv"
                href={download("text/csv", &csv(&props.results, &props.scaling))}>{ "CSV" }</a>
        </div>
    }
}
