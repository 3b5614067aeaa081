//! What axe-core finds of the page that not everybody can use: nothing, in any mode, light and dark, wide and narrow,
//! in both languages.
//!
//! `cargo xtask test` fetches axe-core; `LOOPSCOPE_AXE` names another file of it.

use std::path::{Path, PathBuf};

use crate::hosts::{Gateway, StaticHost};
use crate::page::Page;

fn axe() -> String {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.tools/axe-core/package/axe.min.js");
    let file = std::env::var_os("LOOPSCOPE_AXE").map_or(own, PathBuf::from);
    let text = std::fs::read_to_string(&file);
    text.unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask test` fetches it", file.display()))
}

/// What axe finds, each with the first element in which it is so.
const RUN: &str = "(window.found = undefined, axe.run().then(result => { window.found = result.violations.map(one => \
    `${one.id} in ${one.nodes.length}: ${one.nodes[0].html.slice(0, 200)} ${one.nodes[0].failureSummary}`); }), true)";

/// Windows and schemes; in the second language, whose elements are the same, two that differ in both.
const LOOKS: &[(&str, u32, u32, &str)] = &[
    ("wide", 1440, 900, "light"),
    ("wide", 1440, 900, "dark"),
    ("narrow", 360, 740, "light"),
    ("narrow", 360, 740, "dark"),
];

/// What not everybody can use at this place.
async fn trouble(page: &Page, place: &str) -> Vec<String> {
    let mut trouble = Vec::new();
    let language: String = page.value("document.documentElement.lang").await;
    let looks = LOOKS
        .iter()
        .filter(|(name, .., scheme)| language == "en" || (*name == "wide") == (*scheme == "dark"));
    for (name, width, height, scheme) in looks {
        page.resize(*width, *height).await;
        // Half of a change of colours is no colour.
        page.prefer_still(scheme).await;
        let needed: u32 = page.value("document.scrollingElement.scrollWidth").await;
        if needed > *width {
            trouble.push(format!("{place}, {language} is {needed} px wide in a window of {width} px\n"));
        }
        if page.value::<bool>("!window.axe").await {
            let script = serde_json::to_string(&axe()).expect("text can be written");
            let _: bool = page.value(&format!("((0, eval)({script}), true)")).await;
        }
        let _: bool = page.value(RUN).await;
        page.until("axe is done", "window.found").await;
        let found: Vec<String> = page.value("window.found").await;
        trouble.extend(found.iter().map(|found| format!("{place}, {language}, {name}, {scheme}: {found}\n")));
    }
    page.resize(1440, 900).await;
    trouble
}

/// Modes, and what else the page can show, by their links.
const PLACES: &[&str] = &[
    "#/v2/simulate/select?scenario=three-clients&at=85&fd=5",
    "#/v2/simulate/select?scenario=three-clients&at=85&client=1",
    "#/v2/simulate/epoll?scenario=three-clients&at=64",
    "#/v2/simulate/fork?scenario=three-clients&at=60",
    "#/v2/simulate/io-uring?scenario=three-clients&at=60",
    "#/v2/simulate/bufferevent?scenario=three-clients&at=80",
    "#/v2/simulate/select?scenario=many-idle&at=3383",
    "#/v2/simulate/select?tour=select",
    "#/v2/compare/select,epoll",
    "#/v2/live",
    "#/v2/trace",
    "#/v2/simulate/select?scenario=three-clients&at=50&mode=embedded",
];

/// Speaks the other language.
async fn in_chinese(page: &Page) {
    page.click("language").await;
    page.until("it is in Chinese", "document.documentElement.lang === 'zh'").await;
}

async fn every_mode(chinese: bool) {
    let host = StaticHost::start().await;
    let page = Page::open(&format!("{}{}", host.page, PLACES[0])).await;
    if chinese {
        in_chinese(&page).await;
    }
    let mut found = Vec::new();
    for place in PLACES {
        assert!(page.value::<bool>(&format!("(location.hash = {place:?}, true)")).await);
        let there = "app.dataset.ready === 'true' || $('#live-status')?.dataset.state === 'lost' || $('input[type=file]')";
        page.until("the page is there", there).await;
        found.extend(trouble(&page, place).await);
    }
    page.close().await;
    assert!(found.is_empty(), "{}", found.concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_use_every_mode() {
    every_mode(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_use_every_mode_in_chinese() {
    every_mode(true).await;
}

/// What opens, by the id of its button, and what is there then.
const OPENS: &[(&str, &str)] = &[
    ("help", ".help"),
    ("commands", ".palette"),
    ("goto", "#search"),
    ("findings", ".findings"),
    ("edit", "#editor"),
    ("events-table", "#events-table[aria-pressed=true]"),
    ("share", "#banner"),
];

async fn what_opens(chinese: bool) {
    let host = StaticHost::start().await;
    let page = Page::open(&format!("{}{}", host.page, PLACES[0])).await;
    if chinese {
        in_chinese(&page).await;
    }
    let mut found = Vec::new();
    for (button, css) in OPENS {
        page.click(button).await;
        page.until(&format!("{css} is open"), &format!("$('{css}')")).await;
        found.extend(trouble(&page, css).await);
        match *button {
            "events-table" | "share" => {}
            _ => {
                page.press(fantoccini::key::Key::Escape).await;
                page.until(&format!("{css} is closed by Esc"), &format!("!$('{css}')")).await;
            }
        }
    }
    // What is changed in the middle of a run makes a branch.
    page.click("step-forward").await;
    page.type_into("#send-line", "hi\n").await;
    page.until("a branch is there", "$('.branch')").await;
    found.extend(trouble(&page, "branches").await);
    page.click("mode-scale").await;
    page.until("the costs are there", "$('.scale')").await;
    found.extend(trouble(&page, "scale").await);
    page.close().await;
    assert!(found.is_empty(), "{}", found.concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_use_what_opens() {
    what_opens(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_use_what_opens_in_chinese() {
    what_opens(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_use_live() {
    let gateway = Gateway::start(&[]);
    let page = Page::open(&gateway.page).await;
    page.type_into("#send-line", "Hello, World!").await;
    page.click("send-button").await;
    page.until("the answer is there", "$('.answer')").await;
    page.click("play").await;
    let mut found = trouble(&page, "live").await;
    in_chinese(&page).await;
    found.extend(trouble(&page, "live").await);
    page.close().await;
    assert!(found.is_empty(), "{}", found.concat());
}
