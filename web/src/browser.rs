//! What the page needs of the browser beside sources and hooks: its address, its memory, its clipboard.

use gloo_utils::{document, document_element, window};
use js_sys::Array;
use loopscope_shared::language::Language;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, CanvasRenderingContext2d, DedicatedWorkerGlobalScope, File, HtmlAnchorElement,
    HtmlCanvasElement, HtmlElement, HtmlImageElement, HtmlLinkElement, RequestCache, RequestInit, Response,
    Worker,
};

use crate::commands::{CHECKBOX, Focus};
use crate::store::Theme;

/// The name under which the browser remembers the theme.
const THEME_KEY: &str = "loopscope.theme";

/// The name under which it remembers the language; `boot.js` reads it.
const LANGUAGE_KEY: &str = "loopscope.language";

/// The header by which a gateway tells that it is one.
const GATEWAY_HEADER: &str = "x-loopscope-gateway";

/// The file that a web worker begins with, beside the page: it waits for the page's own program.
const WORKER: &str = "./worker.js";

/// The script of the program that opens files, beside the page.
const OPENER: &str = "./opener.js";

/// Where the page names its script: Trunk writes it into the page, with a hash in the name.
const SCRIPT: &str = "link[rel=modulepreload]";

/// Whether this program runs in a web worker, not in a page.
pub fn is_worker() -> bool {
    js_sys::global().has_type::<DedicatedWorkerGlobalScope>()
}

/// What the page's clock shows, in milliseconds since it was opened.
pub fn now_ms() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// Writes into the browser's own record of times that something is so far; measurements read it there.
pub fn mark_time(name: &str) {
    if let Some(clock) = window().performance() {
        // A record that is full or not kept is no reason to stop.
        let _ = clock.mark(name);
    }
}

/// Starts a web worker with the program that opens files, which is loaded for that. It reports as the other does;
/// that the program does not come is an error of the worker.
///
/// # Errors
/// If the browser has no workers.
pub fn start_opener() -> Result<Worker, JsValue> {
    let worker = Worker::new(WORKER)?;
    worker.post_message(&Array::of1(&OPENER.into()))?;
    Ok(worker)
}

/// Starts a web worker with the program that the page itself runs: neither is loaded or compiled twice. It
/// reports by messages, the first of which is [`crate::worker::Reply::Ready`].
///
/// # Errors
/// If the browser has no workers, or the page does not name its script.
pub fn start_worker() -> Result<Worker, JsValue> {
    let script = document().query_selector(SCRIPT)?.and_then(|link| link.dyn_into().ok());
    let script =
        script.map(|link: HtmlLinkElement| link.href()).ok_or("the page does not name its script")?;
    let worker = Worker::new(WORKER)?;
    worker.post_message(&Array::of2(&script.into(), &wasm_bindgen::module()))?;
    Ok(worker)
}

/// How long the host may take to say what it is, in milliseconds; the page waits for it.
const PROBE_MS: u32 = 1_500;

/// Whether the page comes from a gateway. It asks for the page's own address, which every host has, so that
/// nothing fails where there is none.
pub async fn served_by_gateway() -> bool {
    let options = RequestInit::new();
    options.set_method("HEAD");
    options.set_signal(Some(&AbortSignal::timeout_with_u32(PROBE_MS)));
    let asked = window().fetch_with_str_and_init("./", &options);
    let Ok(response) = JsFuture::from(asked).await else { return false };
    let Ok(response) = response.dyn_into::<Response>() else { return false };
    response.headers().has(GATEWAY_HEADER).unwrap_or(false)
}

/// The text of a file beside the page. The host is asked whether one that is kept is still the same.
///
/// # Errors
/// With what the browser or the host says, if it does not come.
pub async fn fetched(path: &str) -> Result<String, String> {
    let lost = |error: JsValue| match error.dyn_ref::<js_sys::Error>() {
        Some(error) => format!("{path}: {}", String::from(error.message())),
        None => path.to_owned(),
    };
    let options = RequestInit::new();
    options.set_cache(RequestCache::NoCache);
    let response = JsFuture::from(window().fetch_with_str_and_init(path, &options)).await.map_err(lost)?;
    let response: Response = response.dyn_into().map_err(lost)?;
    if !response.ok() {
        return Err(format!("{path}: {}", response.status()));
    }
    let text = JsFuture::from(response.text().map_err(lost)?).await.map_err(lost)?;
    text.as_string().ok_or_else(|| path.to_owned())
}

/// The address of the gateway's WebSocket, beside the page.
pub fn socket_address() -> String {
    let location = window().location();
    let secure = location.protocol().is_ok_and(|protocol| protocol == "https:");
    let scheme = if secure { "wss" } else { "ws" };
    let host = location.host().unwrap_or_default();
    format!("{scheme}://{host}/ws")
}

/// The hash of the address, with its `#`.
pub fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

/// Sets the hash; with a new step in the browser's history, or in place of the step that is.
pub fn set_hash(hash: &str, new_step: bool) {
    if self::hash() == hash {
        return;
    }
    let Ok(history) = window().history() else { return };
    // A browser may refuse when asked too often. Then the next change says it.
    let _ = match new_step {
        true => history.push_state_with_url(&JsValue::NULL, "", Some(hash)),
        false => history.replace_state_with_url(&JsValue::NULL, "", Some(hash)),
    };
}

/// The whole address of the page with another hash.
pub fn address_with(hash: &str) -> String {
    let location = window().location();
    let href = location.href().unwrap_or_default();
    let base = href.split('#').next().unwrap_or_default();
    format!("{base}{hash}")
}

/// Copies a text; false if the browser does not allow it.
pub async fn copy(text: &str) -> bool {
    let clipboard = window().navigator().clipboard();
    if clipboard.is_undefined() {
        return false;
    }
    JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

/// Gives the reader a file to keep, as a download.
///
/// # Errors
/// With what the browser says, if it does not allow it.
pub fn download(name: &str, bytes: &[u8]) -> Result<(), String> {
    let failed = |error: JsValue| format!("{error:?}");
    let parts = Array::of1(&js_sys::Uint8Array::from(bytes));
    let blob = web_sys::Blob::new_with_u8_array_sequence(&parts).map_err(failed)?;
    let address = web_sys::Url::create_object_url_with_blob(&blob).map_err(failed)?;
    let link = document().create_element("a").map_err(failed)?;
    let link: HtmlAnchorElement = link.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    web_sys::Url::revoke_object_url(&address).map_err(failed)
}

/// What the browser remembers under a name.
fn remembered(key: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(key).ok().flatten()
}

/// Lets the browser remember something, where it does. Without memory a choice lasts until the page is left.
fn remember(key: &str, value: &str) {
    if let Some(memory) = window().local_storage().ok().flatten() {
        let _ = memory.set_item(key, value);
    }
}

/// The theme that was chosen last on this browser.
pub fn stored_theme() -> Theme {
    remembered(THEME_KEY).map_or_else(Theme::default, |name| Theme::named(&name))
}

/// Gives the page that theme, and remembers it where the browser allows.
pub fn set_theme(theme: Theme) {
    // It cannot fail: the name is a valid one.
    let _ = document_element().set_attribute("data-theme", theme.name());
    remember(THEME_KEY, theme.name());
}

/// Says in the document which language it is in, so that it is read out and set as such.
pub fn show_language(language: Language) {
    // It cannot fail: the tag is a valid one.
    let _ = document_element().set_attribute("lang", language.tag());
}

/// Remembers a language that the reader has chosen.
pub fn remember_language(language: Language) {
    remember(LANGUAGE_KEY, language.tag());
}

/// Whether the reader is typing, so that keys are letters.
pub fn is_typing() -> bool {
    let Some(active) = document().active_element() else { return false };
    let name = active.tag_name();
    match name.as_str() {
        "INPUT" => active
            .get_attribute("type")
            .is_none_or(|kind| matches!(kind.as_str(), "text" | "search" | "number" | "url")),
        "TEXTAREA" => true,
        _ => active.dyn_ref::<HtmlElement>().is_some_and(HtmlElement::is_content_editable),
    }
}

/// The element that has the focus; one without a kind if none has.
pub fn focus() -> Focus {
    let Some(active) = document().active_element() else { return Focus::default() };
    // It cannot fail: the selector is a valid one.
    let transport = active.closest(".transport").ok().flatten().is_some();
    let box_to_tick = active.get_attribute("type").is_some_and(|kind| kind == "checkbox");
    let kind = if box_to_tick { CHECKBOX.to_owned() } else { active.tag_name() };
    Focus { kind, id: active.id(), transport }
}

/// Saves a picture (SVG of that size, in pixels) as PNG, twice as fine. A browser that cannot, saves nothing.
pub async fn save_png(svg: &str, width: f64, height: f64, name: &str) {
    // Each step fails only in a browser without pictures.
    let _ = try_save_png(svg, width, height, name).await;
}

async fn try_save_png(svg: &str, width: f64, height: f64, name: &str) -> Result<(), JsValue> {
    let image = HtmlImageElement::new()?;
    let text = String::from(js_sys::encode_uri_component(svg));
    image.set_src(&format!("data:image/svg+xml;charset=utf-8,{text}"));
    JsFuture::from(image.decode()).await?;
    let canvas: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
    canvas.set_width((width * 2.0) as u32);
    canvas.set_height((height * 2.0) as u32);
    let context = canvas.get_context("2d")?.ok_or(JsValue::NULL)?;
    let context: CanvasRenderingContext2d = context.unchecked_into();
    context.draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, width * 2.0, height * 2.0)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_download(name);
    link.set_href(&canvas.to_data_url_with_type("image/png")?);
    link.click();
    Ok(())
}

/// The longest file that is read as a scenario, in bytes: one that lists a step for each client has some
/// kilobytes.
const SCENARIO_FILE_MAX: f64 = 4e6;

/// The text of a file of the reader's, if it is one and not too long.
pub async fn text_of(file: &File) -> Option<String> {
    if file.size() > SCENARIO_FILE_MAX {
        return None;
    }
    JsFuture::from(file.text()).await.ok()?.as_string()
}
