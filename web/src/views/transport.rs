//! The transport: steps, playing, speed, and where the cursor is.

use loopscope_shared::ids::Seq;
use loopscope_shared::time::Nanos;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::commands::Command;
use crate::model::playback::Speed;
use crate::model::steps::Step;
use crate::model::text::{counted, grouped, instant};
use crate::store::Action;
use crate::views::reading;

/// What the transport shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct TransportProps {
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
    /// How fast it plays.
    pub speed: Speed,
    /// The reader gives a command.
    pub on_command: Callback<Command>,
    /// The reader changes something.
    pub on_action: Callback<Action>,
}

/// The transport.
#[component]
pub fn Transport(props: &TransportProps) -> Html {
    let button = |id: Option<&'static str>, sign: &'static str, title: &'static str, command: Command| {
        let onclick = props.on_command.reform(move |_: MouseEvent| command);
        html! { <button {id} class="pill square" {title} aria-label={title} {onclick}>{ sign }</button> }
    };
    let (sign, title) = match (props.live, props.moves) {
        (false, false) => ("▶", "Play (Space)"),
        (false, true) => ("❚❚", "Pause (Space)"),
        (true, true) => ("❚❚", "Halt the picture; the server goes on (Space)"),
        (true, false) => ("▶", "Follow the server again (Space)"),
    };
    let play = props.on_command.reform(|_: MouseEvent| Command::Play);
    let go_live = props.on_command.reform(|_: MouseEvent| Command::Last);
    html! {
        <div class="transport" role="group" aria-label="Moving in time">
            { button(Some("first"), "|◀", "To the first event (Home)", Command::First) }
            { button(None, "↶", "One turn of the loop back (Ctrl ←)", Command::Back(Step::Turn)) }
            { button(None, "«", "One system call back (Shift ←)", Command::Back(Step::Call)) }
            { button(Some("step-back"), "‹", "One event back (←)", Command::Back(Step::Event)) }
            <button id="play" class={classes!("pill", "square", "on")} {title} aria-label={title} onclick={play}>
                { sign }
            </button>
            { button(Some("step-forward"), "›", "One event forward (→)", Command::Forward(Step::Event)) }
            { button(None, "»", "One system call forward (Shift →)", Command::Forward(Step::Call)) }
            { button(None, "↷", "One turn of the loop forward (Ctrl →)", Command::Forward(Step::Turn)) }
            { button(Some("last"), "▶|", "To the last event (End)", Command::Last) }
            if props.live {
                <button class={classes!("pill", "follow", props.moves.then_some("away"))} onclick={go_live}
                    disabled={props.moves}>
                    { format!("Go live, +{}", counted(props.behind, "event")) }
                </button>
            } else {
                { speed(props) }
            }
            <output id="position" class="position">
                { format!("event {} · {}", grouped(props.at.0), instant(props.now)) }
            </output>
        </div>
    }
}

fn speed(props: &TransportProps) -> Html {
    let oninput = reading(&props.on_action, |event: InputEvent| {
        let index = event.target_dyn_into::<HtmlInputElement>()?.value_as_number();
        Some(Action::SetSpeed(Speed::at(index as u8)))
    });
    html! {
        <label class="speed" title="How fast simulated time passes">
            <span class="sr">{ "Speed" }</span>
            <input id="speed" type="range" min="0" max={Speed::MAX.to_string()} {oninput}
                value={props.speed.index().to_string()} aria-valuetext={props.speed.label()} />
            <span class="speed-text" aria-hidden="true">{ props.speed.label() }</span>
        </label>
    }
}

/// What the scrubber shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ScrubberProps {
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
#[component]
pub fn Scrubber(props: &ScrubberProps) -> Html {
    let moved = |input: Option<HtmlInputElement>, done: bool| {
        input.map(|input| (Seq(input.value_as_number() as u64), done))
    };
    let oninput = reading(&props.on_seek, move |event: InputEvent| moved(event.target_dyn_into(), false));
    let onchange = reading(&props.on_seek, move |event: Event| moved(event.target_dyn_into(), true));
    let (at, end) = (grouped(props.at.0), grouped(props.end.0));
    let text = format!("event {at} of {end}, {}", instant(props.now));
    html! {
        <input id="scrubber" class="scrubber" type="range" aria-label="Event" aria-valuetext={text}
            min={props.first.to_string()} max={props.end.to_string()} value={props.at.to_string()}
            {oninput} {onchange} />
    }
}
