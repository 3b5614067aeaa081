//! Tests of the descriptors' cards, on worlds made by hand.

use loopscope_shared::event::{Call, Inside, Place};
use loopscope_shared::kernel::Note;

use loopscope_shared::ids::{FileId, Seq};
use loopscope_shared::world::World;

use super::super::made::{CAPACITY, Made};
use super::super::{Group, Stage, Trigger};
use super::*;

fn card(stage: &Stage, fd: i32) -> Card {
    stage.cards.iter().find(|card| card.fd.0 == fd).unwrap_or_else(|| panic!("no card for {fd}")).clone()
}

fn stream(stage: &Stage, fd: i32) -> StreamView {
    card(stage, fd).stream().expect("a connection").clone()
}

#[test]
fn a_tube_fills_to_its_level_and_empties_into_the_program() {
    let mut made = Made::new("select");
    made.accepted(4);
    made.arrived(4, &[b'a'; 500]);
    let (view, shown) = (stream(&made.stage(), 4), card(&made.stage(), 4));
    assert_eq!((view.recv.level, view.recv.capacity, view.recv.fill), (500, Some(CAPACITY.into()), 0.5));
    assert_eq!(view.recv.letters.len(), 64, "as many letters as are known");
    assert_eq!((shown.readiness.text().as_str(), shown.state), ("IN|OUT", State::Data));
    assert_eq!(
        shown.sentence(),
        "Descriptor 4: 500 bytes to be read, 0 bytes to be sent, readable and writable, data waits."
    );

    made.recv(4, Ok(&[b'a'; 500]));
    let view = stream(&made.stage(), 4);
    assert_eq!((view.recv.fill, view.recv.letters.as_str()), (0.0, ""));
    assert_eq!((view.slot.level, view.slot.note.as_str()), (500, "no line feed yet"));
}

#[test]
fn the_program_holds_its_bytes_rotated() {
    let mut made = Made::new("select");
    made.accepted(4);
    made.arrived(4, b"hello\nwor");
    made.recv(4, Ok(b"hello\nwor"));
    let slot = stream(&made.stage(), 4).slot;
    assert_eq!((slot.letters.as_str(), slot.note.as_str()), ("uryyb⏎jbe", "1 line to send"));
    made.enter(Call::Send { fd: Fd(4), len: 6 }, b"uryyb\n");
    made.tell(loopscope_shared::event::What::Exit { ret: Ok(6), lines: 1 }, &[]);
    let view = stream(&made.stage(), 4);
    assert_eq!((view.slot.letters.as_str(), view.slot.note.as_str()), ("jbe", "no line feed yet"));
    assert_eq!((view.send.level, view.send.letters.as_str()), (6, "uryyb⏎"));
}

#[test]
fn what_was_thrown_away_is_neither_held_nor_to_be_sent() {
    let mut made = Made::new("select");
    made.accepted(4);
    made.arrived(4, b"one\ntwo\nthr");
    made.recv(4, Ok(b"one\ntwo\nthr"));
    let note = Note::Discarded { fd: Fd(4), bytes: 7, lines: 1 };
    made.tell(loopscope_shared::event::What::Note { note, place: Place::ELSEWHERE }, &[]);
    let slot = stream(&made.stage(), 4).slot;
    assert_eq!((slot.level, slot.lost, slot.lines), (4, 7, 1));
    assert_eq!((slot.letters.as_str(), slot.note.as_str()), ("bar⏎", "1 line to send"));
}

#[test]
fn a_listener_shows_who_waits_and_a_reused_number_its_second_life() {
    let mut made = Made::new("select");
    assert_eq!(card(&made.stage(), 3).readiness.readable(), Some(false), "a change would be told");
    made.queued(4);
    let Kind::Listener { queue, room, seen, .. } = card(&made.stage(), 3).kind else { panic!("no listener") };
    assert_eq!((queue, room, seen), (vec![Some(PeerId(4))], 17, true));
    made.accepted(5);
    made.enter(Call::Close { fd: Fd(5) }, &[]);
    made.exit(Ok(0), &[]);
    made.accepted(5);
    assert_eq!(card(&made.stage(), 5).name(), "5.2");
}

#[test]
fn select_watches_only_while_it_is_under_way_and_epoll_until_it_is_told_otherwise() {
    let mut made = Made::new("select");
    made.accepted(4);
    made.select_enter(&[3, 4], &[]);
    assert_eq!(card(&made.stage(), 4).watched, Some(Mask::IN));
    made.select_exit(&[4], &[]);
    assert_eq!(card(&made.stage(), 4).watched, None);

    let mut made = Made::new("epoll");
    made.epoll(4);
    made.accepted(5);
    made.watch(4, 5, Mask::IN);
    let stage = made.stage();
    assert_eq!(card(&stage, 5).watched, Some(Mask::IN));
    let whole = Group { mask: Mask::IN, trigger: Trigger::Level, spent: false, fds: vec![Fd(3), Fd(5)] };
    assert_eq!(stage.registries[0].interest, [whole]);
    assert!(stage.cards.iter().all(|card| card.fd.0 != 4), "the epoll instance is no card");
}

#[test]
fn the_ready_list_is_a_queue() {
    let mut made = Made::new("epoll");
    made.epoll(4);
    for fd in [5, 6] {
        made.accepted(fd);
        made.watch(4, fd, Mask::IN);
    }
    made.listed(4, 6);
    made.listed(4, 5);
    let stage = made.stage();
    assert_eq!(stage.registries[0].ready, Some(vec![Fd(6), Fd(5)]));
    assert!(card(&stage, 5).listed && !card(&stage, 3).listed);
}

#[test]
fn bytes_that_no_edge_tells_of_are_stranded() {
    let mut made = Made::new("mio");
    made.epoll(4);
    made.accepted(5);
    made.watch(4, 5, Mask::IN | Mask::ET);
    made.arrived(5, b"abcdef");
    made.recv(5, Ok(b"abcd"));
    made.wait_enter(4);
    assert!(!card(&made.stage(), 5).stranded, "the thread does not sleep yet");
    made.inside(Inside::Blocked);
    let shown = card(&made.stage(), 5);
    assert!(shown.stranded);
    assert_eq!(shown.state, State::Stranded);
    made.listed(4, 5);
    made.inside(Inside::Woken { cause: Seq(0) });
    assert!(!card(&made.stage(), 5).stranded);
}

/// Bytes and their edge have the same instant, and are told one after the other.
#[test]
fn bytes_whose_edge_is_of_this_instant_are_not_stranded() {
    let mut made = Made::new("mio");
    made.epoll(4);
    made.accepted(5);
    made.watch(4, 5, Mask::IN | Mask::OUT | Mask::ET);
    made.wait_enter(4);
    made.inside(Inside::Blocked);
    made.arrived_at_once(5, b"abcdef");
    assert!(!card(&made.stage(), 5).stranded, "{}", made.stage().says);
    made.tell_at_once(
        loopscope_shared::event::What::Inside(Inside::Listed { epoll: FileId(4), fd: Fd(5) }),
        &[],
    );
    assert!(card(&made.stage(), 5).listed && !card(&made.stage(), 5).stranded);
}

/// The edge of the room to send tells of everything that is ready then.
#[test]
fn bytes_left_until_answers_are_taken_are_held_back() {
    let mut made = Made::new("mio");
    made.epoll(4);
    made.accepted(5);
    made.watch(4, 5, Mask::IN | Mask::OUT | Mask::ET);
    made.arrived(5, b"one\ntwo\n");
    made.recv(5, Ok(b"one\n"));
    made.enter(Call::Send { fd: Fd(5), len: 4 }, b"bar\n");
    made.exit(Err(loopscope_shared::errno::Errno::EAGAIN), &[]);
    made.wait_enter(4);
    made.inside(Inside::Blocked);
    let stage = made.stage();
    let shown = card(&stage, 5);
    assert_eq!((shown.stranded, shown.held_back, shown.state), (false, true, State::HeldBack));
    assert!(stage.says.contains("5 is held back until its answers are taken"), "{}", stage.says);
}

/// Live, nothing tells what is inside the kernel: what is drawn says how it is known.
#[test]
fn what_is_not_told_is_not_shown_as_told() {
    use loopscope_shared::event::What;
    let mut made = Made { world: World::new() };
    made.tell(What::TaskBegin { parent: TaskId::KERNEL, thread: false }, b"select");
    made.tell(What::Listening { fd: Fd(3), backlog: 16 }, &[]);
    made.enter(Call::Accept { fd: Fd(3) }, &[]);
    made.exit(Ok(4), &[]);
    let stage = made.stage();
    assert!(matches!(card(&stage, 3).kind, Kind::Listener { seen: false, .. }));
    assert_eq!(card(&stage, 4).readiness.text(), "?");
    assert_eq!(stream(&stage, 4).recv.how, Provenance::Unknown);

    made.sample(4, 0, b"");
    made.select_enter(&[3, 4], &[]);
    assert_eq!(stream(&made.stage(), 4).recv.how, Provenance::Sampled);
    made.select_exit(&[4], &[]);
    let readiness = card(&made.stage(), 4).readiness;
    assert_eq!((readiness.how, readiness.text().as_str()), (Provenance::Told, "IN"));
    assert_eq!(
        (readiness.readable(), readiness.writable()),
        (Some(true), None),
        "writing was not asked about"
    );
    assert_eq!(card(&made.stage(), 3).readiness.text(), "", "it was asked about, and is not ready");
    assert_eq!(stream(&made.stage(), 4).recv.how, Provenance::Unknown, "readable: not empty any more");
    made.sample(4, 6, b"hello\n");
    made.enter(Call::Accept { fd: Fd(3) }, &[]);
    let shown = card(&made.stage(), 4);
    assert_eq!((shown.readiness.how, shown.readiness.text().as_str()), (Provenance::Sampled, "IN"));
    assert_eq!(stream(&made.stage(), 4).recv.letters, "hello⏎");
    made.exit(Err(loopscope_shared::errno::Errno::EAGAIN), &[]);
    made.recv(4, Ok(b"hello\n"));
    assert_eq!(card(&made.stage(), 4).readiness.text(), "?", "nobody has looked since");
}

/// A program that reads until nothing is left strands nothing, and none of its states may look as if it did.
#[test]
fn a_program_that_does_right_strands_nothing() {
    use loopscope_shared::scenario::{PRESETS, Scenario, preset};
    use loopscope_shared::servers::{Program, Settings};
    use loopscope_shared::sim::Simulation;
    // A stage is made after each event, so crowds would take minutes; they strand nothing that a few do not.
    const CLIENTS_MAX: u32 = 10;
    const EVENTS_MAX: usize = 10_000;
    let few = |scenario: &Scenario| {
        let clients: u32 = scenario.clients.iter().map(|spec| spec.count).sum();
        clients <= CLIENTS_MAX && scenario.programs().any(|program| program == Program::Mio)
    };
    let shown: Vec<Scenario> = PRESETS.iter().filter_map(|name| preset(name)).filter(few).collect();
    assert!(shown.len() > 1, "there are presets with few clients");
    for scenario in shown {
        let name = &scenario.name;
        let mut simulation = Simulation::new(Program::Mio, &Settings::default(), &scenario, &[]);
        let mut world = World::new();
        for (event, payload) in simulation.run(EVENTS_MAX).iter() {
            world.apply(event, payload);
            let stage = Stage::of(&world, event.task, None, false);
            let stranded = stage.cards.iter().find(|card| card.stranded);
            assert!(stranded.is_none(), "{name}, after event {}: {}", world.seq.0, stage.says);
        }
    }
}
