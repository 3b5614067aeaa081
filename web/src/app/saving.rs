//! Saving what is shown as a file, in slices.

use std::io;
use std::time::Duration;

use yew::Callback;
use yew::platform::spawn_local;
use yew::platform::time::sleep;

use crate::browser;
use crate::hooks::Shown;
use crate::messages as m;
use crate::model::save::{self, Saving};
use crate::texts;

/// How long a slice may take, in milliseconds: a third of a frame.
const SLICE_MS: f64 = 5.0;

/// Events that are written before the clock is looked at.
const EVENTS_AT_ONCE: usize = 256;

/// Saves what is shown, and tells the reader.
pub(super) fn save(shown: &Shown, warn: &Callback<Option<String>>) {
    let (shown, warn) = (shown.clone(), warn.clone());
    spawn_local(async move {
        warn.emit(Some(match written(&shown).await {
            Ok((_, _, 0)) => m::save_none().to_owned(),
            Ok((name, bytes, events)) => match browser::download(&name, &bytes) {
                Ok(()) => m::save_done(events, name),
                Err(why) => m::save_failed(why),
            },
            Err(error) => m::save_failed(error),
        }));
    });
}

/// The file: its name, its bytes, and how many events are in it. A source that cannot be had is left out.
async fn written(shown: &Shown) -> io::Result<(String, Vec<u8>, u64)> {
    let mut header = save::header(&shown.session.borrow());
    for part in header.sources.iter_mut().filter(|part| part.text.is_empty()) {
        part.text = texts::source(part.index.into()).await.map(|text| text.to_string()).unwrap_or_default();
    }
    header.sources.retain(|part| !part.text.is_empty());
    let (mut saving, name) = {
        let session = shown.session.borrow();
        let saving = Saving::new(&header, &session.recording.timeline, save::first(&session))?;
        (saving, save::name(&header))
    };
    let mut more = true;
    while more {
        let end = browser::now_ms() + SLICE_MS;
        while more && browser::now_ms() < end {
            more = saving.step(&shown.session.borrow().recording.timeline, EVENTS_AT_ONCE)?;
        }
        sleep(Duration::ZERO).await;
    }
    let (bytes, events) = saving.finish()?;
    Ok((name, bytes, events))
}
