//! What the page looks like, one part a file: what is known goes in, callbacks come out.
//!
//! A part is a plain function. One with a state of its own is a hook of the panel in which it stands (`use_code`), or a
//! component if it comes and goes: a component costs the page some kilobytes.

pub mod banner;
pub mod bar;
pub mod branches;
pub mod code;
pub mod compare;
pub mod editor;
pub mod events;
pub mod figures;
pub mod file;
pub mod findings;
pub mod help;
pub mod icons;
pub mod inspector;
pub mod number;
pub mod open;
pub mod palette;
pub mod part;
pub mod scale;
pub mod search;
pub mod send;
pub mod setting;
pub mod stage;
pub mod timeline;
pub mod tour;
pub mod transport;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use yew::Callback;

/// A listener that gives on what it reads from its event, if it reads anything.
fn reading<E: 'static, T: 'static>(to: &Callback<T>, read: impl Fn(E) -> Option<T> + 'static) -> Callback<E> {
    let to = to.clone();
    Callback::from(move |event| {
        if let Some(read) = read(event) {
            to.emit(read);
        }
    })
}

/// An address that holds a text, for links by which it is saved as a file.
fn download(kind: &str, text: &str) -> String {
    format!("data:{kind};charset=utf-8,{}", utf8_percent_encode(text, NON_ALPHANUMERIC))
}
