//! Keys as commands, wherever the focus is; but not while the reader types.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_events::{EventListener, EventListenerOptions};
use gloo_utils::window;
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use crate::browser;
use crate::commands::{Command, Press, of_key};

/// Gives each command that a key asks for to `run`.
#[hook]
pub fn use_keys(run: Callback<Command>) {
    let latest = use_mut_ref(|| run.clone());
    latest.replace(run);
    use_effect_with((), move |()| {
        let options = EventListenerOptions::enable_prevent_default();
        let down = EventListener::new_with_options(&window(), "keydown", options, move |event| {
            if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
                pressed(event, &latest);
            }
        });
        // Some browsers press a button when Space is let go, whatever became of its going down.
        let up = EventListener::new_with_options(&window(), "keyup", options, |event| {
            let space = event.dyn_ref::<KeyboardEvent>().is_some_and(|event| event.key() == " ");
            let focus = browser::focus();
            if space && focus.is_button() && !focus.keeps(" ") {
                event.prevent_default();
            }
        });
        move || drop((down, up))
    });
}

fn pressed(event: &KeyboardEvent, run: &Rc<RefCell<Callback<Command>>>) {
    let press = Press {
        key: event.key(),
        code: event.code(),
        shift: event.shift_key(),
        ctrl: event.ctrl_key() || event.meta_key(),
        alt: event.alt_key(),
    };
    let Some(command) = of_key(&press) else { return };
    // These are no letters in any field.
    let of_fields = !matches!(command, Command::Leave | Command::Palette);
    let typing = browser::is_typing() && of_fields;
    if typing || browser::focus().keeps(&press.key) {
        return;
    }
    event.prevent_default();
    let run = run.borrow().clone();
    run.emit(command);
}
