//! Traces as they are made and read at the command line.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use loopscope_shared::trace::Hash;
use loopscope_shared::trace::file::{Origin, Reader};
use loopscope_shared::world::World;
use rustix::process::Signal;
use serde_json::Value;

use crate::process::{LOOPSCOPE, PATIENCE, Process, check_failure, children, run, signal_to};
use crate::simulate::{said, text};
use crate::viewer::{Gateway, Viewer};

/// The path of a file that is not there.
fn fresh(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&path);
    path
}

/// A trace without damage, and the world at its end.
#[track_caller]
fn whole(path: &Path) -> (Reader<File>, World) {
    let mut reader = Reader::open(File::open(path).unwrap()).unwrap();
    reader.check().unwrap();
    assert_eq!(reader.damage(), []);
    let end = reader.world_at(reader.numbers().1).unwrap();
    (reader, end)
}

/// Why the recording ended.
fn why(reader: &Reader<File>) -> &str {
    &reader.closing().expect("the file was ended").why
}

/// A recorder with a server of its own, on a port that the system chose, which it returns.
fn recorder(out: &Path, options: &[&str]) -> (Process, String) {
    let usual = ["record", "--out", text(out), "--server-listen", "127.0.0.1:0"];
    let mut recorder = Process::start(&[&usual, options].concat());
    let rot13 = recorder.address("rot13: ").to_string();
    assert_eq!(recorder.line(), format!("recording to {}", out.display()));
    (recorder, rot13)
}

/// Waits until an accepted client is in the file, which is still being written.
fn until_written(path: &Path) {
    let end = Instant::now() + PATIENCE;
    let accepted = || {
        let mut reader = Reader::open(File::open(path).ok()?).ok()?;
        let end = reader.numbers().1;
        Some(reader.world_at(end).ok()?.tally.accepted)
    };
    while accepted().unwrap_or_default() == 0 {
        assert!(Instant::now() < end, "nothing was written within {PATIENCE:?}");
        std::thread::sleep(BETWEEN_LOOKS);
    }
}

/// Between two looks at a file that grows.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

fn send(rot13: &str, arguments: &[&str]) {
    said(&[&["send", "--to", rot13], arguments].concat());
}

#[test]
fn a_simulated_run_is_recorded_and_told_of() {
    let out = fresh("simulated.loopscope");
    let run_it =
        ["sim", "--scenario", "three-clients", "--server", "event", "--record", text(&out), "--json"];
    let figures: Value = serde_json::from_str(&said(&run_it)).unwrap();
    let (mut reader, _) = whole(&out);
    let mut hash = Hash::default();
    reader.pieces().for_each(|piece| hash.extend(&piece.unwrap().batch));
    assert_eq!(hash.to_string(), figures["trace_hash"].as_str().unwrap());
    let header = reader.header();
    assert_eq!(header.scenario.as_ref().unwrap().name, "three-clients");
    assert!(header.sources.iter().any(|source| source.name == "servers/event.rs"));
    assert!(header.sources.iter().any(|source| source.name == "reactor/base.rs"));

    let facts: Value = serde_json::from_str(&said(&["info", text(&out), "--json"])).unwrap();
    for (fact, figure) in [
        ("events", "events"),
        ("connections", "accepted"),
        ("received", "received_bytes"),
        ("calls", "calls"),
    ] {
        assert_eq!(facts[fact], figures[figure], "{fact}");
    }
    let words = said(&["info", text(&out)]);
    for word in ["event", "simulated", "three-clients, seed", "virtual time", "1 began", "3 accepted"] {
        assert!(words.contains(word), "{word}: {words}");
    }
    // What is there is left alone.
    check_failure(&run(&run_it, b""), 1, &["simulated.loopscope is there already", "another name"]);
}

#[test]
fn a_server_is_recorded_until_it_is_told_to_end() {
    let out = fresh("recorded.loopscope");
    let (mut recorder, rot13) = recorder(&out, &["--server", "epoll"]);
    send(&rot13, &["Hello", "world"]);
    recorder.signal(Signal::INT);
    assert!(recorder.wait().success(), "{}", recorder.stderr());
    let (reader, end) = whole(&out);
    assert_eq!(why(&reader), "it was told to end");
    assert_eq!((end.tally.accepted, end.tally.received, end.tally.sent), (1, 12, 12));
    assert_eq!(end.violations, []);
    let header = reader.header();
    assert_eq!((&header.origin, header.program.as_str()), (&Origin::Recorded, "epoll"));
    assert_eq!(header.machine.as_ref().map(|machine| machine.system.as_str()), Some("linux"));
    assert!(header.sources[0].text.contains("pub async fn serve"));
    // The clock of whoever recorded it says when it was.
    let age = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() - u128::from(header.began_unix_ns.unwrap());
    assert!(age < 60_000_000_000, "{age}");
}

#[test]
fn a_recording_ends_with_its_server_and_keeps_what_was() {
    let out = fresh("killed.loopscope");
    let (mut recorder, rot13) = recorder(&out, &["--server", "select"]);
    send(&rot13, &["Hello"]);
    // What is still in the server when it is killed, nobody hears of.
    until_written(&out);
    children(recorder.pid()).into_iter().for_each(|server| signal_to(server, Signal::KILL));
    assert!(recorder.wait().success(), "{}", recorder.stderr());
    let (reader, end) = whole(&out);
    assert!(why(&reader).contains("was killed by signal 9"), "{}", why(&reader));
    assert_eq!(end.tally.accepted, 1);
}

#[tokio::test]
async fn what_a_gateway_shows_is_recorded() {
    let gateway = Gateway::start(&["--server", "mio"]);
    send(&gateway.rot13.to_string(), &["before"]);
    // The gateway knows of it.
    Viewer::join(gateway.page).await.until_world(|world| world.tally.closed == 1).await;
    let out = fresh("attached.loopscope");
    let address = format!("ws://{}", gateway.page);
    let mut recorder = Process::start(&["record", "--attach", &address, "-o", text(&out)]);
    assert!(recorder.line().starts_with("recording to "));
    send(&gateway.rot13.to_string(), &["after"]);
    // What the server tells to its end is told before its end is.
    children(gateway.process.pid()).into_iter().for_each(|server| signal_to(server, Signal::TERM));
    assert!(recorder.wait().success(), "{}", recorder.stderr());
    let (mut reader, end) = whole(&out);
    assert!(why(&reader).contains("ended with exit code 0"), "{}", why(&reader));
    assert_eq!(reader.header().program, "mio");
    let first = reader.read(0).unwrap();
    assert_eq!((first.before.tally.accepted, end.tally.accepted), (1, 2), "it begins with what was known");
    assert_eq!(end.tally.received - first.before.tally.received, 6);
    let nobody = run(&["record", "--attach", "127.0.0.1:1", "-o", text(&fresh("nobody"))], b"");
    check_failure(&nobody, 1, &["no gateway at 127.0.0.1:1", "loopscope serve"]);
    assert!(!fresh("nobody").exists());
}

#[test]
fn a_file_grows_no_more_than_it_may() {
    let out = fresh("limited.loopscope");
    let (mut recorder, rot13) = recorder(&out, &["--server", "epoll", "--max-size", "100kB"]);
    // The server is no more before the last line is answered.
    let _ = run(&["send", "--to", &rot13, "--lines", "20000"], b"");
    assert!(recorder.wait().success(), "{}", recorder.stderr());
    let (reader, end) = whole(&out);
    assert_eq!(why(&reader), "it was as large as it was to be");
    assert!(
        reader.bytes() <= 100_000 && reader.bytes() > 75_000 && reader.events() > 1_000,
        "{} {}",
        reader.bytes(),
        reader.events()
    );
    assert!(end.tally.lines < 20_000);

    let out = fresh("short.loopscope");
    let (mut recorder, _) = self::recorder(&out, &["--max-time", "50ms"]);
    assert!(recorder.wait().success(), "{}", recorder.stderr());
    assert_eq!(why(&whole(&out).0), "it was as long as it was to be");
}

#[test]
fn what_was_written_before_the_disk_was_full_is_good() {
    let out = fresh("full.loopscope");
    let mut command = Command::new("sh");
    // So many blocks of 512 bytes a file may have.
    command.args(["-c", "ulimit -f 400; exec \"$@\"", "sh", LOOPSCOPE, "record", "--server", "epoll"]);
    command.args(["--server-listen", "127.0.0.1:0", "--out", text(&out)]);
    let mut recorder = Process::of(command);
    let rot13 = recorder.address("rot13: ").to_string();
    // The server is no more before the last line is answered.
    let _ = run(&["send", "--to", &rot13, "--lines", "40000"], b"");
    assert_eq!(recorder.wait().code(), Some(1));
    let message = recorder.stderr();
    assert!(message.contains("full.loopscope") && message.contains("recorded before is in it"), "{message}");
    let mut reader = Reader::open(File::open(&out).unwrap()).unwrap();
    reader.check().unwrap();
    assert!(reader.bytes() <= 400 * 512 && reader.events() > 1_000, "{}", reader.events());
    let pieces = reader.pieces().filter(Result::is_ok).count();
    assert_eq!(pieces, reader.spans().len());
    assert_eq!(reader.world_at(reader.numbers().1).unwrap().violations, []);
}

#[test]
fn a_damaged_trace_is_told_of_and_the_rest_is_used() {
    let out = fresh("damaged.loopscope");
    said(&["sim", "--scenario", "three-clients", "--record", text(&out)]);
    let mut bytes = std::fs::read(&out).unwrap();
    let end = bytes.len();
    std::fs::write(&out, &bytes[..end - 5]).unwrap();
    check_failure(&run(&["info", text(&out)], b""), 1, &["damaged in one place"]);
    let told = String::from_utf8(run(&["info", text(&out)], b"").stdout).unwrap();
    assert!(
        told.contains("the index is damaged, and was made anew") && told.contains("3 accepted"),
        "{told}"
    );
    bytes[3] ^= 1;
    std::fs::write(&out, &bytes).unwrap();
    check_failure(&run(&["info", text(&out)], b""), 1, &["no trace of Loopscope"]);
}

#[tokio::test]
async fn a_trace_is_offered_with_the_page() {
    let out = fresh("offered.loopscope");
    said(&["sim", "--scenario", "three-clients", "--record", text(&out)]);
    let bytes = std::fs::read(&out).unwrap();
    let mut replay = Process::start(&["replay", text(&out), "--listen", "127.0.0.1:0"]);
    let line = replay.line();
    let page =
        line.strip_prefix("page: http://").and_then(|rest| rest.strip_suffix("/#/v2/trace?from=/trace"));
    let page = page.unwrap_or_else(|| panic!("{line}")).parse().unwrap();
    let (head, body) = get(page, "").await;
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("filename=\"offered.loopscope\""), "{head}");
    assert!(!head.contains("x-loopscope-gateway"), "there is no server behind it: {head}");
    assert!(body == bytes, "{} and {} bytes", body.len(), bytes.len());
    let (head, body) = get(page, "Range: bytes=8-15\r\n").await;
    assert!(
        head.starts_with("HTTP/1.1 206") && head.contains(&format!("bytes 8-15/{}", bytes.len())),
        "{head}"
    );
    assert_eq!(body, bytes[8..16]);
    let (head, _) = get(page, "Range: bytes=99999999-\r\n").await;
    assert!(head.starts_with("HTTP/1.1 416"), "{head}");
    replay.signal(Signal::TERM);
    assert!(replay.wait().success());
    let output = run(&["replay", text(&out), "--listen", "0.0.0.0:0"], b"");
    check_failure(&output, 2, &["loopback only"]);
}

/// What is answered to a request for the trace: head and body.
async fn get(page: SocketAddr, headers: &str) -> (String, Vec<u8>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(page).await.unwrap();
    let request = format!("GET /trace HTTP/1.1\r\nHost: {page}\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    tokio::time::timeout(PATIENCE, reading).await.expect("there is an answer").unwrap();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("the head ends");
    let body = answer.split_off(end + 4);
    (String::from_utf8(answer).unwrap().to_lowercase().replace("http/1.1", "HTTP/1.1"), body)
}
