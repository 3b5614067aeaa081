//! What is said of worlds that are made by hand.

use super::super::Stage;
use super::super::made::Made;
use loopscope_shared::event::{Call, Inside};
use loopscope_shared::ids::{Fd, FileId, Seq, TaskId};
use loopscope_shared::kernel::Timeout;
use loopscope_shared::time::Nanos;

/// The ten seconds in which a newcomer is to understand readiness.
#[test]
fn the_opening_is_told_in_order() {
    let mut made = Made::new("select");
    made.accepted(4);
    let check = |made: &Made, expect: &str| {
        let says = made.stage().says;
        assert!(says.contains(expect), "{says:?} does not say {expect:?}");
    };
    made.select_enter(&[3, 4], &[]);
    check(&made, "Three sets go down: the kernel goes through 5 numbers, and asks 2 descriptors");
    made.inside(Inside::Blocked);
    check(&made, "sleeps in select: nothing is ready. No work, no CPU");
    made.arrived(4, b"hello\n");
    check(&made, "Descriptor 4 is readable: a read now would not block. Nobody has read it yet");
    made.inside(Inside::Woken { cause: Seq(0) });
    check(&made, "The thread is woken, and waits for the CPU");
    made.inside(Inside::Running { cpu: 0 });
    check(&made, "Woken: the kernel looks at every bit again");
    made.select_exit(&[4], &[]);
    check(&made, "4 is ready. The data is still below the line");
    made.recv(4, Ok(b"hello\n"));
    check(&made, "6 bytes come across the line, out of the tube of 4, into the program");
}

#[test]
fn a_wait_that_was_woken_tells_of_the_way_up() {
    let mut made = Made::new("epoll");
    made.epoll(4);
    let check = |made: &Made, expect: &str| assert_eq!(made.stage().says, expect);
    made.wait_enter(4);
    check(&made, "Nothing goes down: the kernel knows already what to watch.");
    made.inside(Inside::Blocked);
    made.listed(4, 3);
    made.inside(Inside::Woken { cause: Seq(0) });
    made.inside(Inside::Running { cpu: 0 });
    check(&made, "Woken: what is on the ready list is about to come up.");
    made.inside(Inside::Unlisted { epoll: FileId(4), fd: Fd(3) });
    check(&made, "Woken: the answer is about to come up.");
}

#[test]
fn a_wait_that_brings_nothing_says_why() {
    let check = |span: u64, expect: &str| {
        let mut made = Made::new("epoll");
        made.epoll(4);
        let timeout = Timeout(Some(Nanos(span)));
        made.enter(Call::EpollWait { epoll: Fd(4), most: 256, timeout }, &[]);
        made.wait_exit(&[]);
        assert_eq!(made.stage().says, expect);
    };
    check(0, "epoll_wait was only a look: nothing is ready now.");
    check(1_000_000, "epoll_wait comes back with nothing: the time was over first.");
}

#[test]
fn a_reused_number_has_the_same_name_everywhere() {
    let mut made = Made::new("select");
    made.accepted(4);
    made.enter(Call::Close { fd: Fd(4) }, &[]);
    made.exit(Ok(0), &[]);
    made.accepted(4);
    let stage = made.stage();
    assert_eq!((stage.cards[1].name(), stage.name_of(Fd(4))), ("4.2".to_owned(), "4.2".to_owned()));
    assert_eq!(stage.crossing.unwrap().label, "it is 4.2 now");
    assert!(stage.says.ends_with("is descriptor 4.2 now."), "{}", stage.says);
}

#[test]
fn what_is_not_asked_for_wakes_nobody() {
    let mut made = Made::new("select");
    made.accepted(4);
    made.select_enter(&[3], &[4]);
    made.arrived(4, b"more\n");
    made.inside(Inside::Blocked);
    let says = made.stage().says;
    assert!(says.contains("4 is readable, but not asked about"), "{says}");
}

#[test]
fn live_nothing_is_said_of_what_cannot_be_seen() {
    let mut made = Made::new("select");
    made.select_enter(&[3], &[]);
    let stage = Stage::of(&made.world, TaskId::FIRST, None, true);
    assert_eq!(stage.says, "The thread waits in select: nothing has come up yet.");
}
