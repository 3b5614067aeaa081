//! The scenario as text: to be read, written, saved and loaded.

use loopscope_shared::scenario::Scenario;
use web_sys::{File, HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::messages as m;
use crate::model::editor::from_text;
use crate::views::{download, reading};

/// The scenario, and what becomes of its text.
#[derive(Debug)]
pub(super) struct Text<'a> {
    /// The scenario as it stands in the form.
    pub scenario: &'a Scenario,
    /// A text that was loaded from a file, each time with another number.
    pub loaded: Option<&'a (u32, String)>,
    /// What the reader has typed; until then it is what the form says.
    pub typed: Option<String>,
    /// The reader types.
    pub on_typed: &'a Callback<Option<String>>,
    /// The reader applies what the text says.
    pub on_apply: &'a Callback<Scenario>,
    /// The reader loads a file.
    pub on_file: &'a Callback<File>,
}

/// The text.
#[hook]
pub(super) fn use_text(props: &Text<'_>) -> Html {
    {
        let on_typed = props.on_typed.clone();
        use_effect_with(props.loaded.cloned(), move |loaded| {
            if let Some((_, text)) = loaded {
                on_typed.emit(Some(text.clone()));
            }
        });
    }
    let typed = &props.typed;
    let text = typed.clone().unwrap_or_else(|| props.scenario.to_pretty_json());
    let fault = typed.as_ref().and_then(|text| from_text(text).err());
    let oninput = reading(props.on_typed, |event: InputEvent| {
        Some(Some(event.target_dyn_into::<HtmlTextAreaElement>()?.value()))
    });
    let apply = {
        let (on_apply, text, on_typed) = (props.on_apply.clone(), text.clone(), props.on_typed.clone());
        Callback::from(move |_: MouseEvent| {
            if let Ok(scenario) = from_text(&text) {
                on_typed.emit(None);
                on_apply.emit(scenario);
            }
        })
    };
    let on_file = reading(props.on_file, |event: Event| {
        let input = event.target_dyn_into::<HtmlInputElement>()?;
        let file = input.files()?.item(0)?;
        // The same file can be chosen again after it has changed.
        input.set_value("");
        Some(file)
    });
    let name = if props.scenario.name.is_empty() { "scenario" } else { &props.scenario.name };
    html! {
        <details class="editor-text" open={typed.is_some()}>
            <summary>{ m::editor_text() }</summary>
            <p class="hint">{ m::editor_text_what() }</p>
            <textarea id="editor-text" rows="12" spellcheck="false" aria-label={m::editor_text()}
                aria-invalid={fault.is_some().to_string()} value={text} {oninput} />
            if let Some(fault) = &fault {
                <pre class="editor-faults" role="alert">{ "✕ " }{ fault }</pre>
            }
            <div class="editor-buttons">
                <button id="editor-text-apply" type="button" class="pill" onclick={apply}
                    disabled={typed.is_none() || fault.is_some()}>{ m::editor_text_apply() }</button>
                <label class="pill editor-file">
                    { m::editor_text_load() }
                    <input type="file" accept=".json" onchange={on_file} />
                </label>
                <a class="pill" download={format!("{name}.json")}
                    href={download("application/json", &props.scenario.to_pretty_json())}>{ m::editor_save_json() }</a>
            </div>
        </details>
    }
}
