//! nginx, redis-server, a Python server with `selectors`, an HTTP server of Node's.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;
use serde_json::Value;

use crate::agree::import;
use crate::traced::{LOOPSCOPE, Traced, connect, exchange, free_port, fresh};

/// How many connections each program gets.
const CONNECTIONS: usize = 12;

/// How many exchanges are made on those that stay.
const EXCHANGES: usize = 10;

/// Larger than what the send buffer takes at once.
const LARGE: usize = 3_000_000;

/// Ends the program, and checks its log.
fn check(name: &str, traced: Traced) {
    let open = traced.settled();
    let log = traced.end(Signal::TERM);
    let imported = import(&log, name);
    imported.agrees_with_the_script(&log);
    imported.agrees_with_the_system(&open);
    shows_no_trouble(&log);
}

/// These programs are careful, so nothing may be found in their logs. Only how long something took is the machine's
/// business: a turn of a loop can be long because the machine had other things to do.
fn shows_no_trouble(log: &Path) {
    let mut command = Command::new(LOOPSCOPE);
    let output = command.arg("findings").arg(log).arg("--json").output().expect("it runs");
    assert_ne!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let found = told["findings"].as_array().expect("it is a list").iter();
    let alarms: Vec<&Value> = found.filter(|finding| finding["kind"] != "long-turn").collect();
    assert_eq!(alarms, [] as [&Value; 0]);
}

/// Asks for something over HTTP and reads until the connection ends.
fn get(port: u16, path: &str) -> Vec<u8> {
    let mut stream = connect(port);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    assert!(
        answer.starts_with(b"HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(&answer[..answer.len().min(99)])
    );
    answer
}

#[test]
fn nginx_is_imported_without_a_line_unread() {
    let root = fresh("nginx.root");
    fs::create_dir_all(&root).expect("a directory can be made");
    fs::write(root.join("small"), "hello\n").expect("it can be written");
    fs::write(root.join("large"), vec![b'x'; LARGE]).expect("it can be written");
    let port = free_port();
    let place = root.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary: String = temporary.iter().map(|of| format!("{of}_temp_path {place}/{of};\n")).collect();
    let configuration = format!(
        "daemon off; worker_processes 2; user root; pid {place}/pid; error_log {place}/errors;\n\
         events {{ worker_connections 64; }}\n\
         http {{ access_log {place}/access; sendfile on;\n{temporary}\
         server {{ listen 127.0.0.1:{port}; root {place}; }} }}\n"
    );
    let path = root.join("nginx.conf");
    fs::write(&path, configuration).expect("it can be written");
    let path = path.display().to_string();
    let traced = Traced::start("nginx", &[], &["nginx", "-e", "/dev/null", "-c", &path]);
    for _ in 0..CONNECTIONS {
        assert!(get(port, "/small").ends_with(b"hello\n"));
    }
    assert!(get(port, "/large").len() > LARGE);
    // One stays open, so that its descriptor is among those that are compared.
    let mut stays = connect(port);
    exchange(&mut stays, b"GET /small HTTP/1.1\r\nHost: x\r\n\r\n", 100);
    check("nginx", traced);
    let _ = fs::remove_dir_all(root);
}

#[test]
fn redis_is_imported_without_a_line_unread() {
    let port = free_port();
    let number = port.to_string();
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).display().to_string();
    let program =
        ["redis-server", "--port", &number, "--bind", "127.0.0.1", "--save", "", "--dir", &directory];
    let traced = Traced::start("redis", &[], &program);
    let mut clients: Vec<_> = (0..CONNECTIONS).map(|_| connect(port)).collect();
    for client in &mut clients {
        for _ in 0..EXCHANGES {
            let answer = exchange(client, b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$2\r\nbc\r\n", 5);
            assert_eq!(answer, b"+OK\r\n");
        }
    }
    clients.truncate(CONNECTIONS / 2);
    check("redis", traced);
}

#[test]
fn a_python_server_is_imported_without_a_line_unread() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/strace/echo.py");
    let mut traced = Traced::start("python", &["-s", "0"], &["python3", &script.display().to_string()]);
    let port = traced.line().parse().expect("it prints its port");
    let mut clients: Vec<_> = (0..CONNECTIONS).map(|_| connect(port)).collect();
    for client in &mut clients {
        for _ in 0..EXCHANGES {
            assert_eq!(exchange(client, b"hello\n", 6), b"hello\n");
        }
    }
    clients.truncate(CONNECTIONS / 2);
    check("python", traced);
}

#[test]
fn a_node_server_is_imported_without_a_line_unread() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/strace/hello.js");
    let mut traced = Traced::start("node", &["-xx", "-v"], &["node", &script.display().to_string()]);
    let port = traced.line().parse().expect("it prints its port");
    for _ in 0..CONNECTIONS {
        assert!(get(port, "/there").ends_with(b"hello /there\n"));
    }
    check("node", traced);
}

/// Its threads and children are tasks of the log, as any other's.
#[test]
fn our_own_servers_are_imported_without_a_line_unread() {
    for name in ["epoll", "threads", "fork", "io-uring"] {
        let program = [LOOPSCOPE, "server", name, "--listen", "127.0.0.1:0"];
        let mut traced = Traced::start(name, &["-s", "100"], &program);
        let line = traced.line();
        let port = line.rsplit(':').next().and_then(|port| port.parse().ok()).expect("it prints its address");
        let mut clients: Vec<_> = (0..CONNECTIONS).map(|_| connect(port)).collect();
        for client in &mut clients {
            for _ in 0..EXCHANGES {
                assert_eq!(exchange(client, b"hello\n", 6), b"uryyb\n");
            }
        }
        drop(clients);
        check(name, traced);
    }
}
