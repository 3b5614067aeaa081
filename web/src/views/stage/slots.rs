//! The right of the line, above it and upon it: the program's buffers, and what a call moves.

use yew::prelude::*;

use super::machine;
use crate::messages as m;
use crate::model::stage::{Card, Crossing, Stage, Way};
use crate::model::text::grouped;

/// Up to so many letters are shown as they cross; the others are counted.
const LETTERS_MAX: usize = 16;

/// The program's own buffer for each connection that has a column; where none has, of those that hold bytes.
pub(super) fn view(stage: &Stage) -> Html {
    let busy = |card: &&Card| {
        card.touched || card.stream().is_some_and(|stream| stream.slot.level + stream.slot.lost > 0)
    };
    let shown: Vec<&Card> = match stage.columns.is_empty() {
        true => stage.cards.iter().filter(busy).filter(|card| card.stream().is_some()).collect(),
        false => stage.all_columns(),
    };
    let way = match stage.queues.is_empty() {
        true => m::stage_the_data_lesson(),
        false => m::stage_the_data_comes(),
    };
    html! {
        <div class="stage-buffers">
            <p class="stage-lesson"><b>{ m::stage_the_data() }</b>{ " " }{ way }</p>
            <div class="stage-slots stage-columns">{ for shown.into_iter().map(slot) }</div>
        </div>
    }
}

fn slot(card: &Card) -> Html {
    let Some(stream) = card.stream() else { return html! { <div class="stage-slot none" /> } };
    let slot = &stream.slot;
    let known = slot.letters.chars().count() as u64;
    let lent = card.under_way.contains(&"recv");
    html! {
        <div key={card.place().to_string()} data-slot={card.place().to_string()} class={classes!("stage-slot", (lent || slot.poured).then_some("lent"), slot.poured.then_some("poured"), slot.unknown.then_some("hatched"), card.touched.then_some("touched"), (slot.lines > 0).then_some("due"), (slot.lost > 0).then_some("lossy"))}>
            <span class="stage-slot-name">{ m::stage_buffer_of(card.name()) }</span>
            <span class="stage-slot-bytes">
                { &slot.letters }
                if slot.level > known && known > 0 { { "…" } }
            </span>
            if let Some(two) = slot.two { { machine::two_buffers(two) } }
            <span class="stage-slot-note">
                if slot.unknown { { m::stage_not_known() } }
                if lent && slot.note.is_empty() { { m::stage_lent() } }
                { &slot.note }
                if slot.level > known { { format!(" ({} B)", grouped(slot.level)) } }
                if slot.lost > 0 { <span class="stage-slot-lost">{ m::stage_thrown_away(format!("{}\u{a0}B", grouped(slot.lost))) }</span> }
            </span>
        </div>
    }
}

/// What the latest call moves, upon the line: in the column of its descriptor if there are columns.
pub(super) fn lanes(stage: &Stage) -> Html {
    let Some(moved) = &stage.crossing else {
        return html! { <div class="stage-lanes stage-columns" /> };
    };
    let columns = stage.all_columns();
    match columns.iter().position(|card| Some(card.fd) == moved.fd && card.owner.is_none()) {
        Some(place) => {
            let lanes = (0..columns.len()).map(|index| {
                html! { <div class="stage-lane">{ (index == place).then(|| crossing(moved)) }</div> }
            });
            html! { <div class="stage-lanes stage-columns">{ for lanes }</div> }
        }
        None => html! { <div class="stage-lanes">{ crossing(moved) }</div> },
    }
}

fn crossing(moved: &Crossing) -> Html {
    let arrow = match (moved.way, moved.open) {
        (Way::Bounced, _) => "↩",
        (Way::Down, _) | (Way::Up, true) => "↓",
        (Way::Up, false) => "↑",
    };
    let known = moved.letters.chars().count();
    let hidden = moved.more + known.saturating_sub(LETTERS_MAX) as u64;
    let letters = moved.letters.chars().take(LETTERS_MAX);
    let key = format!("{} {}", moved.entered, moved.open);
    html! {
        <div {key} class={classes!("stage-crossing", moved.way.class(), moved.open.then_some("open"))}>
            <b aria-hidden="true">{ arrow }</b>
            if known > 0 {
                <span class="stage-letters">{ for letters.map(|letter| html! { <span>{ letter.to_string() }</span> }) }</span>
            }
            if hidden > 0 { <span>{ format!("+{} B", grouped(hidden)) }</span> }
            if !moved.label.is_empty() { <span>{ &moved.label }</span> }
        </div>
    }
}
