//! The guided tour: every station can be reached, sets its scene, and its question is answered by its run.

use crate::hosts::StaticHost;
use crate::page::Page;

async fn page(hash: &str) -> Page {
    let host = StaticHost::start().await;
    Page::open(&format!("{}{hash}", host.page)).await
}

/// The number in what the page says to an answer.
const NUMBER: &str = "$('#tour-verdict').textContent.match(/[0-9.\\u202f]*[0-9]/)[0]";

#[tokio::test(flavor = "multi_thread")]
async fn every_station_asks_what_its_run_answers() {
    let page = page("").await;
    page.click("tour").await;
    let stations: usize = 13;
    for at in 0..stations {
        page.until(
            "the station's scene is whole",
            &format!("app.dataset.tour === '{at}' && app.dataset.ready === 'true'"),
        )
        .await;
        let program: String = page.value("$('.tour').dataset.station").await;
        page.until("its program runs", &format!("app.dataset.program === '{program}'")).await;
        page.type_into("#tour-answer", "1000000000\n").await;
        page.until("a wrong answer is refused", "$('#tour-verdict').textContent.includes('otherwise')").await;
        assert!(page.value::<bool>("($('.tour-question button[type=button]').click(), true)").await);
        page.until("the answer is told", "$('#tour-verdict').textContent.includes('It is')").await;
        let number: String = page.value(NUMBER).await;
        page.type_over("#tour-answer", &number).await;
        assert!(page.value::<bool>("($('.tour-question button:not([type])').click(), true)").await);
        page.until("it is right", "$('#tour-verdict').textContent.includes('Yes')").await;
        if at + 1 < stations {
            page.click("tour-next").await;
        }
    }
    assert!(page.value::<bool>("$('#tour-next').disabled").await, "that was the last one");
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_server_loses_lines_and_the_cured_one_does_not() {
    let page = page("#/v1/simulate/select?scenario=many-idle&tour=select").await;
    let show = |index: usize| format!("($$('.tour-exhibit button')[{index}].click(), true)");
    let read = "Number($('#tour-reads').textContent.replace(/[^0-9]/g, ''))";
    assert!(page.value::<bool>(&show(0)).await);
    page.until("the mistake is made", "location.hash.includes('drop-overflow') && $('#tour-reads')").await;
    page.until_ready().await;
    let printed: u64 = page.value(read).await;
    assert!(page.value::<bool>(&show(1)).await);
    page.until("all lines come back", &format!("$('#tour-reads') && {read} > {printed}")).await;
    assert_eq!(page.value::<u64>(read).await, 1025);
    page.click("language").await;
    page.until("it speaks Chinese", "$('.tour h2').textContent === '三组比特'").await;
    page.resize(360, 800).await;
    let width: u32 = page.value("document.scrollingElement.scrollWidth").await;
    assert!(width <= 360, "the page is {width} px wide");
    page.close().await;
}
