//! The probe in threads and in forked children: its level changes for all of them at once, they are tasks on
//! the picture, and those that have ended leave nothing behind.

use std::io::Write as _;
use std::net::{Shutdown, TcpStream};
use std::time::Instant;

use loopscope_shared::event::What;
use loopscope_shared::probe::Level;
use loopscope_shared::trace::wire::{ToGateway, ToViewer};
use loopscope_shared::world::{FileKind, Provenance, Tube, World};

use crate::client::{connect, expect, expect_last};
use crate::process::PATIENCE;
use crate::viewer::{Gateway, Viewer};

fn exchange(client: &mut TcpStream) {
    client.write_all(b"Hello\n").unwrap();
    expect(client, b"Hello\n");
}

fn bye(mut client: TcpStream) {
    client.shutdown(Shutdown::Write).unwrap();
    expect_last(&mut client, b"");
}

fn alive(world: &World) -> usize {
    world.tasks.values().filter(|task| task.state.is_alive()).count()
}

#[tokio::test]
async fn each_client_has_a_task_of_its_own() {
    for server in ["fork", "threads"] {
        let gateway = Gateway::start(&["--server", server]);
        let mut viewer = Viewer::join(gateway.page).await;
        viewer.until_running().await;
        let mut clients = [(); 3].map(|()| connect(gateway.rot13));
        clients.iter_mut().for_each(exchange);
        viewer.until_world(|world| world.tally.lines == 3 && alive(world) == 4).await;
        let tally = &viewer.world.tally;
        assert_eq!((tally.forks + tally.threads, tally.accepted), (3, 3), "{server}");
        clients.into_iter().for_each(bye);
        viewer.until_world(|world| alive(world) == 1).await;
        assert_eq!(viewer.world.violations, [], "{server}");
        assert_eq!(viewer.world.check(), Vec::<String>::new(), "{server}");
        assert_eq!((viewer.gaps, viewer.world.tally.dropped), (0, 0), "{server}");
    }
}

/// Asks for a level, and exchanges lines until it has come into force in the task of this client.
async fn until_level(viewer: &mut Viewer, client: &mut TcpStream, level: Level) {
    viewer.ask(&ToGateway::Level(level)).await;
    let lines = viewer.world.tally.lines;
    while viewer.world.tally.lines <= lines {
        exchange(client);
        // What was told of that exchange may be on its way still.
        let news = tokio::time::timeout(std::time::Duration::from_millis(50), viewer.next()).await;
        drop(news);
    }
}

#[tokio::test]
async fn the_level_changes_in_children_that_run_already() {
    for server in ["fork", "threads", "pool"] {
        let gateway = Gateway::start(&["--server", server, "--level", "off"]);
        let mut viewer = Viewer::join(gateway.page).await;
        viewer.until_running().await;
        let mut early = connect(gateway.rot13);
        exchange(&mut early);
        until_level(&mut viewer, &mut early, Level::Calls).await;
        assert!(viewer.world.tally.dropped > 0, "{server}: what was not told is a gap");
        let mut late = connect(gateway.rot13);
        // Nobody knows where it comes from, since nothing was told when the server began to wait for it.
        until_level(&mut viewer, &mut late, Level::Calls).await;
        viewer.ask(&ToGateway::Level(Level::Off)).await;
        // From one of these exchanges on, nothing is told of it.
        let began = Instant::now();
        loop {
            let (told, task) = (viewer.world.tally.lines, &mut early);
            exchange(task);
            let silence = std::time::Duration::from_millis(100);
            while tokio::time::timeout(silence, viewer.next()).await.is_ok() {}
            if viewer.world.tally.lines == told {
                break;
            }
            assert!(began.elapsed() < PATIENCE, "{server}: it is told on");
        }
        until_level(&mut viewer, &mut late, Level::Calls).await;
        assert_eq!(viewer.world.violations, [], "{server}");
    }
}

#[tokio::test]
async fn buffers_are_looked_at_while_somebody_wants_to_know() {
    let gateway = Gateway::start(&["--server", "epoll", "--level", "calls"]);
    let mut viewer = Viewer::join(gateway.page).await;
    viewer.until_running().await;
    let mut client = connect(gateway.rot13);
    exchange(&mut client);
    viewer.until_world(|world| world.tally.lines == 1).await;
    viewer.ask(&ToGateway::Level(Level::Buffers)).await;
    loop {
        exchange(&mut client);
        let sampled = |message: ToViewer| match message {
            ToViewer::Batch(batch) => {
                batch.iter().any(|(event, _)| matches!(event.what, What::Sample { .. }))
            }
            _ => false,
        };
        if sampled(viewer.next().await) {
            break;
        }
    }
    assert_eq!(viewer.world.violations, []);
}

#[tokio::test]
async fn what_waits_for_a_program_that_is_stuck_is_seen() {
    let gateway = Gateway::start(&["--server", "sequential", "--clients", "2", "--level", "buffers"]);
    let mut viewer = Viewer::join(gateway.page).await;
    viewer.until_running().await;
    let (_silent, mut second, _third) =
        (connect(gateway.rot13), connect(gateway.rot13), connect(gateway.rot13));
    second.write_all(b"Hello\n").unwrap();
    // The program sleeps in `recv` of the first and makes no call: another thread looks.
    viewer
        .until_world(|world| {
            let mut kinds = world.files.values().map(|file| &file.kind);
            let waits = kinds.any(|kind| matches!(kind, FileKind::Listener { sampled: Some(1), .. }));
            let streams = world.files.values().filter_map(|file| match &file.kind {
                FileKind::Stream(stream) => Some(&stream.recv),
                _ => None,
            });
            let seen = |tube: &Tube| tube.provenance == Provenance::Sampled && tube.head == b"Hello\n";
            waits && streams.into_iter().filter(|tube| seen(tube)).count() == 1
        })
        .await;
    assert_eq!(viewer.world.violations, []);
}

/// How many descriptors, threads and children a process has.
fn belongings(pid: u32) -> [usize; 3] {
    let entries = |what: &str| std::fs::read_dir(format!("/proc/{pid}/{what}")).unwrap().count();
    [entries("fd"), entries("task"), crate::process::children(pid).len()]
}

#[tokio::test]
async fn tasks_that_have_ended_leave_nothing_behind() {
    const CLIENTS: u64 = 150;
    for server in ["fork", "threads"] {
        let gateway = Gateway::start(&["--server", server, "--level", "calls"]);
        let mut viewer = Viewer::join(gateway.page).await;
        let (pid, _) = viewer.until_running().await;
        let mut before = None;
        for round in 1..=CLIENTS {
            let mut client = connect(gateway.rot13);
            exchange(&mut client);
            bye(client);
            viewer.until_world(|world| world.tally.closed == round && alive(world) == 1).await;
            if round == 10 {
                before = Some(belongings(gateway.process.pid()));
            }
        }
        // What is over on the picture may take another moment to be gone: at most the last child is left, a
        // zombie until the next client comes.
        let began = Instant::now();
        loop {
            let [descriptors, threads, children] = belongings(pid);
            // Standard streams, the channel and the listener with their copies; the main thread and those for
            // signals, orders and forwarding.
            if descriptors <= 16 && threads <= 4 && children <= 1 {
                break;
            }
            let left = [descriptors, threads, children];
            assert!(began.elapsed() < PATIENCE, "{server}: {left:?} are left");
        }
        let [descriptors, _, children] = belongings(gateway.process.pid());
        let [descriptors_before, _, children_before] = before.unwrap();
        assert!(descriptors <= descriptors_before + 2, "{server}: {descriptors_before}, now {descriptors}");
        assert_eq!(children, children_before);
        assert_eq!(viewer.world.violations, [], "{server}");
    }
}
