//! The gateway switches from program to program, while clients come, go, and try again.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use loopscope_shared::quirks::Quirks;
use loopscope_shared::servers::{Program, Serves, Settings, Setup};
use loopscope_shared::trace::wire::{ServerState, ServerStatus, ToGateway, ToViewer};

use crate::process::{PATIENCE, children};
use crate::viewer::{Gateway, Viewer};

/// Clients that have lines answered, and come back whenever their connection ends.
struct Crowd {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    threads: Vec<JoinHandle<()>>,
}

impl Crowd {
    fn start(count: usize, to: SocketAddr) -> Self {
        let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let threads = (0..count)
            .map(|_| {
                let (stop, answered) = (stop.clone(), answered.clone());
                thread::spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        // A connection that is refused, ended or reset is made again.
                        let _ = talk(to, &stop, &answered);
                    }
                })
            })
            .collect();
        Self { stop, answered, threads }
    }

    fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            thread.join().expect("no client got a wrong answer");
        }
    }
}

fn talk(to: SocketAddr, stop: &AtomicBool, answered: &AtomicU64) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(to)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    while !stop.load(Ordering::Relaxed) {
        stream.write_all(b"Hello\n")?;
        let mut answer = [0; 6];
        stream.read_exact(&mut answer)?;
        assert_eq!(&answer, b"Uryyb\n");
        answered.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// The programs that serve whoever comes, so that a crowd is served under each.
fn crowd_servers(status: &ServerStatus) -> Vec<Program> {
    let serves_all = |program: &Program| program.entry().serves == Serves::Everyone;
    status.offered.iter().copied().filter(serves_all).collect()
}

async fn switch(viewer: &mut Viewer, program: Program) {
    let setup = Setup { program, settings: Settings::default() };
    viewer.ask(&ToGateway::Switch(setup.clone())).await;
    viewer
        .until(|_, message| match message {
            ToViewer::Server(status) => {
                (status.setup == setup && matches!(status.state, ServerState::Running { .. })).then_some(())
            }
            _ => None,
        })
        .await;
}

fn descriptors(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).expect("the gateway runs").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_switches_under_load_leave_nothing_behind() {
    const SWITCHES: usize = 200;
    let gateway = Gateway::start(&["--server", "select", "--level", "calls", "--drain-ms", "500"]);
    let mut viewer = Viewer::join(gateway.page).await;
    let (_, listen) = viewer.until_running().await;
    let programs = crowd_servers(viewer.status.as_ref().expect("it was told"));
    assert!(programs.len() >= 3, "{programs:?}");
    let crowd = Crowd::start(4, listen);
    let mut before = None;
    for turn in 0..SWITCHES {
        let program = programs[turn % programs.len()];
        switch(&mut viewer, program).await;
        let served = crowd.answered();
        viewer.until_world(|world| world.tally.lines > 0).await;
        let began = Instant::now();
        while crowd.answered() <= served {
            assert!(began.elapsed() < PATIENCE, "{} serves nobody", program.name());
            tokio::task::yield_now().await;
        }
        let pid = gateway.process.pid();
        assert_eq!(children(pid).len(), 1, "one server runs after switch {turn}");
        // The first rounds open what stays open.
        if turn == 20 {
            before = Some(descriptors(pid));
        }
    }
    crowd.end();
    let after = descriptors(gateway.process.pid());
    let before = before.expect("there were more than twenty switches");
    assert!(after <= before + 2, "{before} descriptors were open in the gateway, now {after}");
}

#[tokio::test]
async fn what_cannot_be_switched_to_is_refused_and_the_server_stays() {
    let gateway = Gateway::start(&["--server", "epoll"]);
    let mut viewer = Viewer::join(gateway.page).await;
    let (pid, _) = viewer.until_running().await;
    let settings = Settings { quirks: Quirks::SIGPIPE, ..Settings::default() };
    viewer.ask(&ToGateway::Switch(Setup { program: Program::Epoll, settings })).await;
    let why = viewer
        .until(|_, message| match message {
            ToViewer::Refused(why) => Some(why),
            _ => None,
        })
        .await;
    assert!(why.contains("no mistake of epoll"), "{why}");
    assert_eq!(children(gateway.process.pid()), [pid]);
}

#[tokio::test]
async fn it_is_said_that_the_old_server_stops_before_the_new_one_starts() {
    let gateway = Gateway::start(&["--server", "epoll"]);
    let mut viewer = Viewer::join(gateway.page).await;
    viewer.until_running().await;
    viewer.ask(&ToGateway::Switch(Setup { program: Program::Mio, settings: Settings::default() })).await;
    let states = |state: fn(&ServerState) -> bool| {
        move |_: &Viewer, message| match message {
            ToViewer::Server(status) if state(&status.state) => Some(status.setup.program),
            _ => None,
        }
    };
    let stopping = viewer.until(states(|state| *state == ServerState::Stopping)).await;
    assert_eq!(stopping, Program::Epoll);
    let running = viewer.until(states(|state| matches!(state, ServerState::Running { .. }))).await;
    assert_eq!(running, Program::Mio);
    assert_eq!(viewer.world.violations, []);
}
