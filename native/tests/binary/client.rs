//! Clients of the ROT13 service that check every byte of what they get.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use loopscope_shared::line::MAX_LINE;
use loopscope_shared::rot13::rotate;

use crate::process::PATIENCE;

/// How long a write may make no progress before the client takes it that the server does not read.
const STUCK: Duration = Duration::from_millis(300);

/// A connection whose reads and writes fail rather than hang.
pub(crate) fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&to, PATIENCE).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// A line of so many bytes, its line feed not counted, in which every other byte value comes up.
pub(crate) fn line(length: usize, seed: usize) -> Vec<u8> {
    let bytes = (0..length).map(|at| (at * 31 + seed * 7 + at / 256) as u8);
    bytes.map(|byte| if byte == b'\n' { b'n' } else { byte }).chain([b'\n']).collect()
}

/// So many bytes of lines, or a little more.
pub(crate) fn lines(bytes: usize, length: usize) -> Vec<u8> {
    (0..bytes.div_ceil(length + 1)).flat_map(|seed| line(length, seed)).collect()
}

pub(crate) fn rotated(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| rotate(*byte)).collect()
}

/// Checks that exactly these bytes come next, rotated.
#[track_caller]
pub(crate) fn expect(stream: &mut TcpStream, sent: &[u8]) {
    let mut answer = vec![0; sent.len()];
    stream
        .read_exact(&mut answer)
        .unwrap_or_else(|error| panic!("no answer to {} bytes: {error}", sent.len()));
    let wrong = answer.iter().zip(rotated(sent)).position(|(got, due)| *got != due);
    assert_eq!(wrong, None, "the place of the first byte that is not the one sent, rotated");
}

/// Checks that these bytes come, rotated, and then the end.
#[track_caller]
pub(crate) fn expect_last(stream: &mut TcpStream, sent: &[u8]) {
    expect(stream, sent);
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty(), "{} bytes too many", rest.len());
}

/// Sends everything in one go while another thread reads, and checks all that comes back until the end.
pub(crate) fn pour(to: SocketAddr, bytes: Vec<u8>) {
    let mut stream = connect(to);
    let mut writer = stream.try_clone().unwrap();
    let sent = bytes.clone();
    let writing = thread::spawn(move || {
        writer.write_all(&bytes).unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
    });
    expect_last(&mut stream, &sent);
    writing.join().unwrap();
}

/// Sends a line that never ends: it is answered as it comes, and only less than a line's length is still due
/// when the client ends it without a line feed.
pub(crate) fn a_line_without_end(to: SocketAddr) {
    let mut stream = connect(to);
    let mut writer = stream.try_clone().unwrap();
    let sent = line(1 << 20, 5);
    let endless = sent[..1 << 20].to_vec();
    let writing = thread::spawn(move || {
        writer.write_all(&endless).unwrap();
        writer.shutdown(Shutdown::Write).unwrap();
    });
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    writing.join().unwrap();
    assert!(rotated(&sent).starts_with(&answer), "the answer is not what was sent");
    assert!((1 << 20) - answer.len() < MAX_LINE, "only {} bytes were answered", answer.len());
}

/// Sends the bytes one at a time, each by itself.
pub(crate) fn drip(to: SocketAddr, bytes: &[u8]) {
    let mut stream = connect(to);
    for byte in bytes {
        stream.write_all(&[*byte]).unwrap();
    }
    stream.shutdown(Shutdown::Write).unwrap();
    expect_last(&mut stream, bytes);
}

/// Always has a part of the next line in flight: 400 times a line of 50 bytes and 9 bytes of the next.
pub(crate) fn always_a_partial_line(to: SocketAddr) {
    let mut stream = connect(to);
    let all = lines(400 * 51, 50);
    let mut answered = 0;
    for (index, whole) in all.chunks(51).enumerate() {
        let end = ((index + 1) * 51 + 9).min(all.len());
        let begin = if index == 0 { 0 } else { index * 51 + 9 };
        stream.write_all(&all[begin..end]).unwrap();
        expect(&mut stream, whole);
        answered += whole.len();
    }
    assert_eq!(answered, all.len());
    stream.shutdown(Shutdown::Write).unwrap();
    expect_last(&mut stream, b"");
}

/// Ends its direction right after it has sent, with an unfinished line behind, which gets no answer.
pub(crate) fn half_close_at_once(to: SocketAddr, times: usize) {
    for seed in 0..times {
        let mut stream = connect(to);
        let whole = line(100, seed);
        stream.write_all(&[&whole[..], b"unfinished"].concat()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        expect_last(&mut stream, &whole);
    }
}

/// Writes without reading until the server reads no more, and returns what was sent.
pub(crate) fn write_until_stuck(stream: &mut TcpStream, most: usize) -> Vec<u8> {
    let chunk = lines(65_536, 63);
    let mut sent = Vec::new();
    stream.set_write_timeout(Some(STUCK)).unwrap();
    while sent.len() < most {
        // Each write goes on where the last one ended, so that lines stay whole.
        match stream.write(&chunk[sent.len() % chunk.len()..]) {
            Ok(count) => {
                let begin = sent.len() % chunk.len();
                sent.extend_from_slice(&chunk[begin..begin + count]);
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return sent,
            // A call with a timeout is not made again by itself (signal(7)).
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => panic!("the server is gone: {error}"),
        }
    }
    panic!("the server took {most} bytes from a client that does not read");
}

/// Throws the connection away with data on its way in both directions.
pub(crate) fn reset(stream: TcpStream) {
    rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
    drop(stream);
}
