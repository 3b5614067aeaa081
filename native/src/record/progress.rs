//! How far a recording is, for a person at a terminal.

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use loopscope_shared::time::Nanos;

/// A line that changes, on standard error. Where that is no terminal there is none.
#[derive(Debug)]
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new() -> Self {
        let style = ProgressStyle::with_template("{spinner} {msg} (Ctrl-C ends it)");
        let bar = ProgressBar::new_spinner();
        Self(match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        })
    }

    pub(super) fn show(&self, now: Nanos, events: u64, bytes: u64) {
        self.0.set_message(format!("{now}, {} events, {}", HumanCount(events), HumanBytes(bytes)));
        self.0.tick();
    }

    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
