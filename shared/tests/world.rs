//! The reducer is total, and it notices what cannot be so.

use loopscope_shared::errno::Errno;
use loopscope_shared::event::{Call, Done, Event, Handed, Inside, Place, Ret, Submitted, What};
use loopscope_shared::ids::{Fd, FileId, PeerId, TaskId};
use loopscope_shared::kernel::{
    CtlOp, EpollEvent, FOREVER, Filter, Kevent, KeventFlags, Levels, Mask, Mode, MsgFlags, Note,
    OperationKind, PollFd, PortEvent,
};
use loopscope_shared::scenario::preset;
use loopscope_shared::servers::{Program, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::Batch;
use loopscope_shared::world::{FileKind, Impossible, Interface, Provenance, Registry, TaskState, World};
use proptest::prelude::*;

fn a_trace(program: Program) -> Batch {
    Simulation::new(program, &Settings::default(), &preset("three-clients").unwrap(), &[]).run(2_000)
}

fn apply(world: &mut World, what: What, payload: &[u8]) {
    let event = Event { at: world.now, task: TaskId::FIRST, what, payload_len: payload.len() as u32 };
    world.apply(&event, payload);
}

fn call(world: &mut World, call: Call, ret: u32, lines: u32, up: &[u8]) {
    full_call(world, TaskId::FIRST, call, &[], Ok(ret), lines, up);
}

fn full_call(world: &mut World, task: TaskId, call: Call, down: &[u8], ret: Ret, lines: u32, up: &[u8]) {
    for (what, payload) in
        [(What::Enter { call, place: Place::ELSEWHERE }, down), (What::Exit { ret, lines }, up)]
    {
        let event = Event { at: world.now, task, what, payload_len: payload.len() as u32 };
        world.apply(&event, payload);
    }
}

fn of_task(world: &mut World, task: u32, what: What) {
    world.apply(&Event { at: world.now, task: TaskId(task), what, payload_len: 0 }, &[]);
}

fn begun() -> World {
    let mut world = World::new();
    of_task(&mut world, 1, What::TaskBegin { parent: TaskId::KERNEL, thread: false });
    of_task(&mut world, 1, What::Listening { fd: Fd(3), backlog: 5 });
    world
}

fn registry(world: &World, fd: i32) -> &Registry {
    let file = world.file_of(TaskId::FIRST, Fd(fd)).unwrap();
    match &world.files[&file].kind {
        FileKind::Registry(registry) => registry,
        other => panic!("{other:?}"),
    }
}

fn watched(world: &World, fd: i32) -> Vec<(i32, Mask)> {
    registry(world, fd).interest.iter().map(|((fd, _), entry)| (fd.0, entry.event.events)).collect()
}

proptest! {
    /// Events out of order, twice or missing, with payloads cut off: there is always a world.
    #[test]
    fn a_mangled_trace_still_folds(
        picks in proptest::collection::vec((0usize..400, 0usize..80), 0..300),
        program in prop_oneof![Just(Program::Fork), Just(Program::Threads), Just(Program::Select), Just(Program::Mio)],
    ) {
        let trace = a_trace(program);
        let events: Vec<_> = trace.iter().collect();
        let mut world = World::new();
        for (pick, cut) in picks {
            let (event, payload) = events[pick % events.len()];
            world.apply(event, &payload[..payload.len().min(cut)]);
        }
        let _ = world.check();
    }

    /// Any events at all, made of random bytes.
    #[test]
    fn random_events_still_fold(bytes in proptest::collection::vec(any::<u8>(), 0..4000)) {
        let mut world = World::new();
        let mut rest = &bytes[..];
        while let Ok((event, after)) = postcard::take_from_bytes::<Event>(rest) {
            world.apply(&event, after);
            rest = after;
        }
        let _ = world.check();
    }
}

#[test]
fn a_return_without_a_call_is_noticed() {
    let mut world = World::new();
    apply(&mut world, What::Exit { ret: Ok(0), lines: 0 }, &[]);
    assert!(matches!(world.violations[0].what, Impossible::ReturnWithoutCall(_)));
}

#[test]
fn more_answers_than_questions_are_counted() {
    let mut world = World::new();
    call(&mut world, Call::Accept { fd: Fd(3) }, 5, 0, &[]);
    call(&mut world, Call::Recv { fd: Fd(5), len: 100 }, 3, 0, b"ab\n");
    call(&mut world, Call::Send { fd: Fd(5), len: 4 }, 4, 0, &[]);
    assert_eq!((world.tally.unasked, &world.violations[..]), (1, &[][..]));
}

#[test]
fn time_that_goes_back_is_noticed_on_a_simulated_kernel_unless_events_were_lost() {
    // Of a real kernel's tasks, one may be heard of later than another.
    for (simulated, lost) in [(true, false), (true, true), (false, false)] {
        let mut world = World::new();
        if lost {
            apply(&mut world, What::Dropped { count: 7 }, &[]);
        }
        if simulated {
            apply(&mut world, What::Inside(Inside::Running { cpu: 0 }), &[]);
        }
        for at in [5, 4] {
            let what = What::TaskBegin { parent: TaskId::KERNEL, thread: false };
            world.apply(&Event { at: Nanos(at), task: TaskId::FIRST, what, payload_len: 0 }, &[]);
        }
        assert_eq!(world.violations.is_empty(), lost || !simulated);
        assert_eq!(world.now, Nanos(5));
    }
}

#[test]
fn a_number_that_is_used_again_is_another_descriptor() {
    let mut world = World::new();
    for life in 1..=3 {
        call(&mut world, Call::Accept { fd: Fd(3) }, 5, 0, &[]);
        assert_eq!(world.tables[&TaskId::FIRST].fds[&Fd(5)].generation, life);
        if life < 3 {
            call(&mut world, Call::Close { fd: Fd(5) }, 0, 0, &[]);
        }
    }
    assert_eq!(world.tally.accepted, 3);
    assert_eq!(world.tally.closed, 2);
}

#[test]
fn what_is_sampled_says_so_and_a_read_takes_from_it() {
    let mut world = World::new();
    call(&mut world, Call::Accept { fd: Fd(3) }, 5, 0, &[]);
    let levels = Levels { recv: 6, send: 0, peeked: 6 };
    apply(&mut world, What::Sample { fd: Fd(5), levels }, b"hello\n");
    let stream = world.stream(TaskId::FIRST, Fd(5)).unwrap();
    assert_eq!((stream.recv.level, stream.recv.provenance), (6, Provenance::Sampled));
    assert_eq!(stream.recv.head, b"hello\n");
    call(&mut world, Call::Recv { fd: Fd(5), len: 100 }, 6, 1, b"hello\n");
    let stream = world.stream(TaskId::FIRST, Fd(5)).unwrap();
    assert_eq!(stream.recv.level, 0);
    assert_eq!(stream.program.head, b"hello\n");
}

#[test]
fn a_wait_that_led_to_nothing_is_counted() {
    let mut world = World::new();
    let wait = Call::Select { nfds: 4, timeout: FOREVER };
    call(&mut world, wait, 1, 0, &[]);
    call(&mut world, Call::Recv { fd: Fd(5), len: 1 }, 1, 0, b"x");
    call(&mut world, wait, 1, 0, &[]);
    call(&mut world, wait, 1, 0, &[]);
    assert_eq!((world.tally.wakeups, world.tally.wakeups_idle, world.tally.scanned), (3, 1, 12));
}

#[test]
fn a_child_has_copies_of_the_descriptors_of_the_instant_of_the_fork() {
    for begins_first in [false, true] {
        let mut world = begun();
        call(&mut world, Call::Accept { fd: Fd(3) }, 5, 0, &[]);
        let begin = What::TaskBegin { parent: TaskId(1), thread: false };
        of_task(&mut world, 1, What::Enter { call: Call::Fork, place: Place::ELSEWHERE });
        if begins_first {
            of_task(&mut world, 2, What::Inside(Inside::Running { cpu: 1 }));
            of_task(&mut world, 2, begin);
        }
        of_task(&mut world, 1, What::Exit { ret: Ok(2), lines: 0 });
        call(&mut world, Call::Close { fd: Fd(5) }, 0, 0, &[]);
        if !begins_first {
            of_task(&mut world, 2, What::Inside(Inside::Running { cpu: 1 }));
            of_task(&mut world, 2, begin);
        }
        assert!(world.file_of(TaskId(1), Fd(5)).is_none(), "the parent has closed its own");
        assert!(world.stream(TaskId(2), Fd(5)).is_some(), "the child has it still");
        assert_eq!((world.tally.closed, world.tally.forks), (0, 1));
        assert_eq!(world.tasks[&TaskId(2)].cpu, Some(1));
        assert_eq!(world.check(), [""; 0]);

        of_task(&mut world, 2, What::TaskEnd { status: 0 });
        assert_eq!(world.tally.closed, 1, "the last descriptor went with the process");
        assert_eq!(world.check(), [""; 0]);
    }
}

#[test]
fn a_child_is_a_zombie_until_it_is_waited_for() {
    let mut world = begun();
    for child in [2, 3] {
        call(&mut world, Call::Fork, child, 0, &[]);
        of_task(&mut world, child, What::TaskBegin { parent: TaskId(1), thread: false });
    }
    of_task(&mut world, 2, What::TaskEnd { status: 7 });
    assert_eq!(world.tasks[&TaskId(2)].state, TaskState::Zombie(7));
    assert_eq!(world.tally.zombies, 1);
    call(&mut world, Call::Wait { mode: Mode::NonBlocking }, 2, 0, &7_i32.to_le_bytes());
    assert_eq!(world.tasks[&TaskId(2)].state, TaskState::Ended(7));
    assert_eq!(world.tally.zombies, 0);
    // Told the other way round: the parent knows before the end is told.
    call(&mut world, Call::Wait { mode: Mode::Blocking }, 3, 0, &0_i32.to_le_bytes());
    of_task(&mut world, 3, What::TaskEnd { status: 0 });
    assert_eq!(world.tasks[&TaskId(3)].state, TaskState::Ended(0));
    assert_eq!(world.check(), [""; 0]);
}

#[test]
fn zombies_are_gone_with_their_parent() {
    let mut world = begun();
    call(&mut world, Call::Fork, 2, 0, &[]);
    of_task(&mut world, 2, What::TaskEnd { status: 0 });
    assert_eq!(world.tally.zombies, 1);
    of_task(&mut world, 1, What::TaskEnd { status: 0 });
    assert_eq!(world.tally.zombies, 0);
    assert_eq!(world.check(), [""; 0]);
}

#[test]
fn a_thread_shares_the_descriptors_and_ends_without_them() {
    let mut world = begun();
    call(&mut world, Call::SpawnThread, 2, 0, &[]);
    of_task(&mut world, 2, What::TaskBegin { parent: TaskId(1), thread: true });
    full_call(&mut world, TaskId(2), Call::Accept { fd: Fd(3) }, &[], Ok(4), 0, &[]);
    assert!(world.stream(TaskId(1), Fd(4)).is_some());
    of_task(&mut world, 2, What::TaskEnd { status: 0 });
    assert!(world.stream(TaskId(1), Fd(4)).is_some());
    assert_eq!((world.tally.threads, world.tally.zombies), (1, 0));
    assert_eq!(world.check(), [""; 0]);
}

#[test]
fn a_duplicate_keeps_the_file_open_and_watched_by_epoll_only() {
    let mut world = begun();
    call(&mut world, Call::Accept { fd: Fd(3) }, 4, 0, &[]);
    call(&mut world, Call::EpollCreate, 5, 0, &[]);
    call(&mut world, Call::Kqueue, 6, 0, &[]);
    let add = Call::EpollCtl { epoll: Fd(5), op: CtlOp::Add, fd: Fd(4), events: Mask::IN };
    full_call(&mut world, TaskId(1), add, &EpollEvent::of(Fd(4), Mask::IN).to_bytes(), Ok(0), 0, &[]);
    let change = [Kevent::change(Fd(4), Filter::Read, KeventFlags::ADD | KeventFlags::CLEAR)];
    let kevent = Call::Kevent { kqueue: Fd(6), changes: 1, most: 0, timeout: FOREVER };
    full_call(&mut world, TaskId(1), kevent, &postcard::to_stdvec(&change[..]).unwrap(), Ok(0), 0, &[]);
    assert_eq!(
        (watched(&world, 5), watched(&world, 6)),
        (vec![(4, Mask::IN)], vec![(4, Mask::IN | Mask::ET)])
    );

    call(&mut world, Call::Dup { fd: Fd(4) }, 7, 0, &[]);
    call(&mut world, Call::Close { fd: Fd(4) }, 0, 0, &[]);
    assert_eq!(watched(&world, 5), [(4, Mask::IN)], "epoll goes on watching the file");
    assert_eq!(watched(&world, 6), [], "the kqueue does not");
    call(&mut world, Call::Close { fd: Fd(7) }, 0, 0, &[]);
    assert_eq!(watched(&world, 5), []);
    assert_eq!((world.tally.fds_opened, world.tally.fds_closed), (5, 2));
    assert_eq!(world.check(), [""; 0]);
}

#[test]
fn an_association_is_used_up_and_a_set_grows_until_it_is_cleared() {
    let mut world = begun();
    call(&mut world, Call::PortCreate, 4, 0, &[]);
    call(&mut world, Call::PortAssociate { port: Fd(4), fd: Fd(3), events: Mask::IN }, 0, 0, &[]);
    assert_eq!(watched(&world, 4), [(3, Mask::IN)]);
    let got = [PortEvent { fd: Fd(3), events: Mask::IN, user: 3 }];
    let getn = Call::PortGetn { port: Fd(4), most: 8, at_least: 2, timeout: FOREVER };
    let up = postcard::to_stdvec(&got[..]).unwrap();
    full_call(&mut world, TaskId(1), getn, &[], Err(Errno::ETIME), 0, &up);
    assert_eq!(watched(&world, 4), [], "taken, though the time was over");

    call(&mut world, Call::DevPollOpen, 5, 0, &[]);
    assert_eq!(registry(&world, 5).interface, Interface::DevPoll);
    let mut write = |mask: Mask| {
        let entry = PollFd::new(Fd(3), mask).to_bytes();
        let call = Call::DevPollWrite { dev: Fd(5), count: 1 };
        full_call(&mut world, TaskId(1), call, &entry, Ok(0), 0, &[]);
        watched(&world, 5)
    };
    assert_eq!(write(Mask::IN), [(3, Mask::IN)]);
    assert_eq!(write(Mask::OUT), [(3, Mask::IN | Mask::OUT)], "entries add up");
    assert_eq!(write(Mask::REMOVE), []);
}

/// Bytes that an operation moves are counted as those of a call, whether its inside is told or not.
#[test]
fn completions_count_as_calls_do() {
    for told in [false, true] {
        let mut world = begun();
        call(&mut world, Call::RingSetup { entries: 8 }, 4, 0, &[]);
        let ring = world.file_of(TaskId(1), Fd(4)).unwrap();
        let enter = |world: &mut World,
                     handed: &[(u64, OperationKind, &[u8])],
                     done: &[Done],
                     inside: &[Inside]| {
            let handed: Vec<Handed> = handed
                .iter()
                .map(|(user, kind, head)| Handed {
                    submitted: Submitted { user: *user, kind: *kind },
                    head: head.to_vec(),
                })
                .collect();
            let submit = handed.len() as u32;
            let call = Call::RingEnter { ring: Fd(4), submit, at_least: 1, timeout: FOREVER };
            apply(
                world,
                What::Enter { call, place: Place::ELSEWHERE },
                &postcard::to_stdvec(&handed).unwrap(),
            );
            inside.iter().filter(|_| told).for_each(|inside| apply(world, What::Inside(*inside), b"hello\n"));
            let ret = Ok(done.len() as u32);
            apply(world, What::Exit { ret, lines: 0 }, &postcard::to_stdvec(done).unwrap());
        };
        let done = |user, count, lines, head: &[u8]| Done {
            user,
            ret: Ok(count),
            lines,
            more: user == 1,
            head: head.to_vec(),
            from: None,
        };
        let file = FileId(9);
        let queued = Inside::Queued {
            listener: FileId(1),
            file,
            peer: PeerId(0),
            recv_capacity: 64,
            send_capacity: 64,
        };
        let accepted = [queued, Inside::Installed { fd: Fd(5), file }];
        let accept = OperationKind::AcceptMulti { fd: Fd(3) };
        enter(&mut world, &[(1, accept, b"")], &[done(1, 5, 0, b"")], &accepted);
        let landed = |user, taken, put| Inside::Completed { queue: ring, user, file, taken, put };
        let recv = OperationKind::Recv { fd: Fd(5), most: 100 };
        let arrived = [Inside::Arrived { file, bytes: 6 }, landed(2, 6, 0)];
        enter(&mut world, &[(2, recv, b"")], &[done(2, 6, 1, b"hello\n")], &arrived);
        let stream = world.stream(TaskId(1), Fd(5)).unwrap();
        assert_eq!((stream.received, stream.program.head.as_slice()), (6, b"hello\n".as_slice()));
        assert_eq!(world.check(), [""; 0]);
        let send = OperationKind::Send { fd: Fd(5), len: 6 };
        enter(&mut world, &[(3, send, b"uryyb\n")], &[done(3, 6, 1, b"")], &[landed(3, 0, 6)]);
        let stream = world.stream(TaskId(1), Fd(5)).unwrap();
        assert_eq!((stream.sent, stream.program.level), (6, 0));
        if told {
            assert_eq!((stream.send.level, stream.send.head.as_slice()), (6, b"uryyb\n".as_slice()));
        }
        assert_eq!((world.tally.received, world.tally.sent, world.tally.lines), (6, 6, 1));
        assert_eq!((world.tally.accepted, world.tally.latency.count()), (1, 1));
        assert_eq!((world.check(), &world.violations), (vec![], &vec![]));
    }
}

#[test]
fn a_look_at_the_data_is_no_receipt() {
    let mut world = begun();
    call(&mut world, Call::Accept { fd: Fd(3) }, 4, 0, &[]);
    call(&mut world, Call::RecvWith { fd: Fd(4), len: 9, flags: MsgFlags::PEEK }, 3, 0, b"abc");
    assert_eq!(world.tally.received, 0);
    call(&mut world, Call::RecvWith { fd: Fd(4), len: 9, flags: MsgFlags::DONTWAIT }, 3, 0, b"abc");
    assert_eq!(world.tally.received, 3);
}

#[test]
fn a_program_that_connects_speaks_first() {
    let mut world = begun();
    call(&mut world, Call::Socket, 4, 0, &[]);
    let to = postcard::to_stdvec(&std::net::SocketAddr::from(([127, 0, 0, 1], 80))).unwrap();
    full_call(&mut world, TaskId(1), Call::Connect { fd: Fd(4) }, &to, Err(Errno::EINPROGRESS), 0, &[]);
    assert!(world.stream(TaskId(1), Fd(4)).unwrap().connecting);
    let file = world.file_of(TaskId(1), Fd(4)).unwrap();
    apply(&mut world, What::Inside(Inside::Established { file, recv_capacity: 10, send_capacity: 10 }), &[]);
    call(&mut world, Call::Send { fd: Fd(4), len: 3 }, 3, 0, &[]);
    let stream = world.stream(TaskId(1), Fd(4)).unwrap();
    assert_eq!((stream.connecting, stream.send.level, stream.from.unwrap().port()), (false, 3, 80));
    assert_eq!((world.check(), &world.violations), (vec![], &vec![]));
}

#[test]
fn what_the_program_throws_away_is_neither_held_nor_due() {
    let mut world = begun();
    call(&mut world, Call::Recv { fd: Fd(4), len: 100 }, 11, 2, b"one\ntwo\nthr");
    let earlier = world.tally.clone();
    let note = Note::Discarded { fd: Fd(4), bytes: 7, lines: 1 };
    apply(&mut world, What::Note { note, place: Place::ELSEWHERE }, &[]);
    let stream = world.stream(TaskId(1), Fd(4)).unwrap();
    assert_eq!((stream.lost, stream.program.level, stream.lines_due[0].1), (7, 4, 1));
    assert_eq!(stream.program.head, b"one\n", "what came last is gone");
    assert_eq!((world.tally.lost, world.tally.since(&earlier).lost), (7, 7));
}
