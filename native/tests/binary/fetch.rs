//! `loopscope fetch`: the blocking client, on real sockets, against servers of the tests' own.

use std::io::{Read as _, Write as _};
use std::net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use crate::process::{check_failure, run};

/// A server on that address that takes one request and does what it is told to. Gives the request.
fn server(
    address: impl Into<SocketAddr>,
    answer: impl FnOnce(TcpStream) + Send + 'static,
) -> Option<(SocketAddr, JoinHandle<String>)> {
    let listener = TcpListener::bind(address.into()).ok()?;
    let address = listener.local_addr().unwrap();
    let serving = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            client.read_exact(&mut byte).unwrap();
            request.extend(byte);
        }
        answer(client);
        String::from_utf8(request).unwrap()
    });
    Some((address, serving))
}

fn says(answer: impl AsRef<[u8]> + Send + 'static) -> impl FnOnce(TcpStream) + Send + 'static {
    move |mut client| {
        // The client may have had enough.
        let _ = client.write_all(answer.as_ref());
    }
}

const LOOPBACK: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

#[test]
fn the_body_is_printed_and_the_head_if_it_is_asked_for() {
    const ANSWER: &str = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nHello\r\n\r\nthere\n";
    for (more, expected) in [(&[][..], "Hello\r\n\r\nthere\n"), (&["-i"], ANSWER)] {
        let (address, serving) = server(LOOPBACK, says(ANSWER)).unwrap();
        let url = format!("http://{address}/a?b");
        let output = run(&[&["fetch", &url], more].concat(), b"");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
        let request = format!("GET /a?b HTTP/1.0\r\nHost: {address}\r\n\r\n");
        assert_eq!(serving.join().unwrap(), request);
    }
}

#[test]
fn a_long_answer_arrives_whole() {
    let body: Vec<u8> = (0..1_000_000).map(|at| (at % 251) as u8).collect();
    let answer = [b"HTTP/1.0 200 OK\r\n\r\n", &body[..]].concat();
    let (address, _) = server(LOOPBACK, says(answer)).unwrap();
    assert_eq!(run(&["fetch", &format!("http://{address}/")], b"").stdout, body);
}

#[test]
fn a_name_is_looked_up_and_each_of_its_addresses_tried() {
    // localhost may be ::1 first, where nobody listens.
    let (address, serving) = server(LOOPBACK, says("HTTP/1.0 200 OK\r\n\r\nby name")).unwrap();
    let url = format!("http://localhost:{}/", address.port());
    let output = run(&["fetch", &url, "--trace"], b"");
    assert_eq!(output.stdout, b"by name");
    let trace = String::from_utf8_lossy(&output.stderr);
    for word in ["getaddrinfo", "connect", "send", "recv", "close"] {
        assert!(trace.contains(word), "{word} is not in {trace}");
    }
    assert!(serving.join().unwrap().contains("Host: localhost:"));
}

#[test]
fn an_address_of_ipv6_is_fetched_from() {
    // Some machines have none.
    let Some((address, serving)) = server((Ipv6Addr::LOCALHOST, 0), says("HTTP/1.0 200 OK\r\n\r\nsix"))
    else {
        return;
    };
    assert_eq!(run(&["fetch", &format!("http://{address}/")], b"").stdout, b"six");
    assert!(serving.join().unwrap().contains(&format!("Host: {address}\r\n")));
}

#[test]
fn what_goes_wrong_is_said() {
    let fails = |answer: &'static str, more: &[&str], words: &[&str]| {
        let (address, _) = server(LOOPBACK, says(answer)).unwrap();
        let output = run(&[&["fetch", &format!("http://{address}/")], more].concat(), b"");
        check_failure(&output, 1, words);
        output
    };
    let absent = fails("HTTP/1.0 404 Not Found\r\n\r\nnot here", &[], &["404 Not Found"]);
    assert_eq!(absent.stdout, b"not here");
    fails("220 mail.example.com\r\n", &[], &["not HTTP"]);
    fails("HTTP/1.0 200 OK\r\nHalf-a-he", &[], &["before its head"]);
    fails(
        "HTTP/1.0 200 OK\r\n\r\n1234567890",
        &["--max-bytes", "20"],
        &["more than 20 bytes", "--max-bytes"],
    );

    let free = TcpListener::bind(SocketAddr::from(LOOPBACK)).unwrap().local_addr().unwrap();
    check_failure(&run(&["fetch", &format!("http://{free}/")], b""), 1, &["nobody listens"]);
    check_failure(&run(&["fetch", "http://no-such-host.invalid/"], b""), 1, &["no address is known"]);
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for_without_end() {
    let (end, over) = std::sync::mpsc::channel::<()>();
    let quiet = move |client| {
        // Until the test is over.
        let _ = over.recv();
        drop(client);
    };
    let (address, _) = server(LOOPBACK, quiet).unwrap();
    let output = run(&["fetch", &format!("http://{address}/"), "--timeout", "0.2"], b"");
    check_failure(&output, 1, &["within 0.2 s", "--timeout"]);
    drop(end);
}

#[test]
fn what_cannot_be_fetched_is_refused() {
    for (url, words) in [
        ("https://example.com/", &["no TLS", "http://"][..]),
        ("example.com", &["write http://host"]),
        ("http://example.com/a b", &["without blanks"]),
        ("http://example.com/\r\nEvil: yes", &["without blanks"]),
    ] {
        check_failure(&run(&["fetch", url], b""), 2, words);
    }
    check_failure(&run(&["fetch", "http://127.0.0.1:1/", "--timeout", "0"], b""), 2, &["--timeout 0"]);
    check_failure(&run(&["server", "client"], b""), 2, &["loopscope fetch"]);
}
