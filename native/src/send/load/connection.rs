//! One connection of a load.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read as _, Write as _};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use mio::net::TcpStream;

use super::text::Text;

/// How much is read or written at once, in bytes.
const CHUNK: usize = 65_536;

/// A connection, and where it is in its lines.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    /// The number of its first line: connections begin with different ones.
    first: u64,
    /// Since when each line that is not answered has been waiting.
    waiting: VecDeque<Instant>,
    /// How many lines were handed to it, and how many of them are sent: whole ones, and bytes of the next.
    started: u64,
    sent: (u64, usize),
    answered: (u64, usize),
}

impl Connection {
    pub(super) fn new(stream: TcpStream, first: u64) -> Self {
        Self { stream, first, waiting: VecDeque::new(), started: 0, sent: (0, 0), answered: (0, 0) }
    }

    /// How many lines wait for their answer.
    pub(super) fn in_flight(&self) -> usize {
        self.waiting.len()
    }

    /// One line more is to be sent; it has been waiting since then.
    pub(super) fn start_line(&mut self, since: Instant) {
        self.started += 1;
        self.waiting.push_back(since);
    }

    /// Sends and receives until it can do no more. Each line that was answered is told with its time; returns
    /// how many.
    pub(super) fn exchange(&mut self, text: &Text, mut told: impl FnMut(Duration)) -> Result<u64> {
        self.send(text)?;
        let before = self.answered.0;
        let mut buffer = [0; CHUNK];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => bail!(
                    "the server ended the connection after {} answers; {} lines are not answered",
                    self.answered.0,
                    self.waiting.len()
                ),
                Ok(count) => self.check(text, &buffer[..count], &mut told)?,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(self.answered.0 - before),
                Err(error) => {
                    let owed = self.waiting.len();
                    return Err(error).with_context(|| format!("it failed with {owed} lines not answered"));
                }
            }
        }
    }

    fn send(&mut self, text: &Text) -> Result<()> {
        let mut chunk = Vec::new();
        while self.sent.0 < self.started {
            chunk.clear();
            let (mut line, mut from) = self.sent;
            while line < self.started && chunk.len() < CHUNK {
                text.put(self.first + line, from, &mut chunk);
                (line, from) = (line + 1, 0);
            }
            match self.stream.write(&chunk) {
                Ok(count) => {
                    let place = self.sent.1 + count;
                    self.sent = (self.sent.0 + (place / text.bytes()) as u64, place % text.bytes());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error).context("cannot send"),
            }
        }
        Ok(())
    }

    fn check(&mut self, text: &Text, mut bytes: &[u8], told: &mut impl FnMut(Duration)) -> Result<()> {
        let now = Instant::now();
        while !bytes.is_empty() {
            let (line, from) = self.answered;
            ensure!((line, from) < self.sent, "a wrong answer: more came than was sent");
            let count = bytes.len().min(text.bytes() - from);
            let (part, rest) = bytes.split_at(count);
            ensure!(
                text.is_answer(self.first + line, from, part),
                "a wrong answer to line {} of the connection: {:?}",
                line + 1,
                String::from_utf8_lossy(&part[..part.len().min(80)])
            );
            bytes = rest;
            self.answered = (line, from + count);
            if from + count == text.bytes() {
                self.answered = (line + 1, 0);
                told(
                    self.waiting
                        .pop_front()
                        .map_or(Duration::ZERO, |since| now.saturating_duration_since(since)),
                );
            }
        }
        Ok(())
    }
}
