//! Descriptors in full: two tubes filled to their levels, the first letters, the marks.

use loopscope_shared::ids::TaskId;
use loopscope_shared::world::Provenance;
use yew::prelude::*;

use super::gate::mask_text;
use crate::messages as m;
use crate::model::stage::{Card, Density, Kind, Stage, StreamView, TubeView};
use crate::model::text::grouped;

/// The height of a tube, in the units of its drawing.
const TUBE: f64 = 60.0;

/// The least height of what is in a tube, so that one byte is seen.
const SEEN_MIN: f64 = 4.0;

/// The same of bytes that are stranded: that they are hatched must be seen, too.
const STRANDED_MIN: f64 = 14.0;

/// Up to so many tasks that sleep at one descriptor are named.
const SLEEPERS_MAX: usize = 2;

/// Up to so many places of an accept queue are drawn.
const PLACES_MAX: u32 = 17;

/// Descriptors in full: all, or those that have a column where all are drawn small besides.
pub(super) fn view(stage: &Stage, live: bool) -> Html {
    // Only one element of a descriptor may carry its name: the wall has none for each.
    let named = stage.density != Density::Rows;
    let shown: Vec<&Card> = match stage.columns.is_empty() {
        true => stage.cards.iter().collect(),
        false => stage.all_columns(),
    };
    html! { <div class="stage-cards stage-columns">{ for shown.into_iter().map(|each| card(each, live, named)) }</div> }
}

fn card(card: &Card, live: bool, named: bool) -> Html {
    let class = classes!(
        "stage-card",
        card.selected.then_some("selected"),
        card.touched.then_some("touched"),
        card.stranded.then_some("stranded"),
        card.owner.map(|_| "apart"),
        card.listed.then_some("listed"),
    );
    // A descriptor of another process is no descriptor of this one, whatever its number.
    let named = named && card.owner.is_none();
    let (recv, send) = levels(card);
    let body = match &card.kind {
        Kind::Listener { queue, room, seen: true, .. } => listener(queue.len(), *room, false),
        Kind::Listener { room, sampled: Some(waiting), .. } => listener(*waiting as usize, *room, true),
        Kind::Listener { .. } => {
            html! { <p class="stage-note hatched tall">{ m::stage_queue_not_seen() }</p> }
        }
        Kind::Stream(stream) => connection(stream, card.stranded),
        Kind::Other(what) => html! { <p class="stage-note hatched">{ *what }</p> },
    };
    let (fd, ready) = (named.then(|| card.fd.to_string()), named.then(|| card.readiness.text()));
    html! {
        <div key={card.place().to_string()} {class} data-place={card.place().to_string()} data-fd={fd} data-recv={named.then_some(recv)} data-send={named.then_some(send)}
            data-ready={ready} tabindex={named.then_some("0")} role={card.owner.map_or("button", |_| "group")}
            aria-pressed={card.owner.is_none().then(|| card.selected.to_string())} aria-description={card.sentence()}>
            <div class="stage-card-head">
                <b>{ format!("fd {}", card.name()) }</b>
                if let Some(owner) = card.owner { <span class="stage-note">{ m::stage_process(owner) }</span> }
                if matches!(card.kind, Kind::Listener { .. }) { <span class="stage-note">{ m::stage_listens() }</span> }
            </div>
            { body }
            { for card.sleepers.iter().take(SLEEPERS_MAX).map(sleeper) }
            { marks(card, live) }
        </div>
    }
}

/// A task that sleeps in a call about the descriptor.
fn sleeper(task: &TaskId) -> Html {
    html! { <span class="stage-sleeper"><i aria-hidden="true">{ "z z z " }</i>{ m::stage_task(task) }</span> }
}

/// The levels as they are written into the document; `?` where they are not known.
pub(super) fn levels(card: &Card) -> (String, String) {
    let level = |tube: &TubeView| match tube.how {
        Provenance::Unknown => "?".to_owned(),
        _ => tube.level.to_string(),
    };
    card.stream()
        .map_or_else(|| ("0".to_owned(), "0".to_owned()), |stream| (level(&stream.recv), level(&stream.send)))
}

/// The places of an accept queue; hatched if somebody only looked, once.
fn listener(waiting: usize, room: u32, sampled: bool) -> Html {
    let shown = room.min(PLACES_MAX) as usize;
    let places = (0..shown).map(|place| {
        html! { <i class={classes!("seat", (place < waiting).then_some("taken"))} /> }
    });
    html! {
        <div class={classes!("stage-accept", sampled.then_some("hatched"))}>
            <div class="stage-places" aria-hidden="true">
                { for places }
                if room > PLACES_MAX { <span class="stage-note">{ "…" }</span> }
            </div>
            <p class="stage-note">{ m::stage_accept_queue() }{ " " }<br />
                <b>{ if sampled { "≈" } else { "" } }{ waiting }</b>{ " " }{ m::stage_of(grouped(room.into())) }</p>
        </div>
    }
}

fn connection(stream: &StreamView, stranded: bool) -> Html {
    html! {
        <>
            <div class="stage-tubes">
                { tube("recv", &stream.recv, stranded) }
                { tube("send", &stream.send, false) }
            </div>
            <p class="recv-bytes">{ &stream.recv.letters }</p>
        </>
    }
}

/// A tube, filled to its real level; hatched where the level is not known for certain.
fn tube(name: &'static str, tube: &TubeView, stranded: bool) -> Html {
    let least = if stranded { STRANDED_MIN } else { SEEN_MIN };
    let height = if tube.level == 0 { 0.0 } else { (tube.fill * TUBE).max(least) };
    let how = match tube.how {
        Provenance::Told => "told",
        Provenance::Unknown => "unknown",
        Provenance::Sampled | Provenance::Inferred => "sampled",
    };
    let level = match tube.how {
        Provenance::Unknown => "?".to_owned(),
        Provenance::Told => bytes(tube.level),
        Provenance::Sampled | Provenance::Inferred => format!("≈{}", bytes(tube.level)),
    };
    let of = tube
        .capacity
        .map_or_else(|| m::stage_size_unknown().to_owned(), |size| m::stage_of_bytes(grouped(size)));
    html! {
        <div class={classes!("stage-tube", format!("of-{name}"), how)} title={format!("{}, {of}", tube.text())} data-tube={name}>
            <svg viewBox="0 0 30 64" width="30" height="64" aria-hidden="true">
                <rect class="glass" x="1" y="1" width="28" height="62" rx="5" />
                if tube.how == Provenance::Unknown {
                    <rect x="2" y="2" width="26" height="60" rx="4" fill="url(#stage-hatch)" />
                }
                <rect class="stage-level" x="2" width="26" rx="3" y={format!("{:.1}", 2.0 + TUBE - height)} height={format!("{height:.1}")} />
                if stranded && tube.level > 0 {
                    <rect class="stage-stranded" x="2" width="26" rx="3" fill="url(#stage-hatch-bad)" y={format!("{:.1}", 2.0 + TUBE - height)} height={format!("{height:.1}")} />
                }
                if tube.how == Provenance::Sampled && tube.level > 0 {
                    <rect x="2" width="26" rx="3" fill="url(#stage-hatch)" y={format!("{:.1}", 2.0 + TUBE - height)} height={format!("{height:.1}")} />
                }
            </svg>
            <span>{ name }</span>
            <b>{ level }</b>
        </div>
    }
}

/// `6`, `32 K`, `3.9 M`: short enough for the foot of a tube.
fn bytes(level: u64) -> String {
    const K: u64 = 1_024;
    const M: u64 = K * K;
    match level {
        0..10_000 => grouped(level),
        10_000..1_000_000 => format!("{} K", level / K),
        _ if level < 10 * M => format!("{:.1} M", level as f64 / M as f64),
        _ => format!("{} M", grouped(level / M)),
    }
}

fn marks(card: &Card, live: bool) -> Html {
    let (read, write) = (card.readiness.readable(), card.readiness.writable());
    let sampled = card.readiness.how == Provenance::Sampled;
    let is_stream = card.stream().is_some();
    let waits = matches!(&card.kind, Kind::Listener { queue, .. } if !queue.is_empty());
    let unreadable = match card.stream() {
        // Somebody has come, and the event that tells of it comes next.
        None if waits => m::stage_mark_not_yet_told(),
        None => m::stage_mark_nobody(),
        // Bytes have come, and the event that tells of it comes next.
        Some(stream) if stream.recv.level > 0 => m::stage_mark_not_yet_told(),
        Some(_) => m::stage_mark_no_data(),
    };
    let guessed = card.stream().is_some_and(|stream| stream.recv.how == Provenance::Sampled);
    let mark = |now: Option<bool>,
                class: &'static str,
                yes: &'static str,
                no: &'static str,
                unknown: &'static str| {
        let (on, text) = match now {
            Some(true) => ("on", yes),
            Some(false) => ("off", no),
            None => ("unknown", unknown),
        };
        html! { <span class={classes!("mark", class, on, sampled.then_some("hatched"))}>{ text }</span> }
    };
    html! {
        <div class="stage-marks">
            { mark(read, "rd", m::stage_mark_readable(), unreadable, m::stage_mark_readable_unknown()) }
            if is_stream && !(live && write.is_none()) {
                { mark(write, "wr", m::stage_mark_writable(), m::stage_mark_full(), m::stage_mark_writable_unknown()) }
            }
            if let Some(state) = card.notable() { <span class="stage-state">{ state }</span> }
            if guessed { <span class="stage-state">{ m::stage_sampled() }</span> }
            if card.deaf { <span class="stage-state deaf">{ m::stage_deaf() }</span> }
            if !card.under_way.is_empty() {
                <span class="stage-under-way" title={m::stage_kernel_does(card.under_way.join(", "))}>
                    { "⚙ " }{ card.under_way.join(", ") }
                </span>
            }
            if let Some(mask) = card.watched {
                <span class="stage-watched"><span class="stage-watched-word">{ m::stage_watched() }</span>{ mask_text(mask) }</span>
            }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn levels_are_short() {
        assert_eq!(bytes(6), "6");
        assert_eq!(bytes(9_999), super::grouped(9_999));
        assert_eq!(bytes(32_768), "32 K");
        assert_eq!(bytes(999_999), "976 K");
        assert_eq!(bytes(4_070 * 1_024), "4.0 M");
        assert_eq!(bytes(64 << 20), "64 M");
    }
}
