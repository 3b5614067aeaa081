//! Every look of the page: it fits its window, and nothing goes wrong on the way. With `LOOPSCOPE_PICTURES`
//! set, as `cargo xtask screenshots` does, the pictures are kept.

use crate::hosts::{Gateway, StaticHost};
use crate::page::Page;

/// Windows: a name, a width, a height.
const WINDOWS: &[(&str, u32, u32)] = &[("wide", 1440, 900), ("narrow", 360, 740)];

/// Instants of three clients that are worth seeing: the wait has returned, and the line has been read.
const INSTANTS: &[(&str, u64)] =
    &[("select", 47), ("select", 50), ("epoll", 61), ("epoll", 64), ("mio", 74), ("mio", 77)];

/// No transition is under way. What moves for ever, as a sign of sleep may, does not count.
pub(crate) const STILL: &str = "document.getAnimations().every(moving => moving.playState !== 'running' \
                     || moving.effect.getComputedTiming().endTime === Infinity)";

async fn fits(page: &Page, window: &(&str, u32, u32), name: &str) {
    let (size, width, height) = *window;
    page.resize(width, height).await;
    for scheme in ["light", "dark"] {
        page.prefer(scheme).await;
        page.until("nothing moves", STILL).await;
        let needed: u32 = page.value("document.scrollingElement.scrollWidth").await;
        assert!(needed <= width, "{name} is {needed} px wide in a window of {width} px");
        page.keep_picture(&format!("{name}-{size}-{scheme}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_of_the_simulation_fit_their_windows() {
    let host = StaticHost::start().await;
    for (program, at) in INSTANTS {
        let link = format!("{}#/v1/simulate/{program}?scenario=three-clients&at={at}", host.page);
        let page = Page::open(&link).await;
        page.until("the instant is there", &format!("Number(app.dataset.seq) === {at}")).await;
        for window in WINDOWS {
            fits(&page, window, &format!("simulate-{program}-{at}")).await;
        }
        page.close().await;
    }
    for scenario in ["slow-reader", "burst", "many-idle"] {
        let page = Page::open(&format!("{}#/v1/simulate/select?scenario={scenario}&at=400", host.page)).await;
        page.until("the instant is there", "Number(app.dataset.seq) > 0").await;
        for window in WINDOWS {
            fits(&page, window, &format!("simulate-{scenario}")).await;
        }
        page.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_of_the_live_server_fit_their_windows() {
    let gateway = Gateway::start(&[]);
    let page = Page::open(&gateway.page).await;
    page.click("mode-live").await;
    page.until("the page is connected", "$('#live-status').dataset.state === 'connected'").await;
    page.type_into("#send-line", "Hello, World!").await;
    page.click("send-button").await;
    page.until("the answer is there", "$('.answer')").await;
    // The picture is halted, and shows the line while it waits to be read.
    page.click("play").await;
    page.until("the picture is halted", "app.dataset.playing === 'false'").await;
    page.step_back_until("$$('#stage [data-fd]').some(tube => Number(tube.dataset.recv) > 0)").await;
    for window in WINDOWS {
        fits(&page, window, "live").await;
    }
    page.close().await;
}
