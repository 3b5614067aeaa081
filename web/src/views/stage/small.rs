//! Many descriptors: as cells with their numbers, and beyond that as the wall, 64 squares a row. Those that
//! matter now are drawn in full besides.

use std::collections::BTreeSet;

use loopscope_shared::kernel::FD_SETSIZE;
use yew::prelude::*;

use super::bits::{WORD, squares};
use super::cards;
use crate::model::stage::{Answer, Card, Phase, Stage, Whereabouts};

/// From so many descriptors on, cells are squares without numbers, a place for each number, 64 a row: then a
/// row is one word of an `fd_set`.
const SQUARES_FROM: usize = 96;

/// The distance from one square of the wall to the next, in the units of its drawing.
const PITCH: usize = 10;

/// The side of a square.
const SIDE: usize = 8;

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
                { cell(card, index == tab_stop, squares, asked.contains(&place(card))) }
            </>
        }
    });
    let shape = if squares { "squares" } else { "cells" };
    html! { <div class={classes!("stage-crowd", shape)}>{ for cells }</div> }
}

/// All descriptors as squares.
pub(super) fn wall(stage: &Stage) -> Html {
    let asked = asked(stage);
    let highest = stage.cards.last().map_or(0, |card| place(card) + 1);
    let rows = highest.div_ceil(WORD);
    let (width, height) = (WORD * PITCH, rows * PITCH);
    let path = |class: &'static str, which: &dyn Fn(&Card) -> bool| {
        let places = stage.cards.iter().filter(|card| which(card)).map(place);
        html! { <path {class} d={squares(places, WORD, PITCH, SIDE)} /> }
    };
    let waits = |card: &Card| card.stream().is_some_and(|stream| stream.recv.level > 0);
    let notches: String =
        stage.cards.iter().filter(|card| card.listed).map(|card| notch(place(card))).collect();
    let limit = (rows > FD_SETSIZE / WORD).then(|| (FD_SETSIZE / WORD * PITCH - 1).to_string());
    html! {
        <div class="stage-crowd">
            <svg class="stage-wall" viewBox={format!("0 0 {width} {height}")} tabindex="0" role="img"
                aria-label={format!("{} descriptors, 64 a row; arrow keys up and down choose one.", stage.cards.len())}>
                { path("open", &|_| true) }
                { path("tested", &|card| asked.contains(&place(card))) }
                { path("watched", &|card| card.watched.is_some()) }
                { path("waits", &waits) }
                { path("stranded", &|card| card.stranded) }
                <path class="notch" d={notches} />
                { path("chosen", &|card| card.selected) }
                if let Some(y) = limit {
                    <line class="limit" x1="0" x2={width.to_string()} y1={y.clone()} y2={y} />
                }
            </svg>
        </div>
    }
}

/// Those that `select` asks in turn, as long as that is to be seen; nothing else asks so many.
fn asked(stage: &Stage) -> BTreeSet<usize> {
    let wait = stage.wait.as_ref().filter(|wait| wait.phase != Phase::InHand);
    let asleep = stage.threads.iter().any(|thread| thread.focus && thread.whereabouts == Whereabouts::Asleep);
    match wait.map(|wait| &wait.answer) {
        Some(Answer::Sets(sets)) if !asleep => sets.asked().into_iter().collect(),
        _ => BTreeSet::new(),
    }
}

/// Which square of the wall lies at that place, both lengths as parts of the wall's width.
pub(super) fn wall_index(x: f64, y: f64) -> Option<usize> {
    let square = |part: f64| (part * WORD as f64).floor();
    ((0.0..1.0).contains(&x) && y >= 0.0).then(|| square(y) as usize * WORD + square(x) as usize)
}

fn place(card: &Card) -> usize {
    usize::try_from(card.fd.0).unwrap_or(0)
}

fn notch(index: usize) -> String {
    let (x, y) = (index % WORD * PITCH + SIDE, index / WORD * PITCH);
    format!("M{x} {y}h-4l4 4z")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_on_the_wall_finds_its_square() {
        let width = (WORD * PITCH) as f64;
        assert_eq!(wall_index(5.0 / width, 5.0 / width), Some(0));
        assert_eq!(wall_index(635.0 / width, 5.0 / width), Some(63));
        assert_eq!(wall_index(15.0 / width, 25.0 / width), Some(2 * 64 + 1));
        assert_eq!(wall_index(1.0, 0.0), None);
        assert_eq!(wall_index(-0.1, 0.0), None);
    }
}
