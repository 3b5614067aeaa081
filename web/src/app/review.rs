//! The findings: searched for while their panel is open.

use yew::prelude::*;

use crate::hooks::{Shown, use_review};
use crate::store::{Action, Cursor};
use crate::views::findings::{self, Findings};

/// What the panel is about.
#[derive(Clone, Debug, PartialEq, Properties)]
pub(super) struct ReviewProps {
    /// The session.
    pub shown: Shown,
    /// Whether all of it is there.
    pub ready: bool,
    /// The reader goes somewhere, or closes the panel.
    pub on_action: Callback<Action>,
}

/// The panel with its search.
#[component]
pub(super) fn Review(props: &ReviewProps) -> Html {
    let ReviewProps { shown, ready, on_action } = props;
    let again = use_state(|| 0u32);
    let found = use_review(shown, *ready, *again);
    let on_seek = {
        let on_action = on_action.clone();
        Callback::from(move |seq| {
            on_action.emit(Action::SetPlaying(false));
            on_action.emit(Action::Seek(Cursor::At(seq)));
            on_action.emit(Action::Commit);
        })
    };
    let on_again = Callback::from(move |()| again.set(*again + 1));
    let on_close = on_action.reform(|()| Action::ShowFindings(false));
    findings::view(&Findings { found, on_seek, on_again, on_close })
}
