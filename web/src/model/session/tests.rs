//! Tests of [`super`]: what a source tells is taken in, and what the reader is told of it.

use loopscope_shared::event::{Event, What};
use loopscope_shared::ids::TaskId;
use loopscope_shared::servers::{Settings, Setup};
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::wire::End;

use super::*;
use crate::store::link::Link;
use crate::store::{Action, Load};

#[test]
fn a_link_with_a_seed_asks_for_that_simulation() {
    let mut link = Link::default();
    link.run.load = Load { seed: Some(7), ..Load::preset("burst".into()) };
    let state = State::opened(&link);
    let Wanted::Simulation { scenario, .. } = Wanted::by(&state) else { panic!("not a simulation") };
    assert_eq!((scenario.name.as_str(), scenario.seed), ("burst", 7));
    assert!(Wanted::by(&state.after(Action::SetMode(Mode::Live))).is_live());
}

#[test]
fn live_is_ready_with_its_snapshot_and_a_simulation_when_all_is_told() {
    let mut live = Session::new(Wanted::Live);
    live.apply(Update::Begin(Box::default()));
    assert!(live.ready);
    let mut simulated = Session::new(Wanted::by(&State::opened(&Link::default())));
    simulated.apply(Update::Begin(Box::default()));
    assert!(!simulated.ready);
    simulated.apply(Update::Complete { cut_short: false });
    assert!(simulated.ready);
}

#[test]
fn a_server_that_has_ended_is_told_until_it_runs_again() {
    let mut live = Session::new(Wanted::Live);
    let setup = Setup { program: Program::Mio, settings: Settings::default() };
    let status =
        |state| ServerStatus { setup: setup.clone(), offered: vec![], version: "0.1.0".into(), state };
    let ended = ServerState::Ended { reason: killed("9"), restart_ms: 500 };
    live.apply(Update::Server(status(ended)));
    assert!(live.message().unwrap().contains("mio was killed by signal 9; it is started again"));
    live.apply(Update::Server(status(ServerState::Starting)));
    assert_eq!(live.message(), None);
}

fn killed(signal: &str) -> Reason {
    Reason { how: End::Signal(signal.to_owned()), said: String::new() }
}

/// A session that has recorded `events` events, whose server is then killed and started again.
fn restarted(held: bool, events: u64) -> Session {
    let mut live = Session::new(Wanted::Live);
    live.apply(Update::Begin(Box::default()));
    live.apply(Update::Batch(batch(events)));
    live.hold(held);
    let reason = killed("9 (SIGKILL)");
    for state in [ServerState::Ended { reason, restart_ms: 500 }, ServerState::Starting] {
        let setup = Setup { program: Program::Mio, settings: Settings::default() };
        let status = ServerStatus { setup, offered: vec![], version: "0.1.0".into(), state };
        live.apply(Update::Server(status));
    }
    live.apply(Update::Begin(Box::default()));
    live
}

fn batch(events: u64) -> Batch {
    let mut batch = Batch::default();
    for at in 0..events {
        let what = What::TaskEnd { status: 0 };
        batch.push(Event { at: Nanos(at), task: TaskId::FIRST, what, payload_len: 0 }, &[]);
    }
    batch
}

#[test]
fn a_server_that_was_started_again_is_told_until_the_notice_is_put_away() {
    let mut live = restarted(false, 5);
    assert_eq!((live.recording.timeline.next(), live.beginnings), (Seq(0), 2));
    live.apply(Update::Batch(batch(3)));
    let message = live.message().unwrap();
    assert!(message.contains("was killed by signal 9 (SIGKILL) and was started again"), "{message}");
    live.notice = None;
    assert_eq!(live.message(), None);
}

#[test]
fn a_halted_picture_stays_when_the_server_begins_anew() {
    let mut live = restarted(true, 5);
    live.apply(Update::Batch(batch(3)));
    assert_eq!((live.recording.timeline.next(), live.beginnings), (Seq(5), 1));
    assert_eq!(live.behind(Seq(4)), 1 + 3);
    assert!(live.message().unwrap().contains("Go live"));
    assert!(live.hold(false), "following again shows the new recording");
    assert_eq!((live.recording.timeline.next(), live.beginnings), (Seq(3), 2));
    assert_eq!(live.behind(Seq(3)), 0);
    assert!(!live.message().unwrap().contains("Go live"));
    assert!(!live.hold(true));
}

#[test]
fn a_gap_is_told_when_the_picture_goes_on() {
    let mut live = Session::new(Wanted::Live);
    live.apply(Update::Begin(Box::default()));
    live.apply(Update::Gap(Seq(100)));
    let mut world = World::new();
    world.seq = Seq(250);
    live.apply(Update::Begin(Box::new(world)));
    let notice = live.notice.unwrap();
    assert!(notice.contains("events 101 to 250 were skipped"), "{notice}");
    assert_eq!(live.beginnings, 2);
}

/// A session with a server that serves, to which a connection of the reader's is open.
fn served(setup: &Setup) -> Session {
    let mut live = Session::new(Wanted::Live);
    live.apply(Update::Connection(Connection::Connected, None));
    live.apply(Update::Server(running(setup)));
    live.apply(Update::Begin(Box::default()));
    live
}

fn running(setup: &Setup) -> ServerStatus {
    let listen = ([127, 0, 0, 1], 40_713).into();
    let state = ServerState::Running { pid: 7, listen };
    ServerStatus {
        setup: setup.clone(),
        offered: vec![Program::Select, Program::Epoll],
        version: "0.1.0".into(),
        state,
    }
}

#[test]
fn a_switch_is_told_and_the_picture_keeps_its_program_until_the_next_begins() {
    let select = Setup { program: Program::Select, settings: Settings::default() };
    let epoll = Setup { program: Program::Epoll, settings: Settings::default() };
    let mut live = served(&select);
    assert_eq!(live.switch(select.clone()), [], "it runs already");
    assert_eq!(live.switch(epoll.clone()), [ToGateway::Switch(epoll.clone())]);
    assert_eq!(live.switch(epoll.clone()), [], "it is on its way");
    assert_eq!((live.setup(), live.program()), (Some(&epoll), Some(Program::Select)));

    live.apply(Update::Server(ServerStatus { state: ServerState::Stopping, ..running(&select) }));
    let message = live.message().unwrap();
    assert!(message.contains("select was told to stop") && message.contains("then epoll"), "{message}");
    assert!(!live.serves());

    live.apply(Update::Server(ServerStatus { state: ServerState::Starting, ..running(&epoll) }));
    assert_eq!(live.program(), Some(Program::Select), "its recording is still shown");
    live.apply(Update::Begin(Box::default()));
    live.apply(Update::Server(running(&epoll)));
    assert_eq!((live.setup(), live.program(), live.message()), (Some(&epoll), Some(Program::Epoll), None));
    assert!(live.serves());
}

#[test]
fn a_switch_that_is_refused_is_told_and_what_runs_is_shown_as_chosen() {
    let select = Setup { program: Program::Select, settings: Settings::default() };
    let mut live = served(&select);
    live.switch(Setup { program: Program::Kqueue, ..select.clone() });
    live.apply(Update::Problem("The gateway refuses: no kqueue here".into()));
    assert_eq!(live.setup(), Some(&select));
    assert!(live.message().unwrap().contains("no kqueue here"));
}

#[test]
fn nobody_is_asked_for_a_switch_while_the_gateway_is_away() {
    let select = Setup { program: Program::Select, settings: Settings::default() };
    let mut live = served(&select);
    live.apply(Update::Connection(Connection::Lost, None));
    live.apply(Update::Retry(4));
    assert_eq!(live.retry_s, Some(4));
    assert_eq!(live.offered(), []);
    assert_eq!(live.switch(Setup { program: Program::Epoll, ..select }), []);
}
