//! The search box, marks, the palette and the browser's history, each as a story; what every key does is in [`crate::rows`].

use fantoccini::key::Key;

use crate::hosts::StaticHost;
use crate::page::Page;

/// Three clients under `select`, when the first line has been read.
const READ: &str = "#/v1/simulate/select?scenario=three-clients&at=50";

async fn at(hash: &str) -> Page {
    let host = StaticHost::start().await;
    Page::open(&format!("{}{hash}", host.page)).await
}

/// Presses a key together with others that are held.
async fn press_with(page: &Page, held: &[Key], key: &str) {
    let held: String = held.iter().map(|key| char::from(*key)).collect();
    page.press_text(&format!("{held}{key}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_search_finds_events_and_goes_to_numbers() {
    let page = at(READ).await;
    page.press_text("/").await;
    page.until("the search box has the focus", "document.activeElement?.id === 'search'").await;
    page.type_into("#search", "EAGAIN").await;
    page.type_into("#search", &char::from(Key::Enter).to_string()).await;
    page.until("it is found", "$('#why').textContent.includes('EAGAIN')").await;
    let first = page.seq().await;
    page.press_text("n").await;
    page.until("so is the next", &format!("Number(app.dataset.seq) !== {first}")).await;
    press_with(&page, &[Key::Shift], "n").await;
    page.until("and the one before", &format!("Number(app.dataset.seq) === {first}")).await;
    page.press(Key::Escape).await;
    page.until("Escape ends the search", "!$('#search')").await;
    page.click("goto").await;
    page.type_into("#search", "12").await;
    page.type_into("#search", &char::from(Key::Enter).to_string()).await;
    page.until("a number is an event", "app.dataset.seq === '12'").await;
    page.type_over("#search", "nonesuch").await;
    page.click("hit-next").await;
    page.until("what is not there is said", "$('#found').textContent !== '' && app.dataset.seq === '12'")
        .await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn marks_are_set_and_gone_to_and_travel_in_the_link() {
    let page = at(READ).await;
    page.press_text("m").await;
    page.until(
        "the link has the mark, in the version that is written",
        "location.hash.startsWith('#/v2/') && location.hash.includes('marks=50')",
    )
    .await;
    page.press(Key::Home).await;
    page.until("the run is at its beginning", "app.dataset.seq === '0'").await;
    press_with(&page, &[Key::Shift], "m").await;
    page.until("the mark is gone to", "app.dataset.seq === '50' && location.hash.includes('at=50')").await;
    page.reload().await;
    page.until(
        "a reload keeps mark and place",
        "app.dataset.seq === '50' && location.hash.includes('marks=50')",
    )
    .await;
    page.press_text("m").await;
    page.until("the mark is taken away", "!location.hash.includes('marks')").await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_palette_finds_what_can_be_done() {
    let page = at(READ).await;
    press_with(&page, &[Key::Control, Key::Shift], "p").await;
    page.until("it has the focus", "document.activeElement?.id === 'palette-field'").await;
    page.type_into("#palette-field", "server epoll-et").await;
    page.until("one is left", "$$('#palette-list li').length === 1").await;
    page.type_into("#palette-field", &char::from(Key::Enter).to_string()).await;
    page.until("it is done", "app.dataset.program === 'epoll-et' && app.dataset.ready === 'true'").await;
    page.click("commands").await;
    page.type_into("#palette-field", "7").await;
    page.type_into("#palette-field", &char::from(Key::Enter).to_string()).await;
    page.until("a number is an event", "app.dataset.seq === '7'").await;
    page.click("commands").await;
    page.until("it is open", "$('#palette-field')").await;
    page.press(Key::Escape).await;
    page.until("Escape closes it", "!$('#palette-field')").await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_undoes_and_a_reload_keeps_the_place() {
    let page = at(READ).await;
    page.choose("program", "epoll").await;
    page.until("another program runs", "app.dataset.program === 'epoll' && app.dataset.ready === 'true'")
        .await;
    page.press(Key::End).await;
    page.until("its end is in the address", "location.hash.includes('at=end')").await;
    page.reload().await;
    page.until("a reload keeps the place", "app.dataset.program === 'epoll' && Number(app.dataset.seq) > 60")
        .await;
    let _: Option<bool> = page.value("(history.go(-2), null)").await;
    page.until("going back undoes it", "app.dataset.program === 'select' && app.dataset.seq === '50'").await;
    page.close().await;
}
