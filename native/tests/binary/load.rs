//! `loopscope send` as a load: its summary, and what it says of servers that answer wrongly or not at all.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use serde_json::Value;

use crate::process::{Process, check_failure, run};

/// A server of one client, which gives so many right answers and then what it is told to.
fn server(right: usize, then: impl Fn(&mut dyn std::io::Write) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let lines = BufReader::new(client.try_clone().unwrap()).split(b'\n');
        for (number, line) in lines.map_while(Result::ok).enumerate() {
            if number == right {
                then(&mut client);
                return;
            }
            let answer: Vec<u8> = line.iter().map(|byte| loopscope_shared::rot13::rotate(*byte)).collect();
            client.write_all(&[&answer[..], b"\n"].concat()).unwrap();
        }
    });
    address
}

#[test]
fn every_line_is_answered_and_the_summary_says_so() {
    let mut process = Process::start(&["server", "epoll", "--listen", "127.0.0.1:0"]);
    let to = process.address("listening on ").to_string();
    for more in [
        &["--lines", "300"][..],
        &["--lines", "300", "--conns", "7", "--pipeline", "11", "--bytes", "1000"],
        &["--lines", "300", "--bytes", "1", "--pipeline", "300"],
        &["--lines", "30", "--rate", "3000", "--conns", "3"],
        // More in flight than the buffers on the way hold.
        &["--lines", "300", "--pipeline", "300", "--bytes", "65536"],
    ] {
        let output = run(&[&["send", "--to", &to, "--json"], more].concat(), b"");
        assert!(output.status.success(), "{more:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stderr.is_empty(), "no progress bar but on a terminal");
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(summary["lines"].to_string(), more[1], "{summary}");
        let latency = &summary["latency_us"];
        let order = ["p50", "p90", "p99", "p99.9", "max"].map(|name| latency[name].as_f64().unwrap());
        assert!(order[0] > 0.0 && order.is_sorted(), "{summary}");
        assert!(summary["lines_per_second"].as_f64().unwrap() > 0.0, "{summary}");
    }
    let output = run(&["send", "--to", &to, "--lines", "20"], b"");
    let words = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(words.contains("20 lines of 64 bytes") && words.contains("p99.9"), "{words}");
}

#[test]
fn a_pace_is_kept_and_a_duration_ends_it() {
    let mut process = Process::start(&["server", "select", "--listen", "127.0.0.1:0"]);
    let to = process.address("listening on ").to_string();
    let load = ["--rate", "200", "--duration", "0.5", "--json"];
    let output = run(&[&["send", "--to", &to], &load[..]].concat(), b"");
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (lines, seconds) = (summary["lines"].as_u64().unwrap(), summary["seconds"].as_f64().unwrap());
    assert!((1..=101).contains(&lines), "{summary}");
    assert!(seconds >= 0.5, "{summary}");
}

#[test]
fn a_wrong_answer_is_told_and_fails() {
    let to = server(2, |client| client.write_all(b"not this\n").unwrap());
    let output = run(&["send", "--to", &to.to_string(), "--lines", "10"], b"");
    check_failure(&output, 1, &["wrong answer", "line 3", "not this"]);
}

#[test]
fn a_missing_answer_is_told_and_fails() {
    let to = server(4, |_| {});
    let output = run(&["send", "--to", &to.to_string(), "--lines", "10"], b"");
    check_failure(&output, 1, &["ended the connection after 4 answers"]);
}

#[test]
fn a_load_that_makes_no_sense_is_refused() {
    for (more, words) in [
        (&["--conns", "0"][..], &["--conns 0", "from 1 to"][..]),
        (&["--conns", "20000", "--pipeline", "1000"], &["1000000", "in flight"]),
        (&["--rate=-1"], &["--rate -1"]),
        (&["--rate", "nan"], &["--rate", "above 0"]),
        (&["--lines", "0"], &["--lines 0"]),
        (&["--lines", "3", "a line"], &["--lines"]),
    ] {
        check_failure(&run(&[&["send"], more].concat(), b""), 2, words);
    }
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    check_failure(&run(&["send", "--to", &free, "--lines", "1"], b""), 1, &["no server listens", &free]);
}
