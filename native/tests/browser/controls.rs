//! Driving the page: keys, theme, narrow windows, links that make no sense.

use fantoccini::key::Key;

use crate::hosts::StaticHost;
use crate::page::Page;

async fn page() -> Page {
    let host = StaticHost::start().await;
    let page = Page::open(&host.page).await;
    page.click("mode-simulate").await;
    page.click("first").await;
    page.until("the run is at its beginning", "Number(app.dataset.seq) === 0").await;
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn the_theme_follows_the_system_until_one_is_chosen() {
    let colour = "getComputedStyle(document.body).color";
    let page = page().await;
    page.prefer("light").await;
    let light: String = page.value(colour).await;
    page.prefer("dark").await;
    page.until("dark is another colour", &format!("{colour} !== '{light}'")).await;
    page.prefer("light").await;
    page.until("light is back", &format!("{colour} === '{light}'")).await;
    for _ in 0..3 {
        page.click("theme").await;
        if page.value(&format!("{colour} !== '{light}'")).await {
            page.reload().await;
            page.until("the choice is kept", &format!("{colour} !== '{light}'")).await;
            return page.close().await;
        }
    }
    panic!("no press of the button made a dark page of a light one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_window_does_not_scroll_sideways() {
    let page = page().await;
    page.resize(360, 740).await;
    for _ in 0..25 {
        page.press(Key::Right).await;
        let width: u32 = page.value("document.scrollingElement.scrollWidth").await;
        assert!(width <= 360, "the page is {width} px wide at event {}", page.seq().await);
    }
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_makes_no_sense_opens_a_page_that_works() {
    let host = StaticHost::start().await;
    for hash in
        ["#/v1/simulate/nonsense?at=-7&scenario=unheard-of", "#garbage", "#/v99/simulate/select?at=99999999"]
    {
        let page = Page::open(&format!("{}{hash}", host.page)).await;
        page.click("mode-simulate").await;
        page.click("first").await;
        page.until("the run can be driven", "app.dataset.seq === '0'").await;
        page.click("step-forward").await;
        page.until("the run can be driven", "app.dataset.seq === '1'").await;
        page.close().await;
    }
}
