//! The reducer is total, and it notices what cannot be so.

use loopscope_shared::event::{Call, Event, Place, What};
use loopscope_shared::ids::{Fd, TaskId};
use loopscope_shared::kernel::{FOREVER, Levels};
use loopscope_shared::scenario::preset;
use loopscope_shared::servers::{Program, Settings};
use loopscope_shared::sim::Simulation;
use loopscope_shared::time::Nanos;
use loopscope_shared::trace::Batch;
use loopscope_shared::world::{Provenance, World};
use proptest::prelude::*;

fn a_trace(program: Program) -> Batch {
    Simulation::new(program, &Settings::default(), &preset("three-clients").unwrap(), &[]).run(2_000)
}

fn apply(world: &mut World, what: What, payload: &[u8]) {
    let event = Event { at: world.now, task: TaskId::FIRST, what, payload_len: payload.len() as u32 };
    world.apply(&event, payload);
}

fn call(world: &mut World, call: Call, ret: u32, lines: u32, up: &[u8]) {
    apply(world, What::Enter { call, place: Place::ELSEWHERE }, &[]);
    apply(world, What::Exit { ret: Ok(ret), lines }, up);
}

proptest! {
    /// Events out of order, twice or missing, with payloads cut off: there is always a world.
    #[test]
    fn a_mangled_trace_still_folds(
        picks in proptest::collection::vec((0usize..400, 0usize..80), 0..300),
        program in prop_oneof![Just(Program::Select), Just(Program::Epoll), Just(Program::Mio)],
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
    assert!(world.violations[0].what.contains("did not make"));
}

#[test]
fn more_answers_than_questions_are_noticed() {
    let mut world = World::new();
    call(&mut world, Call::Accept { fd: Fd(3) }, 5, 0, &[]);
    call(&mut world, Call::Recv { fd: Fd(5), len: 100 }, 3, 0, b"ab\n");
    call(&mut world, Call::Send { fd: Fd(5), len: 4 }, 4, 0, &[]);
    assert!(world.violations[0].what.contains("more bytes were sent"));
}

#[test]
fn time_that_goes_back_is_noticed_unless_events_were_lost() {
    for lost in [false, true] {
        let mut world = World::new();
        if lost {
            apply(&mut world, What::Dropped { count: 7 }, &[]);
        }
        for at in [5, 4] {
            let what = What::TaskBegin { parent: TaskId::KERNEL, thread: false };
            world.apply(&Event { at: Nanos(at), task: TaskId::FIRST, what, payload_len: 0 }, &[]);
        }
        assert_eq!(world.violations.is_empty(), lost);
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
