//! The left of the line: the threads, above it or below, and the notification that comes up.

use loopscope_shared::kernel::Mask;
use loopscope_shared::servers::Program;
use loopscope_shared::world::Interface;
use yew::prelude::*;

use super::bits::{self, Side};
use super::{array, legend, queues};
use crate::model::stage::{
    Answer, Density, NUMBERED_BITS_MAX, Phase, Registry, Sets, Slip, Stage, Thread, Wait, Whereabouts,
};
use crate::model::text::{counted, grouped};

/// Up to so many names of an interest list are written out.
const NAMES_MAX: usize = 16;

/// The same where all descriptors are drawn small, and framed if they are watched.
const NAMES_BESIDE_MAX: usize = 6;

/// Up to so many tokens are drawn on a slip or a ready list.
const TOKENS_MAX: usize = 12;

/// What is above the line: threads that run the program, and the answer of their wait.
pub(super) fn above(stage: &Stage, program: Program) -> Html {
    let threads = stage.threads.iter().filter(|thread| !thread.whereabouts.is_below());
    html! {
        <div class="stage-gate above">
            <div class="stage-who">
                <h3 class="stage-band-name">{ "User space" }</h3>
                if stage.begun { <b class="stage-program">{ program.name() }</b> }
                { for threads.map(thread) }
            </div>
            if !stage.begun {
                { legend::notification() }
            } else if let Some(wait) = &stage.wait {
                <p class="stage-lesson">{ lesson(wait) }</p>
                { answer(wait) }
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
                <h3 class="stage-band-name">{ "Kernel" }</h3>
                { for threads.map(thread) }
                if stage.more_threads > 0 {
                    <span class="stage-note">{ format!("and {} tasks more", grouped(stage.more_threads as u64)) }</span>
                }
            </div>
            if !stage.begun { { legend::thread() } }
            { work }
            { for stage.registries.iter().map(|each| registry(each, stage)) }
            { for stage.queues.iter().map(queues::view) }
        </div>
    }
}

fn thread(thread: &Thread) -> Html {
    let icon = match thread.whereabouts {
        Whereabouts::Program => "▶",
        Whereabouts::Kernel => "⚙",
        Whereabouts::Asleep | Whereabouts::Waiting => "z z z",
        Whereabouts::Runnable => "◔",
        Whereabouts::Ended => "■",
        Whereabouts::Zombie => "×",
    };
    html! {
        <div key={format!("{} {}", thread.id, thread.whereabouts.is_below())}
            class={classes!("stage-thread", thread.whereabouts.class(), thread.focus.then_some("focus"), thread.apart.then_some("apart"))}>
            <span class="stage-thread-icon" aria-hidden="true">{ icon }</span>
            <span>{ format!("task {} ", thread.id) }<b>{ &thread.words }</b></span>
        </div>
    }
}

fn answer(wait: &Wait) -> Html {
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
                Answer::Slip(slip) => tokens(wait, slip),
                Answer::Done(finished) => queues::finished(wait, finished),
            } }
        </div>
    }
}

fn three_sets(wait: &Wait, sets: &Sets) -> Html {
    let back = match (wait.phase, sets.found) {
        (Phase::Open, _) => "not back yet".to_owned(),
        (_, Some(found)) => format!("the same bytes, overwritten: {found} left"),
        (_, None) => "unchanged: the call failed".to_owned(),
    };
    html! {
        <div class={classes!("stage-sets", (sets.nfds > NUMBERED_BITS_MAX).then_some("dense"))}>
            <figure class="down">
                { bits::sets(sets, Side::Asked) }
                <figcaption><b>{ "↓ down" }</b>{ " " }{ format!("3 × {} bytes: what is asked", sets.set_bytes) }</figcaption>
            </figure>
            <figure class="up">
                { bits::sets(sets, Side::Back) }
                <figcaption><b>{ "↑ back" }</b>{ " " }{ back }</figcaption>
            </figure>
        </div>
    }
}

/// What a reader is to learn of the answer.
fn lesson(wait: &Wait) -> Html {
    match wait.answer {
        Answer::Done(_) => {
            html! { <><b>{ "The completion" }</b>{ " tells what is done, and brings the data" }</> }
        }
        _ => html! { <><b>{ "The notification" }</b>{ " tells what is ready, and no more" }</> },
    }
}

fn tokens(wait: &Wait, slip: &Slip) -> Html {
    let down = match slip.changes {
        0 => "nothing".to_owned(),
        changes => counted(changes as u64, "change"),
    };
    let up = match (&slip.tokens, wait.up_bytes) {
        (None, _) => {
            wait.failed.map_or_else(|| "nothing yet".to_owned(), |errno| format!("nothing: {errno}"))
        }
        (Some(tokens), Some(bytes)) if !tokens.is_empty() && wait.sized => {
            format!("{} × {} bytes", tokens.len(), bytes / tokens.len())
        }
        (Some(tokens), _) if !tokens.is_empty() => counted(tokens.len() as u64, "event"),
        (Some(_), _) if wait.only_a_look => "nothing: it was only a look".to_owned(),
        (Some(_), _) => "nothing: the time was over".to_owned(),
    };
    let all = slip.tokens.as_deref().unwrap_or_default();
    let shown =
        all.iter().take(TOKENS_MAX).map(|token| html! { <span class="token">{ token.text() }</span> });
    html! {
        <div class="stage-slip">
            <p class="stage-note"><b>{ "↓ down" }</b>{ " " }{ down }</p>
            <p class="stage-note"><b>{ "↑ up" }</b>{ " " }{ up }</p>
            <div class="stage-slip-paper">
                { for shown }
                { rest(all.len(), TOKENS_MAX) }
                if all.is_empty() { <span class="stage-note">{ "an empty slip" }</span> }
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
            html! { <span class="stage-note">{ format!("and {} more", grouped(more as u64)) }</span> }
        }
        _ => Html::default(),
    }
}

/// What the kernel does for `select`: it goes through all numbers, and keeps nothing.
fn scan(stage: &Stage, wait: &Wait, sets: &Sets, live: bool) -> Html {
    let phase = wait.phase;
    let asleep = stage.threads.iter().any(|thread| {
        thread.focus && matches!(thread.whereabouts, Whereabouts::Asleep | Whereabouts::Waiting)
    });
    let count = |count: usize| grouped(count as u64);
    let (nfds, asked) = (count(sets.nfds), counted(sets.asked().len() as u64, "descriptor"));
    let words = match (phase, sets.found) {
        (Phase::Open, _) if asleep && live => {
            format!("goes through {nfds} numbers, asks {asked}; again when one changes")
        }
        (Phase::Open, _) if asleep => {
            format!("went through {nfds} numbers, asked {asked}, found none; all again when woken")
        }
        (Phase::Open, _) if wait.woken => format!("goes through {nfds} numbers again, asks {asked}"),
        (Phase::Open, _) => format!("goes through {nfds} numbers, asks {asked}"),
        (_, Some(_)) => {
            let found = count(sets.back().len());
            format!("went through {nfds} numbers, asked {asked}, found {found}; keeps nothing for next time")
        }
        (_, None) => "the call failed".to_owned(),
    };
    let sweeping = phase == Phase::Open && !asleep;
    html! {
        <figure class={classes!("stage-tests", (phase == Phase::InHand).then_some("in-hand"))}>
            { bits::scan(sets, sweeping) }
            <figcaption>{ words }</figcaption>
        </figure>
    }
}

/// An interest list: what is watched stays here, and what is ready queues to come up.
fn registry(registry: &Registry, stage: &Stage) -> Html {
    let sentence = registry.sentence();
    let ready = match &registry.ready {
        None => html! { <span class="stage-note hatched">{ "cannot be seen from outside" }</span> },
        Some(ready) if ready.is_empty() => html! { <span class="stage-note">{ "empty" }</span> },
        Some(ready) => html! {
            <>
                { for ready.iter().take(TOKENS_MAX).map(|fd| html! { <span key={fd.0} class="token">{ stage.name_of(*fd) }</span> }) }
                { rest(ready.len(), TOKENS_MAX) }
            </>
        },
    };
    let busy = |fd: &_| stage.cards.iter().any(|card| card.fd == *fd && card.listed);
    let most = if stage.density == Density::Tubes { NAMES_MAX } else { NAMES_BESIDE_MAX };
    let groups = registry.interest.iter().map(|(mask, fds)| {
        let names = fds.iter().take(most).map(|fd| {
            html! { <span class={classes!("name", busy(fd).then_some("listed"))}>{ stage.name_of(*fd) }</span> }
        });
        html! {
            <div class="stage-interest">
                { mask_text(*mask) }
                { for names }
                { rest(fds.len(), most) }
            </div>
        }
    });
    html! {
        <div class={classes!("stage-registry", registry.selected.then_some("selected"))}
            data-fd={registry.fd.to_string()} data-recv="0" data-send="0"
            data-ready={match &registry.ready { None => "?", Some(ready) if ready.is_empty() => "", Some(_) => "IN" }}
            tabindex="0" role="button" aria-pressed={registry.selected.to_string()} aria-description={sentence}>
            <div class="stage-registry-list">
                <p class="stage-note"><b>{ format!("fd {} · {}", registry.name(), registry.what()) }</b>
                    { format!(" {}: {}", registry.list_name(), grouped(registry.watched() as u64)) }</p>
                { for groups }
            </div>
            if registry.interface != Interface::DevPoll {
                <div class="stage-registry-ready">
                    <p class="stage-note"><b>{ "ready list" }</b></p>
                    <div class="stage-queue">{ ready }</div>
                </div>
            }
        </div>
    }
}
