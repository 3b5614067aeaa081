//! A still of every program at an instant that tells it apart from all others. The instant is found in its
//! simulation by what happens there, not by a number, so that it stays telling when a program changes.

use crate::hosts::StaticHost;
use crate::page::Page;

use loopscope_shared::errno::Errno;
use loopscope_shared::event::{Call, Event, Inside, What};
use loopscope_shared::scenario::preset;
use loopscope_shared::servers::Program;
use loopscope_shared::sim::Simulation;
use loopscope_shared::world::{FileKind, TaskState, World};

/// How far into a run an instant is looked for, in events.
const EVENTS_MAX: usize = 20_000;

/// An instant of a program that is worth a picture.
pub(crate) struct Still {
    /// The program.
    pub(crate) program: Program,
    /// The scenario.
    pub(crate) scenario: &'static str,
    /// What is set besides, as the fields of a link.
    pub(crate) with: &'static str,
    /// What is to be seen.
    pub(crate) name: &'static str,
    /// Whether it is to be seen after this event.
    when: fn(&World, &Event) -> bool,
}

/// All stills: one for each program at least.
pub(crate) const STILLS: &[Still] = &[
    still(Program::Client, "fetch", "asks-a-web-server", asleep_with_request),
    still(Program::Sequential, "head-of-line", "sleeps-while-data-waits", asleep_while_data_waits),
    still(Program::Fork, "three-clients", "copies-of-the-table", three_processes),
    still(Program::Threads, "three-clients", "one-asleep-in-each-tube", many_asleep),
    still(Program::Pool, "three-clients", "workers", many_asleep),
    still(Program::BusyPoll, "three-clients", "hammers", many_for_nothing),
    still(Program::Select, "three-clients", "bits-overwritten", wait_returned_with_data),
    still(Program::Poll, "three-clients", "the-array-comes-back", wait_returned_with_data),
    still(Program::Epoll, "three-clients", "only-the-ready-come-up", wait_returned_with_data),
    still(Program::EpollEt, "missed-edge", "stranded", asleep_on_stranded),
    still(Program::Kqueue, "three-clients", "two-lists", changes_go_down_and_events_come),
    still(Program::EventPorts, "three-clients", "associations-used-up", wait_returned_with_data),
    still(Program::DevPoll, "three-clients", "the-set-stays", wait_returned_with_data),
    still(Program::IoUring, "three-clients", "rings", landed),
    still(Program::Iocp, "three-clients", "done", landed),
    still(Program::Event, "three-clients", "a-callback-runs", in_callback),
    still(Program::Bufferevent, "three-clients", "two-buffers", buffered),
    still(Program::Mio, "three-clients", "tokens", wait_returned_with_data),
    still(Program::Select, "many-idle", "sweeps-many", sweeps),
    still(Program::Epoll, "many-idle", "lights-the-ready", wait_returned_with_data),
    still(Program::Select, "long-march", "word-by-word", word_by_word),
    still(Program::Poll, "c10k", "ten-thousand", ten_thousand),
    still(Program::Epoll, "herd", "herd", many_awake),
];

const fn still(
    program: Program,
    scenario: &'static str,
    name: &'static str,
    when: fn(&World, &Event) -> bool,
) -> Still {
    Still { program, scenario, with: "", name, when }
}

impl Still {
    /// The address of the instant, behind that of the page.
    pub(crate) fn link(&self) -> String {
        let Self { program, scenario, with, .. } = self;
        format!("#/v1/simulate/{}?scenario={scenario}&at={}{with}", program.name(), self.at())
    }

    /// How many events have happened then.
    pub(crate) fn at(&self) -> u64 {
        let scenario = preset(self.scenario).expect("stills are of presets");
        let mut simulation = Simulation::new(self.program, &scenario.settings, &scenario, &[]);
        let mut world = World::new();
        while (world.seq.0 as usize) < EVENTS_MAX {
            let batch = simulation.run(1_024);
            assert!(!batch.is_empty(), "{} of {} never comes", self.name, self.program.name());
            for (event, payload) in batch.iter() {
                world.apply(event, payload);
                if (self.when)(&world, event) {
                    return world.seq.0;
                }
            }
        }
        panic!("{} of {} does not come soon", self.name, self.program.name());
    }
}

/// The size of a window in which nothing of the stage may have to be scrolled for.
const WINDOW: (u32, u32) = (1440, 900);

/// How many pixels of the stage are out of sight.
const OUT_OF_SIGHT: &str = "$('#stage').scrollHeight - $('#stage').clientHeight";

#[tokio::test(flavor = "multi_thread")]
async fn every_still_is_seen_whole_in_both_schemes() {
    let host = StaticHost::start().await;
    let page = Page::open(&host.page).await;
    page.resize(WINDOW.0, WINDOW.1).await;
    for still in STILLS {
        let (link, at, program) = (still.link(), still.at(), still.program.name());
        let _: bool = page.value(&format!("(location.hash = '{link}', true)")).await;
        let there = format!("app.dataset.program === '{program}' && Number(app.dataset.seq) === {at}");
        page.until("the instant is there", &format!("{there} && app.dataset.ready === 'true'")).await;
        for scheme in ["light", "dark"] {
            page.prefer(scheme).await;
            page.until("nothing moves", super::pictures::STILL).await;
            page.keep_picture(&format!("still-{}-{}-{scheme}", still.program.name(), still.name)).await;
        }
        let out: i64 = page.value(OUT_OF_SIGHT).await;
        // A wall with its lens is allowed a finger's breadth below the edge.
        let most = if ["long-march", "c10k"].contains(&still.scenario) { 48 } else { 1 };
        assert!(out <= most, "{out} px of the stage of {} are out of sight", still.link());
    }
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wall_is_walked_over_by_its_keys_and_says_what_is_chosen() {
    let host = StaticHost::start().await;
    let wall = STILLS.iter().find(|still| still.scenario == "long-march").expect("it is among them");
    let page = Page::open(&format!("{}{}", host.page, wall.link())).await;
    page.until("the wall is drawn", "Number($('.stage-wall')?.dataset.painted) > 0").await;
    let press = |key: &str| {
        format!(
            "($('.stage-wall').dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}', bubbles: true }})), true)"
        )
    };
    let _: bool = page.value(&press("ArrowDown")).await;
    page.until("the first is chosen", "$('.stage-wall').ariaValueNow === '3'").await;
    let _: bool = page.value(&press("PageDown")).await;
    page.until("a row further", "$('.stage-wall').ariaValueNow === '67'").await;
    page.until("few cells were drawn again", "Number($('.stage-wall').dataset.painted) <= 2").await;
    let said: String = page.value("$('.stage-wall').ariaValueText").await;
    assert!(said.starts_with("Descriptor 67:"), "{said}");
    page.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_moves_until_the_reader_drops_a_line_in() {
    let host = StaticHost::start().await;
    let page = Page::open(&host.page).await;
    page.until("the opening is there", "$('#drop-line')").await;
    let before = page.seq().await;
    page.until("nothing plays by itself", "app.dataset.playing === 'false' && app.dataset.ready === 'true'")
        .await;
    page.click("drop-line").await;
    page.until("it plays", &format!("Number(app.dataset.seq) > {before}")).await;
    page.until(
        "the line is in a tube",
        "$$('#stage .recv-bytes').some(bytes => bytes.textContent === 'hello⏎')",
    )
    .await;
    page.close().await;
}

fn sleeps(world: &World) -> bool {
    world.tasks.values().all(|task| task.state != TaskState::Running)
}

fn data_waits(world: &World) -> usize {
    let waits = |kind: &FileKind| matches!(kind, FileKind::Stream(stream) if stream.recv.level > 0);
    world.files.values().filter(|file| waits(&file.kind)).count()
}

fn asleep_with_request(world: &World, event: &Event) -> bool {
    matches!(event.what, What::Inside(Inside::Blocked)) && world.tally.sent > 0
}

fn asleep_while_data_waits(world: &World, _: &Event) -> bool {
    let in_recv = |call: Call| matches!(call, Call::Recv { .. });
    let asleep = world.tasks.values().any(|task| {
        task.state == TaskState::Blocked && task.call.as_ref().is_some_and(|open| in_recv(open.call))
    });
    asleep && data_waits(world) >= 1
}

fn three_processes(world: &World, event: &Event) -> bool {
    world.tables.len() >= 3 && matches!(event.what, What::Inside(Inside::Blocked)) && world.tally.lines > 0
}

fn many_asleep(world: &World, event: &Event) -> bool {
    let asleep = world.tasks.values().filter(|task| task.state == TaskState::Blocked).count();
    asleep >= 3 && world.tally.lines > 0 && matches!(event.what, What::Inside(Inside::Blocked))
}

fn many_for_nothing(world: &World, event: &Event) -> bool {
    world.tally.eagain >= 100
        && world.tally.accepted > 1
        && matches!(event.what, What::Exit { ret: Err(Errno::EAGAIN), .. })
}

/// A wait has returned, and bytes lie in the kernel of which it tells.
fn wait_returned_with_data(world: &World, event: &Event) -> bool {
    let Some(task) = world.tasks.get(&event.task) else { return false };
    let waited =
        task.last.as_ref().is_some_and(|last| last.call.is_wait() && last.ret.is_ok_and(|count| count > 0));
    matches!(event.what, What::Exit { .. }) && waited && data_waits(world) > 0 && world.tally.accepted > 1
}

fn changes_go_down_and_events_come(world: &World, event: &Event) -> bool {
    let Some(task) = world.tasks.get(&event.task) else { return false };
    let both = task.last.as_ref().is_some_and(|last| {
        matches!(last.call, Call::Kevent { changes: 1.., .. }) && last.ret.is_ok_and(|count| count > 0)
    });
    matches!(event.what, What::Exit { .. }) && both && world.tally.accepted > 1
}

fn asleep_on_stranded(world: &World, event: &Event) -> bool {
    matches!(event.what, What::Inside(Inside::Peer { .. })) && sleeps(world) && data_waits(world) > 0
}

fn landed(world: &World, event: &Event) -> bool {
    let landed = |kind: &FileKind| matches!(kind, FileKind::Operations(all) if !all.landed.is_empty());
    let data = matches!(event.what, What::Inside(Inside::Completed { taken: 1.., .. }));
    data && world.tally.lines > 0 && world.files.values().any(|file| landed(&file.kind))
}

fn in_callback(world: &World, event: &Event) -> bool {
    let inside = world.tasks.values().any(|task| !task.callbacks.is_empty());
    inside && matches!(event.what, What::Enter { call: Call::Recv { .. }, .. }) && data_waits(world) > 0
}

fn buffered(world: &World, _: &Event) -> bool {
    let both = |kind: &FileKind| match kind {
        FileKind::Stream(stream) => stream.buffered.is_some_and(|(input, output)| input + output > 0),
        _ => false,
    };
    world.tally.accepted > 1 && world.files.values().any(|file| both(&file.kind))
}

fn sweeps(world: &World, event: &Event) -> bool {
    matches!(event.what, What::Enter { call: Call::Select { .. }, .. }) && world.tally.accepted > 300
}

fn word_by_word(world: &World, event: &Event) -> bool {
    matches!(event.what, What::Enter { call: Call::Select { .. }, .. }) && world.tally.accepted > 700
}

fn ten_thousand(world: &World, event: &Event) -> bool {
    matches!(event.what, What::Enter { call: Call::Poll { .. }, .. }) && world.tally.accepted > 600
}

fn many_awake(world: &World, _: &Event) -> bool {
    let woken = world.tasks.values().filter(|task| task.state == TaskState::Running).count();
    woken >= 2 && world.tally.accepted > 0
}

#[test]
fn every_program_has_its_still_and_the_instant_comes() {
    for entry in loopscope_shared::servers::PROGRAMS {
        assert!(STILLS.iter().any(|still| still.program == entry.program), "{} has no still", entry.name);
    }
    for still in STILLS {
        assert!(still.at() > 0, "{}", still.link());
    }
}
