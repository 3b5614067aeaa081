//! The left of the line: the threads, above it or below, and the notification that comes up.

use loopscope_shared::kernel::Mask;
use loopscope_shared::servers::Program;
use yew::prelude::*;

use super::bits::{self, Side};
use super::{array, legend, machine, queues, registries};
use crate::messages as m;
use crate::model::stage::{Answer, NUMBERED_BITS_MAX, Phase, Sets, Slip, Stage, Thread, Wait, Whereabouts};
use crate::model::text::grouped;

/// Up to so many tokens are drawn on a slip or a ready list.
pub(super) const TOKENS_MAX: usize = 12;

/// What is above the line: threads that run the program, and the answer of their wait.
pub(super) fn above(stage: &Stage, program: Program) -> Html {
    let threads = stage.threads.iter().filter(|thread| !thread.whereabouts.is_below());
    // Of a real kernel it is not seen whether a task that is in a call runs.
    let down = |thread: &Thread| {
        matches!(thread.whereabouts, Whereabouts::Asleep | Whereabouts::Runnable | Whereabouts::Kernel)
    };
    let nobody = !stage.threads.is_empty() && stage.more_threads == 0 && stage.threads.iter().all(down);
    let loops = matches!(program, Program::Event | Program::Bufferevent) && stage.foreign.is_none();
    html! {
        <div class="stage-gate above">
            <div class="stage-who">
                <h3 class="stage-band-name">{ m::stage_user_space() }</h3>
                if stage.begun {
                    <b class="stage-program">{ stage.foreign.clone().unwrap_or_else(|| program.name().to_owned()) }</b>
                }
                { machine::cpus(stage) }
                if stage.begun && nobody { <span class="stage-thread ghost">{ m::stage_nobody_runs() }</span> }
                { for threads.map(thread) }
            </div>
            { machine::processes(stage) }
            { machine::hammer(stage) }
            if loops && stage.begun { { machine::event_base(stage) } }
            if !stage.begun {
                { legend::notification() }
            } else if let Some(wait) = &stage.wait {
                if !loops { <p class="stage-lesson">{ lesson(wait) }</p> }
                { answer(wait, program) }
            }
        </div>
    }
}

/// What is below the line: threads in a call or asleep, and what the kernel does or keeps for the wait.
pub(super) fn below(stage: &Stage, live: bool) -> Html {
    let threads = stage.threads.iter().filter(|thread| thread.whereabouts.is_below());
    let work = match stage.wait.as_ref().map(|wait| (&wait.answer, wait)) {
        Some((Answer::Sets(sets), wait)) => scan(stage, wait, sets, live),
        Some((Answer::Array(entries), wait)) => array::asked(stage, wait, entries, live),
        _ => Html::default(),
    };
    html! {
        <div class="stage-gate below">
            <div class="stage-who">
                <h3 class="stage-band-name">{ m::stage_kernel() }</h3>
                { for threads.map(thread) }
                if stage.more_threads > 0 {
                    <span class="stage-note">{ m::stage_more_tasks(stage.more_threads as u64) }</span>
                }
            </div>
            if !stage.begun { { legend::thread() } }
            { work }
            if let [one] = stage.registries.as_slice() {
                { registries::view(one, stage) }
            } else if !stage.registries.is_empty() {
                <div class="stage-registries">{ for stage.registries.iter().map(|each| registries::view(each, stage)) }</div>
            }
            { for stage.queues.iter().map(queues::view) }
        </div>
    }
}

fn thread(thread: &Thread) -> Html {
    let icon = match thread.whereabouts {
        Whereabouts::Program => "▶",
        Whereabouts::Kernel => "⚙",
        Whereabouts::Asleep | Whereabouts::Waiting => "z z z",
        Whereabouts::Unseen => "?",
        Whereabouts::Runnable => "◔",
        Whereabouts::Ended => "■",
        Whereabouts::Zombie => "×",
    };
    html! {
        <div key={format!("{} {}", thread.id, thread.whereabouts.is_below())}
            class={classes!("stage-thread", thread.whereabouts.class(), thread.focus.then_some("focus"), thread.apart.then_some("apart"))}>
            <span class="stage-thread-icon" aria-hidden="true">{ icon }</span>
            <span>{ m::stage_task(thread.id) }{ " " }<b>{ &thread.words }</b></span>
        </div>
    }
}

/// Whether the thread in the middle sleeps, or may.
pub(super) fn sleeps(stage: &Stage) -> bool {
    stage.threads.iter().any(|thread| {
        thread.focus && matches!(thread.whereabouts, Whereabouts::Asleep | Whereabouts::Waiting)
    })
}

fn answer(wait: &Wait, program: Program) -> Html {
    let phase = match wait.phase {
        Phase::Open => "open",
        Phase::Returned => "returned",
        Phase::InHand => "in-hand",
    };
    // A new key for each crossing lets the style sheet show it moving.
    let key = format!("{} {}", wait.entered, wait.phase == Phase::Open);
    html! {
        <div {key} class={classes!("stage-answer", phase)}>
            { match &wait.answer {
                Answer::Sets(sets) => three_sets(wait, sets),
                Answer::Array(entries) => array::view(wait, entries),
                Answer::Slip(slip) => tokens(wait, slip, program),
                Answer::Done(finished) => queues::finished(wait, finished),
            } }
        </div>
    }
}

fn three_sets(wait: &Wait, sets: &Sets) -> Html {
    let back = match (wait.phase, sets.found) {
        (Phase::Open, _) => m::stage_not_back_yet().to_owned(),
        (_, Some(found)) => m::stage_sets_overwritten(found),
        (_, None) => m::stage_unchanged().to_owned(),
    };
    html! {
        <div class={classes!("stage-sets", (sets.nfds > NUMBERED_BITS_MAX).then_some("dense"))}>
            <figure class="down">
                { bits::sets(sets, Side::Asked) }
                <figcaption><b>{ m::stage_down() }</b>{ " " }{ m::stage_sets_asked(sets.set_bytes) }</figcaption>
            </figure>
            <figure class="up">
                { bits::sets(sets, Side::Back) }
                <figcaption><b>{ m::stage_back_arrow() }</b>{ " " }{ back }</figcaption>
            </figure>
        </div>
    }
}

/// What a reader is to learn of the answer.
fn lesson(wait: &Wait) -> Html {
    match wait.answer {
        Answer::Done(_) => {
            html! { <><b>{ m::stage_the_completion() }</b>{ " " }{ m::stage_the_completion_lesson() }</> }
        }
        _ => {
            html! { <><b>{ m::stage_the_notification() }</b>{ " " }{ m::stage_the_notification_lesson() }</> }
        }
    }
}

fn tokens(wait: &Wait, slip: &Slip, program: Program) -> Html {
    let up = match (&slip.tokens, wait.up_bytes) {
        (None, _) => wait.failed.map_or_else(|| m::stage_nothing_yet().to_owned(), m::stage_nothing_since),
        (Some(tokens), Some(bytes)) if !tokens.is_empty() && wait.sized => {
            m::stage_events_of_bytes(tokens.len(), bytes / tokens.len())
        }
        (Some(tokens), _) if !tokens.is_empty() => m::stage_events(tokens.len() as u64),
        (Some(_), _) if wait.only_a_look => m::stage_only_a_look().to_owned(),
        (Some(_), _) => m::stage_time_was_over().to_owned(),
    };
    let all = slip.tokens.as_deref().unwrap_or_default();
    let text = |token: &crate::model::stage::Token| match program {
        // That is what mio hands to its user: the token that the descriptor was registered with.
        Program::Mio => format!("Token({}) {}", token.fd, token.mask),
        _ => token.text(),
    };
    let shown = all.iter().take(TOKENS_MAX).map(|token| html! { <span class="token">{ text(token) }</span> });
    let two = wait.name == "kevent";
    let used_up = wait.name == "port_getn" && !all.is_empty();
    html! {
        <div class={classes!("stage-slip", two.then_some("two-lists"))}>
            if two {
                <div class="stage-changes down">
                    <p class="stage-note"><b>{ m::stage_down() }</b>{ " " }{ m::stage_changelist(slip.changes.len() as u64) }</p>
                    <div class="stage-slip-paper">
                        { for slip.changes.iter().take(TOKENS_MAX).map(|change| html! { <span class="operation">{ change }</span> }) }
                        { rest(slip.changes.len(), TOKENS_MAX) }
                        if slip.changes.is_empty() { <span class="stage-note">{ m::stage_empty_list() }</span> }
                    </div>
                </div>
            } else {
                <p class="stage-note"><b>{ m::stage_down() }</b>{ " " }{ m::stage_nothing() }</p>
            }
            <div class="stage-events-up">
                <p class="stage-note"><b>{ m::stage_up() }</b>{ " " }
                    if two { { m::stage_eventlist() }{ " " } }
                    { up }
                </p>
                <div class="stage-slip-paper" data-place="slip">
                    { for shown }
                    { rest(all.len(), TOKENS_MAX) }
                    if all.is_empty() { <span class="stage-note">{ m::stage_empty_slip() }</span> }
                </div>
                if used_up { <p class="stage-note">{ m::stage_used_up() }</p> }
            </div>
        </div>
    }
}

/// The names of a mask, which may go on in the next line after each bar.
pub(super) fn mask_text(mask: Mask) -> Html {
    let text = mask.to_string();
    let names = text.split_inclusive('|').map(|name| html! { <>{ name.to_owned() }<wbr /></> });
    html! { <span class="stage-mask">{ for names }</span> }
}

pub(super) fn rest(of: usize, shown: usize) -> Html {
    match of.checked_sub(shown) {
        Some(more @ 1..) => {
            html! { <span class="stage-note">{ m::stage_more(grouped(more as u64)) }</span> }
        }
        _ => Html::default(),
    }
}

/// What the kernel does for `select`: it goes through all numbers, and keeps nothing.
fn scan(stage: &Stage, wait: &Wait, sets: &Sets, live: bool) -> Html {
    let (phase, asleep) = (wait.phase, sleeps(stage));
    let (nfds, asked) = (grouped(sets.nfds as u64), sets.asked().len() as u64);
    let words = match (phase, sets.found) {
        (Phase::Open, _) if asleep && live => m::stage_scan_live(nfds, asked),
        (Phase::Open, _) if asleep => m::stage_scan_asleep(nfds, asked),
        (Phase::Open, _) if wait.woken => m::stage_scan_again(nfds, asked),
        (Phase::Open, _) => m::stage_scan(nfds, asked),
        (_, Some(_)) => m::stage_scanned(nfds, asked, grouped(sets.back().len() as u64)),
        (_, None) => m::stage_the_call_failed().to_owned(),
    };
    let sweeping = phase == Phase::Open && !asleep;
    html! {
        <figure class={classes!("stage-tests", (phase == Phase::InHand).then_some("in-hand"))} data-place="scan">
            { bits::scan(sets, sweeping) }
            <figcaption>{ words }</figcaption>
        </figure>
    }
}
