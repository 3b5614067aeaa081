//! The send panel: the reader's own lines, and what is answered.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::messages as m;
use crate::model::talk::{Act, Item, Talk, newest};

/// The longest line that can be typed: what the server answers in one piece.
const LINE_MAX: &str = "16384";

/// What the send panel shows.
#[derive(Debug)]
pub struct Send {
    /// The connections and what was said on them.
    pub talk: Talk,
    /// The connection that lines go to; a new one if there is none.
    pub target: Option<u32>,
    /// The reader chooses another.
    pub on_target: Callback<Option<u32>>,
    /// The reader does something.
    pub on_act: Callback<Act>,
    /// The reader takes everything back that was added to the scenario.
    pub on_clear: Callback<()>,
}

/// The send panel.
#[hook]
pub fn use_send(props: &Send) -> Html {
    let line = use_node_ref();
    let list = use_node_ref();
    {
        let (list, before) = (list.clone(), use_mut_ref(Vec::<Item>::new));
        use_effect_with(props.talk.items.clone(), move |items| {
            let newest = newest(&before.borrow(), items);
            before.borrow_mut().clone_from(items);
            if let (Some(list), Some(newest)) = (list.cast::<Element>(), newest) {
                bring_into_view(&list, newest);
            }
        });
    }
    let submit = {
        let (line, on_act) = (line.clone(), props.on_act.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(line) = line.cast::<HtmlInputElement>() {
                on_act.emit(Act::Line(line.value()));
                line.set_value("");
            }
        })
    };
    let open = props.talk.usable;
    let tabindex = (!props.talk.items.is_empty()).then_some("0");
    let items = props.talk.items.iter().enumerate().map(|(index, one)| item(index, one));
    html! {
        <section class="card send" aria-label={m::send()}>
            <div class="head">
                <h2>{ m::send() }</h2>
                <span class="hint">{ props.talk.hint }</span>
                if props.talk.can_clear {
                    <button class="quiet" title={m::send_clear_what()}
                        onclick={props.on_clear.reform(|_: MouseEvent| ())}>{ m::send_clear() }</button>
                }
            </div>
            <form class="send-form" onsubmit={submit}>
                <label class="sr" for="send-line">{ m::send_line() }</label>
                <input id="send-line" ref={line} type="text" maxlength={LINE_MAX} autocomplete="off"
                    spellcheck="false" placeholder="Hello, World!" disabled={!open} />
                <button id="send-button" class="pill on" type="submit" disabled={!open}>{ m::send_button() }</button>
            </form>
            { target(props) }
            // It scrolls, so the keyboard must reach it.
            <ol class="talk" ref={list} {tabindex} aria-label={m::send_said()}>{ for items }</ol>
        </section>
    }
}

/// Scrolls the list, and only the list, so that its entry of that index is seen whole.
fn bring_into_view(list: &Element, index: usize) {
    let Some(entry) = list.children().item(index as u32) else { return };
    let Some(entry) = entry.dyn_ref::<HtmlElement>() else { return };
    let (top, bottom) = (entry.offset_top(), entry.offset_top() + entry.offset_height());
    if bottom > list.scroll_top() + list.client_height() {
        list.set_scroll_top(bottom - list.client_height());
    } else if top < list.scroll_top() {
        list.set_scroll_top(top);
    }
}

fn target(props: &Send) -> Html {
    let chosen = props.on_target.reform(|event: Event| {
        event.target_dyn_into::<HtmlSelectElement>().and_then(|list| list.value().parse().ok())
    });
    let option = |number: &u32| {
        let selected = props.target == Some(*number);
        html! { <option value={number.to_string()} {selected}>{ m::send_numbered(props.talk.noun, number) }</option> }
    };
    let begin = [
        (m::send_slow(), m::send_slow_what(), Act::SlowReader),
        (m::send_burst(), m::send_burst_what(), Act::Burst),
    ];
    let acts = [
        (m::send_stop(), m::send_stop_what(), Act::Read(false)),
        (m::send_read(), m::send_read_what(), Act::Read(true)),
        (m::send_half_close(), m::send_half_close_what(), Act::HalfClose),
        (m::send_close(), m::send_close_what(), Act::Close),
        (m::send_reset(), m::send_reset_what(), Act::Reset),
    ];
    let button = |(text, title, act): (&'static str, &'static str, Act), disabled: bool| {
        let onclick = props.on_act.reform(move |_: MouseEvent| act.clone());
        html! { <button class="pill small" {title} {disabled} {onclick}>{ text }</button> }
    };
    // These open a connection if none is chosen; the others need one.
    let begin = begin.into_iter().map(|act| button(act, !props.talk.usable));
    let acts = acts.into_iter().map(|act| button(act, props.target.is_none()));
    html! {
        <div class="send-target">
            <select id="send-target" class="pill small" aria-label={m::send_target()} onchange={chosen}>
                <option value="" selected={props.target.is_none()}>{ m::send_new(props.talk.noun) }</option>
                { for props.talk.targets.iter().map(option) }
            </select>
            { for begin }
            { for acts }
        </div>
    }
}

fn item(key: usize, item: &Item) -> Html {
    let who = |number: &u32| html! { <span class="who">{ number }</span> };
    match item {
        Item::Said { who: number, text, note } => html! {
            <li {key} class="said">{ who(number) }<span class="line">{ text }</span><span class="note">{ note }</span></li>
        },
        Item::Answer { who: number, text } => html! {
            <li {key} class="heard">{ who(number) }<span class="line answer">{ text }</span></li>
        },
        Item::Note { who: number, text } => html! {
            <li {key} class="did">{ who(number) }<span class="note">{ text }</span></li>
        },
    }
}
