//! The code panel: the real source of the running server, with the lines at which its tasks are. A click on the
//! number of a line lists its calls.

use std::rc::Rc;

use loopscope_shared::event::Place;
use loopscope_shared::ids::Seq;
use loopscope_shared::language;
use loopscope_shared::servers::{Program, SOURCES};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::hooks::use_source;
use crate::messages as m;
use crate::model::code::{Kind, LineCalls, Running, tokens};
use crate::model::text::{grouped, instant};
use crate::views::part::{Draw, Part};

/// So many other tasks are named at a line; a thread a connection may have thousands of them in one call.
const TASKS_NAMED: usize = 3;

/// So many lines are drawn anew together, if something has changed at one of them.
const PIECE_LINES: usize = 24;

/// All that some lines of a source depend on.
struct Marks {
    /// Where the task is that is followed, if it is here.
    running: Option<Running>,
    /// The others that are here.
    others: Vec<Running>,
    /// The line of which calls are listed, if it is here.
    listed: Option<Place>,
    /// The number that is a stop of the tabulator, if it is here.
    stop: Option<u32>,
}

/// What the code panel shows.
#[derive(Debug)]
pub struct Code<'a> {
    /// The program whose source is shown.
    pub program: Program,
    /// Where the task is that is followed.
    pub running: Option<&'a Running>,
    /// Where the others are.
    pub others: &'a [Running],
    /// The line of which calls are listed, and these.
    pub calls: Option<&'a (Place, LineCalls)>,
    /// The reader asks for the calls of a line, or has seen them.
    pub on_line: Callback<Option<Place>>,
    /// The reader goes to an event.
    pub on_jump: Callback<Seq>,
}

/// The code panel.
#[hook]
pub fn use_code(props: &Code<'_>) -> Html {
    let panel = use_node_ref();
    let own = || SOURCES.iter().position(|source| source.name == props.program.source().name);
    let shown = props.running.map(|running| running.source).or_else(own).unwrap_or_default();
    let text = use_source(props.program, shown);
    {
        let panel = panel.clone();
        let line = props.running.map(|running| running.line);
        use_effect_with((shown, line, text.is_some()), move |_| {
            if let Some(panel) = panel.cast::<Element>() {
                bring_into_view(&panel);
            }
        });
    }
    let source = use_memo(text.clone(), |text| {
        let text = text.as_ref().and_then(|text| text.as_deref().ok()).unwrap_or_default();
        text.lines().map(written).collect::<Vec<Written>>()
    });
    let missing = match &text {
        None => Some(m::code_loading().to_owned()),
        Some(Ok(_)) => None,
        Some(Err(missing)) => Some(m::code_missing(missing.text())),
    };
    // One number is a stop of the tabulator, and from there the arrows go to the others: hundreds of stops would
    // be a wall.
    let stop =
        props.calls.map(|(of, _)| of.line).or_else(|| props.running.map(|running| running.line)).unwrap_or(1);
    let pieces = (0..source.len()).step_by(PIECE_LINES);
    let pieces = pieces.map(|first| piece((shown, first), &source, stop, props));
    html! {
        <section class="card code-card" aria-label={m::code()}>
            <div class="head">
                <h2>{ SOURCES[shown].name }</h2>
                <span class="hint" title={(props.program.entry().lesson)()}>{ (props.program.entry().idea)() }</span>
            </div>
            if let Some(missing) = missing { <p class="code-missing" role="status">{ missing }</p> }
            <div class="code" ref={panel} role="region" aria-label={m::code_text()} onkeydown={Callback::from(walk)}>{ for pieces }</div>
            if let Some((place, found)) = props.calls {
                { calls(*place, found, props) }
            }
        </section>
    }
}

/// A line as it is shown.
struct Written {
    /// So many spaces stand before it: where it is broken, it goes on behind as many.
    indent: usize,
    /// Its coloured text.
    text: Html,
}

fn written(text: &str) -> Written {
    Written { indent: text.len() - text.trim_start().len(), text: colours(text) }
}

/// From the number of a line, the arrows go to that of its neighbour.
fn walk(event: KeyboardEvent) {
    let Some(line) = event.target_dyn_into::<Element>().and_then(|number| number.parent_element()) else {
        return;
    };
    let next = match event.key().as_str() {
        "ArrowDown" => line.next_element_sibling(),
        "ArrowUp" => line.previous_element_sibling(),
        _ => return,
    };
    event.prevent_default();
    let number = next.and_then(|line| line.first_element_child());
    if let Some(number) = number.and_then(|number| number.dyn_into::<HtmlElement>().ok()) {
        // If it cannot be focused, nothing is lost.
        let _ = number.focus();
    }
}

/// Some lines of a source, from that index on.
fn piece((shown, first): (usize, usize), source: &Rc<Vec<Written>>, stop: u32, props: &Code<'_>) -> Html {
    let lines = first as u32 + 1..(first + PIECE_LINES) as u32 + 1;
    let before = |line: u32| props.others.partition_point(|other| other.line < line);
    let marks = Marks {
        running: props.running.filter(|running| lines.contains(&running.line)).cloned(),
        others: props.others[before(lines.start)..before(lines.end)].to_vec(),
        listed: props.calls.map(|(place, _)| *place).filter(|place| lines.contains(&place.line)),
        stop: Some(stop).filter(|stop| lines.contains(stop)),
    };
    let at = |one: &Running| format!("{} {} {} {};", one.task, one.line, one.asleep, one.note);
    let of = format!(
        "{shown} {} {}|{}|{} {}",
        language::current().tag(),
        marks.running.iter().map(at).collect::<String>(),
        marks.others.iter().map(at).collect::<String>(),
        marks.listed.map_or(0, |place| place.line),
        marks.stop.unwrap_or(0),
    );
    let (source, on_line) = (source.clone(), props.on_line.clone());
    let draw = move || {
        let line = |(at, written): (usize, &Written)| {
            let place = Place { source: shown as u8, line: (first + at) as u32 + 1 };
            line(place, written, &marks, &on_line)
        };
        source[first..].iter().take(PIECE_LINES).enumerate().map(line).collect()
    };
    html! { <Part key={first} {of} draw={Draw::new(draw)} /> }
}

fn line(place: Place, written: &Written, marks: &Marks, on_line: &Callback<Option<Place>>) -> Html {
    let number = place.line;
    let running = marks.running.as_ref().filter(|running| running.line == number);
    let first = marks.others.partition_point(|other| other.line < number);
    let here = marks.others[first..].iter().take_while(|other| other.line == number).count();
    let others = &marks.others[first..first + here];
    let listed = marks.listed == Some(place);
    let class = match running {
        Some(running) => classes!("code-line", "now", running.asleep.then_some("asleep")),
        None => classes!("code-line", (here > 0).then_some("also"), listed.then_some("listed")),
    };
    let onclick = on_line.reform(move |_: MouseEvent| Some(place).filter(|_| !listed));
    let title = m::code_line(number.to_string());
    html! {
        <div key={number} {class} data-line={number.to_string()}
            data-indent={(written.indent > 0).then(|| written.indent.to_string())} aria-current={running.map(|_| "true")}>
            <button class="code-number" tabindex={if marks.stop == Some(number) { "0" } else { "-1" }} {title} aria-expanded={listed.to_string()} {onclick}>{ number }</button>
            <span class="code-text">{ written.text.clone() }</span>
            if let Some(running) = running.filter(|running| !running.note.is_empty()) {
                <em>{ &running.note }</em>
            }
            { for others.iter().take(TASKS_NAMED).map(other) }
            if here > TASKS_NAMED {
                <em class="other">{ m::code_more(grouped((here - TASKS_NAMED) as u64)) }</em>
            }
        </div>
    }
}

fn other(other: &Running) -> Html {
    html! { <em class="other">{ m::code_task(other.task) }{ " " }{ &other.note }</em> }
}

fn calls(place: Place, found: &LineCalls, props: &Code<'_>) -> Html {
    let close = props.on_line.reform(|_: MouseEvent| None);
    let one = |call: &crate::model::code::LineCall| {
        let after = call.after;
        let onclick = props.on_jump.reform(move |_: MouseEvent| after);
        html! {
            <li key={after.0}>
                <button class={classes!(call.failed.then_some("failed"))} {onclick}
                    title={m::code_go(grouped(after.0), &call.text)}>
                    <time>{ instant(call.at) }</time>
                    <span>{ m::code_task(call.task) }{ " · " }{ &call.text }{ " · " }{ call.took.to_string() }</span>
                </button>
            </li>
        }
    };
    html! {
        <div class="line-calls" role="region" aria-label={m::code_calls(place.line, found.count)}>
            <div class="head">
                <h3>{ m::code_calls(place.line, found.count) }</h3>
                <button class="quiet" onclick={close} aria-label={m::code_line_leave(place.line)}>{ "×" }</button>
            </div>
            if found.count > 0 {
                <p class="hint">
                    { m::code_together(found.together, found.longest) }
                    { for found.results.iter().map(|(count, name)| html! {
                        <span class="result">{ format!("{} × {name}", grouped(*count)) }</span>
                    }) }
                </p>
            }
            <ol class="history">{ for found.latest.iter().map(one) }</ol>
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
