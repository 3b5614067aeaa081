//! The limits that a server keeps to: threads and children, connections, idle time, descriptors.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use rustix::process::Signal;

use crate::client::{connect, expect};
use crate::process::{LOOPSCOPE, PATIENCE, Process, check_failure, run};

fn start(arguments: &[&str]) -> (Process, SocketAddr) {
    let mut process = Process::start(&[&["server"], arguments, &["--listen", "127.0.0.1:0"]].concat());
    let address = process.address("listening on ");
    (process, address)
}

fn exchange(stream: &mut TcpStream) {
    stream.write_all(b"Hello\n").unwrap();
    expect(stream, b"Hello\n");
}

fn served(to: SocketAddr) -> TcpStream {
    let mut stream = connect(to);
    exchange(&mut stream);
    stream
}

/// Nothing has come yet.
fn is_not_answered(stream: &mut TcpStream) {
    stream.set_nonblocking(true).unwrap();
    assert_eq!(stream.read(&mut [0; 8]).unwrap_err().kind(), ErrorKind::WouldBlock);
    stream.set_nonblocking(false).unwrap();
}

/// A client for whom there is no room waits, while the others are served, until one of them has left.
fn waits_for_room(to: SocketAddr, room: usize) {
    let mut clients: Vec<TcpStream> = (0..room).map(|_| served(to)).collect();
    let mut waiting = connect(to);
    waiting.write_all(b"at last\n").unwrap();
    for _ in 0..50 {
        clients.iter_mut().for_each(exchange);
    }
    is_not_answered(&mut waiting);
    clients.pop();
    expect(&mut waiting, b"at last\n");
    clients.iter_mut().for_each(exchange);
}

#[test]
fn what_is_set_keeps_to_the_limits_of_the_simulator_and_says_them() {
    let serve = ["serve", "--listen", "127.0.0.1:0", "--server-listen", "127.0.0.1:0", "--server", "pool"];
    let server = ["server", "pool", "--listen", "127.0.0.1:0"];
    for command in [&serve[..], &server[..]] {
        let with = |options: &[&str]| run(&[command, options].concat(), b"");
        check_failure(&with(&["--workers", "10001"]), 2, &["--workers 10001", "WORKERS_MAX", "10000"]);
        check_failure(&with(&["--clients", "100001"]), 2, &["--clients 100001", "CLIENTS_MAX", "100000"]);
        let idle = u64::MAX.to_string();
        check_failure(&with(&["--idle-timeout-ms", &idle]), 2, &["--idle-timeout-ms", "TIME_MAX"]);
        // What only a client asks for is set of a simulation alone.
        check_failure(&with(&["--url", "http://www.example.com/"]), 2, &["unexpected argument '--url'"]);
    }
}

#[test]
fn no_more_threads_and_children_run_than_may() {
    for program in ["threads", "fork"] {
        let (mut process, to) = start(&[program, "--tasks-max", "3"]);
        waits_for_room(to, 3);
        process.signal(Signal::TERM);
        assert_eq!(process.wait().code(), Some(0), "{program}");
        let said = process.stderr();
        assert_eq!(said.matches("--tasks-max 3").count(), 1, "{program}: {said}");
        assert!(said.contains("waits until one of them ends"), "{said}");
    }
}

#[test]
fn a_program_that_needs_more_threads_than_may_run_is_refused() {
    for (arguments, option) in [
        (["pool", "--workers", "9"], "--workers 9"),
        (["epoll", "--loops", "9"], "--loops 9"),
        (["mio", "--workers", "9"], "--loops 9"),
    ] {
        let output = run(&[&["server"], &arguments[..], &["--tasks-max", "7"]].concat(), b"");
        check_failure(&output, 2, &[option, "may start 7 threads", "--tasks-max"]);
    }
}

#[test]
fn no_more_connections_are_taken_than_may_be() {
    for workers in ["1", "3"] {
        let (_server, to) = start(&["mio", "--workers", workers, "--connections-max", "3"]);
        waits_for_room(to, 3);
    }
    let (mut process, to) = start(&["mio", "--workers", "1", "--connections-max", "3"]);
    // It ends as ever, though somebody waits.
    let clients: Vec<TcpStream> = (0..3).map(|_| served(to)).collect();
    let waiting = connect(to);
    process.signal(Signal::TERM);
    drop(clients);
    assert_eq!(process.wait().code(), Some(0));
    drop(waiting);
}

#[test]
fn a_connection_on_which_nothing_moves_is_ended() {
    let (mut process, to) = start(&["mio", "--workers", "2", "--idle-timeout-ms", "300"]);
    let mut clients: Vec<TcpStream> = (0..8).map(|_| served(to)).collect();
    clients[0].write_all(b"unfinished").unwrap();
    for client in &mut clients {
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        assert_eq!(client.read(&mut [0; 8]).unwrap(), 0, "the end, and nothing else");
    }
    served(to);
    process.signal(Signal::TERM);
    assert_eq!(process.wait().code(), Some(0));
}

/// How many sockets listen on a port of IPv4.
fn listeners(port: u16) -> usize {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let listens = |line: &&str| {
        let mut fields = line.split_whitespace();
        let local = fields.nth(1).unwrap_or_default();
        // The state TCP_LISTEN of the kernel.
        local.ends_with(&format!(":{port:04X}")) && fields.nth(1) == Some("0A")
    };
    table.lines().filter(listens).count()
}

#[test]
fn the_loops_of_mio_share_the_port_with_each_other_and_nobody_else() {
    let (mut process, to) = start(&["mio", "--workers", "4", "--backlog", "77"]);
    let clients: Vec<TcpStream> = (0..64).map(|_| served(to)).collect();
    assert_eq!(listeners(to.port()), 4);
    let again = run(&["server", "mio", "--workers", "4", "--listen", &to.to_string()], b"");
    check_failure(&again, 1, &["in use"]);
    process.signal(Signal::TERM);
    drop(clients);
    assert_eq!(process.wait().code(), Some(0));
    // The port is free as a whole.
    let mut next = Process::start(&["server", "mio", "--workers", "2", "--listen", &to.to_string()]);
    assert_eq!(next.address("listening on "), to);
    served(to);
}

#[test]
fn room_is_made_for_so_many_descriptors_or_none_is_promised() {
    let mut command = Command::new("sh");
    let server =
        format!("ulimit -Sn 100; exec {LOOPSCOPE} server mio --connections-max 200 --listen 127.0.0.1:0");
    command.args(["-c", &server]);
    let mut process = Process::of(command);
    let to = process.address("listening on ");
    let clients: Vec<TcpStream> = (0..150).map(|_| served(to)).collect();
    drop(clients);
    process.signal(Signal::TERM);
    assert_eq!(process.wait().code(), Some(0));
    let said = process.stderr();
    assert!(said.contains("--connections-max 200; it were 100"), "{said}");

    let output = run(&["server", "mio", "--connections-max", "4000000000"], b"");
    check_failure(&output, 1, &["descriptors"]);
}
