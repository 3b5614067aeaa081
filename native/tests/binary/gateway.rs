//! The gateway, as viewers meet it. What it refuses is in `refusals`.

use std::io::Write as _;
use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use loopscope_shared::probe::Level;
use loopscope_shared::trace::wire::{ClientEvent, ClientId, ServerState, ToGateway, ToViewer};
use loopscope_shared::world::{FileKind, Stream, World};
use rustix::process::Signal;

use crate::client::{connect, expect, expect_last};
use crate::process::{resident, signal_to};
use crate::viewer::{Gateway, Viewer};

/// The connections that the server has.
fn streams(world: &World) -> impl Iterator<Item = &Stream> {
    world.files.values().filter_map(|file| match &file.kind {
        FileKind::Stream(stream) => Some(&**stream),
        _ => None,
    })
}

#[tokio::test]
async fn a_line_is_sent_through_the_page_and_seen_by_every_viewer() {
    for server in ["select", "epoll", "event", "bufferevent", "mio"] {
        let gateway = Gateway::start(&["--server", server]);
        let mut first = Viewer::join(gateway.page).await;
        first.until_running().await;
        let id = ClientId(1);
        first.ask(&ToGateway::Open(id)).await;
        let ClientEvent::Opened(own) = first.until_client(id).await else { panic!("it is not open") };
        first.ask(&ToGateway::Send(id, b"Hello, World!\n".to_vec())).await;
        assert_eq!(first.until_client(id).await, ClientEvent::Received(b"Uryyb, Jbeyq!\n".to_vec()));
        first.until_world(|world| world.tally.lines == 1).await;
        let stream = streams(&first.world).next();
        assert_eq!(stream.unwrap().from, Some(own), "the server sees the viewer's connection");

        // A viewer that comes later knows the same, and both see what happens then.
        let mut second = Viewer::join(gateway.page).await;
        second.until_world(|world| world.tally.lines == 1).await;
        first.ask(&ToGateway::Send(id, b"two\n".to_vec())).await;
        first.ask(&ToGateway::HalfClose(id)).await;
        assert_eq!(first.until_client(id).await, ClientEvent::Received(b"gjb\n".to_vec()));
        assert_eq!(first.until_client(id).await, ClientEvent::Closed);
        let over =
            |world: &World| world.tally.closed == 1 && world.tasks.values().all(|task| task.call.is_some());
        first.until_world(over).await;
        second.until_world(over).await;
        assert_eq!(first.world, second.world, "{server}");
        assert_eq!((first.gaps, first.world.tally.dropped), (0, 0));
        assert_eq!(first.world.violations, [], "{server}");
        assert_eq!(first.world.check(), Vec::<String>::new(), "{server}");
    }
}

#[tokio::test]
async fn what_is_sent_waits_in_the_tube_at_its_true_level() {
    let gateway = Gateway::start(&["--server", "epoll"]);
    let mut viewer = Viewer::join(gateway.page).await;
    viewer.until_running().await;
    let id = ClientId(7);
    viewer.ask(&ToGateway::Open(id)).await;
    viewer.ask(&ToGateway::Send(id, b"seen in the tube\n".to_vec())).await;
    let sampled = viewer
        .until(|_, message| {
            let ToViewer::Batch(batch) = message else { return None };
            batch.iter().find_map(|(event, payload)| match event.what {
                loopscope_shared::event::What::Sample { levels, .. } if levels.recv > 0 => {
                    Some((levels.recv, payload.to_vec()))
                }
                _ => None,
            })
        })
        .await;
    assert_eq!(sampled, (17, b"seen in the tube\n".to_vec()));
}

#[tokio::test]
async fn a_viewers_connections_end_as_it_says_and_when_it_leaves() {
    let gateway = Gateway::start(&[]);
    let mut watcher = Viewer::join(gateway.page).await;
    let mut viewer = Viewer::join(gateway.page).await;
    viewer.until_running().await;
    for id in 0..4 {
        viewer.ask(&ToGateway::Open(ClientId(id))).await;
        assert!(matches!(viewer.until_client(ClientId(id)).await, ClientEvent::Opened(_)));
    }
    watcher.until_world(|world| streams(world).count() == 4).await;
    viewer.ask(&ToGateway::Close(ClientId(0))).await;
    assert_eq!(viewer.until_client(ClientId(0)).await, ClientEvent::Closed);
    viewer.ask(&ToGateway::Send(ClientId(1), b"in flight\n".to_vec())).await;
    viewer.ask(&ToGateway::Reset(ClientId(1))).await;
    watcher.until_world(|world| streams(world).count() == 2).await;
    drop(viewer);
    watcher.until_world(|world| streams(world).count() == 0).await;
    assert_eq!(watcher.world.violations, []);
}

#[tokio::test]
async fn a_connection_that_is_not_read_holds_its_answers_back() {
    let gateway = Gateway::start(&[]);
    let (mut viewer, id) = Viewer::with_deaf_connection(gateway.page).await;
    viewer.ask(&ToGateway::Send(id, b"later\n".to_vec())).await;
    viewer.until_world(|world| world.tally.lines == 1).await;
    viewer.ask(&ToGateway::Send(ClientId(9), Vec::new())).await;
    // The refusal comes after whatever had come before it.
    let early = viewer
        .until(|_, message| match message {
            ToViewer::Client(_, event) => Some(Some(event)),
            ToViewer::Refused(_) => Some(None),
            _ => None,
        })
        .await;
    assert_eq!(early, None, "an answer came while nothing was to be read");
    viewer.ask(&ToGateway::Read(id, true)).await;
    assert_eq!(viewer.until_client(id).await, ClientEvent::Received(b"yngre\n".to_vec()));
}

/// One client that has line after line answered, until it is told to stop.
struct Chatter {
    stop: Arc<AtomicBool>,
    thread: thread::JoinHandle<()>,
}

impl Chatter {
    fn start(to: SocketAddr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = thread::spawn(move || {
            let mut client = connect(to);
            while !stopped.load(Ordering::Relaxed) {
                client.write_all(b"and so on\n").unwrap();
                expect(&mut client, b"and so on\n");
            }
        });
        Self { stop, thread }
    }

    fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

#[tokio::test]
async fn a_slow_viewer_gets_a_gap_and_a_snapshot_and_delays_nobody() {
    /// More than the kernel holds for a viewer that does not read, with little room of its own.
    const HELD_MAX: usize = 4 << 20;
    /// More messages than the gateway keeps for it.
    const KEPT_MAX: usize = 300;

    let gateway = Gateway::start(&["--server", "select"]);
    let mut slow = Viewer::join_with_little_room(gateway.page).await;
    slow.until_running().await;
    let before = slow.snapshots;
    // Many descriptors make large sets, and so large batches.
    let _idle: Vec<_> = (0..300).map(|_| connect(gateway.rot13)).collect();
    // While one viewer reads nothing, the server's clients are served, and another viewer sees it.
    let mut quick = Viewer::join(gateway.page).await;
    let chatter = Chatter::start(gateway.rot13);
    quick.until(|viewer, _| (viewer.bytes > HELD_MAX).then_some(())).await;
    let (messages, lines) = (quick.messages, quick.world.tally.lines);
    quick.until(|viewer, _| (viewer.messages > messages + KEPT_MAX).then_some(())).await;
    assert!(quick.world.tally.lines > lines, "clients were served all the time");
    chatter.stop();

    slow.until(|viewer, _| (viewer.gaps > 0 && viewer.snapshots > before).then_some(())).await;
    // From there on it is up to date again.
    let mut late = connect(gateway.rot13);
    late.write_all(b"late\n").unwrap();
    expect(&mut late, b"late\n");
    let from = late.local_addr().unwrap();
    slow.until_world(|world| streams(world).any(|stream| stream.from == Some(from) && stream.sent == 5))
        .await;
}

#[tokio::test]
async fn viewers_that_never_read_do_not_make_the_gateway_grow() {
    /// What a few viewers may cost it, what is on its way to a good one among that.
    const GROWTH_MAX: usize = 24 << 20;

    // As much is told as there is.
    let room = ["--burst-bytes", "1048576"];
    let gateway = Gateway::start(&[&["--server", "epoll"][..], &room].concat());
    let mut deaf = Vec::new();
    for _ in 0..4 {
        deaf.push(Viewer::join_with_little_room(gateway.page).await);
    }
    let mut quick = Viewer::join(gateway.page).await;
    quick.until_running().await;
    let chatters: Vec<Chatter> = (0..4).map(|_| Chatter::start(gateway.rot13)).collect();
    // When each of the others has been given up to a gap, what it costs has been reached.
    let past = |bytes: usize| move |viewer: &Viewer, _: ToViewer| (viewer.bytes > bytes).then_some(());
    quick.until(past(4 << 20)).await;
    let before = resident(gateway.process.pid());
    quick.until(past(40 << 20)).await;
    let after = resident(gateway.process.pid());
    assert!(after < before + GROWTH_MAX, "{before} bytes were resident, then {after}");
    chatters.into_iter().for_each(Chatter::stop);
}

#[tokio::test]
async fn what_could_not_be_told_is_counted_and_leaves_no_descriptor_behind() {
    let gateway = Gateway::start(&["--ring-bytes", "16384"]);
    let mut viewer = Viewer::join(gateway.page).await;
    viewer.until_running().await;
    // While the gateway does not run, nobody takes what the server tells; the server serves all the same.
    gateway.process.signal(Signal::STOP);
    let mut clients = [(); 8].map(|()| connect(gateway.rot13));
    for _ in 0..1_000 {
        for client in &mut clients {
            client.write_all(b"unheard\n").unwrap();
            expect(client, b"unheard\n");
        }
    }
    for mut client in clients {
        client.shutdown(Shutdown::Write).unwrap();
        expect_last(&mut client, b"");
    }
    gateway.process.signal(Signal::CONT);
    // How many were lost may be counted before the place of the loss is told. In the end the losses and what was told
    // are all there is: the viewer asserts that each batch goes on from there.
    let is_whole = |world: &World| world.tally.dropped > 0 && world.seq.0 > world.tally.dropped;
    viewer.until_world(|world| world.tally.closed == 8 && is_whole(world)).await;
    assert_eq!(streams(&viewer.world).count(), 0, "every client has left");
}

#[tokio::test]
async fn a_server_that_is_killed_is_started_again_on_its_port() {
    let gateway = Gateway::start(&[]);
    let mut viewer = Viewer::join(gateway.page).await;
    let (pid, listen) = viewer.until_running().await;
    assert_eq!(listen, gateway.rot13);
    let mut client = connect(listen);
    client.write_all(b"before\n").unwrap();
    expect(&mut client, b"before\n");
    viewer.until_world(|world| world.tally.lines == 1).await;
    signal_to(pid, Signal::KILL);
    let reason = viewer
        .until(|_, message| match message {
            ToViewer::Server(status) => match status.state {
                ServerState::Ended { reason, .. } => Some(reason.to_string()),
                _ => None,
            },
            _ => None,
        })
        .await;
    assert!(reason.contains("signal 9") && reason.contains("SIGKILL"), "{reason}");
    let (again, address) = viewer.until_running().await;
    assert_ne!(again, pid);
    assert_eq!(address, listen, "clients find it where it was");
    assert_eq!(viewer.world.tally.accepted, 0, "a new process is a new world");
    let mut client = connect(listen);
    client.write_all(b"after\n").unwrap();
    expect(&mut client, b"after\n");
    viewer.until_world(|world| world.tally.lines == 1 && world.tally.accepted == 1).await;
    assert_eq!(viewer.world.violations, []);
}

#[tokio::test]
async fn viewers_are_told_when_the_gateway_ends() {
    let mut gateway = Gateway::start(&[]);
    let mut viewers = [Viewer::join(gateway.page).await, Viewer::join(gateway.page).await];
    gateway.process.signal(Signal::TERM);
    for viewer in &mut viewers {
        assert!(viewer.until_closed().await.contains("told to end"));
    }
    let status = tokio::task::spawn_blocking(move || gateway.process.wait()).await.unwrap();
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_viewer_says_how_much_is_told() {
    let gateway = Gateway::start(&["--level", "off"]);
    let mut viewer = Viewer::join(gateway.page).await;
    viewer.until_running().await;
    let mut client = connect(gateway.rot13);
    client.write_all(b"unseen\n").unwrap();
    expect(&mut client, b"unseen\n");
    viewer.ask(&ToGateway::Level(Level::Calls)).await;
    // The order takes its way through two processes: lines are sent until one is seen.
    let chatter = Chatter::start(gateway.rot13);
    viewer.until_world(|world| world.tally.lines > 0).await;
    chatter.stop();
    assert!(viewer.world.tally.dropped > 0, "what was not told is a gap");
    assert_eq!(viewer.world.violations, []);
}
