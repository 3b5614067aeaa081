//! The running server, seen through the gateway.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpStream};

use crate::hosts::{Gateway, StaticHost};
use crate::page::Page;

/// The descriptors on the stage.
const DESCRIPTORS: &str = "$$('#stage [data-fd]').map(tube => Number(tube.dataset.fd))";

async fn live(gateway: &Gateway) -> Page {
    let page = Page::open(&gateway.page).await;
    page.click("mode-live").await;
    page.until("the page is connected", "$('#live-status').dataset.state === 'connected'").await;
    page.until("the picture is live", "app.dataset.source === 'live'").await;
    page
}

async fn descriptors(page: &Page) -> BTreeSet<i32> {
    page.value(DESCRIPTORS).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_typed_into_the_page_comes_back_rotated() {
    for program in ["select", "epoll", "mio"] {
        let gateway = Gateway::start(&["--server", program]);
        let page = live(&gateway).await;
        page.until("the program is named", &format!("app.dataset.program === '{program}'")).await;
        say(&page, "Hello, World!", "Uryyb, Jbeyq!").await;
        page.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_outside_the_browser_is_seen_to_come_to_talk_and_to_go() {
    let gateway = Gateway::start(&[]);
    let page = live(&gateway).await;
    page.until("the listener is there", &format!("({DESCRIPTORS}).length > 0")).await;
    let before = descriptors(&page).await;

    let outside = TcpStream::connect(gateway.server).expect("the server takes a client");
    let known = serde_json::to_string(&before).expect("numbers can be written");
    let is_new = format!("({DESCRIPTORS}).find(fd => !{known}.includes(fd))");
    page.until("the client has a descriptor", &format!("{is_new} !== undefined")).await;
    let fd: i32 = page.value(&is_new).await;
    let tube = format!("$('#stage [data-fd=\"{fd}\"]')");

    (&outside).write_all(b"wor\nld peace\n").expect("the server reads");
    let answers: Vec<String> = BufReader::new(&outside).lines().take(2).map(Result::unwrap).collect();
    assert_eq!(answers, ["jbe", "yq crnpr"]);
    page.until("the server waits again", "$('.code-line.now')").await;

    // The picture is halted, the server is not; then back to the moment at which the bytes lay in the tube.
    page.click("play").await;
    page.until("the picture is halted", "app.dataset.playing === 'false'").await;
    let filled = format!("Number({tube}?.dataset.recv) > 0");
    page.step_back_until(&filled).await;
    assert_eq!(page.value::<u64>(&format!("Number({tube}.dataset.recv)")).await, 13);
    let bytes: String = page.value(&format!("{tube}.querySelector('.recv-bytes').textContent")).await;
    assert!(bytes.contains("wor"), "the tube shows {bytes:?}");
    let ready: String = page.value(&format!("{tube}.dataset.ready")).await;
    assert!(ready.contains("IN"), "the bytes can be read, and the page says {ready:?}");
    let lit: String = page.value("$('.code-line.now').textContent").await;
    assert!(lit.contains("k."), "a line that makes a call is lit, not {lit:?}");

    outside.shutdown(Shutdown::Both).expect("the connection can be ended");
    page.click("last").await;
    page.until("the descriptor is gone", &format!("{tube} === null")).await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_is_switched_while_its_clients_watch() {
    let gateway = Gateway::start(&["--server", "select"]);
    let page = live(&gateway).await;
    page.until("the list is there to be chosen from", "!$('#program').disabled").await;
    let offered: Vec<String> = page.value("$$('#program option').map(option => option.value)").await;
    let runs_here = |name: &str| offered.iter().any(|offered| offered == name);
    assert!(runs_here("pool") && runs_here("event"), "{offered:?}");
    assert!(!runs_here("iocp") && !runs_here("event-ports"), "{offered:?}");
    say(&page, "one", "bar").await;

    page.choose("program", "pool").await;
    page.until("the source is the new one's", "app.dataset.program === 'pool'").await;
    page.until("its picture is there", "$('.lesson').textContent.includes('pool at')").await;
    let source: String = page.value("$('.code-card').textContent").await;
    assert!(source.contains("spawn_thread"), "the source is not pool's: {source}");
    page.until("the connection is over", "$('.send').textContent.includes('is closed')").await;
    say(&page, "two", "gjb").await;

    page.type_over("#setting-workers", "2").await;
    page.until("two threads serve", "$$('#stage .stage-thread').length === 2").await;
    say(&page, "three", "guerr").await;

    // A halted picture is of what was, and is left.
    page.click("play").await;
    page.until("the picture is halted", "app.dataset.playing === 'false'").await;
    page.choose("program", "event").await;
    page.until("the picture moves again", "app.dataset.playing === 'true'").await;
    page.until("the source is the new one's", "app.dataset.program === 'event'").await;
    page.until("it runs", "$('.lesson-text').textContent.includes('event at')").await;
    let before: String = page.value("JSON.stringify($('.lesson-text').textContent)").await;
    page.choose("setting-backend", "poll").await;
    let another = format!("$('.lesson-text').textContent !== {before}");
    page.until(
        "another process runs",
        &format!("$('.lesson-text').textContent.includes('event at') && {another}"),
    )
    .await;
    assert_eq!(page.value::<String>("$('#setting-backend').value").await, "poll");
    say(&page, "four", "sbhe").await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_is_seen_to_end_why_and_to_come_back() {
    let gateway = Gateway::start(&["--server", "epoll"]);
    let page = live(&gateway).await;
    say(&page, "one", "bar").await;
    let before = gateway.server_pid();
    gateway.kill_server();
    page.until("the reason is said", "document.body.textContent.includes('killed by signal 9 (SIGKILL)')")
        .await;
    page.until("its client has lost the connection", "$('.send').textContent.includes('is closed')").await;
    // The port is the same, and another process has it.
    say(&page, "two", "gjb").await;
    assert_ne!(gateway.server_pid(), before);
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_gateway_is_tried_again_and_at_once_if_the_reader_wants() {
    let gateway = Gateway::start(&[]);
    let page = live(&gateway).await;
    say(&page, "one", "bar").await;
    drop(gateway);
    page.until("the loss is shown", "$('#live-status').dataset.state === 'lost'").await;
    // Each pause is longer than the one before.
    page.until("it counts down", "/ [2-8] s/.test($('#retry')?.textContent)").await;
    page.click("retry").await;
    page.until("it was tried, and is lost again", "/ [4-8] s/.test($('#retry')?.textContent)").await;
    assert!(page.value::<bool>("$$('.answer').some(answer => answer.textContent.includes('bar'))").await);
    page.close_but(Some("WebSocket connection to")).await;
}

/// Types a line, sends it, and waits for the answer.
async fn say(page: &Page, line: &str, answer: &str) {
    page.until("a line can be sent", "!$('#send-button').disabled").await;
    page.type_into("#send-line", line).await;
    page.click("send-button").await;
    let answered = format!("$$('.answer').some(answer => answer.textContent.includes('{answer}'))");
    page.until(&format!("{line} is answered"), &answered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_gateway_live_says_what_is_missing() {
    let host = StaticHost::start().await;
    let page = Page::open(&host.page).await;
    page.click("mode-live").await;
    page.until("the loss is shown", "$('#live-status').dataset.state === 'lost'").await;
    page.until("the banner says what to do", "$('#banner')?.textContent.includes('loopscope serve')").await;
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_of_another_version_is_told_to_the_reader() {
    let host = StaticHost::with_gateway_of_another_version().await;
    // A page that comes from a gateway opens on what is live there.
    let page = Page::open_unready(&host.page).await;
    page.until("the banner tells", "$('#banner')?.textContent.includes('version')").await;
    let banner: String = page.value("$('#banner').textContent").await;
    assert!(banner.contains("reload the page"), "the banner says {banner:?}");
    // The rest goes on.
    page.click("mode-simulate").await;
    page.until_ready().await;
    page.close().await;
}
