//! Files: what the page saves it opens again, it opens logs of strace, and it says what it cannot open.

use std::path::PathBuf;

use crate::hosts::StaticHost;
use crate::page::Page;

async fn page(hash: &str) -> Page {
    let host = StaticHost::start().await;
    Page::open(&format!("{}{hash}", host.page)).await
}

/// A file with that text, in the folder of the test's own files.
fn file(name: &str, text: &[u8]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).expect("the folder of tests can be written to");
    path
}

async fn choose(page: &Page, path: &std::path::Path) {
    page.type_into("input[type=file]", path.to_str().expect("the path is text")).await;
}

/// Keeps what is saved next as `window.saved`, in the place of a download.
const CATCH: &str = "(HTMLAnchorElement.prototype.click = function () { \
    window.savedAs = this.download; fetch(this.href).then(answer => answer.blob()).then(blob => window.saved = blob); }, true)";

/// Drops what was saved on the page.
const DROP: &str = "(() => { const data = new DataTransfer(); \
    data.items.add(new File([window.saved], window.savedAs)); \
    document.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })); \
    return true; })()";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_saved_can_be_dropped_on_the_page_again() {
    let page = page("#/v1/simulate/select?scenario=three-clients&at=85").await;
    let before = page.picture().await;
    assert!(page.value::<bool>(CATCH).await);
    page.click("save").await;
    page.until("a file is saved", "window.saved && window.saved.size > 1000").await;
    let name: String = page.value("window.savedAs").await;
    assert_eq!(name, "select-three-clients.loopscope");
    assert!(page.value::<bool>(DROP).await);
    page.until("the file is open", "app.dataset.source === 'trace' && app.dataset.ready === 'true'").await;
    page.until("it says where it is from", "$('#live-status').textContent.includes('simulated')").await;
    page.click("first").await;
    page.until("it is at its beginning", "app.dataset.seq === '0'").await;
    for _ in 0..85 {
        page.press_text("\u{e014}").await;
    }
    page.until("it is where the run was", "app.dataset.seq === '85'").await;
    assert_eq!(page.picture().await, before, "the same instant has the same picture");
    let address = page.address().await;
    assert!(address.ends_with("#/v2/trace"), "nothing of a file is in the address: {address}");
    page.close().await;
}

/// A log as strace writes it, of a program that asks in vain again and again.
fn log() -> String {
    let mut log = String::from(
        "7 1700000000.000000 execve(\"/usr/bin/some\", [\"some\", \"-x\"], 0x7ffe /* 9 vars */) = 0 <0.000100>\n\
         this line is broken\n",
    );
    for turn in 0..100 {
        let at = 1000 + turn * 10;
        log += &format!(
            "7 1700000000.{at:06} recvfrom(5<TCP:[127.0.0.1:80->127.0.0.1:4000]>, 0x7f, 1024, 0, NULL, NULL) \
             = -1 EAGAIN (Resource temporarily unavailable) <0.000002>\n"
        );
    }
    log
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_of_any_program_is_opened_and_its_trouble_is_found() {
    let page = page("#/v1/trace").await;
    choose(&page, &file("some.strace", log().as_bytes())).await;
    page.until("the log is open", "app.dataset.ready === 'true' && $('.no-source')").await;
    page.until("the broken line is named", "$('.banner').textContent.includes('Line 2')").await;
    page.until("it says where it is from", "$('#live-status').textContent.includes('imported')").await;
    page.press_text("!").await;
    page.until("the storm is found", "$('[data-finding=eagain-storm]')").await;
    assert!(page.value::<bool>("($('.findings .lead').click(), true)").await);
    page.until("it leads there", "Number(app.dataset.seq) > 0").await;
    page.resize(360, 800).await;
    let width: u32 = page.value("document.scrollingElement.scrollWidth").await;
    assert!(width <= 360, "the page is {width} px wide");
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_trace_is_refused_and_another_can_be_opened() {
    let page = page("#/v1/trace").await;
    choose(&page, &file("picture.png", b"\x89PNG\r\n\x1a\nnot a trace")).await;
    page.until("it says so", "$('.banner').textContent.includes('cannot be opened')").await;
    choose(&page, &file("good.strace", log().as_bytes())).await;
    page.until("another is open", "$('.no-source')").await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trace_that_the_host_does_not_have_is_said_to_be_missing() {
    let host = StaticHost::start().await;
    let page = Page::open_unready(&format!("{}#/v1/trace?from=%2Fnone.loopscope", host.page)).await;
    page.until("it says so", "document.querySelector('.banner')?.textContent.includes('/none.loopscope')")
        .await;
}
