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

/// What not everybody can use at this place.
async fn trouble(page: &Page, place: &str) -> Vec<String> {
    let mut trouble = Vec::new();
    for (name, width, height) in [("wide", 1440, 900), ("narrow", 360, 740)] {
        page.resize(width, height).await;
        let needed: u32 = page.value("document.scrollingElement.scrollWidth").await;
        trouble.extend(
            (needed > width).then(|| format!("{place} is {needed} px wide in a window of {width} px\n")),
        );
        for scheme in ["light", "dark"] {
            // Half of a change of colours is no colour.
            page.prefer_still(scheme).await;
            if page.value::<bool>("!window.axe").await {
                let script = serde_json::to_string(&axe()).expect("text can be written");
                let _: bool = page.value(&format!("((0, eval)({script}), true)")).await;
            }
            let _: bool = page.value(RUN).await;
            page.until("axe is done", "window.found").await;
            let found: Vec<String> = page.value("window.found").await;
            trouble.extend(found.iter().map(|found| {
                format!(
                    "{place}, {name}, {scheme}: {found}
"
                )
            }));
        }
    }
    trouble
}

/// Modes, and what else the page can show, by their links.
const PLACES: &[&str] = &[
    "#/v1/simulate/select?scenario=three-clients&at=85&fd=5",
    "#/v1/simulate/epoll?scenario=three-clients&at=64",
    "#/v1/simulate/fork?scenario=three-clients&at=60",
    "#/v1/simulate/io-uring?scenario=three-clients&at=60",
    "#/v1/simulate/bufferevent?scenario=three-clients&at=80",
    "#/v1/simulate/select?scenario=many-idle&at=3383",
    "#/v1/simulate/select?scenario=three-clients&at=50&mode=embedded",
    "#/v1/simulate/select?tour=select",
    "#/v1/live",
    "#/v1/trace",
    "#/v1/compare",
    "#/v1/scale",
];

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_use_every_mode() {
    let host = StaticHost::start().await;
    let mut found = Vec::new();
    for place in PLACES {
        let page = Page::open_unready(&format!("{}{place}", host.page)).await;
        page.until("the page is there", "app && (app.dataset.ready === 'true' || $('#mode-live'))").await;
        found.extend(trouble(&page, place).await);
        page.close().await;
    }
    assert!(found.is_empty(), "{}", found.concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_use_what_opens() {
    let host = StaticHost::start().await;
    let page = Page::open(&format!("{}{}", host.page, PLACES[0])).await;
    page.click("language").await;
    let mut found = Vec::new();
    for (button, place) in
        [("help", "the help"), ("commands", "the palette"), ("goto", "the search"), ("share", "a notice")]
    {
        page.click(button).await;
        found.extend(trouble(&page, place).await);
        page.resize(1440, 900).await;
        page.press(fantoccini::key::Key::Escape).await;
    }
    page.close().await;
    assert!(found.is_empty(), "{}", found.concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_use_live() {
    let gateway = Gateway::start(&[]);
    let page = Page::open(&gateway.page).await;
    page.type_into("#send-line", "Hello, World!").await;
    page.click("send-button").await;
    page.until("the answer is there", "$('.answer')").await;
    page.click("play").await;
    let found = trouble(&page, "live").await;
    page.close().await;
    assert!(found.is_empty(), "{}", found.concat());
}
