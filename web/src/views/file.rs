//! What an open file says of itself, and which of its parts is shown.

use web_sys::{File as BrowserFile, HtmlSelectElement};
use yew::prelude::*;

use crate::messages as m;
use crate::model::file::File;
use crate::views::open::Chooser;
use crate::views::reading;

/// What is shown of a file.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct FileFactsProps {
    /// Its name.
    pub name: String,
    /// What it says of itself.
    pub file: File,
    /// The reader wants another part.
    pub on_part: Callback<usize>,
    /// The reader opens another file.
    pub on_file: Callback<BrowserFile>,
    /// The reader closes it.
    pub on_close: Callback<()>,
}

/// What an open file says of itself.
#[component]
pub fn FileFacts(props: &FileFactsProps) -> Html {
    let File { facts, parts, part, .. } = &props.file;
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
                <summary>{ &props.name }</summary>
                <dl>{ for facts.iter().map(fact) }</dl>
            </details>
            if !parts.is_empty() {
                <label>{ m::open_part() }{ " " }
                    <select id="part" class="pill" onchange={wanted}>{ for parts.iter().enumerate().map(option) }</select>
                </label>
            }
            <Chooser text={m::open_another()} on_file={props.on_file.clone()} />
            <button class="pill" onclick={props.on_close.reform(|_: MouseEvent| ())}>{ m::open_close() }</button>
        </div>
    }
}

/// What stands where a program's source would.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct NoSourceProps {
    /// The program.
    pub name: String,
    /// Why there is none.
    pub text: String,
}

/// The place of a source that is not known.
#[component]
pub fn NoSource(props: &NoSourceProps) -> Html {
    html! {
        <section class="card code-card no-source" aria-label={props.name.clone()}>
            <div class="head"><h2>{ &props.name }</h2></div>
            <p>{ &props.text }</p>
        </section>
    }
}
