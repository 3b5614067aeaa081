//! Everything at once, to every server, watched and unwatched: every byte comes back rotated, in order, none
//! lost, none added.

use std::io::Write as _;
use std::net::{Shutdown, SocketAddr};
use std::sync::mpsc::channel;
use std::thread;

use loopscope_shared::line::MAX_LINE;
use rustix::process::Signal;

use crate::client::{
    a_line_without_end, always_a_partial_line, connect, drip, expect, expect_last, half_close_at_once, line,
    lines, pour, reset, write_until_stuck,
};
use crate::process::{PATIENCE, Process, children, resident};

/// What the kernel may hold for a connection whose client does not read, on both sides and in both
/// directions: four buffers of at most 6 MiB (`tcp_rmem`, `tcp_wmem`), and the server's own.
const SWALLOWED_MAX: usize = 32 << 20;

/// What a server with all these clients may have resident. Each connection's own buffer is below 256 KiB; a
/// server that swallowed what a client does not read would be far above.
const RESIDENT_MAX: usize = 48 << 20;

#[test]
fn fork_untraced() {
    torture(Process::start(&["server", "fork", "--listen", "127.0.0.1:0"]));
}

#[test]
fn threads_untraced() {
    torture(Process::start(&["server", "threads", "--listen", "127.0.0.1:0"]));
}

#[test]
fn pool_untraced() {
    torture(Process::start(&["server", "pool", "--workers", "100", "--listen", "127.0.0.1:0"]));
}

#[test]
fn busy_poll_untraced() {
    torture(Process::start(&["server", "busy-poll", "--listen", "127.0.0.1:0"]));
}

#[test]
fn select_untraced() {
    torture(Process::start(&["server", "select", "--listen", "127.0.0.1:0"]));
}

#[test]
fn poll_untraced() {
    torture(Process::start(&["server", "poll", "--listen", "127.0.0.1:0"]));
}

#[test]
fn epoll_untraced() {
    torture(Process::start(&["server", "epoll", "--listen", "127.0.0.1:0"]));
}

#[test]
#[cfg(target_os = "linux")]
fn epoll_et_untraced() {
    torture(Process::start(&["server", "epoll-et", "--listen", "127.0.0.1:0"]));
}

#[test]
#[cfg(target_os = "linux")]
fn io_uring_untraced() {
    torture(Process::start(&["server", "io-uring", "--listen", "127.0.0.1:0"]));
}

#[test]
fn mio_untraced() {
    torture(Process::start(&["server", "mio", "--listen", "127.0.0.1:0"]));
}

#[test]
fn event_untraced() {
    torture(Process::start(&["server", "event", "--listen", "127.0.0.1:0"]));
}

#[test]
fn bufferevent_untraced() {
    torture(Process::start(&["server", "bufferevent", "--listen", "127.0.0.1:0"]));
}

#[test]
fn event_over_poll_and_select() {
    for backend in ["poll", "select"] {
        torture(Process::start(&["server", "event", "--backend", backend, "--listen", "127.0.0.1:0"]));
    }
}

#[test]
fn bufferevent_over_poll_and_select() {
    for backend in ["poll", "select"] {
        torture(Process::start(&["server", "bufferevent", "--backend", backend, "--listen", "127.0.0.1:0"]));
    }
}

#[test]
fn sequential_untraced() {
    let listen = ["--listen", "127.0.0.1:0"];
    torture_in_turn(Process::start(&[&["server", "sequential", "--clients", "1"][..], &listen].concat()));
    torture_three(Process::start(&[&["server", "sequential", "--clients", "3"][..], &listen].concat()));
}

#[test]
fn sequential_traced() {
    torture_in_turn(serve_with("sequential", &["--clients", "1"]));
    torture_three(serve_with("sequential", &["--clients", "3"]));
}

#[test]
fn fork_traced() {
    torture(serve("fork"));
}

#[test]
fn pool_traced() {
    torture(serve_with("pool", &["--workers", "100"]));
}

#[test]
fn busy_poll_traced() {
    torture(serve("busy-poll"));
}

#[test]
fn threads_traced() {
    torture(serve("threads"));
}

#[test]
fn select_traced() {
    torture(serve("select"));
}

#[test]
fn poll_traced() {
    torture(serve("poll"));
}

#[test]
fn epoll_traced() {
    torture(serve("epoll"));
}

#[test]
#[cfg(target_os = "linux")]
fn io_uring_traced() {
    torture(serve("io-uring"));
}

#[test]
#[cfg(target_os = "linux")]
fn epoll_et_traced() {
    torture(serve("epoll-et"));
}

#[test]
fn mio_traced() {
    torture(serve("mio"));
}

#[test]
fn event_traced() {
    torture(serve("event"));
}

#[test]
fn bufferevent_traced() {
    torture(serve("bufferevent"));
}

fn serve(server: &str) -> Process {
    serve_with(server, &[])
}

fn serve_with(server: &str, options: &[&str]) -> Process {
    let ports = ["--listen", "127.0.0.1:0", "--server-listen", "127.0.0.1:0"];
    let mut gateway = Process::start(&[&["serve", "--server", server][..], options, &ports].concat());
    gateway.address("page: http://");
    gateway
}

/// Where the server listens, as the next line says.
fn listens(process: &mut Process) -> SocketAddr {
    let line = process.line();
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

/// The same for a program that serves one client after the other: each comes when the one before has left.
fn torture_in_turn(mut process: Process) {
    let to = listens(&mut process);
    drip(to, &lines(600, 40));
    drip(to, &line(300, 3));
    pour(to, lines(1 << 20, 63));
    pour(to, line(100_000, 1));
    pour(to, vec![b'\n'; 5_000]);
    for length in [MAX_LINE - 1, MAX_LINE, MAX_LINE + 1] {
        pour(to, [line(length, 0), line(length, 1), line(3, 2)].concat());
    }
    a_line_without_end(to);
    always_a_partial_line(to);
    half_close_at_once(to, 50);
    stops_reading_for_a_while(to);
    (0..20).for_each(|seed| resets_in_the_middle(to, seed));
    pour(to, lines(1_000, 20));
    process.signal(Signal::TERM);
    assert_eq!(process.wait().code(), Some(0), "{}", process.stderr());
}

/// And for one that serves three, each in its turn: they send without a pause.
fn torture_three(mut process: Process) {
    let to = listens(&mut process);
    for _ in 0..3 {
        let pouring = |bytes: Vec<u8>| -> Box<dyn FnOnce() + Send> { Box::new(move || pour(to, bytes)) };
        all_at_once(vec![pouring(lines(1 << 20, 63)), pouring(lines(1 << 19, 1)), pouring(line(100_000, 1))]);
    }
    process.signal(Signal::TERM);
    assert_eq!(process.wait().code(), Some(0), "{}", process.stderr());
}

fn torture(mut process: Process) {
    let to = listens(&mut process);
    let server = children(process.pid()).first().copied().unwrap_or_else(|| process.pid());

    let mut stubborn = connect(to);
    let mut idle: Vec<_> = (0..20).map(|_| connect(to)).collect();
    let clients: Vec<Box<dyn FnOnce() + Send>> = vec![
        Box::new(move || drip(to, &lines(600, 40))),
        Box::new(move || drip(to, &line(300, 3))),
        Box::new(move || pour(to, lines(1 << 20, 63))),
        Box::new(move || pour(to, lines(1 << 20, 1))),
        Box::new(move || pour(to, line(100_000, 1))),
        Box::new(move || pour(to, vec![b'\n'; 5_000])),
        Box::new(move || {
            for length in [MAX_LINE - 1, MAX_LINE, MAX_LINE + 1] {
                pour(to, [line(length, 0), line(length, 1), line(3, 2)].concat());
            }
        }),
        Box::new(move || a_line_without_end(to)),
        Box::new(move || always_a_partial_line(to)),
        Box::new(move || half_close_at_once(to, 50)),
        Box::new(move || stops_reading_for_a_while(to)),
        Box::new(move || (0..20).for_each(|seed| resets_in_the_middle(to, seed))),
        Box::new(move || {
            let sent = write_until_stuck(&mut stubborn, SWALLOWED_MAX);
            let memory = resident(server);
            assert!(memory < RESIDENT_MAX, "{memory} bytes are resident after {} were sent", sent.len());
        }),
    ];
    all_at_once(clients);

    // Those that were silent all the time are served as if they had just come.
    for (seed, stream) in idle.iter_mut().enumerate() {
        stream.write_all(&line(10, seed)).unwrap();
        expect(stream, &line(10, seed));
    }
    process.signal(Signal::TERM);
    assert_eq!(process.wait().code(), Some(0), "{}", process.stderr());
}

/// Runs every client in a thread of its own, and fails if one fails or takes too long.
fn all_at_once(clients: Vec<Box<dyn FnOnce() + Send>>) {
    let (done, ended) = channel();
    let threads: Vec<_> = clients
        .into_iter()
        .map(|client| {
            let done = done.clone();
            thread::spawn(move || {
                client();
                let _ = done.send(());
            })
        })
        .collect();
    drop(done);
    for _ in 0..threads.len() {
        // An error is a client that failed: joining it says how.
        if ended.recv_timeout(PATIENCE).is_err() {
            break;
        }
    }
    for client in threads {
        client.join().unwrap();
    }
}

/// Sends until the server reads no more, then reads everything, and goes on as if nothing had been.
fn stops_reading_for_a_while(to: SocketAddr) {
    let mut stream = connect(to);
    let sent = write_until_stuck(&mut stream, SWALLOWED_MAX);
    let whole = sent.iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    expect(&mut stream, &sent[..whole]);
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(b"and on\n").unwrap();
    let rest = [&sent[whole..], b"and on\n"].concat();
    stream.shutdown(Shutdown::Write).unwrap();
    expect_last(&mut stream, &rest);
}

/// Resets while lines are on their way in both directions.
fn resets_in_the_middle(to: SocketAddr, seed: usize) {
    let mut stream = connect(to);
    stream.write_all(&line(1_000, seed)).unwrap();
    expect(&mut stream, &line(1_000, seed)[..500]);
    stream.write_all(&lines(20_000, 100)).unwrap();
    reset(stream);
}
