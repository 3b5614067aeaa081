//! The files that the reader has opened: the browser holds them, and the page's state names them by number.

use std::cell::RefCell;

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, Response};

use crate::messages as m;
use crate::store::TraceFile;

thread_local! {
    static FILES: RefCell<Vec<Blob>> = const { RefCell::new(Vec::new()) };
}

/// Keeps a file, and names it.
fn keep(blob: Blob, name: String, from: Option<String>) -> TraceFile {
    FILES.with_borrow_mut(|files| {
        files.push(blob);
        TraceFile { id: files.len() - 1, name, from, part: 0 }
    })
}

/// Keeps a file that the reader has chosen or dropped.
pub fn chosen(file: &File) -> TraceFile {
    keep(file.clone().unchecked_into(), file.name(), None)
}

/// Fetches the file that a link names, from the page's own host.
///
/// # Errors
/// With what the reader must know, if there is none.
pub async fn fetched(from: &str) -> Result<TraceFile, String> {
    let failed = || m::trace_unfetched(from);
    let response = JsFuture::from(gloo_utils::window().fetch_with_str(from)).await.map_err(|_| failed())?;
    let response: Response = response.dyn_into().map_err(|_| failed())?;
    if !response.ok() {
        return Err(failed());
    }
    let blob = JsFuture::from(response.blob().map_err(|_| failed())?).await.map_err(|_| failed())?;
    let name = from.rsplit('/').next().unwrap_or(from).to_owned();
    Ok(keep(blob.unchecked_into(), name, Some(from.to_owned())))
}

/// The file of that number.
pub(super) fn file(id: usize) -> Option<Blob> {
    FILES.with_borrow(|files| files.get(id).cloned())
}
