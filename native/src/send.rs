//! `loopscope send`: a client that blocks, for lines; [`load`] is the one for many.
//!
//! It writes on one thread and reads on another: with one thread, a client that writes more than the buffers
//! on the way hold, before it reads, waits for a server that waits for it.

pub mod load;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};

use crate::config::Send;

/// How long the server may take to accept.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How much is read or written at once, in bytes.
const CHUNK: usize = 65_536;

/// What the writing thread has done so far.
#[derive(Debug, Default)]
struct Progress {
    /// Bytes that were sent.
    sent: AtomicU64,
    /// Everything was sent, and the server is about to be told so.
    all: AtomicBool,
}

/// Sends what is meant.
///
/// # Errors
/// As [`load::run`], or if the server ends the connection before everything was answered.
pub fn run(what: Send) -> Result<()> {
    match what {
        Send::Lines(to, lines) => send_lines(to, lines),
        Send::Load(load) => load::run(&load),
    }
}

/// Sends the lines, or else standard input, and prints the answers as they come.
fn send_lines(to: SocketAddr, lines: Vec<String>) -> Result<()> {
    let server = TcpStream::connect_timeout(&to, CONNECT_TIMEOUT).map_err(|error| explain(to, &error))?;
    let writing_end = server.try_clone().context("cannot use the connection twice")?;
    let progress = Arc::new(Progress::default());
    let (shared, text) = (progress.clone(), lines_of(&lines));
    let writing = thread::spawn(move || match lines.is_empty() {
        true => send_all(io::stdin().lock(), writing_end, &shared),
        false => send_all(text.as_bytes(), writing_end, &shared),
    });
    let answered = match print_answers(server, io::stdout().lock()) {
        Ok(bytes) => bytes,
        // Whoever read the output has seen enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(()),
        Err(error) => return Err(error).context("the connection failed before everything was answered"),
    };
    // Otherwise the thread may still wait for standard input, which nobody will answer.
    if progress.all.load(Ordering::Acquire) {
        match writing.join() {
            Ok(sent) => sent.context("the lines could not be sent")?,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
    let sent = progress.sent.load(Ordering::Acquire);
    if answered < sent || !progress.all.load(Ordering::Acquire) {
        bail!("the server ended the connection after {answered} bytes of answers to {sent} bytes of lines");
    }
    Ok(())
}

/// The arguments, each with its line feed.
fn lines_of(lines: &[String]) -> String {
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
}

/// Sends everything, with a line feed after the last line if it lacks one, and then the end of input.
fn send_all(mut from: impl Read, mut server: TcpStream, progress: &Progress) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    let mut last = b'\n';
    let mut send = |bytes: &[u8]| {
        progress.sent.fetch_add(bytes.len() as u64, Ordering::AcqRel);
        server.write_all(bytes)
    };
    loop {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                last = buffer[count - 1];
                send(&buffer[..count])?;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    if last != b'\n' {
        send(b"\n")?;
    }
    progress.all.store(true, Ordering::Release);
    server.shutdown(Shutdown::Write)
}

/// Prints what comes until the server has no more, and returns how many bytes it was.
fn print_answers(mut server: TcpStream, mut out: impl Write) -> io::Result<u64> {
    let mut buffer = vec![0; CHUNK];
    let mut bytes = 0;
    loop {
        match server.read(&mut buffer) {
            Ok(0) => return Ok(bytes),
            Ok(count) => {
                out.write_all(&buffer[..count])?;
                out.flush()?;
                bytes += count as u64;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn explain(to: SocketAddr, error: &io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::ConnectionRefused => anyhow!(
            "no server listens at {to}: start one with `loopscope server mio --listen {to}`, or say where it is \
             with --to"
        ),
        _ => anyhow!("cannot connect to {to}: {error}"),
    }
}
