//! Thousands of descriptors as the wall: a canvas of cells, 64 a row, and what its colours and shapes mean.

use std::rc::Rc;

use yew::prelude::*;

use crate::hooks::{PALETTE, use_wall};
use crate::messages as m;
use crate::model::stage::{Cell, Stage, Wall as Cells};
use crate::model::text::grouped;

/// What the wall draws.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct WallProps {
    /// A cell for each number.
    pub cells: Rc<Cells>,
    /// The kernel goes through all that are asked.
    pub sweeps: bool,
    /// The descriptor that is chosen, and a sentence on it.
    pub chosen: Option<(i32, String)>,
}

/// The wall of a stage.
pub(super) fn view(stage: &Stage, sweeps: bool) -> Html {
    let Some(cells) = stage.wall.clone() else { return Html::default() };
    let chosen = stage.cards.iter().find(|card| card.selected).map(|card| (card.fd.0, card.sentence()));
    html! { <Wall {cells} {sweeps} {chosen} /> }
}

/// The canvas. For who cannot see it, it is a slider over the numbers that says what is so of each.
#[component]
fn Wall(props: &WallProps) -> Html {
    let canvas = use_node_ref();
    use_wall(&canvas, &props.cells, props.sweeps);
    let cells = &props.cells;
    let counts = cells.counts(PALETTE.map(|(flag, ..)| flag));
    let open = cells.counts([Cell::OPEN])[0];
    let most = cells.cells().len().saturating_sub(1);
    let (now, text) = match &props.chosen {
        Some((fd, text)) => (*fd, text.clone()),
        None => (0, m::stage_wall_none_chosen().to_owned()),
    };
    let keys = PALETTE.iter().zip(counts).map(|((_, class, name), count)| {
        html! { <span class={classes!("wall-key", *class, (count == 0).then_some("none"))}><i aria-hidden="true" />{ name() }{ " " }<b>{ grouped(count as u64) }</b></span> }
    });
    html! {
        <div class="stage-crowd stage-wall-frame">
            <canvas ref={canvas} class="stage-wall" tabindex="0" role="slider" aria-orientation="vertical"
                aria-label={m::stage_wall(grouped(open as u64))} aria-valuemin="0" aria-valuemax={most.to_string()}
                aria-valuenow={now.to_string()} aria-valuetext={text} data-rows={cells.rows().to_string()} />
            <div class="stage-wall-keys">{ for keys }</div>
        </div>
    }
}
