//! What finds room in a ring is told, and what does not is counted.

use super::*;
use loopscope_shared::errno::Errno;
use loopscope_shared::event::{Call, Place};
use loopscope_shared::ids::Fd;

use crate::totals::Count;
use std::convert::Infallible;

fn taps(ring_bytes: usize, burst_bytes: usize) -> Arc<Taps> {
    let room = Room { ring_bytes, burst_bytes };
    Taps::new(Level::Calls, room, Arc::new(|| Ok(Box::new(io::sink())))).unwrap()
}

fn tell_what(tap: &Tap, at: u64, what: What) {
    if tap.level() > Level::Off {
        tap.record(TaskId::FIRST, what, || b"payload".into(), || Nanos(at));
    }
}

fn tell(tap: &Tap, at: u64) {
    tell_what(tap, at, END);
}

fn told(reader: &mut Source) -> Vec<(u64, What)> {
    let mut bytes = Vec::new();
    let Ok(_) = reader.drain(|part| {
        bytes.extend_from_slice(part);
        Ok::<(), Infallible>(())
    });
    let mut rest = &bytes[..];
    let mut told = Vec::new();
    while let Some((event, _)) = frame::take_event(&mut rest).unwrap() {
        told.push((event.at.0, event.what));
    }
    assert!(rest.is_empty());
    told
}

const END: What = What::TaskEnd { status: 0 };

#[test]
fn what_finds_no_room_is_counted_and_told_before_the_next_that_does() {
    let taps = taps(64, 64);
    let (_, tap) = taps.tap();
    let mut reader = taps.begun().remove(0);
    for at in 0..100 {
        tell(&tap, at);
    }
    let first = told(&mut reader);
    assert!(!first.is_empty() && first.len() < 100, "{} events fit", first.len());
    assert!(first.iter().all(|(_, what)| *what == END));
    tell(&tap, 100);
    tell(&tap, 101);
    let missing = 100 - first.len() as u64;
    assert_eq!(told(&mut reader), [(100, What::Dropped { count: missing }), (100, END), (101, END)]);
}

#[test]
fn a_descriptor_that_is_closed_in_a_burst_of_data_is_told() {
    let taps = taps(1024, 768);
    let (_, tap) = taps.tap();
    let mut reader = taps.begun().remove(0);
    let enter = |call| What::Enter { call, place: Place::ELSEWHERE };
    let exit = What::Exit { ret: Ok(0), lines: 0 };
    let send = enter(Call::Send { fd: Fd(7), len: 7 });
    for at in 0..200 {
        tell_what(&tap, at, if at % 2 == 0 { send } else { exit });
    }
    let close = enter(Call::Close { fd: Fd(7) });
    tell_what(&tap, 200, close);
    tell_what(&tap, 201, exit);
    tell_what(&tap, 202, send);
    let told = told(&mut reader);
    let (data, last) = told.split_at(told.len() - 3);
    assert!(data.len() < 200 && data.iter().all(|(_, what)| *what == send || *what == exit));
    let missing = 200 - data.len() as u64;
    assert_eq!(last, [(200, What::Dropped { count: missing }), (200, close), (201, exit)]);
    assert!(data.len().is_multiple_of(2), "a call is told as a whole");
}

#[test]
fn in_a_burst_an_accept_is_told_if_it_brings_a_connection() {
    let taps = taps(1024, 128);
    let (_, tap) = taps.tap();
    let mut reader = taps.begun().remove(0);
    let enter = |call| What::Enter { call, place: Place::ELSEWHERE };
    let exit = |ret| What::Exit { ret, lines: 0 };
    let accept = enter(Call::Accept { fd: Fd(3) });
    for at in 0..100 {
        let what = if at % 2 == 0 { accept } else { exit(Err(Errno::EAGAIN)) };
        tell_what(&tap, at, what);
    }
    tell_what(&tap, 100, accept);
    tell_what(&tap, 101, exit(Ok(7)));
    let told = told(&mut reader);
    let (data, last) = told.split_at(told.len() - 3);
    let missing = 100 - data.len() as u64;
    assert!(missing > 50, "{missing}");
    assert_eq!(last, [(101, What::Dropped { count: missing }), (100, accept), (101, exit(Ok(7)))]);
}

#[test]
fn a_task_that_rests_after_a_burst_is_told_to_wait() {
    let taps = taps(1024, 128);
    let (_, tap) = taps.tap();
    let mut reader = taps.begun().remove(0);
    let enter = |call| What::Enter { call, place: Place::ELSEWHERE };
    let exit = What::Exit { ret: Ok(1), lines: 0 };
    let wait = enter(Call::EpollWait { epoll: Fd(4), most: 8, timeout: loopscope_shared::kernel::FOREVER });
    for at in 0..100 {
        tell_what(&tap, at, if at % 2 == 0 { wait } else { exit });
    }
    tell_what(&tap, 100, wait);
    let first = told(&mut reader);
    let (data, last) = first.split_at(first.len() - 2);
    let missing = 100 - data.len() as u64;
    assert_eq!(last, [(100, What::Dropped { count: missing }), (100, wait)]);
    tell_what(&tap, 101, exit);
    assert_eq!(told(&mut reader), [(101, exit)], "its end is told, and nothing was dropped between");
    let totals = taps.totals();
    assert_eq!([Count::Told, Count::Dropped].map(|count| totals.count(count)), [102 - missing, missing]);
}

#[test]
fn the_end_of_a_call_of_which_nobody_was_told_is_not_told() {
    let taps = taps(1024, 768);
    let (_, tap) = taps.tap();
    let mut reader = taps.begun().remove(0);
    taps.set_level(Level::Off);
    tell_what(&tap, 1, What::Enter { call: Call::Pipe, place: Place::ELSEWHERE });
    taps.set_level(Level::Calls);
    tell_what(&tap, 2, What::Exit { ret: Ok(0), lines: 0 });
    tell(&tap, 3);
    assert_eq!(told(&mut reader), [(3, What::Dropped { count: 2 }), (3, END)]);
}

#[test]
fn silence_is_told_as_a_gap() {
    let taps = taps(1024, 768);
    let (_, tap) = taps.tap();
    let mut reader = taps.begun().remove(0);
    tell(&tap, 1);
    taps.set_level(Level::Off);
    tell(&tap, 2);
    taps.set_level(Level::Buffers);
    tell(&tap, 3);
    assert_eq!(told(&mut reader), [(1, END), (3, What::Dropped { count: 1 }), (3, END)]);
}

#[test]
fn a_new_task_has_a_number_and_a_ring_of_its_own() {
    let taps = taps(1024, 768);
    let (first, tap) = taps.tap();
    let (second, other) = tap.thread();
    assert_eq!((first, second), (TaskId(1), TaskId(2)));
    assert_eq!(taps.begun().len(), 2);
    drop(tap);
    assert!(!taps.is_over());
    drop(other);
    assert!(taps.is_over());
}
