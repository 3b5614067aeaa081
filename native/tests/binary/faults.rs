//! What goes wrong in production: resets by the hundred, clients that do not read, a stop
//! under load, the sudden end of a server with children.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use rustix::process::Signal;

use crate::client::{connect, expect, line, lines, reset, rotated};
use crate::process::{Deathwatch, PATIENCE, Process, children, resident};

/// The programs that serve whoever comes, as they are started.
const EVERYONE: &[&[&str]] = &[
    &["fork"],
    &["threads"],
    &["pool", "--workers", "120"],
    &["busy-poll"],
    &["select"],
    &["poll"],
    &["epoll"],
    &["epoll", "--loops", "3"],
    &["epoll-et"],
    &["io-uring"],
    &["event"],
    &["bufferevent"],
    &["mio", "--workers", "1"],
    &["mio", "--workers", "3"],
];

/// How many clients reset their connections.
const RESETS: usize = 300;

/// How many clients do not read.
const SLOW: usize = 100;

/// What each of them sends: with all of its answer no buffer on the way would be empty.
const SLOW_BYTES: usize = 256 << 10;

/// What a server may have resident with all of them: the bound on a connection's own buffer is below 256 KiB.
const SLOW_RESIDENT_MAX: usize = 64 << 20;

/// How many clients are at work when a server is told to stop.
const AT_WORK: usize = 12;

pub(crate) fn start(arguments: &[&str]) -> (Process, SocketAddr) {
    let mut process = Process::start(&[&["server"], arguments, &["--listen", "127.0.0.1:0"]].concat());
    let address = process.address("listening on ");
    (process, address)
}

/// A client that has had a line answered.
pub(crate) fn served(to: SocketAddr) -> TcpStream {
    let mut stream = connect(to);
    exchange(&mut stream);
    stream
}

pub(crate) fn exchange(stream: &mut TcpStream) {
    stream.write_all(b"Hello, World!\n").unwrap();
    expect(stream, b"Hello, World!\n");
}

/// How many sockets a process has open. Other descriptors may still be made while the first client is served:
/// those that several loops wait with.
fn sockets(pid: u32) -> usize {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap();
    let named = open.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    named.filter(|name| name.to_string_lossy().starts_with("socket:")).count()
}

/// Exchanges lines until the server has as many sockets open as it had.
fn until_sockets_are(name: &[&str], pid: u32, count: usize, client: &mut TcpStream) {
    let began = std::time::Instant::now();
    while sockets(pid) != count {
        assert!(began.elapsed() < PATIENCE, "{name:?}: {} sockets, it were {count}", sockets(pid));
        exchange(client);
    }
}

#[test]
fn hundreds_of_resets_cost_a_server_nothing() {
    for arguments in EVERYONE {
        let (mut process, to) = start(arguments);
        let mut client = served(to);
        let before = sockets(process.pid());
        for seed in 0..RESETS {
            let mut stream = connect(to);
            // With nothing on its way, with a part of a line, with lines that are answered to nobody.
            let length = [0, 7, 3_000][seed % 3];
            stream.write_all(&lines(length, 50)[..length]).unwrap();
            reset(stream);
        }
        until_sockets_are(arguments, process.pid(), before, &mut client);
        drop(client);
        process.signal(Signal::TERM);
        assert_eq!(process.wait().code(), Some(0), "{arguments:?}: {}", process.stderr());
    }
}

#[test]
fn a_hundred_clients_that_do_not_read_hold_up_nobody() {
    let bytes = lines(SLOW_BYTES, 63);
    for arguments in EVERYONE {
        let (mut process, to) = start(arguments);
        let mut quick = served(to);
        let mut slow: Vec<(TcpStream, usize)> = (0..SLOW)
            .map(|_| {
                let mut stream = served(to);
                stream.set_nonblocking(true).unwrap();
                let mut sent = 0;
                while let Ok(count @ 1..) = stream.write(&bytes[sent..]) {
                    sent += count;
                }
                (stream, sent)
            })
            .collect();
        for _ in 0..20 {
            exchange(&mut quick);
        }
        let memory = resident(process.pid());
        assert!(memory < SLOW_RESIDENT_MAX, "{arguments:?}: {memory} bytes are resident");
        // They read after all, and miss nothing.
        for (stream, sent) in &mut slow {
            stream.set_nonblocking(false).unwrap();
            let whole = bytes[..*sent].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
            expect(stream, &bytes[..whole]);
        }
        drop((slow, quick));
        process.signal(Signal::TERM);
        assert_eq!(process.wait().code(), Some(0), "{arguments:?}: {}", process.stderr());
    }
}

#[test]
fn a_line_that_was_sent_before_the_stop_is_answered() {
    for arguments in EVERYONE {
        let (mut process, to) = start(arguments);
        let stopping = Arc::new(AtomicBool::new(false));
        let (busy, at_work) = channel();
        let clients: Vec<_> = (0..AT_WORK)
            .map(|seed| {
                let (stopping, busy) = (stopping.clone(), busy.clone());
                thread::spawn(move || {
                    let mut stream = served(to);
                    for round in 0.. {
                        let line = line(50 + seed, round);
                        let written = stream.write_all(&line);
                        if stopping.load(Ordering::SeqCst) {
                            return check_the_last(&mut stream, &line);
                        }
                        // It was sent before the stop.
                        written.unwrap();
                        expect(&mut stream, &line);
                        if round == 5 {
                            busy.send(()).unwrap();
                        }
                    }
                })
            })
            .collect();
        for _ in 0..AT_WORK {
            at_work.recv_timeout(PATIENCE).expect("every client is at work");
        }
        stopping.store(true, Ordering::SeqCst);
        process.signal(Signal::TERM);
        for client in clients {
            client.join().unwrap();
        }
        assert_eq!(process.wait().code(), Some(0), "{arguments:?}: {}", process.stderr());
    }
}

/// A client that says nothing and does not leave is not waited for: a server need not have the whole time there is
/// for those with which something is under way.
#[test]
fn who_says_nothing_holds_up_no_stop() {
    let all = EVERYONE.iter().copied().chain([&["sequential", "--clients", "2"][..]]);
    for arguments in all {
        let (mut process, to) = start(&[arguments, &["--drain-ms", "600000"]].concat());
        let mut silent = match arguments[0] {
            // Each is served in its turn.
            "sequential" => vec![connect(to), connect(to)],
            _ => (0..3).map(|_| served(to)).collect(),
        };
        if arguments[0] == "sequential" {
            silent.iter_mut().for_each(exchange);
        }
        // One that has begun a line is no different.
        silent[1].write_all(b"a part").unwrap();
        process.signal(Signal::TERM);
        assert_eq!(process.wait().code(), Some(0), "{arguments:?}: {}", process.stderr());
        for mut client in silent {
            assert_eq!(client.read(&mut [0; 8]).unwrap_or(0), 0, "{arguments:?}");
        }
    }
}

/// Who was connected when the order came is served, even if nobody had accepted the connection.
#[test]
fn who_waits_to_be_accepted_is_answered_before_the_end() {
    for arguments in EVERYONE {
        let (mut process, to) = start(arguments);
        served(to);
        process.signal(Signal::STOP);
        let mut clients: Vec<TcpStream> = (0..5).map(|_| connect(to)).collect();
        for client in &mut clients {
            client.write_all(b"Hello, World!\n").unwrap();
        }
        process.signal(Signal::TERM);
        process.signal(Signal::CONT);
        for client in &mut clients {
            expect(client, b"Hello, World!\n");
        }
        assert_eq!(process.wait().code(), Some(0), "{arguments:?}: {}", process.stderr());
    }
}

/// A line that may have come too late: all of its answer comes, or a beginning of it, and nothing else.
fn check_the_last(stream: &mut TcpStream, line: &[u8]) {
    // A program that blocks serves on until its client ends.
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    // An end by reset is an end, too.
    let _ = stream.read_to_end(&mut answer);
    assert!(rotated(line).starts_with(&answer), "{:?}", answer.escape_ascii().to_string());
}

#[test]
fn the_children_of_a_forking_server_end_with_it_however_it_ends() {
    let (mut process, to) = start(&["fork"]);
    let clients: Vec<TcpStream> = (0..5).map(|_| served(to)).collect();
    let children = children(process.pid());
    assert_eq!(children.len(), clients.len());
    let deaths: Vec<Deathwatch> = children.into_iter().map(Deathwatch::over).collect();
    process.signal(Signal::KILL);
    for death in deaths {
        death.wait();
    }
    assert_eq!(process.wait().code(), None);
    for mut client in clients {
        assert_eq!(client.read(&mut [0; 8]).unwrap_or(0), 0);
    }
}
