//! The groups of clients in the editor.

use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::messages as m;
use crate::model::editor::{Draft, Fault, GROUP_FIELDS, Group, GroupKind, STEPS};
use crate::views::reading;

/// The groups, and what is wrong in them.
#[derive(Debug)]
pub(super) struct Groups<'a> {
    /// What is being edited.
    pub draft: &'a Draft,
    /// What is wrong.
    pub faults: &'a [Fault],
    /// The reader changes something.
    pub on_draft: &'a Callback<Draft>,
}

/// The groups.
pub(super) fn view(props: &Groups<'_>) -> Html {
    let add = |kind: GroupKind| {
        let before = props.draft.clone();
        let onclick = props.on_draft.reform(move |_: MouseEvent| {
            let mut draft = before.clone();
            draft.groups.push(kind.group());
            draft
        });
        html! { <button type="button" class="pill small" {onclick}>{ "+ " }{ kind.label() }</button> }
    };
    html! {
        <fieldset class="editor-clients">
            <legend>{ m::editor_clients() }</legend>
            <div class="editor-groups">{ for (0..props.draft.groups.len()).map(|index| group(props, index)) }</div>
            <div class="editor-add" role="group" aria-label={m::editor_add()}>
                <span>{ m::editor_add() }{ ": " }</span>{ for GroupKind::ALL.map(add) }
            </div>
        </fieldset>
    }
}

/// Changes the group of that index.
fn changed<E: 'static>(
    props: &Groups<'_>,
    index: usize,
    change: impl Fn(&mut Group, E) -> Option<()> + 'static,
) -> Callback<E> {
    let before = props.draft.clone();
    reading(props.on_draft, move |event: E| {
        let mut draft = before.clone();
        change(&mut draft.groups[index], event)?;
        Some(draft)
    })
}

fn group(props: &Groups<'_>, index: usize) -> Html {
    let group = &props.draft.groups[index];
    let number = (index + 1).to_string();
    let remove = {
        let before = props.draft.clone();
        props.on_draft.reform(move |_: MouseEvent| {
            let mut draft = before.clone();
            draft.groups.remove(index);
            draft
        })
    };
    let on_nagle = changed(props, index, |group, event: Event| {
        group.nagle = event.target_dyn_into::<HtmlInputElement>()?.checked();
        Some(())
    });
    let whole = Draft::fault(props.faults, &format!("clients.{index}"));
    html! {
        <div key={index} class="editor-group" role="group" aria-label={m::editor_group(&number)}>
            <div class="editor-group-head">
                <h3>{ m::editor_group(&number) }</h3>
                <button type="button" class="quiet" aria-label={m::editor_group_remove(&number)}
                    title={m::editor_group_remove(&number)} onclick={remove}>{ "×" }</button>
            </div>
            if let Some(fault) = whole { <p class="about"><strong>{ "✕ " }{ fault }</strong></p> }
            <div class="editor-numbers">
                { for (0..GROUP_FIELDS.len()).map(|field| number_of(props, index, field)) }
                <label title={m::editor_client_nagle_what()}>
                    { m::editor_client_nagle() }
                    <input type="checkbox" checked={group.nagle} onchange={on_nagle} />
                </label>
            </div>
            { steps(props, index) }
        </div>
    }
}

fn number_of(props: &Groups<'_>, index: usize, field: usize) -> Html {
    let of = &GROUP_FIELDS[field];
    let fault = Draft::fault(props.faults, &format!("clients.{index}.{}", of.key));
    let oninput = changed(props, index, move |group, event: InputEvent| {
        group.values[field] = event.target_dyn_into::<HtmlInputElement>()?.value();
        Some(())
    });
    html! {
        <label class={classes!(fault.map(|_| "wrong"))} title={(of.what)()}>
            { (of.label)() }
            <input type="text" inputmode="decimal" autocomplete="off" data-field={format!("clients.{index}.{}", of.key)}
                value={props.draft.groups[index].values[field].clone()} aria-invalid={fault.is_some().to_string()}
                {oninput} />
            if let Some(fault) = fault { <strong>{ "✕ " }{ fault }</strong> }
        </label>
    }
}

fn steps(props: &Groups<'_>, index: usize) -> Html {
    let id = format!("edit-steps-{index}");
    let about = format!("edit-steps-{index}-about");
    let fault = Draft::fault(props.faults, &format!("clients.{index}.steps"));
    let oninput = changed(props, index, |group, event: InputEvent| {
        group.steps = event.target_dyn_into::<HtmlTextAreaElement>()?.value();
        Some(())
    });
    let add = STEPS.iter().map(|(label, line)| {
        let onclick = changed(props, index, |group: &mut Group, _: MouseEvent| {
            group.add_step(line);
            Some(())
        });
        html! { <button type="button" class="pill small" title={*line} {onclick}>{ "+ " }{ label() }</button> }
    });
    html! {
        <>
            <label for={id.clone()}>{ m::editor_steps() }</label>
            <textarea {id} rows="4" spellcheck="false" aria-invalid={fault.is_some().to_string()}
                aria-describedby={about.clone()} value={props.draft.groups[index].steps.clone()} {oninput} />
            <p id={about} class="about">
                if let Some(fault) = fault { <strong>{ "✕ " }{ fault }</strong> }
            </p>
            <div class="editor-add" role="group" aria-label={m::editor_steps_add()}>{ for add }</div>
        </>
    }
}
