//! How clients are let go when a server stops: a connection on which nothing is under way is not waited for.
//!
//! A program that waits for readiness has said its goodbye to each client by itself (`shutdown(SHUT_WR)`), and waits
//! for theirs; one that blocks does not know of the order, and sleeps until its client says something. For either,
//! this ends the input (`shutdown(SHUT_RD)`, `shutdown(2)`): the program reads what is there, then the end, and
//! closes.

use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use rustix::net::Shutdown;

use crate::os::gauge::{self, Connection};
use crate::os::tasks;

/// How often it looks whether somebody can be let go.
const LOOK_PERIOD: Duration = Duration::from_millis(10);

/// How long nothing must have come from a client that was told goodbye: one that is still sending would be answered
/// with a reset, which may cost it what it has not read yet (RFC 2525, 2.17).
const QUIET: Duration = Duration::from_millis(100);

/// How long clients in the accept queues may take to be accepted, before these are closed with whoever is in them.
const ACCEPT_TIME: Duration = Duration::from_millis(100);

/// Waits until nobody waits to be accepted, or no longer: a program that is busy with others does not accept.
pub(super) fn wait_for_accepts() {
    let began = Instant::now();
    let waits = || gauge::tcp_sockets().into_iter().any(|fd| waiting(fd) > 0);
    while began.elapsed() < ACCEPT_TIME && waits() {
        std::thread::sleep(LOOK_PERIOD);
    }
}

fn waiting(number: i32) -> u32 {
    gauge::accept_queue(borrowed(number)).unwrap_or(0)
}

/// Lets clients go until the time is over, each when nothing is under way with it. `blocks` says that the program
/// waits for one client at a time, and so has said goodbye to none.
pub(super) fn let_go(within: Duration, blocks: bool) {
    let began = Instant::now();
    while began.elapsed() < within {
        end_inputs(blocks);
        // Children have their connections for themselves, and their signal lets them go in the same way.
        tasks::tell_children_to_stop();
        std::thread::sleep(LOOK_PERIOD);
    }
}

/// Ends the input of each connection on which nothing is under way.
fn end_inputs(blocks: bool) {
    for number in gauge::tcp_sockets() {
        let fd = borrowed(number);
        let over = gauge::connection(fd).is_some_and(|connection| match connection {
            Connection { unread: 0, unsent: 0, goodbye_heard: false, .. } => blocks,
            Connection { unread: 0, goodbye_heard: true, silent, .. } => silent >= QUIET,
            _ => false,
        });
        if over {
            // It may be gone by now.
            let _ = rustix::net::shutdown(fd, Shutdown::Read);
        }
    }
}

fn borrowed(number: i32) -> BorrowedFd<'static> {
    // SAFETY: the number is not -1, since it was open a moment ago. If it names another file by now, or none, the
    // calls say so, and touch no memory.
    unsafe { BorrowedFd::borrow_raw(number) }
}
