//! The scenario editor: a form, and the same as text. It stands beside what it changes and closes again.

mod groups;
mod text;

use std::cell::RefCell;
use std::rc::Rc;

use groups::Groups;
use loopscope_shared::scenario::Scenario;
use text::{Text, use_text};
use web_sys::{File, HtmlInputElement};
use yew::prelude::*;

use crate::messages as m;
use crate::model::editor::{Draft, FIELDS, Fault, Field, Section, Unit, limits_text};
use crate::views::reading;

/// What the reader has typed and not applied. It outlives the editor, which is drawn anew in another language.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Typed {
    /// The scenario that is edited, without its words.
    of: Option<Scenario>,
    /// The form, if it was changed.
    draft: Option<Draft>,
    /// The text, if it was changed.
    text: Option<String>,
}

/// A place for what was typed.
pub type Kept = Rc<RefCell<Typed>>;

/// What is edited.
#[derive(Debug)]
pub struct Editor {
    /// The scenario as it is simulated.
    pub scenario: Scenario,
    /// Whether it is the reader's own already.
    pub own: bool,
    /// A text that was loaded from a file, each time with another number.
    pub loaded: Option<(u32, String)>,
    /// What the reader has typed so far.
    pub kept: Kept,
    /// The reader applies a scenario.
    pub on_apply: Callback<Scenario>,
    /// The reader goes back to the preset.
    pub on_preset: Callback<()>,
    /// The reader loads a file.
    pub on_file: Callback<File>,
    /// The reader closes the editor.
    pub on_close: Callback<()>,
}

/// The editor.
#[hook]
pub fn use_editor(props: &Editor) -> Html {
    let update = use_force_update();
    // In another language it is the same: what was typed stays. Another scenario takes its place.
    let wordless = Scenario { title: String::new(), look_for: String::new(), ..props.scenario.clone() };
    if props.kept.borrow().of.as_ref() != Some(&wordless) {
        props.kept.replace(Typed { of: Some(wordless), ..Typed::default() });
    }
    let Typed { draft, text: typed, .. } = props.kept.borrow().clone();
    let draft = draft.unwrap_or_else(|| Draft::of(&props.scenario));
    let read = draft.read();
    let faults = read.as_ref().err().cloned().unwrap_or_default();
    let change = {
        let (kept, update) = (props.kept.clone(), update.clone());
        Callback::from(move |next: Draft| {
            kept.borrow_mut().draft = Some(next);
            update.force_update();
        })
    };
    let on_typed = {
        let kept = props.kept.clone();
        Callback::from(move |text: Option<String>| {
            kept.borrow_mut().text = text;
            update.force_update();
        })
    };
    let untouched = draft.is_of(&props.scenario);
    let apply = {
        let (on_apply, read) = (props.on_apply.clone(), read.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Ok(scenario) = &read {
                on_apply.emit(scenario.clone());
            }
        })
    };
    let revert = {
        let (change, scenario) = (change.clone(), props.scenario.clone());
        change.reform(move |_: MouseEvent| Draft::of(&scenario))
    };
    let text = use_text(&Text {
        scenario: read.as_ref().unwrap_or(&props.scenario),
        loaded: props.loaded.as_ref(),
        typed,
        on_typed: &on_typed,
        on_apply: &props.on_apply,
        on_file: &props.on_file,
    });
    let section = |section: Section| {
        let fields = FIELDS.iter().enumerate().filter(move |(_, field)| field.section == section);
        html! {
            <fieldset>
                <legend>{ section.label() }</legend>
                { for fields.map(|(index, field)| input(&draft, &change, &faults, index, field)) }
                if section == Section::Network { { nagle(&draft, &change) } }
            </fieldset>
        }
    };
    html! {
        <section id="editor" class="card editor" aria-label={m::editor()}>
            <div class="head">
                <h2>{ m::editor() }{ ": " }{ &props.scenario.title }</h2>
                <button class="pill square" aria-label={m::editor_close()} title={m::editor_close()}
                    onclick={props.on_close.reform(|_: MouseEvent| ())}>{ "×" }</button>
            </div>
            <p class="hint">{ m::editor_lesson() }</p>
            <form onsubmit={apply}>
                { groups::view(&Groups { draft: &draft, faults: &faults, on_draft: &change }) }
                <div class="editor-sections">{ for Section::ALL.map(section) }</div>
                { wrong(&faults) }
                <div class="editor-buttons">
                    <button id="editor-apply" type="submit" class="pill on" disabled={untouched || read.is_err()}>
                        { m::editor_apply() }
                    </button>
                    <button type="button" class="pill" disabled={untouched} onclick={revert}>{ m::editor_revert() }</button>
                    if props.own {
                        <button id="editor-preset" type="button" class="pill"
                            onclick={props.on_preset.reform(|_: MouseEvent| ())}>{ m::editor_preset() }</button>
                    }
                </div>
            </form>
            { text }
        </section>
    }
}

/// All that is wrong, in one place: what belongs to a field is said there, too.
fn wrong(faults: &[Fault]) -> Html {
    if faults.is_empty() {
        return Html::default();
    }
    let one = |fault: &Fault| {
        html! { <li>{ "✕ " }<code>{ &fault.place }</code>{ " " }{ &fault.text }</li> }
    };
    html! {
        <div class="editor-faults" role="alert">
            <p>{ m::editor_faults(faults.len() as u64) }</p>
            <ul>{ for faults.iter().map(one) }</ul>
        </div>
    }
}

fn input(draft: &Draft, change: &Callback<Draft>, faults: &[Fault], index: usize, field: &Field) -> Html {
    let before = draft.clone();
    let oninput = reading(change, move |event: InputEvent| {
        let mut draft = before.clone();
        draft.values[index] = event.target_dyn_into::<HtmlInputElement>()?.value();
        Some(draft)
    });
    let fault = Draft::fault(faults, field.key);
    let (id, about) = (format!("edit-{}", field.key), format!("edit-{}-about", field.key));
    let mode = if field.unit == Unit::Micros { "decimal" } else { "numeric" };
    html! {
        <div class={classes!("editor-field", fault.map(|_| "wrong"))}>
            <label for={id.clone()}>{ (field.label)() }</label>
            <input {id} type="text" inputmode={mode} autocomplete="off" value={draft.values[index].clone()}
                aria-invalid={fault.is_some().to_string()} aria-describedby={about.clone()} {oninput} />
            <span class="unit">{ field.unit.text() }</span>
            <p id={about} class="about">
                if let Some(fault) = fault { <strong>{ "✕ " }{ fault }{ ". " }</strong> }
                { (field.what)() }{ " · " }{ limits_text(field) }
            </p>
        </div>
    }
}

fn nagle(draft: &Draft, change: &Callback<Draft>) -> Html {
    let before = draft.clone();
    let onchange = reading(change, move |event: Event| {
        let nagle = event.target_dyn_into::<HtmlInputElement>()?.checked();
        let mut draft = before.clone();
        draft.nagle = nagle;
        Some(draft)
    });
    html! {
        <div class="editor-field">
            <label for="edit-nagle">{ m::editor_nagle() }</label>
            <input id="edit-nagle" type="checkbox" checked={draft.nagle} aria-describedby="edit-nagle-about" {onchange} />
            <span class="unit" />
            <p id="edit-nagle-about" class="about">{ m::editor_nagle_what() }</p>
        </div>
    }
}
