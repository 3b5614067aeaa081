//! Texts that are no part of the program, and are fetched from where the page comes from: what the page says in a
//! language, and the sources of the servers. Each is checked to be of the same build as the page.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use loopscope_shared::language::Language;
use loopscope_shared::servers::{SOURCES, stamp_of};
use loopscope_shared::sorted::SortedMap;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::browser::fetched;
use crate::messages as m;

/// Why a text cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It did not come, and this is what the browser says.
    Lost(String),
    /// The host has one of another build than the page.
    OfAnotherBuild,
}

impl Missing {
    /// The reason, in words.
    pub fn text(&self) -> String {
        match self {
            Self::Lost(why) => why.clone(),
            Self::OfAnotherBuild => m::texts_of_another_build().to_owned(),
        }
    }
}

#[wasm_bindgen]
extern "C" {
    /// What `boot.js` has begun before this program was there.
    type Boot;

    #[wasm_bindgen(thread_local_v2, js_name = loopscopeBoot)]
    static BOOT: Boot;

    /// The tag of the language that it speaks.
    #[wasm_bindgen(method, getter)]
    fn language(this: &Boot) -> String;

    /// The text of that language's file, which it fetches while the program is loaded.
    #[wasm_bindgen(method, getter)]
    fn catalogue(this: &Boot) -> Promise;

    /// Says that files of two builds have met.
    #[wasm_bindgen(method, js_name = ofTwoBuilds)]
    fn of_two_builds(this: &Boot);
}

/// The language that the page begins with, once its texts are there. There is none, and the page cannot be drawn, if
/// they cannot be had: `boot.js` says so.
pub async fn first_language() -> Option<Language> {
    let language = Language::tagged(&BOOT.with(Boot::language))?;
    let file = JsFuture::from(BOOT.with(Boot::catalogue)).await.ok()?.as_string()?;
    let taken = take(language, file);
    if !taken {
        BOOT.with(Boot::of_two_builds);
    }
    taken.then_some(language)
}

/// Fetches the texts of a language, unless they are there.
///
/// # Errors
/// If they cannot be had.
pub async fn learn(language: Language) -> Result<(), Missing> {
    if m::TEXTS.know(language) {
        return Ok(());
    }
    let file = fetched(&format!("texts/{}.txt", language.tag())).await.map_err(Missing::Lost)?;
    if take(language, file) { Ok(()) } else { Err(Missing::OfAnotherBuild) }
}

/// Takes the texts of both crates that speak; whether they were there. They are kept for as long as the page lives.
fn take(language: Language, file: String) -> bool {
    let file: &'static str = file.leak();
    [&loopscope_shared::TEXTS, &m::TEXTS].into_iter().all(|texts| texts.take(language, file))
}

thread_local! {
    /// The sources that have been fetched, by their indices.
    static SOURCES_KNOWN: RefCell<SortedMap<usize, Rc<str>>> = const { RefCell::new(SortedMap::new()) };
}

/// The text of the source with that index in [`SOURCES`], if it has been fetched.
pub fn known_source(index: usize) -> Option<Rc<str>> {
    SOURCES_KNOWN.with_borrow(|known| known.get(&index).cloned())
}

/// The text of the source with that index, which is fetched unless it has been.
///
/// # Errors
/// If it cannot be had.
pub async fn source(index: usize) -> Result<Rc<str>, Missing> {
    if let Some(text) = known_source(index) {
        return Ok(text);
    }
    let source = SOURCES.get(index).ok_or(Missing::OfAnotherBuild)?;
    let text = fetched(&format!("sources/{}", source.name)).await.map_err(Missing::Lost)?;
    if stamp_of(text.as_bytes()) != source.stamp {
        return Err(Missing::OfAnotherBuild);
    }
    let text: Rc<str> = text.into();
    SOURCES_KNOWN.with_borrow_mut(|known| known.insert(index, text.clone()));
    Ok(text)
}
