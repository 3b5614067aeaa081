//! Every mode and every key: on the page as the real program serves it and as any static host does, in a wide window
//! and on 360 px, in English and in Chinese. One browser goes through all of it for each of these.

use std::path::{Path, PathBuf};

use crate::hosts::{Gateway, StaticHost};
use crate::page::Page;
use crate::rows::{Act, NOW, Place, ROWS, Row, keys};

use loopscope_shared::scenario::preset;

/// How the page is seen.
#[derive(Clone, Copy, Debug)]
struct Seen {
    width: u32,
    language: &'static str,
}

const WIDE: Seen = Seen { width: 1440, language: "en" };
const WIDE_ZH: Seen = Seen { width: 1440, language: "zh" };
const NARROW: Seen = Seen { width: 360, language: "en" };
const NARROW_ZH: Seen = Seen { width: 360, language: "zh" };

/// How a row is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// As it is written.
    Keys,
    /// By pointing: what the row's key does, from the list of all that can be done.
    Pointer,
}

/// Counts what is saved, in the place of a download.
const CATCH: &str =
    "(HTMLAnchorElement.prototype.click = function () { window.savings = (window.savings ?? 0) + 1; }, true)";

/// Goes through the table at one place.
async fn go_through(page: &Page, place: Place, way: Way, seen: Seen) {
    for (index, row) in ROWS.iter().enumerate().filter(|(_, row)| row.places.contains(&place)) {
        let was: serde_json::Value = page.value(&format!("(document.activeElement?.blur(), {NOW})")).await;
        carry_out(page, row, way).await;
        let does = format!("((was, now) => {})({was}, {NOW})", row.does);
        page.until(
            &format!("row {index}, {:?} in {place:?}, {way:?}, {seen:?}, after {was}", row.act),
            &does,
        )
        .await;
    }
    let width: u32 = page.value("document.scrollingElement.scrollWidth").await;
    assert!(width <= seen.width, "{place:?} is {width} px wide, {seen:?}");
    let language: String = page.value("document.documentElement.lang").await;
    assert_eq!(language, seen.language);
}

async fn carry_out(page: &Page, row: &Row, way: Way) {
    match (row.act, way) {
        (Act::Type(id, text), _) => {
            let text: String = text.replace('⏎', &keys("⏎"));
            page.type_into(&format!("#{id}"), &text).await;
        }
        (Act::Press("Ctrl Shift P"), Way::Pointer) => page.click("commands").await,
        // What is open is closed by its own button, or let go by the list: tested by its key.
        (Act::Press(shown), Way::Keys) | (Act::Press(shown @ "Esc"), _) => page.strike(&keys(shown)).await,
        (Act::Press(shown), Way::Pointer) => {
            page.click("commands").await;
            let what: String = page.value(&format!("window.commands[{shown:?}]")).await;
            page.type_into("#palette-field", &what).await;
            page.until(
                "it is the first of the list",
                &format!("$('#palette-0 kbd')?.textContent === {shown:?}"),
            )
            .await;
            page.click("palette-0").await;
        }
    }
}

/// Opens a page, sees it as wanted, and learns from its help which commands there are.
async fn open(address: &str, seen: Seen) -> Page {
    let page = Page::open(&format!("{address}#/v2/simulate/select?at=50")).await;
    page.resize(seen.width, 800).await;
    if seen.language == "zh" {
        page.click("language").await;
        page.until("it is in Chinese", "document.documentElement.lang === 'zh'").await;
        page.until_ready().await;
    }
    assert!(page.value::<bool>(CATCH).await);
    page.click("help").await;
    let learn = "(window.commands = Object.fromEntries($$('.help dl > div').map(row => \
        [row.querySelector('kbd').textContent, row.querySelector('dd').textContent])), Object.keys(window.commands))";
    page.until("the help lists the commands", "$('.help dl > div')").await;
    let commands: Vec<String> = page.value(learn).await;
    for command in commands {
        let tested = ROWS.iter().any(|row| matches!(row.act, Act::Press(shown) if shown == command));
        assert!(tested, "no row of the table tests {command}");
    }
    page.press_text(&keys("Esc")).await;
    page
}

/// Goes to another place by its address, as a link does.
async fn go(page: &Page, hash: &str, there: &str) {
    assert!(page.value::<bool>(&format!("(location.hash = '{hash}', true)")).await);
    page.until(hash, there).await;
    page.until_ready().await;
}

/// A run of three clients, as a file.
fn file() -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("matrix.strace");
    let mut log = String::from(
        "7 1700000000.000000 execve(\"/usr/bin/some\", [\"some\", \"-x\"], 0x7ffe /* 9 vars */) = 0 <0.000100>\n",
    );
    for turn in 0..40 {
        let at = 1000 + turn * 100;
        let wait = format!(
            "7 1700000000.{at:06} epoll_wait(4, [{{events=EPOLLIN, data={{u32=5, u64=5}}}}], 64, -1) = 1 <0.000020>\n"
        );
        let recv = format!(
            "7 1700000000.{:06} recvfrom(5<TCP:[127.0.0.1:80->127.0.0.1:4000]>, \"hello\\n\", 1024, 0, NULL, NULL) = 6 <0.000002>\n",
            at + 40
        );
        log += &(wait + &recv);
    }
    std::fs::write(&path, log).expect("the folder of tests can be written to");
    path
}

/// The places that need no server.
async fn everywhere(page: &Page, way: Way, seen: Seen) {
    // A run that takes long enough to be seen playing, on a busy machine too.
    assert!(preset("head-of-line").is_some(), "the links below name it");
    go(page, "#/v2/simulate/select?scenario=head-of-line&at=50", "app.dataset.seq === '50'").await;
    go_through(page, Place::Simulate, way, seen).await;
    // The list is the same everywhere, and slower to go through.
    if way == Way::Pointer {
        return;
    }
    go(page, "#/v2/simulate/select?tour=select", "app.dataset.tour").await;
    go_through(page, Place::Tour, way, seen).await;
    go(page, "#/v2/compare/select,epoll?scenario=head-of-line", "$('#race')").await;
    go_through(page, Place::Compare, way, seen).await;
    page.click("mode-scale").await;
    page.until("the costs are there", "$('.scale')").await;
    go_through(page, Place::Scale, way, seen).await;
    page.click("mode-trace").await;
    page.type_into("input[type=file]", file().to_str().expect("the path is text")).await;
    page.until("the file is open", "app.dataset.source === 'trace' && app.dataset.ready === 'true'").await;
    go_through(page, Place::Trace, way, seen).await;
}

async fn on_a_static_host(seen: Seen, way: Way) {
    let host = StaticHost::start().await;
    let page = open(&host.page, seen).await;
    everywhere(&page, way, seen).await;
    page.close().await;
}

async fn on_the_real_program(seen: Seen) {
    let gateway = Gateway::start(&["--server", "epoll"]);
    let page = open(&gateway.page, seen).await;
    page.click("mode-live").await;
    page.until("the page is connected", "$('#live-status').dataset.state === 'connected'").await;
    for line in 1..=3 {
        page.until("a line can be sent", "!$('#send-button').disabled").await;
        page.type_over("#send-line", "hello").await;
        page.click("send-button").await;
        page.until("it is answered", &format!("$$('.answer').length >= {line}")).await;
    }
    go_through(&page, Place::Live, Way::Keys, seen).await;
    everywhere(&page, Way::Keys, seen).await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_on_a_static_host_wide() {
    on_a_static_host(WIDE, Way::Keys).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_on_a_static_host_wide_in_chinese() {
    on_a_static_host(WIDE_ZH, Way::Keys).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_on_a_static_host_narrow() {
    on_a_static_host(NARROW, Way::Keys).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_on_a_static_host_narrow_in_chinese() {
    on_a_static_host(NARROW_ZH, Way::Keys).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_on_the_real_program_wide() {
    on_the_real_program(WIDE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_on_the_real_program_wide_in_chinese() {
    on_the_real_program(WIDE_ZH).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_on_the_real_program_narrow() {
    on_the_real_program(NARROW).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_on_the_real_program_narrow_in_chinese() {
    on_the_real_program(NARROW_ZH).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_by_pointing_wide() {
    on_a_static_host(WIDE, Way::Pointer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_by_pointing_narrow_in_chinese() {
    on_a_static_host(NARROW_ZH, Way::Pointer).await;
}
