//! The page in Chinese: it is walked through, and no English sentence is met.

use fantoccini::key::Key;

use crate::hosts::{Gateway, StaticHost};
use crate::page::Page;

/// What is said on the page in a sentence without a Chinese letter: in its text, its labels and its titles. What is
/// the same in every language does not count: sources, calls as strace writes them, keys, and what the reader sends.
const ENGLISH: &str = "(() => {
    const same = '.code-line, .code-name, kbd, code, pre, .line, .bytes, [lang=\"en\"], .history, .events, .call, \
        .crossing-call, .evidence';
    const said = /quick|brown|lazy|dhvpx|oebja|ynml|HTTP|Hello|Uryyb|peace/;
    const sentence = text => !said.test(text) && /[A-Za-z]{2,}(?:[ ,:;]+[A-Za-z]{2,}){2,}/.test(text) && !/\\p{Script=Han}/u.test(text);
    const found = new Set();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const parent = walk.currentNode.parentElement;
        if (!parent.closest(same + ', script, noscript') && sentence(walk.currentNode.textContent)) {
            found.add(walk.currentNode.textContent.trim());
        }
    }
    for (const element of $$('[aria-label], [title], [placeholder], [aria-valuetext]')) {
        if (element.closest(same)) continue;
        for (const name of ['aria-label', 'title', 'placeholder', 'aria-valuetext']) {
            const text = element.getAttribute(name);
            if (text && sentence(text)) found.add(name + ': ' + text);
        }
    }
    return [...found];
})()";

async fn speaks_chinese(page: &Page, place: &str) {
    let found: Vec<String> = page.value(ENGLISH).await;
    assert!(found.is_empty(), "{place}:\n{}", found.join("\n"));
}

async fn chinese(address: &str) -> Page {
    let page = Page::open_unready(address).await;
    page.until("the page is there", "app").await;
    page.click("language").await;
    page.until("it is in Chinese", "document.documentElement.lang === 'zh'").await;
    page.until("it is ready", "app.dataset.ready === 'true'").await;
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_is_chosen_and_remembered() {
    let host = StaticHost::start().await;
    let page = Page::open(&format!("{}#/v1/simulate/select?at=50&fd=4", host.page)).await;
    let english = page.picture().await;
    page.click("language").await;
    page.until("it is in Chinese", "document.documentElement.lang === 'zh'").await;
    page.until("the sentence is", "/\\p{Script=Han}/u.test($('#why').textContent)").await;
    assert_eq!(page.picture().await.seq, english.seq, "the place is kept");
    page.reload().await;
    page.until("the choice is remembered", "document.documentElement.lang === 'zh'").await;
    page.click("language").await;
    page.until("it is in English again", "document.documentElement.lang === 'en'").await;
    assert_eq!(page.picture().await, english);
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_english_sentence_is_left_in_a_simulation() {
    let host = StaticHost::start().await;
    let page = chinese(&host.page).await;
    for program in [
        "client",
        "fork",
        "busy-poll",
        "select",
        "poll",
        "epoll",
        "kqueue",
        "io-uring",
        "iocp",
        "bufferevent",
    ] {
        page.choose("program", program).await;
        page.until(
            "it runs",
            &format!("app.dataset.program === '{program}' && app.dataset.ready === 'true'"),
        )
        .await;
        page.press(Key::Home).await;
        for step in 0..25 {
            speaks_chinese(&page, &format!("{program}, {step} steps on")).await;
            page.press_text(&format!("{}{}", char::from(Key::Shift), char::from(Key::Right))).await;
        }
        page.press_text(".").await;
        page.press(Key::End).await;
        speaks_chinese(&page, &format!("{program}, at its end")).await;
    }
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_english_sentence_is_left_in_a_scenario() {
    let host = StaticHost::start().await;
    let page = chinese(&host.page).await;
    let names: Vec<String> = page.value("$$('#scenario option').map(option => option.value)").await;
    for name in names.iter().filter(|name| *name != "c10k") {
        page.choose("scenario", name).await;
        page.until("it is ready", "app.dataset.ready === 'true'").await;
        speaks_chinese(&page, name).await;
    }
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_english_sentence_is_left_elsewhere() {
    let host = StaticHost::start().await;
    let page = chinese(&host.page).await;
    for mode in ["live", "trace", "compare", "scale", "simulate"] {
        page.click(&format!("mode-{mode}")).await;
        page.until("the mode is there", &format!("$('#mode-{mode}').ariaPressed === 'true'")).await;
        speaks_chinese(&page, mode).await;
    }
    page.click("help").await;
    speaks_chinese(&page, "the help").await;
    page.press(Key::Escape).await;
    page.click("commands").await;
    speaks_chinese(&page, "the palette").await;
    page.press(Key::Escape).await;
    page.press_text("/").await;
    speaks_chinese(&page, "the search").await;
    page.press(Key::Escape).await;
    page.click("share").await;
    page.until("the link is said", "/\\p{Script=Han}/u.test($('#banner').textContent)").await;
    page.click("tour").await;
    for station in 0..13 {
        page.until("the station is there", "app.dataset.tour && app.dataset.ready === 'true'").await;
        speaks_chinese(&page, &format!("station {station}")).await;
        if station < 12 {
            page.click("tour-next").await;
            page.until("the next station is there", &format!("app.dataset.tour === '{}'", station + 1)).await;
        }
    }
    page.close().await;
    for hash in ["#/v9/simulate", "#/v1/nonsense", "#/v1/simulate/no?scenario=no&at=x&colour=red"] {
        let page = chinese(&host.page).await;
        assert!(page.value::<bool>(&format!("(location.hash = '{hash}', true)")).await);
        page.until("a notice is there", "/\\p{Script=Han}/u.test($('#banner').textContent)").await;
        speaks_chinese(&page, hash).await;
        page.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_english_sentence_is_left_in_live() {
    let gateway = Gateway::start(&[]);
    let page = chinese(&gateway.page).await;
    page.until("the page is connected", "$('#live-status').dataset.state === 'connected'").await;
    page.type_into("#send-line", "Hello, World!").await;
    page.click("send-button").await;
    page.until("the answer is there", "$('.answer')").await;
    page.click("play").await;
    for step in 0..12 {
        speaks_chinese(&page, &format!("{step} steps back")).await;
        page.press(Key::Left).await;
    }
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_without_its_words_says_what_is_missing() {
    for (text, words) in
        [(None, "its texts did not load: texts/en.txt: 404"), (Some("other"), "of two builds")]
    {
        let host = StaticHost::with("/texts/en.txt", text).await;
        let page = Page::open_unready(&host.page).await;
        page.until("it says so", &format!("$('#boot-text')?.textContent.includes('{words}')")).await;
        assert!(page.value::<bool>("$('#boot-text').textContent.includes('Reload it')").await);
        page.close_but(Some("texts/en.txt")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_language_that_cannot_be_had_leaves_the_one_that_is() {
    let host = StaticHost::with("/texts/zh.txt", None).await;
    let page = Page::open(&format!("{}#/v1/simulate/select?at=50", host.page)).await;
    let before = page.picture().await;
    page.click("language").await;
    page.until("it says why", "$('#banner').textContent.includes('texts/zh.txt: 404')").await;
    assert!(page.value::<bool>("document.documentElement.lang === 'en'").await);
    assert_eq!(page.picture().await, before);
    page.close_but(Some("texts/zh.txt")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_cannot_be_had_is_said_to_be_missing() {
    for (text, words) in [(None, "sources/servers/select.rs: 404"), (Some("fn other() {}"), "another build")]
    {
        let host = StaticHost::with("/sources/servers/select.rs", text).await;
        let page = Page::open(&format!("{}#/v1/simulate/select?at=50", host.page)).await;
        page.until("it says so", &format!("$('.code-missing')?.textContent.includes('{words}')")).await;
        assert!(page.value::<bool>("$('.code-line') === null").await, "no other source is shown");
        page.close_but(Some("sources/servers/select.rs")).await;
    }
}
