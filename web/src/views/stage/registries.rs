//! What the kernel keeps of what it is to watch: interest lists, each in its interface's own way.

use loopscope_shared::world::Interface;
use yew::prelude::*;

use super::gate::{TOKENS_MAX, mask_text, rest};
use crate::messages as m;
use crate::model::stage::{Density, Group, Registry, Stage, Trigger};
use crate::model::text::grouped;

/// Up to so many names of an interest list are written out.
const NAMES_MAX: usize = 16;

/// The same where all descriptors are drawn small, and framed if they are watched.
const NAMES_BESIDE_MAX: usize = 6;

/// An interest list: what is watched stays here, and what is ready queues to come up.
pub(super) fn view(registry: &Registry, stage: &Stage) -> Html {
    let ready = match &registry.ready {
        None => html! { <span class="stage-note hatched">{ m::stage_unseen() }</span> },
        Some(ready) if ready.is_empty() => html! { <span class="stage-note">{ m::stage_is_empty() }</span> },
        Some(ready) => html! {
            <>
                { for ready.iter().take(TOKENS_MAX).map(|fd| html! { <span key={fd.0} class="token">{ stage.name_of(*fd) }</span> }) }
                { rest(ready.len(), TOKENS_MAX) }
            </>
        },
    };
    let most = if stage.density == Density::Tubes { NAMES_MAX } else { NAMES_BESIDE_MAX };
    let list = match registry.interface {
        Interface::DevPoll => written_set(registry, most, stage),
        _ => html! { <>{ for registry.interest.iter().map(|each| group(each, most, stage)) }</> },
    };
    let data_ready = match &registry.ready {
        None => "?",
        Some(ready) if ready.is_empty() => "",
        Some(_) => "IN",
    };
    html! {
        <div class={classes!("stage-registry", class(registry.interface), registry.selected.then_some("selected"))}
            data-fd={registry.fd.to_string()} data-recv="0" data-send="0" data-ready={data_ready}
            tabindex="0" role="button" aria-pressed={registry.selected.to_string()} aria-description={registry.sentence()}>
            <div class="stage-registry-list">
                <p class="stage-note"><b>{ format!("fd {} · {}", registry.name(), registry.what()) }</b>
                    <span class="stage-list-name">{ format!(" {}: {}", registry.list_name(), grouped(registry.watched() as u64)) }</span></p>
                { list }
                { forgotten(registry, stage) }
            </div>
            if registry.interface != Interface::DevPoll {
                <div class="stage-registry-ready">
                    <p class="stage-note"><b>{ m::stage_ready_list() }</b></p>
                    <div class="stage-queue" data-place="ready">{ ready }</div>
                </div>
            }
        </div>
    }
}

fn class(interface: Interface) -> &'static str {
    match interface {
        Interface::Epoll => "of-epoll",
        Interface::Kqueue => "of-kqueue",
        Interface::EventPort => "of-port",
        Interface::DevPoll => "of-dev-poll",
    }
}

fn group(group: &Group, most: usize, stage: &Stage) -> Html {
    let listed = |fd: &_| stage.cards.iter().any(|card| card.fd == *fd && card.listed);
    let names = group.fds.iter().take(most).map(|fd| {
        html! { <span class={classes!("name", listed(fd).then_some("listed"))}>{ stage.name_of(*fd) }</span> }
    });
    html! {
        <div class={classes!("stage-interest", group.spent.then_some("spent"))}>
            <span class={classes!("stage-trigger", group.trigger.class())} title={group.trigger.meaning()}>
                { glyph(group.trigger) }{ group.trigger.name() }
            </span>
            { mask_text(group.mask) }
            { for names }
            { rest(group.fds.len(), most) }
            if group.spent { <span class="stage-note">{ m::stage_spent() }</span> }
        </div>
    }
}

/// How it tells: as long as it is so, at the change, or once.
fn glyph(trigger: Trigger) -> Html {
    let path = match trigger {
        Trigger::Level => "M0 9h4V2h7v7h4",
        Trigger::Edge => "M0 9h6V2h9M3 5l3-3 3 3",
        Trigger::Once => "M0 9h6V2h3v7h6",
    };
    html! { <svg viewBox="0 0 15 11" width="15" height="11" aria-hidden="true"><path d={path} /></svg> }
}

/// The set of `/dev/poll`: the array of `poll`, which stays in the kernel.
fn written_set(registry: &Registry, most: usize, stage: &Stage) -> Html {
    let each = registry.interest.iter().flat_map(|group| group.fds.iter().map(|fd| (*fd, group.mask)));
    let cells = each.take(most).map(|(fd, mask)| {
        html! { <span class="entry"><b>{ stage.name_of(fd) }</b><span class="asked">{ mask_text(mask) }</span></span> }
    });
    html! { <div class="stage-array kept">{ for cells }{ rest(registry.watched(), most) }</div> }
}

/// The sockets of which an event port has told, and will not tell again until they are associated again.
fn forgotten(registry: &Registry, stage: &Stage) -> Html {
    let deaf: Vec<_> = stage.cards.iter().filter(|card| card.deaf).collect();
    if registry.interface != Interface::EventPort || deaf.is_empty() {
        return Html::default();
    }
    let names =
        deaf.iter().take(NAMES_BESIDE_MAX).map(|card| html! { <span class="name">{ card.name() }</span> });
    html! {
        <div class="stage-interest spent">
            <span class="stage-note">{ m::stage_not_associated() }</span>
            { for names }
            { rest(deaf.len(), NAMES_BESIDE_MAX) }
        </div>
    }
}
