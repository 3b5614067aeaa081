//! How fast the page is: measured with the browser's own tracing, on the release build of page and program, and
//! printed beside the goals. `cargo xtask measure-page` runs it; nothing fails, since a machine may be busy with
//! other things.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use loopscope_shared::scenario::{Step, preset};
use loopscope_shared::time::Nanos;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::hosts::{Gateway, StaticHost, binary};
use crate::page::Page;

/// How long frames are looked at.
const LOOK: Duration = Duration::from_secs(6);

/// Lines a second that make a server tell some 20,000 events, and the connections on which they come.
const LINES_A_SECOND: u32 = 2_500;
const CONNECTIONS: u32 = 50;

/// From here on what is traced counts.
const BEGIN: &str = "(performance.mark('measure-begin'), true)";

/// A thing that is done, and how long it takes until the frame is made that shows it, in milliseconds.
const TIMED: &str = "(window.took = null, (() => { const began = performance.now(); ACT; \
                     requestAnimationFrame(() => setTimeout(() => window.took = performance.now() - began)); })(), true)";

/// Moves the scrubber, as a reader does.
const SEEK: &str = "const bar = $('#scrubber'); bar.value = AT; \
                    bar.dispatchEvent(new Event('input', { bubbles: true }))";

/// A part (0 to 1) of numbers that are sorted.
fn part(sorted: &[f64], part: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * part).round() as usize).copied().unwrap_or(f64::NAN)
}

#[allow(clippy::print_stdout, reason = "the figures are what it is for")]
fn print(what: &str, mut numbers: Vec<f64>, goal: f64) {
    numbers.sort_by(f64::total_cmp);
    let (middle, high, most) = (part(&numbers, 0.5), part(&numbers, 0.95), part(&numbers, 1.0));
    let verdict = match goal {
        none if none.is_nan() => String::new(),
        _ => format!("goal {goal} ms: {}", if high <= goal { "met" } else { "missed" }),
    };
    println!(
        "{what:56} {:5} times  median {middle:7.1}  95 of 100 {high:7.1}  most {most:7.1} ms  {verdict}",
        numbers.len()
    );
}

/// The work of the page's main thread for each frame, in milliseconds of its own time: all tasks from one call of
/// the animation frames to the next.
fn work_of_frames(trace: &[Value]) -> Vec<f64> {
    let name = |event: &Value| event["name"].as_str().unwrap_or_default().to_owned();
    let when = |event: &Value| event["ts"].as_f64().unwrap_or_default();
    let begun = trace.iter().filter(|event| name(event) == "measure-begin").map(when).fold(0.0, f64::max);
    let after: Vec<&Value> = trace.iter().filter(|event| when(event) > begun).collect();
    let thread = |event: &Value| (event["pid"].as_u64(), event["tid"].as_u64());
    let frames: Vec<&&Value> = after.iter().filter(|event| name(event) == "FireAnimationFrame").collect();
    let Some(main) = frames.first().map(|event| thread(event)) else { return Vec::new() };
    let mut begins: Vec<f64> =
        frames.iter().filter(|event| thread(event) == main).map(|event| when(event)).collect();
    begins.sort_by(f64::total_cmp);
    begins.dedup();
    let mut work = vec![0.0; begins.len() + 1];
    for task in after.iter().filter(|event| thread(event) == main && name(event).ends_with("RunTask")) {
        let spent = task["tdur"].as_f64().or_else(|| task["dur"].as_f64()).unwrap_or_default();
        let end = when(task) + task["dur"].as_f64().unwrap_or_default();
        work[begins.partition_point(|begin| *begin <= end)] += spent / 1000.0;
    }
    // Before the first frame and after the last there is no whole one.
    work.get(1..work.len().saturating_sub(1)).unwrap_or_default().to_vec()
}

async fn frames(page: &Page) -> Vec<f64> {
    // It is the time that is to pass: there is no event to wait for.
    tokio::time::sleep(LOOK).await;
    work_of_frames(&page.trace().await)
}

async fn timed(page: &Page, act: &str) -> f64 {
    assert!(page.value::<bool>(&TIMED.replace("ACT", act)).await);
    page.until("it is done", "window.took !== null").await;
    page.value("window.took").await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures: `cargo xtask measure-page`"]
async fn the_first_picture() {
    let host = StaticHost::start().await;
    let mut times = Vec::new();
    for _ in 0..5 {
        let page = Page::open(&host.page).await;
        times.push(page.value::<f64>("performance.getEntriesByName('first-picture')[0].startTime").await);
        page.close().await;
    }
    print("navigation to the first picture of a simulation", times, 1_500.0);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures: `cargo xtask measure-page`"]
async fn ten_thousand_descriptors() {
    let host = StaticHost::start().await;
    for program in ["select", "epoll"] {
        let link = format!("{}#/v1/simulate/{program}?scenario=c10k&at=150000", host.page);
        let page = Page::open_traced(&link).await;
        page.until_within(Duration::from_secs(300), "the run is there", "app?.dataset.ready === 'true'")
            .await;
        assert!(page.value::<bool>(BEGIN).await);
        page.click("play").await;
        print(&format!("a frame, 10,000 descriptors, {program} plays"), frames(&page).await, 16.7);
        drop(page);
    }
}

/// A trace of a million events: ten thousand clients, as in the preset, who say more.
fn a_million_events() -> PathBuf {
    let mut scenario = preset("c10k").expect("it is a preset");
    let line =
        |number| [Step::Send(format!("line {number}\n")), Step::Await, Step::Think(Nanos::from_millis(300))];
    scenario.clients[0].steps = (0..5).flat_map(line).collect();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (source, trace) = (folder.join("million.json"), folder.join("million.loopscope"));
    let text = serde_json::to_vec(&scenario).expect("a scenario can be written");
    std::fs::write(&source, text).expect("the folder of tests can be written to");
    let mut command = Command::new(binary());
    command.args(["sim", "--server", "epoll", "--events-max", "1040000", "--scenario"]).arg(source);
    let status =
        command.arg("--record").arg(&trace).stdout(Stdio::null()).status().expect("it can be started");
    assert!(status.success(), "the simulation fails");
    trace
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures: `cargo xtask measure-page`"]
async fn a_trace_of_a_million_events() {
    let (host, trace) = (StaticHost::start().await, a_million_events());
    let page = Page::open_traced(&format!("{}#/v1/trace", host.page)).await;
    page.until("a file can be chosen", "$('input[type=file]')").await;
    assert!(page.value::<bool>(BEGIN).await);
    let began = Instant::now();
    page.type_into("input[type=file]", trace.to_str().expect("the path is text")).await;
    page.until_within(Duration::from_secs(300), "the file is open", "app.dataset.ready === 'true'").await;
    let end: f64 = page.value("Number($('#scrubber').max)").await;
    assert!(end >= 1_000_000.0, "{end} events are no million");
    print(
        &format!("a trace of {end} events is opened"),
        vec![began.elapsed().as_secs_f64() * 1000.0],
        f64::NAN,
    );
    print("a frame while it is opened", work_of_frames(&page.trace().await), 16.7);
    let (mut steps, mut backs, mut seeks) = (Vec::new(), Vec::new(), Vec::new());
    for index in 0..40u32 {
        let at = (end * f64::from((index * 7_919) % 1_000) / 1_000.0).floor();
        seeks.push(timed(&page, &SEEK.replace("AT", &at.to_string())).await);
        steps.push(timed(&page, "$('#step-forward').click()").await);
        backs.push(timed(&page, "$('#step-back').click()").await);
    }
    print(&format!("a seek in {end} events"), seeks, 50.0);
    print(&format!("a step in {end} events"), steps, 50.0);
    print(&format!("a step back in {end} events"), backs, 50.0);
    drop(page);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it measures: `cargo xtask measure-page`"]
async fn twenty_thousand_live_events_a_second() {
    let gateway = Gateway::start(&["--server", "epoll"]);
    let page = Page::open_traced(&gateway.page).await;
    page.until("the page is connected", "$('#live-status')?.dataset.state === 'connected'").await;
    page.until("the picture is live", "app.dataset.source === 'live' && app.dataset.ready === 'true'").await;
    let pause = Duration::from_secs(1) / (LINES_A_SECOND / CONNECTIONS);
    for _ in 0..CONNECTIONS {
        let server = gateway.server;
        tokio::spawn(async move {
            let mut connection = TcpStream::connect(server).await.expect("the server takes clients");
            let (mut every, mut answer) = (tokio::time::interval(pause), [0; 7]);
            loop {
                every.tick().await;
                if connection.write_all(b"hello!\n").await.is_err()
                    || connection.read_exact(&mut answer).await.is_err()
                {
                    return;
                }
            }
        });
    }
    page.until("lines are answered", "Number(app.dataset.seq) > 5000").await;
    assert!(page.value::<bool>(BEGIN).await);
    let (before, began) = (page.seq().await, Instant::now());
    let work = frames(&page).await;
    let rate = (page.seq().await - before) as f64 / began.elapsed().as_secs_f64();
    print(&format!("a frame, live, {rate:.0} events a second"), work, 16.7);
    drop(page);
}
