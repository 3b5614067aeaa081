//! The transport: steps, playing, speed, and where the cursor is.

use loopscope_shared::ids::Seq;
use loopscope_shared::time::Nanos;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::commands::Command;
use crate::messages as m;
use crate::model::playback::Speed;
use crate::model::steps::Step;
use crate::model::text::{grouped, instant};
use crate::store::Action;
use crate::views::icons::{self, icon};
use crate::views::reading;

/// What the transport shows.
#[derive(Debug)]
pub struct Transport<'a> {
    /// So many events have happened.
    pub at: Seq,
    /// So many more are known.
    pub behind: u64,
    /// The instant.
    pub now: Nanos,
    /// Whether the picture moves by itself.
    pub moves: bool,
    /// Whether it is that of a running server.
    pub live: bool,
    /// Whether it is said elsewhere where the cursor is.
    pub elsewhere: bool,
    /// How fast it plays.
    pub speed: Speed,
    /// The reader gives a command.
    pub on_command: &'a Callback<Command>,
    /// The reader changes something.
    pub on_action: &'a Callback<Action>,
}

/// The transport.
pub fn view(props: &Transport<'_>) -> Html {
    let button = |id: Option<&'static str>, sign: &'static str, title: &'static str, command: Command| {
        let onclick = props.on_command.reform(move |_: MouseEvent| command);
        // These have to go where there is no room: keys and the palette do the same.
        let turn = matches!(command, Command::Back(Step::Turn) | Command::Forward(Step::Turn));
        let by = match command {
            Command::Back(step) | Command::Forward(step) => match step {
                Step::Event => m::transport_of_event(),
                Step::Call => m::transport_of_call(),
                Step::Turn => m::transport_of_turn(),
            },
            _ => "",
        };
        html! {
            <button {id} class={classes!("pill", "square", turn.then_some("turn"))} {title} aria-label={title} {onclick}>
                { icon(sign) }
                if !by.is_empty() { <small>{ by }</small> }
            </button>
        }
    };
    let (sign, title) = match (props.live, props.moves) {
        (false, false) => (icons::PLAY, m::transport_play()),
        (false, true) => (icons::PAUSE, m::transport_pause()),
        (true, true) => (icons::PAUSE, m::transport_halt()),
        (true, false) => (icons::PLAY, m::transport_follow()),
    };
    let play = props.on_command.reform(|_: MouseEvent| Command::Play);
    let search = props.on_command.reform(|_: MouseEvent| Command::Search);
    let go_live = props.on_command.reform(|_: MouseEvent| Command::Last);
    html! {
        <div class="transport" role="group" aria-label={m::transport()}>
            { button(Some("first"), icons::FIRST, m::transport_first(), Command::First) }
            { button(None, icons::TURN_BACK, m::transport_back_turn(), Command::Back(Step::Turn)) }
            { button(None, icons::CALL_BACK, m::transport_back_call(), Command::Back(Step::Call)) }
            { button(Some("step-back"), icons::BACK, m::transport_back(), Command::Back(Step::Event)) }
            <button id="play" class={classes!("pill", "square", "on")} {title} aria-label={title} onclick={play}>
                { icon(sign) }
            </button>
            { button(Some("step-forward"), icons::ON, m::transport_forward(), Command::Forward(Step::Event)) }
            { button(None, icons::CALL_ON, m::transport_forward_call(), Command::Forward(Step::Call)) }
            { button(None, icons::TURN_ON, m::transport_forward_turn(), Command::Forward(Step::Turn)) }
            { button(Some("last"), icons::LAST, m::transport_last(), Command::Last) }
            if props.live {
                <button class={classes!("pill", "follow", props.moves.then_some("away"))} onclick={go_live}
                    disabled={props.moves}>
                    { m::go_live(props.behind) }
                </button>
            } else {
                { speed(props) }
            }
            if !props.elsewhere {
                <button id="goto" class="position" title={m::transport_goto()} onclick={search}>
                    <span id="position">{ m::transport_position(grouped(props.at.0), instant(props.now)) }</span>
                </button>
            }
        </div>
    }
}

fn speed(props: &Transport<'_>) -> Html {
    let oninput = reading(props.on_action, |event: InputEvent| {
        let index = event.target_dyn_into::<HtmlInputElement>()?.value_as_number();
        Some(Action::SetSpeed(Speed::at(index as u8)))
    });
    html! {
        <label class="speed" title={m::transport_speed_what()}>
            <span class="sr">{ m::transport_speed() }</span>
            <input id="speed" type="range" min="0" max={Speed::MAX.to_string()} {oninput}
                value={props.speed.index().to_string()} aria-valuetext={props.speed.label()} />
            <span class="speed-text" aria-hidden="true">{ props.speed.label() }</span>
        </label>
    }
}

/// What the scrubber shows.
#[derive(Debug)]
pub struct Scrubber {
    /// The first place of the cursor.
    pub first: Seq,
    /// Its place now.
    pub at: Seq,
    /// The last.
    pub end: Seq,
    /// The instant.
    pub now: Nanos,
    /// The reader moves the cursor there; `true` when it is let go.
    pub on_seek: Callback<(Seq, bool)>,
}

/// The scrubber: all events in a row.
pub fn scrubber(props: &Scrubber) -> Html {
    let moved = |input: Option<HtmlInputElement>, done: bool| {
        input.map(|input| (Seq(input.value_as_number() as u64), done))
    };
    let oninput = reading(&props.on_seek, move |event: InputEvent| moved(event.target_dyn_into(), false));
    let onchange = reading(&props.on_seek, move |event: Event| moved(event.target_dyn_into(), true));
    let (at, end) = (grouped(props.at.0), grouped(props.end.0));
    let text = m::transport_scrubbed(at, end, instant(props.now));
    html! {
        <input id="scrubber" class="scrubber" type="range" aria-label={m::transport_scrubber()} aria-valuetext={text}
            min={props.first.to_string()} max={props.end.to_string()} value={props.at.to_string()}
            {oninput} {onchange} />
    }
}
