//! The palette: a field, and the list of what can be done that fits it.

use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

use crate::commands::palette::{Item, Run};
use crate::messages as m;

/// What the palette needs.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct PaletteProps {
    /// What fits a text.
    pub find: Callback<String, Vec<Item>>,
    /// The reader has chosen something to be done.
    pub on_run: Callback<Run>,
    /// The reader closes it.
    pub on_close: Callback<()>,
}

/// The palette. Its list is gone through by the arrow keys while the field keeps the focus.
#[component]
pub fn Palette(props: &PaletteProps) -> Html {
    let field = use_node_ref();
    let typed = use_state(String::new);
    let chosen = use_state(|| 0usize);
    {
        let field = field.clone();
        use_effect_with((), move |()| {
            if let Some(field) = field.cast::<HtmlElement>() {
                // Focus is a convenience here: the field can be reached without.
                let _ = field.focus();
            }
        });
    }
    let items = props.find.emit((*typed).clone());
    let active = (*chosen).min(items.len().saturating_sub(1));
    let oninput = {
        let (typed, chosen) = (typed.setter(), chosen.setter());
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                typed.set(field.value());
                chosen.set(0);
            }
        })
    };
    let onkeydown = {
        let (items, chosen, on_run) = (items.clone(), chosen.setter(), props.on_run.clone());
        Callback::from(move |event: KeyboardEvent| {
            if event.is_composing() || items.is_empty() {
                return;
            }
            match event.key().as_str() {
                "ArrowDown" => chosen.set((active + 1) % items.len()),
                "ArrowUp" => chosen.set((active + items.len() - 1) % items.len()),
                "Enter" => on_run.emit(items[active].run.clone()),
                _ => return,
            }
            event.prevent_default();
        })
    };
    let option = |(index, item): (usize, &Item)| {
        let (on_run, run) = (props.on_run.clone(), item.run.clone());
        let onclick = Callback::from(move |_: MouseEvent| on_run.emit(run.clone()));
        let on = index == active;
        html! {
            <li id={format!("palette-{index}")} role="option" aria-selected={on.to_string()}
                class={classes!(on.then_some("on"))} {onclick}>
                <span>{ &item.text }</span>
                if !item.key.is_empty() {
                    <kbd>{ item.key }</kbd>
                }
            </li>
        }
    };
    let descendant = (!items.is_empty()).then(|| format!("palette-{active}"));
    html! {
        <dialog open=true class="palette card" aria-label={m::palette()}>
            <div class="palette-head">
                <input ref={field} id="palette-field" type="text" autocomplete="off" spellcheck="false" role="combobox"
                    aria-expanded="true" aria-controls="palette-list" aria-activedescendant={descendant}
                    aria-label={m::palette()} placeholder={m::palette_hint()} {oninput} {onkeydown} />
                <button class="pill square" aria-label={m::palette_close()}
                    onclick={props.on_close.reform(|_: MouseEvent| ())}>{ "×" }</button>
            </div>
            <ul id="palette-list" role="listbox" aria-label={m::palette()}>
                { for items.iter().enumerate().map(option) }
            </ul>
            if items.is_empty() {
                <p class="palette-none" role="status">{ m::palette_none() }</p>
            }
        </dialog>
    }
}
