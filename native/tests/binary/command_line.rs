//! What can be typed: clear messages for what cannot be done, and a clean end.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::client::{connect, expect, expect_last, line, lines, rotated, write_until_stuck};
use crate::process::{Deathwatch, LOOPSCOPE, Process, check_failure, children, run};

const SERVERS: [&str; 5] = ["select", "epoll", "event", "bufferevent", "mio"];

fn server(name: &str) -> (Process, std::net::SocketAddr) {
    let mut server = Process::start(&["server", name, "--listen", "127.0.0.1:0"]);
    let address = server.address("listening on ");
    (server, address)
}

#[test]
fn the_first_line_says_where_the_server_listens() {
    let mut server = Process::start(&["server", "mio", "--listen", "127.0.0.1:0"]);
    let first = server.line();
    let port = first.strip_prefix("listening on 127.0.0.1:").expect("the line has this form");
    assert_ne!(port.parse::<u16>().unwrap(), 0);
}

#[test]
fn a_port_in_use_is_said_with_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let port = format!("port {}", taken.local_addr().unwrap().port());
    let output = run(&["server", "mio", "--listen", &address], b"");
    check_failure(&output, 1, &[&port, "in use", "choose another port"]);
    let output = run(&["serve", "--listen", &address, "--server-listen", "127.0.0.1:0"], b"");
    check_failure(&output, 1, &[&port, "in use", "--listen"]);
    let output = run(&["serve", "--listen", "127.0.0.1:0", "--server-listen", &address], b"");
    check_failure(&output, 1, &[&port, "in use", "--server-listen"]);
}

#[test]
fn an_address_that_is_not_ours_is_said_with_what_to_do() {
    // 192.0.2.0/24 is for documentation (RFC 5737): no machine has it.
    let output = run(&["server", "mio", "--listen", "192.0.2.1:0"], b"");
    check_failure(&output, 1, &["192.0.2.1", "no address of this machine", "127.0.0.1"]);
    for nonsense in ["nonsense", "8013", "localhost", "127.0.0.1:99999"] {
        let output = run(&["server", "mio", "--listen", nonsense], b"");
        check_failure(&output, 2, &[nonsense, "--listen", "such as 127.0.0.1:40713"]);
    }
    let mut server = Process::start(&["server", "mio", "--listen", "localhost:0"]);
    assert!(server.address("listening on ").ip().is_loopback());
}

#[test]
fn an_unknown_server_is_told_the_known_ones() {
    for command in [&["server", "nginx"][..], &["serve", "--server", "nginx"]] {
        let output = run(command, b"");
        check_failure(&output, 2, &["nginx", "event, bufferevent, mio", "loopscope servers"]);
    }
}

#[test]
fn the_page_is_offered_on_loopback_only() {
    for address in ["0.0.0.0:0", "192.0.2.1:8013", "[::]:0"] {
        let output = run(&["serve", "--listen", address], b"");
        check_failure(&output, 2, &[address, "loopback only", "127.0.0.1"]);
    }
}

#[test]
fn the_tap_is_not_for_people() {
    let output = run(&["server", "mio", "--listen", "127.0.0.1:0", "--tap"], b"");
    check_failure(&output, 1, &["--trace"]);
}

#[test]
fn lines_are_sent_and_answered() {
    let (_server, address) = server("mio");
    let to = address.to_string();
    let output = run(&["send", "--to", &to, "Hello, World!", "two"], b"");
    assert_eq!(output.stdout, b"Uryyb, Jbeyq!\ngjb\n");
    assert_eq!(output.status.code(), Some(0));
    let output = run(&["send", "--to", &to], b"from standard input\nthe last has no end");
    assert_eq!(output.stdout, b"sebz fgnaqneq vachg\ngur ynfg unf ab raq\n");
    let much = lines(8 << 20, 80);
    let output = run(&["send", "--to", &to], &much);
    assert!(output.stdout == rotated(&much), "8 MiB come back whole");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_missing_server_or_answer_is_said() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let output = run(&["send", "--to", &free, "anybody?"], b"");
    check_failure(&output, 1, &[&free, "no server listens", "loopscope server"]);

    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let to = deaf.local_addr().unwrap().to_string();
    let ending = std::thread::spawn(move || {
        let (mut client, _) = deaf.accept().unwrap();
        client.read_to_end(&mut Vec::new()).unwrap();
    });
    let output = run(&["send", "--to", &to, "anybody?"], b"");
    check_failure(&output, 1, &["ended the connection", "0 bytes of answers"]);
    ending.join().unwrap();
}

#[test]
fn the_catalogue_is_for_people_and_programs() {
    let output = run(&["servers"], b"");
    let text = String::from_utf8(output.stdout).unwrap();
    let output = run(&["servers", "--json"], b"");
    let entries: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let names: Vec<_> =
        entries.as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap()).collect();
    assert_eq!(names.join(", "), loopscope_shared::servers::names());
    for entry in entries.as_array().unwrap() {
        for field in ["idea", "lesson", "systems"] {
            let said = entry[field].as_str().unwrap();
            assert!(!said.is_empty() && text.contains(said), "{field}: {said}");
        }
    }
}

#[test]
fn a_trace_says_in_words_what_the_server_does() {
    let mut server = Process::start(&["server", "epoll", "--listen", "127.0.0.1:0", "--trace"]);
    let address = server.address("listening on ").to_string();
    assert_eq!(run(&["send", "--to", &address, "Hello"], b"").stdout, b"Uryyb\n");
    server.signal(Signal::TERM);
    assert_eq!(server.wait().code(), Some(0));
    let trace = server.stderr();
    for words in ["(epoll) begins", "\"Hello\\n\"", "servers/epoll.rs", "ends with status 0"] {
        assert!(trace.contains(words), "the trace lacks {words:?}: {trace}");
    }
}

/// What is still owed when the order to stop comes is answered; idle clients and those in the middle of a
/// line hold up nothing.
#[test]
fn a_signal_ends_a_server_cleanly() {
    for name in SERVERS {
        for signal in [Signal::TERM, Signal::INT] {
            let (mut server, address) = server(name);
            let mut idle = connect(address);
            let mut halfway = connect(address);
            halfway.write_all(b"not a whole li").unwrap();
            // Lines in flight: more than the kernel holds, so that the server must go on after the order.
            let mut owed = connect(address);
            let sent = write_until_stuck(&mut owed, 32 << 20);
            server.signal(signal);
            let complete = complete_prefix(&mut owed, &sent);
            assert!(complete > 0, "{name}: nothing was answered");
            for stream in [&mut idle, &mut halfway] {
                expect_last(stream, b"");
            }
            // The server has said goodbye; it waits until its clients have gone.
            drop((owed, idle, halfway));
            assert_eq!(server.wait().code(), Some(0), "{name} after {signal:?}: {}", server.stderr());
        }
    }
}

/// Reads to the end, checks that what came is a beginning of what is due, and returns how much it was. The
/// server answers what it had read, and that need not be all that was on its way.
fn complete_prefix(stream: &mut std::net::TcpStream, sent: &[u8]) -> usize {
    let mut answer = Vec::new();
    // The end must come in order, though the server leaves input unanswered: a reset would be an error here.
    stream.read_to_end(&mut answer).unwrap();
    assert!(rotated(sent).starts_with(&answer), "{} bytes are not those that were sent", answer.len());
    assert_eq!(answer.last(), Some(&b'\n'), "the last line is a whole one");
    answer.len()
}

#[test]
fn what_was_received_before_the_signal_is_answered_after_it() {
    for name in SERVERS {
        let (mut server, address) = server(name);
        let mut client = connect(address);
        client.write_all(&line(5, 0)).unwrap();
        expect(&mut client, &line(5, 0));
        // The server is stopped while the lines and the signal arrive, so both are there when it goes on.
        server.signal(Signal::STOP);
        client.write_all(&lines(2_000, 20)).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        server.signal(Signal::TERM);
        server.signal(Signal::CONT);
        expect(&mut client, &lines(2_000, 20));
        assert_eq!(server.wait().code(), Some(0), "{name}");
    }
}

#[test]
fn a_client_that_does_not_read_holds_up_the_end_only_so_long() {
    let mut server = Process::start(&["server", "mio", "--listen", "127.0.0.1:0", "--drain-ms", "200"]);
    let address = server.address("listening on ");
    let mut stubborn = connect(address);
    write_until_stuck(&mut stubborn, 32 << 20);
    server.signal(Signal::TERM);
    assert_eq!(server.wait().code(), Some(0));
    assert!(server.stderr().contains("--drain-ms"));
}

#[test]
fn a_port_can_be_had_again_at_once() {
    let (mut first, address) = server("mio");
    let mut client = connect(address);
    client.write_all(b"a\n").unwrap();
    expect(&mut client, b"a\n");
    first.signal(Signal::TERM);
    first.wait();
    let mut second = Process::start(&["server", "mio", "--listen", &address.to_string()]);
    assert_eq!(second.address("listening on "), address);
}

/// However a gateway ends, its server ends with it.
#[test]
fn no_server_outlives_its_gateway() {
    for signal in [Signal::TERM, Signal::INT, Signal::KILL] {
        let mut gateway =
            Process::start(&["serve", "--listen", "127.0.0.1:0", "--server-listen", "127.0.0.1:0"]);
        gateway.address("page: http://");
        let mut client = connect(gateway.address("rot13: "));
        client.write_all(b"a\n").unwrap();
        expect(&mut client, b"a\n");
        let server = children(gateway.pid());
        assert_eq!(server.len(), 1, "the server is a process of its own");
        let death = Deathwatch::over(server[0]);
        gateway.signal(signal);
        let status = gateway.wait();
        death.wait();
        if signal != Signal::KILL {
            assert_eq!(status.code(), Some(0), "after {signal:?}: {}", gateway.stderr());
        }
    }
}

#[test]
fn output_that_nobody_reads_any_more_is_no_failure() {
    let (_server, address) = server("mio");
    let mut sending = Command::new(LOOPSCOPE)
        .args(["send", "--to", &address.to_string(), "one", "two"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(sending.stdout.take());
    let output = sending.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[cfg(target_os = "linux")]
fn a_back_end_that_the_system_lacks_is_said_so() {
    for server in ["event", "bufferevent"] {
        let output = run(&["server", server, "--backend", "kqueue", "--listen", "127.0.0.1:0"], b"");
        check_failure(&output, 1, &[server, "ENOSYS", "no such system call here"]);
    }
}
