//! Servers that may open no more descriptors: clients wait, nothing spins, and they are served when descriptors
//! return.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal};

use crate::client::{connect, expect, rotated};
use crate::faults::{exchange, served, start};
use crate::process::{LOOPSCOPE, PATIENCE, Process};

/// Those that can be without descriptors, and then serve whom they have.
const OUT_OF_DESCRIPTORS: &[&[&str]] = &[
    &["threads"],
    &["select"],
    &["poll"],
    &["epoll"],
    &["epoll-et"],
    &["event"],
    &["event", "--backend", "poll"],
    &["event", "--backend", "select"],
    &["bufferevent"],
    &["mio", "--workers", "1"],
];

/// Lets a process have so many descriptors more than it has now.
fn limit_descriptors(pid: u32, more: usize) {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let open: std::collections::BTreeSet<usize> =
        open.map(|entry| entry.unwrap().file_name().to_str().unwrap().parse().unwrap()).collect();
    // The limit is above the highest number, and free ones below it are given first.
    let last = (0..).filter(|number| !open.contains(number)).nth(more - 1);
    limit_to(pid, last.map_or(0, |last| last + 1));
}

/// Lets a process have descriptors below that number.
fn limit_to(pid: u32, count: usize) {
    let pid = rustix::process::Pid::from_raw(pid as i32);
    let old = rustix::process::getrlimit(Resource::Nofile);
    let new = Rlimit { current: Some(count as u64), maximum: old.maximum };
    rustix::process::prlimit(pid, Resource::Nofile, new).unwrap();
}

/// How long the threads of a process have been on a processor.
fn processor_time(pid: u32) -> Duration {
    let of = |thread: std::fs::DirEntry| {
        let told = std::fs::read_to_string(thread.path().join("schedstat")).unwrap_or_default();
        told.split_whitespace().next().map_or(0, |nanos| nanos.parse::<u64>().unwrap())
    };
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    Duration::from_nanos(threads.map(|thread| of(thread.unwrap())).sum())
}

/// Nothing comes for so long.
fn is_not_answered(name: &str, stream: &mut TcpStream, within: Duration) {
    stream.set_read_timeout(Some(within)).unwrap();
    let read = stream.read(&mut [0; 16]).map_err(|error| error.kind());
    assert!(matches!(read, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "{name}: {read:?}");
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
}

/// A server that may open no more descriptors lets its clients wait, does not spin meanwhile, and serves them
/// when descriptors return: those of clients that leave, or others.
#[test]
fn who_waits_for_a_descriptor_is_served_when_there_is_one() {
    for arguments in OUT_OF_DESCRIPTORS {
        let (mut process, to) = start(&[*arguments, &[]].concat());
        let name = arguments.join(" ");
        let first = served(to);
        limit_descriptors(process.pid(), 2);
        let mut others = vec![served(to), served(to)];
        let mut waiting: Vec<TcpStream> = (0..4).map(|_| connect(to)).collect();
        for client in &mut waiting {
            client.write_all(b"at last\n").unwrap();
        }
        // The server may be busy with the last of what came; from then on it is not.
        exchange(&mut others[0]);
        let (before, watched) = (processor_time(process.pid()), Duration::from_millis(1_000));
        is_not_answered(&name, &mut waiting[0], watched);
        let busy = processor_time(process.pid()) - before;
        assert!(busy < watched / 10, "{name} is on a processor for {busy:?} of {watched:?}");
        exchange(&mut others[0]);

        drop(first);
        expect(&mut waiting[0], b"at last\n");
        drop(others);
        for client in &mut waiting[..3] {
            client.write_all(b"and on\n").unwrap();
        }
        expect(&mut waiting[0], b"and on\n");
        for client in &mut waiting[1..3] {
            expect(client, b"at last\nand on\n");
        }
        limit_descriptors(process.pid(), 10);
        expect(&mut waiting[3], b"at last\n");
        drop(waiting);
        process.signal(Signal::TERM);
        assert_eq!(process.wait().code(), Some(0), "{name}: {}", process.stderr());
    }
}

/// The programs that are in a special way without descriptors: children have those of their clients, a thread of the
/// pool and one that blocks hold the number for the next client while they sleep in `accept`; and one never sleeps.
const OUT_OF_THEM_IN_THEIR_OWN_WAY: &[&[&str]] = &[
    &["sequential", "--clients", "1"],
    &["sequential", "--clients", "2"],
    &["fork"],
    &["pool", "--workers", "3"],
    &["busy-poll"],
];

/// The same of these: clients come until one is not served.
#[test]
fn who_comes_when_there_are_no_descriptors_is_served_when_there_are_some() {
    for arguments in OUT_OF_THEM_IN_THEIR_OWN_WAY {
        let (mut process, to) = start(arguments);
        let name = arguments.join(" ");
        let in_turn = ["sequential", "pool"].contains(&arguments[0]);
        if arguments[0] != "sequential" {
            served(to);
        }
        // Whatever is open stays so, and nothing can be opened: the first four numbers are taken.
        limit_to(process.pid(), 4);
        let mut staying = Vec::new();
        let mut waiting = loop {
            assert!(staying.len() < 10, "{name} takes clients without descriptors");
            let mut client = connect(to);
            client.write_all(b"at last\n").unwrap();
            client.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
            let mut answer = [0; 8];
            match client.read(&mut answer) {
                Ok(count) => assert_eq!(&answer[..count], rotated(b"at last\n"), "{name}"),
                Err(_) => break client,
            }
            // With those that serve a few at a time, the next has a turn when one leaves.
            if in_turn {
                drop(client);
            } else {
                staying.push(client);
            }
        };
        let (before, watched) = (processor_time(process.pid()), Duration::from_millis(1_000));
        is_not_answered(&name, &mut waiting, watched);
        let busy = processor_time(process.pid()) - before;
        if arguments[0] != "busy-poll" {
            assert!(busy < watched / 10, "{name} is on a processor for {busy:?} of {watched:?}");
        }
        limit_to(process.pid(), 64);
        // One that takes two at a time waits for the other before it serves the first.
        let other = arguments.ends_with(&["2"]).then(|| connect(to));
        expect(&mut waiting, b"at last\n");
        drop((waiting, staying, other));
        process.signal(Signal::TERM);
        assert_eq!(process.wait().code(), Some(0), "{name}: {}", process.stderr());
    }
}

/// An accept that goes on (`io_uring`) ends when there are no descriptors left, and is begun again. It keeps to the
/// limit that there was when it was begun, so there is one from the start.
#[test]
fn an_accept_that_goes_on_is_begun_again_when_there_is_a_descriptor() {
    let mut command = Command::new("sh");
    let script = "ulimit -S -n 20 && exec \"$0\" server io-uring --listen 127.0.0.1:0";
    command.args(["-c", script, LOOPSCOPE]);
    let mut process = Process::of(command);
    let to = process.address("listening on ");
    let mut staying = Vec::new();
    let mut waiting = loop {
        assert!(staying.len() < 20, "it takes clients without descriptors");
        let mut client = connect(to);
        client.write_all(b"at last\n").unwrap();
        client.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        if client.read_exact(&mut [0; 8]).is_err() {
            break client;
        }
        staying.push(client);
    };
    assert!(staying.len() > 2, "{} are served", staying.len());
    let (before, watched) = (processor_time(process.pid()), Duration::from_millis(1_000));
    is_not_answered("io-uring", &mut waiting, watched);
    let busy = processor_time(process.pid()) - before;
    assert!(busy < watched / 10, "it is on a processor for {busy:?} of {watched:?}");
    staying.pop();
    expect(&mut waiting, b"at last\n");
    staying.iter_mut().for_each(exchange);
    drop((waiting, staying));
    process.signal(Signal::TERM);
    assert_eq!(process.wait().code(), Some(0), "{}", process.stderr());
}
