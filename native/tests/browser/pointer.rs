//! The mouse and fingers: on the timeline they go somewhere, choose, move and zoom; on the stage they choose, and no
//! part of the page keeps a finger from scrolling it.

use serde_json::{Value, json};

use crate::hosts::StaticHost;
use crate::page::Page;

/// Three clients under `select`, when the first line has been read.
const READ: &str = "#/v2/simulate/select?scenario=three-clients&at=50";

/// Whether the timeline shows another stretch than it would choose.
const ZOOMED: &str = "!$('#reset-zoom').disabled";

async fn page() -> Page {
    let host = StaticHost::start().await;
    Page::open(&format!("{}{READ}", host.page)).await
}

/// A place in an element, by parts of its width and height, in pixels of the window.
async fn place(page: &Page, css: &str, across: f64, down: f64) -> (f64, f64) {
    let place = format!(
        "(() => {{ $('{css}').scrollIntoView({{ block: 'center' }}); const r = $('{css}').getBoundingClientRect(); \
         return [Math.round(r.left + r.width * {across}), Math.round(r.top + r.height * {down})]; }})()"
    );
    page.value(&place).await
}

async fn mouse(page: &Page, kind: &str, (x, y): (f64, f64), modifiers: u32) {
    let (button, buttons) = if kind == "mouseMoved" { ("none", 1) } else { ("left", 1) };
    let event = json!({ "type": kind, "x": x, "y": y, "button": button, "buttons": buttons,
        "clickCount": 1, "modifiers": modifiers });
    page.devtools("Input.dispatchMouseEvent", &event).await;
}

/// Drags the mouse across the lanes; 8 is Shift.
async fn drag(page: &Page, from: f64, to: f64, modifiers: u32) {
    let y = 0.6;
    mouse(page, "mousePressed", place(page, ".lane-canvas", from, y).await, modifiers).await;
    for part in [0.3, 0.6, 1.0] {
        mouse(page, "mouseMoved", place(page, ".lane-canvas", from + (to - from) * part, y).await, modifiers)
            .await;
    }
    mouse(page, "mouseReleased", place(page, ".lane-canvas", to, y).await, modifiers).await;
}

async fn touch(page: &Page, kind: &str, fingers: &[(f64, f64)]) {
    let points: Vec<Value> =
        fingers.iter().enumerate().map(|(id, (x, y))| json!({ "x": x, "y": y, "id": id })).collect();
    page.devtools("Input.dispatchTouchEvent", &json!({ "type": kind, "touchPoints": points })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mouse_goes_chooses_moves_and_zooms() {
    let page = page().await;
    page.until("nothing is to be reset", &format!("!({ZOOMED})")).await;
    drag(&page, 0.2, 0.6, 0).await;
    page.until("a stretch of time is chosen", "$('#span')").await;
    page.click("span").await;
    page.until("it is let go", "!$('#span')").await;
    drag(&page, 0.5, 0.3, 8).await;
    page.until("the timeline is moved", ZOOMED).await;
    page.click("reset-zoom").await;
    page.until("it is as it was", &format!("!({ZOOMED})")).await;
    let (x, y) = place(&page, ".lane-canvas", 0.5, 0.5).await;
    let wheel = json!({ "type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": -100, "modifiers": 2 });
    page.devtools("Input.dispatchMouseEvent", &wheel).await;
    page.until("it is zoomed", ZOOMED).await;
    page.click("reset-zoom").await;
    let there = place(&page, ".lane-canvas", 0.02, 0.5).await;
    mouse(&page, "mousePressed", there, 0).await;
    mouse(&page, "mouseReleased", there, 0).await;
    page.until("a click goes there", "Number(app.dataset.seq) < 50").await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fingers_swipe_pinch_and_scroll() {
    let page = page().await;
    page.resize(360, 740).await;
    let at = async |part: f64| place(&page, ".lane-canvas", part, 0.5).await;
    touch(&page, "touchStart", &[at(0.7).await]).await;
    for part in [0.6, 0.45, 0.3] {
        touch(&page, "touchMove", &[at(part).await]).await;
    }
    touch(&page, "touchEnd", &[]).await;
    page.until("one finger swipes", ZOOMED).await;
    assert_eq!(page.seq().await, 50, "a swipe is no tap");
    page.click("reset-zoom").await;
    page.until("it is as it was", &format!("!({ZOOMED})")).await;
    touch(&page, "touchStart", &[at(0.4).await, at(0.6).await]).await;
    for part in [0.1, 0.2, 0.3] {
        touch(&page, "touchMove", &[at(0.4 - part).await, at(0.6 + part).await]).await;
    }
    touch(&page, "touchEnd", &[]).await;
    page.until("two pinch", ZOOMED).await;
    assert_eq!(page.seq().await, 50, "nor is a pinch");
    let _: Option<bool> = page.value("(scrollTo(0, 0), null)").await;
    let (x, y) = page
        .value(
            "(() => { const r = $('#stage').getBoundingClientRect(); \
        return [r.left + r.width / 2, Math.min(r.top + r.height / 2, innerHeight * 0.6)]; })()",
        )
        .await;
    touch(&page, "touchStart", &[(x, y)]).await;
    for up in 1..=10 {
        touch(&page, "touchMove", &[(x, y - f64::from(up) * 20.0)]).await;
    }
    touch(&page, "touchEnd", &[]).await;
    page.until("a finger on the stage scrolls the page", "scrollY > 50").await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn descriptors_clients_and_tasks_are_chosen_and_named_in_the_link() {
    let page = page().await;
    for (css, field) in
        [("#stage [data-peer]", "client="), ("#stage .stage-card", "fd="), (".lane-name.task", "task=")]
    {
        assert!(page.value::<bool>(&format!("($('{css}').click(), true)")).await);
        page.until("the link names it", &format!("location.hash.includes('{field}')")).await;
        let title: String = page.value("$('.inspector h2').textContent").await;
        let _: Option<bool> = page.value("(window.left = false, null)").await;
        page.reload().await;
        page.until("a reload keeps it", &format!("$('.inspector h2').textContent === {title:?}")).await;
    }
    page.press(fantoccini::key::Key::Escape).await;
    page.until("it is let go", "!location.hash.includes('task=')").await;
    page.close().await;
}
