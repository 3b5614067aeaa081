//! The scenario editor: what is applied, and what is loaded from a file.

use std::rc::Rc;

use loopscope_shared::scenario::Scenario;
use loopscope_shared::time::Nanos;
use web_sys::File;
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::app::instant::Instant;
use crate::browser;
use crate::messages as m;
use crate::store::{Action, Cursor, State};
use crate::views::editor::{Editor, Kept, use_editor};
use crate::views::icons::{self, icon};

/// What is edited.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct EditingProps {
    /// The state of the page.
    pub state: State,
    /// The instant that is shown: what is changed there makes a branch.
    pub instant: Instant,
    /// What the reader has typed and not applied.
    pub kept: Kept,
    /// The reader changes something.
    pub on_action: Callback<Action>,
}

/// The button that opens the editor.
pub(super) fn button(state: &State, on_action: &Callback<Action>) -> Html {
    let open = state.editor;
    let onclick = on_action.reform(move |_: MouseEvent| Action::ShowEditor(!open));
    html! {
        <span class="editor-open">
            <button id="edit" class="pill small named" aria-expanded={open.to_string()} title={m::editor_open_what()} {onclick}>
                { icon(icons::EDIT) }{ m::editor_open() }
            </button>
            if state.run.load.own.is_some() {
                <span class="editor-changed">{ "✎ " }{ m::editor_changed() }</span>
            }
        </span>
    }
}

/// The editor.
#[component]
pub(super) fn Editing(props: &EditingProps) -> Html {
    let EditingProps { state, instant, kept, on_action } = props;
    let loaded = use_state(|| None::<(u32, String)>);
    let scenario = state.run.load.scenario();
    // Where a run opens, nothing has happened that a branch could share.
    let now = if state.at == Cursor::Home { Nanos::ZERO } else { instant.world.now };
    let on_apply = on_action.reform(move |scenario: Scenario| Action::Change(Rc::new(scenario), now));
    let on_preset = {
        let name = state.run.load.scenario.clone();
        on_action.reform(move |()| Action::SetScenario(name.clone()))
    };
    let on_file = {
        let loaded = loaded.clone();
        Callback::from(move |file: File| {
            let loaded = loaded.clone();
            spawn_local(async move {
                let number = loaded.as_ref().map_or(0, |(number, _)| number + 1);
                loaded.set(browser::text_of(&file).await.map(|text| (number, text)));
            });
        })
    };
    use_editor(&Editor {
        scenario,
        own: state.run.load.own.is_some(),
        loaded: (*loaded).clone(),
        kept: kept.clone(),
        on_apply,
        on_preset,
        on_file,
        on_close: on_action.reform(|()| Action::ShowEditor(false)),
    })
}
