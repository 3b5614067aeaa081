//! Where files are opened: what can be opened, and how such files are made.

use web_sys::{File, HtmlInputElement};
use yew::prelude::*;

use crate::messages as m;
use crate::views::reading;

/// What makes a log that can be opened. The flags are those that tell the most.
const STRACE: &str = "strace -f -ttt -T -yy -e trace=desc,network,process -o log.strace PROGRAM …";

/// What makes a trace of our own.
const RECORD: &str = "loopscope record --server epoll -o trace.loopscope";

/// The place where the reader chooses a file to be opened. While one is being read, it says so.
pub fn view(is_read: bool, on_file: &Callback<File>) -> Html {
    html! {
        <section class="card place open-place" aria-label={m::open_title()}>
            <h2>{ m::open_title() }</h2>
            <p>{ m::open_text() }</p>
            if is_read {
                <p role="status">{ m::open_reading() }</p>
            } else {
                <p>{ chooser(m::open_choose(), on_file) }</p>
            }
            <p>{ m::open_strace() }<br /><code>{ STRACE }</code></p>
            <p>{ m::open_record() }<br /><code>{ RECORD }</code></p>
        </section>
    }
}

/// The button, with that text on it, by which the reader chooses a file.
pub fn chooser(text: &'static str, on_file: &Callback<File>) -> Html {
    let chosen = reading(on_file, |event: Event| {
        let input: HtmlInputElement = event.target_dyn_into()?;
        let file = input.files()?.get(0);
        // So that the same file can be chosen again after it has changed.
        input.set_value("");
        file
    });
    html! {
        <label class="pill chooser">
            { text }
            <input class="sr" type="file" onchange={chosen} />
        </label>
    }
}
