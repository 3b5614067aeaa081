//! What the program runs upon and with: CPUs, processes with their descriptor tables, how it hammers at the
//! line, and the base of an event loop with the callback that it is in.

use loopscope_shared::line::HIGH_WATER;
use yew::prelude::*;

use super::gate::mask_text;
use crate::messages as m;
use crate::model::stage::{Cpu, Process, Stage};
use crate::model::text::grouped;

/// The CPUs, each with what it carries out.
pub(super) fn cpus(stage: &Stage) -> Html {
    let cpu = |cpu: &Cpu| {
        let (class, text) = match (cpu.task, cpu.hot) {
            (None, _) => ("idle", m::stage_cpu_idle(cpu.number)),
            (Some(task), false) => ("busy", m::stage_cpu_runs(cpu.number, task)),
            (Some(task), true) => ("hot", m::stage_cpu_hot(cpu.number, task)),
        };
        html! { <span class={classes!("stage-cpu", class)}><i aria-hidden="true" />{ text }</span> }
    };
    // One that simply carries out the one task is said by the task itself.
    if stage.cpus.len() < 2 && !stage.cpus.iter().any(|cpu| cpu.hot) {
        return Html::default();
    }
    html! { <span class="stage-cpus">{ for stage.cpus.iter().map(cpu) }</span> }
}

/// The processes beside each other, each with its copy of the descriptor table.
pub(super) fn processes(stage: &Stage) -> Html {
    if stage.processes.is_empty() {
        return Html::default();
    }
    html! {
        <div class="stage-processes">
            { for stage.processes.iter().map(process) }
            if stage.more_processes > 0 {
                <span class="stage-note">{ m::stage_more_processes(stage.more_processes as u64) }</span>
            }
        </div>
    }
}

fn process(process: &Process) -> Html {
    let of = match process.parent {
        Some(parent) => m::stage_child_of(process.id, parent),
        None => m::stage_process(process.id),
    };
    let cell = |copied: &crate::model::stage::Copied| {
        let listens = if copied.listens { m::stage_listens() } else { "" };
        html! {
            <span class={classes!("copied", copied.shared.then_some("shared"), copied.listens.then_some("listens"))}
                title={listens}>{ &copied.name }</span>
        }
    };
    html! {
        <div data-process={process.id.to_string()} class={classes!("stage-process", process.focus.then_some("focus"), process.zombie.then_some("zombie"))}>
            <b>{ of }</b>
            if process.zombie {
                <span class="stage-note">{ m::stage_zombie_keeps() }</span>
            } else {
                <span class="stage-table" aria-label={m::stage_table()} role="group">
                    { for process.table.iter().map(cell) }
                    if process.more > 0 { <span class="stage-note">{ format!("+{}", grouped(process.more as u64)) }</span> }
                </span>
            }
        </div>
    }
}

/// How often the program has asked for nothing, where it asks instead of waiting.
pub(super) fn hammer(stage: &Stage) -> Html {
    let Some(hammer) = stage.hammer else { return Html::default() };
    let percent = hammer.percent();
    html! {
        <div class="stage-hammer">
            <p class="stage-hammer-count"><b>{ grouped(hammer.eagain) }</b>{ " × EAGAIN" }</p>
            <div class="stage-hammer-bar" aria-hidden="true"><i style={format!("width: {percent}%")} /></div>
            <p class="stage-note">{ m::stage_hammers(percent, grouped(hammer.calls)) }</p>
        </div>
    }
}

/// The base of an event loop: the callback that it is in, and those that the answer in hand still asks for.
pub(super) fn event_base(stage: &Stage) -> Html {
    let running = stage.callbacks.last();
    let waiting = stage.wait.as_ref().map(|wait| wait.ready()).unwrap_or_default();
    html! {
        <div class="stage-base">
            <b>{ m::stage_event_base() }</b>
            <span class="stage-active">
                { for waiting.iter().take(6).map(|fd| {
                    let name = stage.name_of(*fd);
                    let now = running.is_some_and(|(running, _)| *running == name);
                    html! { <span class={classes!("active", now.then_some("now"))}>{ m::stage_callback_of(name) }</span> }
                }) }
            </span>
            if let Some((name, mask)) = running {
                <span class="stage-callback">{ "▶ " }{ m::stage_callback_runs(name) }{ " " }
                    if mask.is_empty() { { m::stage_timeout() } } else { { mask_text(*mask) } }
                </span>
            } else {
                <span class="stage-note">{ m::stage_no_callback() }</span>
            }
        </div>
    }
}

/// The two buffers of a bufferevent, with the high-water mark of what is to be sent.
pub(super) fn two_buffers((input, output): (u32, u32)) -> Html {
    let bar = |name: &'static str, level: u32, class: &'static str| {
        let part = (f64::from(level) / HIGH_WATER as f64).min(1.0) * 100.0;
        let part = if level > 0 { part.max(6.0) } else { 0.0 };
        html! {
            <span class={classes!("stage-evbuffer", class)} title={m::stage_evbuffer(name, grouped(level.into()), grouped(HIGH_WATER as u64))}>
                <span>{ name }</span>
                <span class="glass"><i style={format!("width: {part:.0}%")} /></span>
                <b>{ grouped(level.into()) }</b>
            </span>
        }
    };
    html! {
        <div class="stage-two">
            { bar(m::stage_input(), input, "of-recv") }
            { bar(m::stage_output(), output, "of-send") }
        </div>
    }
}

/// What the reader must be warned of.
pub(super) fn warnings(stage: &Stage) -> Html {
    let warning =
        |text: &String| html! { <p class="stage-warning"><b aria-hidden="true">{ "⚠ " }</b>{ text }</p> };
    html! { <>{ for stage.warnings.iter().map(warning) }</> }
}
