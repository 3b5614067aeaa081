//! The sets of `select`, at their true size: a cell for each bit that crosses.

use yew::prelude::*;

use crate::messages as m;
use crate::model::stage::{NUMBERED_BITS_MAX, SetRow, Sets};

/// Bits in a word: what the kernel copies is whole words.
pub(super) const WORD: usize = 64;

/// Where the names of the sets end and the bits begin, in the units of the drawings.
const NAMES: usize = 42;

/// Which of the two crossings is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// What goes down.
    Asked,
    /// What comes back in its place.
    Back,
}

/// Draws the three sets as they cross one way.
pub(super) fn sets(sets: &Sets, side: Side) -> Html {
    if sets.nfds <= NUMBERED_BITS_MAX { numbered(sets, side) } else { dense(sets, side) }
}

/// One square for each index, `per_row` of them a row, as the data of a path.
pub(super) fn squares(
    indices: impl Iterator<Item = usize>,
    per_row: usize,
    pitch: usize,
    size: usize,
) -> String {
    let mut path = String::new();
    for index in indices {
        let (x, y) = (index % per_row * pitch, index / per_row * pitch);
        path.push_str(&format!("M{x} {y}h{size}v{size}h-{size}z"));
    }
    path
}

fn numbered(sets: &Sets, side: Side) -> Html {
    const PITCH: usize = 18;
    let (width, height) = (NAMES + sets.nfds * PITCH, 3 * PITCH);
    let rows = sets.rows.iter().enumerate().map(|(index, row)| {
        let y = index * PITCH;
        let cleared = row.cleared();
        let cells = (0..sets.nfds).map(|bit| {
            let class = bit_class(row, &cleared, bit, side);
            let x = NAMES + bit * PITCH;
            html! {
                <g class={classes!("bit", class)}>
                    <rect x={(x + 1).to_string()} y={(y + 1).to_string()} width="15" height="15" rx="3" />
                    <text x={(x as f64 + 8.5).to_string()} y={(y as f64 + 12.0).to_string()}>{ bit }</text>
                </g>
            }
        });
        html! {
            <>
                <text class="set-name" x={(NAMES - 6).to_string()} y={(y + 12).to_string()}>{ row.name }</text>
                { for cells }
            </>
        }
    });
    html! {
        <svg class="stage-bits" viewBox={format!("0 0 {width} {height}")} width={width.to_string()}
            height={height.to_string()} role="img" aria-label={label(sets, side)}>
            { for rows }
        </svg>
    }
}

fn bit_class(row: &SetRow, cleared: &[usize], bit: usize, side: Side) -> &'static str {
    let is_in = |bits: &[usize]| bits.binary_search(&bit).is_ok();
    match (side, &row.back) {
        (Side::Asked, _) if is_in(&row.asked) => "on",
        (Side::Back, Some(back)) if is_in(back) => "ready",
        (Side::Back, Some(_)) if is_in(cleared) => "cleared",
        (Side::Back, None) => "pending",
        _ => "off",
    }
}

/// A word a row, the three sets beside each other: the numbers no longer fit, the size is what is to be seen.
fn dense(sets: &Sets, side: Side) -> Html {
    const PITCH: usize = 4;
    const BETWEEN: usize = 16;
    const NAME: usize = 32;
    const HEIGHT: usize = 64;
    let words = sets.nfds.div_ceil(WORD);
    // Few words are drawn higher than wide, so that a row of them is seen at all.
    let down = (HEIGHT / words.max(1)).clamp(PITCH, 8 * PITCH);
    let (set_width, width) = (WORD * PITCH, 3 * WORD * PITCH + 2 * BETWEEN);
    let height = NAME + words * down;
    let path = |class: &'static str, bits: &mut dyn Iterator<Item = usize>| {
        html! { <path class={classes!("bits", class)} d={oblongs(bits, (PITCH, down))} /> }
    };
    let each = sets.rows.iter().enumerate().map(|(index, row)| {
        let x = index * (set_width + BETWEEN);
        let ground = if side == Side::Back && row.back.is_none() { "pending" } else { "off" };
        let marked = match (side, &row.back) {
            (Side::Asked, _) => path("on", &mut row.asked.iter().copied()),
            (Side::Back, Some(back)) => html! {
                <>
                    { path("cleared", &mut row.cleared().into_iter()) }
                    { path("ready", &mut back.iter().copied()) }
                </>
            },
            (Side::Back, None) => Html::default(),
        };
        let count = match side {
            Side::Asked => Some(row.asked.len()),
            Side::Back => row.back.as_ref().map(Vec::len),
        };
        let name =
            format!("{} {}", row.name, count.map_or_else(|| "…".to_owned(), |count| count.to_string()));
        html! {
            <g transform={format!("translate({x} 0)")}>
                <text class="set-name" x="0" y="23">{ name }</text>
                <g transform={format!("translate(0 {NAME})")}>
                    { path(ground, &mut (0..words * WORD)) }
                    { marked }
                </g>
            </g>
        }
    });
    html! {
        <svg class="stage-bits dense" viewBox={format!("0 0 {width} {height}")} width={width.to_string()}
            height={height.to_string()} role="img" aria-label={label(sets, side)}>
            { for each }
        </svg>
    }
}

/// As [`squares`], a word a row, each so wide and so high with the gap beside it.
fn oblongs(indices: impl Iterator<Item = usize>, (across, down): (usize, usize)) -> String {
    let mut path = String::new();
    for index in indices {
        let (x, y, wide, high) = (index % WORD * across, index / WORD * down, across - 1, down - 1);
        path.push_str(&format!("M{x} {y}h{wide}v{high}h-{wide}z"));
    }
    path
}

fn label(sets: &Sets, side: Side) -> String {
    let count = |row: &SetRow| match side {
        Side::Asked => Some(row.asked.len()),
        Side::Back => row.back.as_ref().map(Vec::len),
    };
    let counts = sets.rows.iter().map(|row| match count(row) {
        Some(count) => format!("{} {count}", row.name),
        None => format!("{} –", row.name),
    });
    let counts = counts.collect::<Vec<_>>().join(", ");
    if side == Side::Asked { m::stage_bits_asked(counts) } else { m::stage_bits_back(counts) }
}

/// What the kernel does with the sets: it goes through all numbers, and asks each descriptor whose bit is in.
pub(super) fn scan(sets: &Sets, sweeping: bool) -> Html {
    let (per_row, pitch) = if sets.nfds <= NUMBERED_BITS_MAX { (NUMBERED_BITS_MAX, 14) } else { (WORD, 6) };
    let rows = sets.nfds.div_ceil(per_row).max(1);
    let (width, height) = (sets.nfds.clamp(1, per_row) * pitch, rows * pitch);
    let (asked, found) = (sets.asked(), sets.back());
    let class = if sweeping { "sweep" } else { "swept" };
    html! {
        <svg class={classes!("stage-scan", class)} viewBox={format!("0 0 {width} {height}")}
            width={width.to_string()} height={height.to_string()} role="img"
            aria-label={m::stage_scan(sets.nfds, asked.len() as u64)}>
            <path class="passed" d={squares(0..sets.nfds, per_row, pitch, pitch - 2)} />
            <path class="tested" d={squares(asked.into_iter(), per_row, pitch, pitch - 2)} />
            <path class="found" d={squares(found.into_iter(), per_row, pitch, pitch - 2)} />
            if sweeping {
                <rect class="sweeper" x="0" y="0" width={pitch.to_string()} height={height.to_string()} />
            }
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_go_on_in_the_next_row() {
        assert_eq!(squares([0, 65].into_iter(), WORD, 5, 4), "M0 0h4v4h-4zM5 5h4v4h-4z");
        assert_eq!(squares(std::iter::empty(), WORD, 5, 4), "");
    }

    #[test]
    fn a_bit_that_was_asked_and_not_answered_is_overwritten() {
        let mut row = SetRow { name: "read", asked: vec![3, 5], back: None };
        let class = |row: &SetRow, bit, side| bit_class(row, &row.cleared(), bit, side);
        assert_eq!(class(&row, 3, Side::Asked), "on");
        assert_eq!(class(&row, 3, Side::Back), "pending");
        row.back = Some(vec![3]);
        assert_eq!(class(&row, 3, Side::Back), "ready");
        assert_eq!(class(&row, 5, Side::Back), "cleared");
        assert_eq!(class(&row, 4, Side::Back), "off");
    }
}
