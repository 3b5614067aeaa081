//! The column of a run: which server, how it is set, its stage, and what has just happened.

use loopscope_shared::servers::{PROGRAMS, Program};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::messages as m;
use crate::model::compare::names;
use crate::store::Run;
use crate::store::tuning::Tuning;
use crate::views::reading;
use crate::views::setting::{self, Setting};

/// A run, and where it is.
#[derive(Debug)]
pub struct Column<'a> {
    /// Its number among those that are compared, from 0.
    pub index: usize,
    /// The run.
    pub run: &'a Run,
    /// Whether it can be taken out.
    pub can_go: bool,
    /// So many of its events have happened.
    pub seq: u64,
    /// What has just happened in it.
    pub why: AttrValue,
    /// Whether nothing happens in it any more.
    pub over: bool,
    /// The reader changes it, or takes it out.
    pub on_run: Callback<Option<Run>>,
    /// The reader wants to see it alone.
    pub on_alone: Callback<()>,
    /// Its picture.
    pub stage: Html,
}

/// The column.
pub fn column(props: &Column<'_>) -> Html {
    let (run, index) = (props.run, props.index);
    let (name, what) = names(run);
    let chosen = {
        let run = run.clone();
        reading(&props.on_run, move |event: Event| {
            let program = Program::named(&event.target_dyn_into::<HtmlSelectElement>()?.value())?;
            Some(Some(Run { program, tuning: Tuning::default(), load: run.load.clone() }))
        })
    };
    let on_tune = {
        let run = run.clone();
        props.on_run.reform(move |tuning| Some(Run { tuning, ..run.clone() }))
    };
    let options = PROGRAMS.iter().map(|entry| {
        let mark = if entry.observed { "" } else { " ◇" };
        html! {
            <option value={entry.name} selected={entry.program == run.program}>{ entry.name }{ mark }</option>
        }
    });
    let setting = setting::view(&Setting {
        program: run.program,
        settings: &run.settings(),
        tuning: run.tuning,
        offered: &[],
        on_tune,
        seed: None,
        on_seed: Callback::noop(),
    });
    let suits = run.load.scenario().is_for(run.program);
    html! {
        <section class="card compare-column" aria-label={m::compare_server((index + 1).to_string())}
            data-program={name} data-seq={props.seq.to_string()}>
            <h2 class="sr">{ m::compare_server((index + 1).to_string()) }</h2>
            <div class="compare-head">
                <select class="pill small" aria-label={m::compare_server((index + 1).to_string())}
                    data-column={index.to_string()} title={(run.program.entry().lesson)()} onchange={chosen}>
                    { for options }
                </select>
                <span class="compare-what">{ what }</span>
                if props.over {
                    <span class="compare-over" title={m::compare_over_what()}>{ "■ " }{ m::compare_over() }</span>
                }
                <span class="compare-buttons">
                    <button class="pill small alone" title={m::compare_alone_what()}
                        onclick={props.on_alone.reform(|_: MouseEvent| ())}>{ m::compare_alone() }</button>
                    if props.can_go {
                        <button class="quiet" aria-label={m::compare_remove(name)} title={m::compare_remove(name)}
                            onclick={props.on_run.reform(|_: MouseEvent| None)}>{ "×" }</button>
                    }
                </span>
            </div>
            { setting }
            if !suits {
                <p class="compare-note">{ m::compare_no_suit() }</p>
            }
            { props.stage.clone() }
            <p class="why">{ &props.why }</p>
        </section>
    }
}
