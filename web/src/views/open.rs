//! Where files are opened: what can be opened, and how such files are made.

use web_sys::{File, HtmlInputElement};
use yew::prelude::*;

use crate::messages as m;
use crate::views::reading;

/// What makes a log that can be opened. The flags are those that tell the most.
const STRACE: &str = "strace -f -ttt -T -yy -e trace=desc,network,process -o log.strace PROGRAM …";

/// What makes a trace of our own.
const RECORD: &str = "loopscope record --server epoll -o trace.loopscope";

/// What the place needs.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct OpenProps {
    /// Whether a file is being read.
    pub reading: bool,
    /// The reader chooses a file.
    pub on_file: Callback<File>,
}

/// The place where files are opened.
#[component]
pub fn Open(props: &OpenProps) -> Html {
    html! {
        <section class="card place open-place" aria-label={m::open_title()}>
            <h2>{ m::open_title() }</h2>
            <p>{ m::open_text() }</p>
            if props.reading {
                <p role="status">{ m::open_reading() }</p>
            } else {
                <p><Chooser text={m::open_choose()} on_file={props.on_file.clone()} /></p>
            }
            <p>{ m::open_strace() }<br /><code>{ STRACE }</code></p>
            <p>{ m::open_record() }<br /><code>{ RECORD }</code></p>
        </section>
    }
}

/// What the button that opens a file needs.
#[derive(Clone, Debug, PartialEq, Properties)]
pub struct ChooserProps {
    /// What stands on it.
    pub text: &'static str,
    /// The reader chooses a file.
    pub on_file: Callback<File>,
}

/// The button that opens a file.
#[component]
pub fn Chooser(props: &ChooserProps) -> Html {
    let chosen = reading(&props.on_file, |event: Event| {
        let input: HtmlInputElement = event.target_dyn_into()?;
        let file = input.files()?.get(0);
        // So that the same file can be chosen again after it has changed.
        input.set_value("");
        file
    });
    html! {
        <label class="pill chooser">
            { props.text }
            <input class="sr" type="file" onchange={chosen} />
        </label>
    }
}
