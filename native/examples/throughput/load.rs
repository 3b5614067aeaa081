//! The load: one thread, many connections, so many lines in flight on each; every byte that comes is checked.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use loopscope_shared::rot13;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::Arguments;

/// How long the load runs before anything is counted.
const WARM_UP: Duration = Duration::from_millis(300);

/// How long nothing at all may come before the server is taken for dead.
const SILENCE_MAX: Duration = Duration::from_secs(5);

/// A connection under load.
struct Connection {
    stream: TcpStream,
    /// Bytes that were sent, and that came back.
    sent: usize,
    answered: usize,
}

/// What is sent: lines of one length, over and over, with so many of them in flight.
struct Lines {
    length: usize,
    in_flight: usize,
    /// More than ever fits a read or a write, from any place in a line on.
    text: Vec<u8>,
    /// The same, as it must come back.
    answer: Vec<u8>,
}

/// What a run showed.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    /// Lines a second.
    pub(crate) rate: f64,
    /// The processor time that the server spent on a line, in nanoseconds. It says who is faster even if the
    /// load is what bounds the rate, and depends less on what else the machine does.
    pub(crate) cpu_ns: f64,
}

/// Loads the server for as long as the arguments say. `cpu` is the processor time it has had.
pub(crate) fn run(
    server: SocketAddr,
    arguments: &Arguments,
    cpu: impl Fn() -> Result<Duration>,
) -> Result<Seen> {
    ensure!(arguments.bytes > 0 && arguments.lines > 0 && arguments.connections > 0, "no load at all");
    let lines = Lines::new(arguments.bytes, arguments.lines);
    let mut poll = Poll::new()?;
    let mut connections = Vec::new();
    for index in 0..arguments.connections {
        let stream = std::net::TcpStream::connect(server).context("cannot connect")?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        poll.registry().register(&mut stream, Token(index), Interest::READABLE | Interest::WRITABLE)?;
        connections.push(Connection { stream, sent: 0, answered: 0 });
    }

    let mut events = Events::with_capacity(arguments.connections);
    let mut buffer = vec![0; lines.text.len() - lines.length];
    let begin = Instant::now() + WARM_UP;
    let end = begin + Duration::from_secs_f64(arguments.seconds);
    let mut before = None;
    loop {
        poll.poll(&mut events, Some(SILENCE_MAX))?;
        if events.is_empty() {
            bail!("nothing came for {SILENCE_MAX:?}");
        }
        for event in &events {
            connections[event.token().0].exchange(&lines, &mut buffer)?;
        }
        let now = Instant::now();
        let answered = || connections.iter().map(|connection| connection.answered).sum::<usize>();
        if before.is_none() && now >= begin {
            before = Some((now, answered(), cpu()?));
        }
        if let Some((since, count, cpu_before)) = before
            && now >= end
        {
            let lines = (answered() - count) as f64 / lines.length as f64;
            let spent = cpu()? - cpu_before;
            let rate = lines / (now - since).as_secs_f64();
            return Ok(Seen { rate, cpu_ns: spent.as_nanos() as f64 / lines });
        }
    }
}

impl Lines {
    fn new(length: usize, in_flight: usize) -> Self {
        let letters = (b'A'..=b'Z').chain(b'a'..=b'z').cycle();
        let line: Vec<u8> = letters.take(length - 1).chain([b'\n']).collect();
        let text = line.repeat(in_flight + 1);
        let answer = text.iter().map(|byte| rot13::rotate(*byte)).collect();
        Self { length, in_flight, text, answer }
    }
}

impl Connection {
    /// Reads what has come, and sends a line for each that was answered, until it can do no more.
    fn exchange(&mut self, lines: &Lines, buffer: &mut [u8]) -> Result<()> {
        loop {
            let whole_lines_answered = self.answered / lines.length;
            let due = (whole_lines_answered + lines.in_flight) * lines.length - self.sent;
            if due > 0 {
                let place = self.sent % lines.length;
                match self.stream.write(&lines.text[place..place + due]) {
                    Ok(count) => self.sent += count,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error).context("cannot send"),
                }
            }
            match self.stream.read(buffer) {
                Ok(0) => bail!("the server ended the connection"),
                Ok(count) => {
                    let place = self.answered % lines.length;
                    ensure!(buffer[..count] == lines.answer[place..place + count], "a wrong answer came");
                    self.answered += count;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error).context("cannot receive"),
            }
        }
    }
}
