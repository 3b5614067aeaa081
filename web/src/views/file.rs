//! What an open file says of itself, and which of its parts is shown.

use web_sys::{File as BrowserFile, HtmlSelectElement};
use yew::prelude::*;

use crate::messages as m;
use crate::model::file::File;
use crate::views::open::chooser;
use crate::views::reading;

/// What is shown of a file.
#[derive(Debug)]
pub struct Facts<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it says of itself.
    pub file: &'a File,
    /// The reader wants another part.
    pub on_part: Callback<usize>,
    /// The reader opens another file.
    pub on_file: Callback<BrowserFile>,
    /// The reader closes it.
    pub on_close: Callback<()>,
}

/// What an open file says of itself.
pub fn facts(props: &Facts<'_>) -> Html {
    let File { facts, parts, part, .. } = props.file;
    let wanted = reading(&props.on_part, |event: Event| {
        event.target_dyn_into::<HtmlSelectElement>()?.value().parse().ok()
    });
    let fact =
        |(what, value): &(&'static str, String)| html! { <div><dt>{ *what }</dt><dd>{ value }</dd></div> };
    let option = |(index, text): (usize, &String)| {
        html! { <option value={index.to_string()} selected={index == *part}>{ text }</option> }
    };
    html! {
        <div class="file-facts">
            <details>
                <summary>{ props.name }</summary>
                <dl>{ for facts.iter().map(fact) }</dl>
            </details>
            if !parts.is_empty() {
                <label>{ m::open_part() }{ " " }
                    <select id="part" class="pill" onchange={wanted}>{ for parts.iter().enumerate().map(option) }</select>
                </label>
            }
            { chooser(m::open_another(), &props.on_file) }
            <button class="pill" onclick={props.on_close.reform(|_: MouseEvent| ())}>{ m::open_close() }</button>
        </div>
    }
}

/// The place of the source of a program of that name which is not known, and why there is none.
pub fn no_source(name: &str, text: &str) -> Html {
    html! {
        <section class="card code-card no-source" aria-label={name.to_owned()}>
            <div class="head"><h2>{ name }</h2></div>
            <p>{ text }</p>
        </section>
    }
}
