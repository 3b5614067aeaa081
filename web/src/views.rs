//! The components of the page, one a file: props in, callbacks out.

pub mod banner;
pub mod bar;
pub mod code;
pub mod figures;
pub mod help;
pub mod inspector;
pub mod palette;
pub mod place;
pub mod search;
pub mod send;
pub mod setting;
pub mod stage;
pub mod timeline;
pub mod tour;
pub mod transport;

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
