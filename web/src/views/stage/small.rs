//! Many descriptors as cells with their numbers, one line each; those that matter now are drawn in full besides.

use loopscope_shared::ids::Fd;
use loopscope_shared::sorted::SortedSet;
use yew::prelude::*;

use super::cards;
use super::gate::sleeps;
use crate::model::stage::{Answer, Card, Phase, Stage};

/// From so many descriptors on, cells are squares without numbers, a place for each number, 64 a row: then a
/// row is one word of an `fd_set`.
const SQUARES_FROM: usize = 96;

/// All descriptors as cells.
pub(super) fn rows(stage: &Stage) -> Html {
    let squares = stage.cards.len() >= SQUARES_FROM;
    let asked = asked(stage);
    let tab_stop = stage.cards.iter().position(|card| card.selected).unwrap_or(0);
    let mut next = 0;
    let cells = stage.cards.iter().enumerate().map(|(index, card)| {
        let gaps = place(card).saturating_sub(next);
        next = place(card) + 1;
        html! {
            <>
                if squares { { for (0..gaps).map(|_| html! { <i class="stage-gap" /> }) } }
                { cell(card, index == tab_stop, squares, asked.contains(&card.fd)) }
            </>
        }
    });
    let shape = if squares { "squares" } else { "cells" };
    html! { <div class={classes!("stage-crowd", shape)}>{ for cells }</div> }
}

/// Whether the kernel asks one descriptor after the other now; nothing but `select` and `poll` asks so many.
pub(super) fn sweeps(stage: &Stage) -> bool {
    let open = stage.wait.as_ref().filter(|wait| wait.phase != Phase::InHand);
    open.is_some_and(|wait| matches!(wait.answer, Answer::Sets(_) | Answer::Array(_))) && !sleeps(stage)
}

/// Those that are asked in turn, as long as that is to be seen.
fn asked(stage: &Stage) -> SortedSet<Fd> {
    match stage.wait.as_ref().map(|wait| &wait.answer) {
        Some(Answer::Sets(sets)) if sweeps(stage) => {
            sets.asked().into_iter().map(|bit| Fd(bit as i32)).collect()
        }
        Some(Answer::Array(entries)) if sweeps(stage) => entries.iter().map(|entry| entry.fd).collect(),
        _ => SortedSet::new(),
    }
}

fn place(card: &Card) -> usize {
    usize::try_from(card.fd.0).unwrap_or(0)
}

fn cell(card: &Card, tab_stop: bool, square: bool, tested: bool) -> Html {
    let (recv, send) = cards::levels(card);
    let readable = card.readiness.readable() == Some(true);
    let stream = card.stream().filter(|stream| stream.recv.level + stream.send.level > 0);
    let class = classes!(
        "stage-cell",
        readable.then_some("readable"),
        tested.then_some("tested"),
        stream.is_some_and(|stream| stream.send.level > 0).then_some("sending"),
        card.watched.is_some().then_some("watched"),
        card.listed.then_some("listed"),
        card.selected.then_some("selected"),
        card.touched.then_some("touched"),
        card.stranded.then_some("stranded"),
        card.stream().is_none().then_some("other"),
    );
    html! {
        <div key={card.fd.0} {class} data-fd={card.fd.to_string()} data-recv={recv} data-send={send}
            data-ready={card.readiness.text()} tabindex={if tab_stop { "0" } else { "-1" }} role="button"
            title={format!("fd {}", card.name())} aria-pressed={card.selected.to_string()}
            aria-label={square.then(|| card.sentence())} aria-description={(!square).then(|| card.sentence())}>
            <span class="stage-cell-name">{ card.name() }</span>
            if readable { <b class="rd" aria-hidden="true">{ "●" }</b> }
            if let Some(stream) = stream {
                <svg viewBox="0 0 10 14" width="10" height="14" aria-hidden="true">
                    { bar(0.0, "of-recv", stream.recv.level, stream.recv.fill) }
                    { bar(5.5, "of-send", stream.send.level, stream.send.fill) }
                </svg>
                <span class="recv-bytes">{ &stream.recv.letters }</span>
            }
        </div>
    }
}

fn bar(x: f64, class: &'static str, level: u64, fill: f64) -> Html {
    const HEIGHT: f64 = 14.0;
    let height = if level == 0 { 0.0 } else { (fill * HEIGHT).max(3.0) };
    html! {
        <rect {class} x={x.to_string()} width="4" y={format!("{:.1}", HEIGHT - height)} height={format!("{height:.1}")} />
    }
}
