//! What every key does in every mode in which it means something: the table that the matrix of tests goes through.
//!
//! A key is written as the help writes it, and pressed as it is written.

/// Where the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A simulation.
    Simulate,
    /// The native server, halted and followed again.
    Live,
    /// A trace from a file.
    Trace,
    /// A station of the guided tour.
    Tour,
    /// Runs beside each other.
    Compare,
    /// Costs against connections.
    Scale,
}

use Place::{Compare, Live, Scale, Simulate, Tour, Trace};

/// Where events are stepped through, one run at a time.
const RUN: &[Place] = &[Simulate, Live, Trace, Tour];

/// Where there is a cursor.
const MOVES: &[Place] = &[Simulate, Live, Trace, Tour, Compare];

/// Everywhere.
const ALL: &[Place] = &[Simulate, Live, Trace, Tour, Compare, Scale];

/// What the reader does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Act {
    /// Presses keys, written as in the help.
    Press(&'static str),
    /// Types a text into the field of that id; `⏎` is Enter.
    Type(&'static str, &'static str),
}

/// A row of the table: rows follow each other, each in the state that the one before has left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    /// What is done.
    pub(crate) act: Act,
    /// What is so then, an expression of `was` and `now` ([`NOW`]).
    pub(crate) does: &'static str,
    /// Where.
    pub(crate) places: &'static [Place],
}

/// What a row compares, before and after.
pub(crate) const NOW: &str = "(() => { const race = $('#race'), bar = race ?? $('#scrubber'); return {
    seq: Number(race ? $('.compare').dataset.at : app.dataset.seq), playing: app.dataset.playing,
    first: Number(bar?.min), last: Number(bar?.max),
    zoomed: $('#reset-zoom') && !$('#reset-zoom').disabled, span: $('#span')?.textContent,
    search: Boolean($('#search')), focus: document.activeElement?.id, palette: Boolean($('.palette')),
    help: Boolean($('.help')), findings: Boolean($('.findings')), line: $('#send-line')?.value,
    saved: window.savings ?? 0 }; })()";

const fn press(keys: &'static str, does: &'static str, places: &'static [Place]) -> Row {
    Row { act: Act::Press(keys), does, places }
}

const fn type_(id: &'static str, text: &'static str, does: &'static str, places: &'static [Place]) -> Row {
    Row { act: Act::Type(id, text), does, places }
}

const FORWARD: &str = "now.seq > was.seq && now.playing === 'false'";
const BACK: &str = "now.seq < was.seq && now.playing === 'false'";
const GONE: &str = "now.seq !== was.seq && now.playing === 'false'";
const ZOOMS: &str = "now.zoomed";
const RESETS: &str = "was.zoomed && !now.zoomed";

/// The table.
pub(crate) const ROWS: &[Row] = &[
    press("Space", "now.playing !== was.playing", MOVES),
    press("Space", "now.playing !== was.playing", MOVES),
    press("Home", "now.seq === now.first && now.playing === 'false'", MOVES),
    press("→", FORWARD, MOVES),
    press("→", FORWARD, MOVES),
    press("←", BACK, MOVES),
    press("Shift →", FORWARD, MOVES),
    press("Shift ←", BACK, MOVES),
    press("Ctrl →", FORWARD, MOVES),
    press("Ctrl ←", BACK, MOVES),
    press("End", "now.seq === now.last && now.seq > was.seq", MOVES),
    press(",", BACK, RUN),
    press(",", BACK, RUN),
    press(".", FORWARD, RUN),
    press("[", BACK, RUN),
    press("]", FORWARD, RUN),
    press("[", BACK, RUN),
    press("M", "(window.marked = now.seq, true)", RUN),
    press("Home", "now.seq === now.first", MOVES),
    press("Shift M", "now.seq === window.marked", RUN),
    press("I", "now.span && now.span !== was.span", RUN),
    press("F", ZOOMS, RUN),
    press("0", RESETS, RUN),
    press("O", "now.span && now.span !== was.span", RUN),
    press("Esc", "was.span && !now.span", RUN),
    press("W", ZOOMS, RUN),
    press("0", RESETS, RUN),
    press("S", ZOOMS, RUN),
    press("0", RESETS, RUN),
    press("A", ZOOMS, RUN),
    press("0", RESETS, RUN),
    press("D", ZOOMS, RUN),
    press("0", RESETS, RUN),
    press("Home", "now.seq === now.first", RUN),
    press("/", "now.search && now.focus === 'search'", RUN),
    type_("search", "recv⏎", GONE, RUN),
    press("N", GONE, RUN),
    press("Shift N", GONE, RUN),
    press("Esc", "was.search && !now.search", RUN),
    press("!", "now.findings", RUN),
    press("Esc", "was.findings && !now.findings", RUN),
    press("Ctrl S", "now.saved > was.saved", RUN),
    // A key is a letter while one types.
    type_(
        "send-line",
        "a?/.m! ",
        "now.line.endsWith('a?/.m! ') && now.seq === was.seq && !now.help && !now.search",
        &[Simulate, Live, Tour],
    ),
    press("Ctrl Shift P", "now.palette && now.focus === 'palette-field'", ALL),
    press("Esc", "was.palette && !now.palette", ALL),
    press("?", "now.help", ALL),
    press("Esc", "was.help && !now.help", ALL),
];

/// The keys of a row as WebDriver takes them: the help says `Shift →`.
pub(crate) fn keys(shown: &str) -> String {
    use fantoccini::key::Key;
    let key = |word: &str| match word {
        "Ctrl" => Key::Control.into(),
        "Shift" => Key::Shift.into(),
        "→" => Key::Right.into(),
        "←" => Key::Left.into(),
        "Home" => Key::Home.into(),
        "End" => Key::End.into(),
        "Esc" => Key::Escape.into(),
        "⏎" => Key::Enter.into(),
        "Space" => ' ',
        letter => letter.to_lowercase().chars().next().expect("the help writes a key"),
    };
    shown.split(' ').map(key).collect()
}
