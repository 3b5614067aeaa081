//! Ten thousand connections at once. A test of its own: while it runs, whoever asks the system for its sockets
//! waits long for the answer.

// Processes are watched through /proc, and epoll is among the servers.
#![cfg(target_os = "linux")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use loopscope_shared::rot13::rotate;
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};

/// How many clients come.
const CLIENTS: usize = 10_000;

/// What else this process, and the server, may have open.
const BESIDE: u64 = 1_000;

/// How much more a server may have resident when the crowd has left than before it came: pages that the
/// allocator keeps for the next one.
const KEPT_MAX: usize = 16 << 20;

/// The least that it must have had resident in between for this to say anything: each client of the crowd has had
/// a buffer of 16 KiB.
const CROWD_MIN: usize = CLIENTS * 16_384;

/// How long anything may take that takes milliseconds when all is well.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server, which does not outlive its test.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        // They, and the one that is there all the time.
        let most = (CLIENTS + 1).to_string();
        let options = ["--listen", "127.0.0.1:0", "--backlog", "4096", "--connections-max", &most];
        let mut child = Command::new(env!("CARGO_BIN_EXE_loopscope"))
            .arg("server")
            .args(arguments)
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on ").unwrap().parse().unwrap();
        Self { child, address }
    }

    /// How many descriptors it has open that are connections or listeners.
    fn sockets(&self) -> usize {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap();
        let named = open.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
        named.filter(|name| name.to_string_lossy().starts_with("socket:")).count()
    }

    /// How many bytes it has resident.
    fn resident(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
    }

    fn stop(mut self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn ten_thousand_clients_are_served_at_once_and_leave_nothing_behind() {
    let needed = CLIENTS as u64 + BESIDE;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if maximum.is_some_and(|maximum| maximum < needed) {
        let why = format!("the hard limit of open descriptors is {maximum:?}, and {needed} are needed");
        let _ = writeln!(std::io::stdout(), "skipped: {why}");
        return;
    }
    if current.is_some_and(|current| current < needed) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum }).unwrap();
    }
    for arguments in [&["mio", "--workers", "1"][..], &["mio", "--workers", "2"], &["epoll"], &["event"]] {
        let server = Server::start(arguments);
        let mut control = connect(server.address);
        exchange(&mut control, 0);
        let (sockets, before) = (server.sockets(), server.resident());
        let with_all = crowd(&server);
        assert!(with_all > before + CROWD_MIN, "{arguments:?}: {with_all} bytes are resident with the crowd");
        let began = Instant::now();
        while server.sockets() != sockets {
            assert!(began.elapsed() < PATIENCE, "{arguments:?}: {} sockets are left", server.sockets());
            exchange(&mut control, 1);
        }
        let kept = server.resident().saturating_sub(before);
        assert!(kept < KEPT_MAX, "{arguments:?} keeps {kept} bytes more than it had");
        drop(control);
        server.stop();
    }
}

/// All come, then all send, then all read; that they are there at once is still so when the last is answered.
/// What the server has resident then.
fn crowd(server: &Server) -> usize {
    let mut clients: Vec<TcpStream> = (0..CLIENTS).map(|_| connect(server.address)).collect();
    for (seed, client) in clients.iter_mut().enumerate() {
        client.write_all(&line(seed)).unwrap();
    }
    for (seed, client) in clients.iter_mut().enumerate() {
        expect(client, seed);
    }
    assert!(server.sockets() > CLIENTS);
    for (seed, client) in clients.iter_mut().enumerate().step_by(100) {
        exchange(client, seed);
    }
    server.resident()
}

fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&to, PATIENCE).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn line(seed: usize) -> Vec<u8> {
    format!("This is client {seed}.\n").into_bytes()
}

fn exchange(client: &mut TcpStream, seed: usize) {
    client.write_all(&line(seed)).unwrap();
    expect(client, seed);
}

fn expect(client: &mut TcpStream, seed: usize) {
    let due: Vec<u8> = line(seed).iter().map(|byte| rotate(*byte)).collect();
    let mut answer = vec![0; due.len()];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(answer, due);
}
