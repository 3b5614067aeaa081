//! The code panel: the real source of the running server, with the line at which it is.

use loopscope_shared::servers::{Program, SOURCES};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::model::code::{Kind, Running, tokens};

/// What the code panel shows.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct CodeProps {
    /// The program whose source is shown.
    pub program: Program,
    /// Where it is.
    pub running: Option<Running>,
}

/// The code panel.
#[component]
pub fn Code(props: &CodeProps) -> Html {
    let panel = use_node_ref();
    let own = || SOURCES.iter().position(|source| source.name == props.program.source().name);
    let shown = props.running.as_ref().map(|running| running.source).or_else(own).unwrap_or_default();
    {
        let panel = panel.clone();
        let line = props.running.as_ref().map(|running| running.line);
        use_effect_with((shown, line), move |_| {
            if let Some(panel) = panel.cast::<Element>() {
                bring_into_view(&panel);
            }
        });
    }
    let source = use_memo(shown, |shown| SOURCES[*shown].text.lines().map(colours).collect::<Vec<Html>>());
    let lines = source.iter().enumerate().map(|(index, text)| {
        let number = index as u32 + 1;
        let running = props.running.as_ref().filter(|running| running.line == number);
        line(number, text.clone(), running)
    });
    html! {
        <section class="card code-card" aria-label="Source">
            <div class="head">
                <h2>{ SOURCES[shown].name }</h2>
                <span class="hint" title={(props.program.entry().lesson)()}>{ (props.program.entry().idea)() }</span>
            </div>
            // It scrolls, so the keyboard must reach it.
            <div class="code" ref={panel} tabindex="0" role="region" aria-label="Source text">{ for lines }</div>
        </section>
    }
}

fn line(number: u32, text: Html, running: Option<&Running>) -> Html {
    let class = match running {
        Some(running) => classes!("code-line", "now", running.asleep.then_some("asleep")),
        None => classes!("code-line"),
    };
    html! {
        <div key={number} {class} data-line={number.to_string()}
            aria-current={running.map(|_| "true")}>
            <i>{ number }</i>
            <span>{ text }</span>
            if let Some(running) = running.filter(|running| !running.note.is_empty()) {
                <em>{ &running.note }</em>
            }
        </div>
    }
}

fn colours(text: &str) -> Html {
    let piece = |(kind, text): (Kind, &str)| {
        let class = match kind {
            Kind::Plain => return html! { { text } },
            Kind::Keyword => "k",
            Kind::Type => "t",
            Kind::Function => "f",
            Kind::Literal => "l",
            Kind::Comment => "c",
        };
        html! { <span {class}>{ text }</span> }
    };
    tokens(text).into_iter().map(piece).collect()
}

/// Scrolls the panel, and only the panel, so that the running line is well inside.
fn bring_into_view(panel: &Element) {
    let Ok(Some(line)) = panel.query_selector(".now") else { return };
    let Some(line) = line.dyn_ref::<HtmlElement>() else { return };
    let (top, height) = (line.offset_top(), panel.client_height());
    let (from, to) = (panel.scroll_top(), panel.scroll_top() + height);
    let margin = height / 6;
    if top < from + margin || top + line.offset_height() > to - margin {
        panel.set_scroll_top((top - height / 2).max(0));
    }
}
