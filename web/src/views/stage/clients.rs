//! The network and the clients at its far end.

use yew::prelude::*;

use crate::messages as m;
use crate::model::selection::Selection;
use crate::model::stage::{Client, Kind, Stage};
use crate::model::text::grouped;

/// Up to so many clients are drawn one by one where they have no columns.
const EACH_MAX: usize = 24;

/// Up to so many clients that are not accepted yet are drawn one by one.
const OUTSIDE_MAX: usize = 2;

/// Up to so many dots stand for bytes on their way.
const DOTS_MAX: u64 = 4;

/// The clients: under their descriptors where those have columns, else one by one; many are counted.
pub(super) fn view(stage: &Stage, selected: Option<Selection>) -> Html {
    let client = |each: &Client| client(each, selected);
    let clients = &stage.clients;
    let lost = (clients.syns_dropped > 0).then(|| {
        let text = m::stage_syns_dropped(clients.syns_dropped);
        html! { <p class="stage-note bad">{ text }</p> }
    });
    let each = || html! { <div class="stage-clients flow">{ for clients.each.iter().map(client) }</div> };
    html! {
        <div class="stage-far">
            if !stage.columns.is_empty() {
                { columns(stage, client) }
            } else if clients.each.len() <= EACH_MAX {
                { each() }
            }
            if clients.each.len() > EACH_MAX { { groups(&clients.groups) } }
            { lost }
        </div>
    }
}

fn columns(stage: &Stage, client: impl Fn(&Client) -> Html) -> Html {
    let outside: Vec<&Client> = stage.clients.each.iter().filter(|client| client.fd.is_none()).collect();
    let cells = stage.all_columns().into_iter().map(|card| {
        let mine = stage.clients.each.iter();
        let mine = mine.filter(|client| client.place() == Some(card.place()));
        let listens = matches!(card.kind, Kind::Listener { .. });
        html! {
            <div class="stage-client-cell">
                { for mine.map(&client) }
                if listens && outside.len() <= OUTSIDE_MAX {
                    { for outside.iter().map(|each| client(each)) }
                } else if listens {
                    <span class="stage-group">{ m::stage_want_in(outside.len() as u64) }</span>
                }
            </div>
        }
    });
    html! { <div class="stage-clients stage-columns">{ for cells }</div> }
}

fn client(client: &Client, selected: Option<Selection>) -> Html {
    let chosen = client.peer.map(|peer| selected == Some(Selection::Client(peer)));
    let dots = (0..client.coming.min(DOTS_MAX)).map(|_| html! { <i /> });
    let way = match (client.coming, client.unread) {
        (0, 0) => String::new(),
        (0, unread) => m::stage_not_read(grouped(unread)),
        (coming, _) => m::stage_on_the_way(grouped(coming)),
    };
    html! {
        <div key={client.name.clone()} data-client={client.place().map(|place| place.to_string())} class={classes!("stage-client", client.queued.then_some("queued"), client.host.as_ref().map(|_| "host"), client.fd.is_none().then_some("outside"), (chosen == Some(true)).then_some("selected"))}
            data-peer={client.peer.map(|peer| peer.to_string())} tabindex={chosen.map(|_| "0")} role={chosen.map(|_| "button")}
            aria-pressed={chosen.map(|chosen| chosen.to_string())}>
            <span class="stage-flight" aria-hidden="true">{ for dots }</span>
            if client.host.is_some() { { server() } }
            <span class="stage-client-name">{ &client.name }</span>
            if client.host.is_some() { <span class="stage-client-doing">{ m::stage_web_server() }</span> }
            <span class="stage-client-doing">{ &client.doing }</span>
            if !way.is_empty() { <span class="stage-client-way">{ way }</span> }
        </div>
    }
}

/// A web server, in its rack.
fn server() -> Html {
    html! {
        <svg viewBox="0 0 26 24" width="26" height="24" class="stage-server" aria-hidden="true">
            { for (0..3).map(|unit| html! { <><rect x="1" width="24" height="6" rx="1.5" y={(1 + unit * 8).to_string()} /><circle cx="5" r="1.3" cy={(4 + unit * 8).to_string()} /></> }) }
        </svg>
    }
}

fn groups(groups: &[(String, usize)]) -> Html {
    let groups = groups.iter().map(|(doing, count)| {
        let doing = if doing.is_empty() { m::stage_doing_connected() } else { doing.as_str() };
        html! { <span class="stage-group"><b>{ grouped(*count as u64) }</b>{ format!(" × {doing}") }</span> }
    });
    html! { <div class="stage-clients flow">{ for groups }</div> }
}
