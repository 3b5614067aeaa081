//! The simulation, on a plain host of static files: no gateway, no server.

use std::collections::BTreeSet;

use crate::hosts::StaticHost;
use crate::page::{Page, Picture};

/// How far the tests step.
const STEPS: usize = 30;

async fn simulate(host: &StaticHost, program: &str) -> Page {
    let page = Page::open(&host.page).await;
    page.click("mode-simulate").await;
    page.choose("program", program).await;
    page.choose("scenario", "three-clients").await;
    page.until("the program is chosen", &format!("app.dataset.program === '{program}'")).await;
    page.click("first").await;
    page.until("the run is at its beginning", "Number(app.dataset.seq) === 0").await;
    page
}

async fn step_to(page: &Page, button: &str, seq: u64) {
    page.click(button).await;
    page.until("the page has made a step", &format!("Number(app.dataset.seq) === {seq}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_clients_are_played_under_each_program() {
    let host = StaticHost::start().await;
    for program in ["select", "epoll", "mio"] {
        let page = simulate(&host, program).await;
        page.click("play").await;
        page.until("it plays", "app.dataset.playing === 'true' && Number(app.dataset.seq) > 20").await;
        page.click("play").await;
        page.until("it is halted", "app.dataset.playing === 'false'").await;
        let halted = page.seq().await;
        page.click("last").await;
        page.until("the run is at its end", &format!("Number(app.dataset.seq) > {halted}")).await;
        let position = page.picture().await.position;
        assert!(position.chars().any(|letter| letter.is_ascii_digit()), "the position is {position:?}");
        page.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stepping_back_and_forward_gives_the_same_pictures() {
    let host = StaticHost::start().await;
    for program in ["select", "epoll"] {
        let page = simulate(&host, program).await;
        let mut there: Vec<Picture> = vec![page.picture().await];
        for seq in 1..=STEPS as u64 {
            step_to(&page, "step-forward", seq).await;
            there.push(page.picture().await);
        }
        for (seq, picture) in there.iter().enumerate().rev().skip(1) {
            step_to(&page, "step-back", seq as u64).await;
            assert_eq!(page.picture().await, *picture, "back at event {seq} under {program}");
        }
        for (seq, picture) in there.iter().enumerate().skip(1) {
            step_to(&page, "step-forward", seq as u64).await;
            assert_eq!(page.picture().await, *picture, "again at event {seq} under {program}");
        }
        let different: BTreeSet<&str> = there.iter().map(|picture| picture.stage.as_str()).collect();
        assert!(different.len() > STEPS / 2, "{} different pictures in {STEPS} steps", different.len());
        let lit: BTreeSet<&[String]> = there.iter().map(|picture| picture.lit.as_slice()).collect();
        assert!(lit.len() > 3, "the running line hardly moves under {program}: {lit:?}");
        page.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permalink_leads_to_the_same_instant() {
    let host = StaticHost::start().await;
    for program in ["select", "epoll"] {
        let page = simulate(&host, program).await;
        for seq in 1..=STEPS as u64 {
            step_to(&page, "step-forward", seq).await;
        }
        let shown = page.picture().await;
        page.until("the address says the instant", &format!("location.hash.includes('at={STEPS}')")).await;
        let link = page.address().await;
        page.reload().await;
        page.until("the instant is back", &format!("Number(app.dataset.seq) === {STEPS}")).await;
        assert_eq!(page.picture().await, shown, "after a reload under {program}");
        page.close().await;

        let elsewhere = Page::open(&link).await;
        elsewhere.until("the instant is there", &format!("Number(app.dataset.seq) === {STEPS}")).await;
        assert_eq!(elsewhere.picture().await, shown, "in another browser under {program}");
        elsewhere.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_sent_into_the_simulation_is_answered() {
    let host = StaticHost::start().await;
    let page = simulate(&host, "select").await;
    page.type_into("#send-line", "Hello, World!").await;
    page.click("send-button").await;
    page.click("last").await;
    page.until(
        "the answer is there",
        "$$('.answer').some(answer => answer.textContent.includes('Uryyb, Jbeyq!'))",
    )
    .await;
    page.close().await;
}
