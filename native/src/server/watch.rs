//! Who watches a server: the gateway, over a socket that it left as standard input, or a person, in words.

use std::io::{self, Read as _, Write};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;

use anyhow::{Context as _, Result, bail};
use loopscope_shared::event::describe;
use loopscope_shared::world::World;
use rustix::fs::FileType;

use super::stop::Stop;
use crate::frame;
use crate::tap::Taps;

/// The socket that the gateway left as standard input.
///
/// # Errors
/// If standard input is no socket: nobody but the gateway starts a server in this way.
pub(super) fn channel() -> Result<UnixStream> {
    let stdin = io::stdin();
    let kind = rustix::fs::fstat(stdin.as_fd()).map(|stat| FileType::from_raw_mode(stat.st_mode));
    if kind != Ok(FileType::Socket) {
        bail!("--tap is how `loopscope serve` starts its server; to watch one by hand, use --trace");
    }
    let socket = stdin.as_fd().try_clone_to_owned().context("cannot use the socket at standard input")?;
    Ok(UnixStream::from(socket))
}

/// Takes orders from the gateway: how much to tell and, when the socket ends because the gateway is gone, to
/// stop. So a server never outlives its gateway.
///
/// # Errors
/// If no thread can be started.
pub(super) fn obey(mut channel: UnixStream, taps: Arc<Taps>, stop: Stop) -> Result<()> {
    let obey = move || {
        let mut byte = [0];
        while let Ok(1) = channel.read(&mut byte) {
            if let Some(level) = frame::level_from_byte(byte[0]) {
                taps.set_level(level);
            }
        }
        stop.give();
    };
    thread::Builder::new().name("orders".to_owned()).spawn(obey).map(drop).context("cannot start a thread")
}

/// Takes frames and sends them to the gateway, each record of them whole: the children of the server write to
/// the same socket.
#[derive(Debug)]
pub(super) struct Records {
    channel: UnixStream,
    /// What was taken and not yet sent.
    rest: Vec<u8>,
}

impl Records {
    /// Writes to the socket.
    pub(super) fn new(channel: UnixStream) -> Self {
        Self { channel, rest: Vec::new() }
    }
}

impl Write for Records {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest.extend_from_slice(bytes);
        let mut sent = 0;
        loop {
            let record = frame::record_len(&self.rest[sent..]);
            if record == 0 {
                break;
            }
            // The kernel takes a record as a whole or not at all.
            self.channel.write_all(&self.rest[sent..sent + record])?;
            sent += record;
        }
        self.rest.drain(..sent);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.channel.flush()
    }
}

/// Takes frames and writes a sentence for each: what `--trace` shows.
#[derive(Debug)]
pub(crate) struct InWords<W> {
    out: W,
    world: World,
    /// What was taken and is no complete frame yet.
    rest: Vec<u8>,
}

impl<W: Write> InWords<W> {
    /// Writes to `out`.
    pub(crate) fn new(out: W) -> Self {
        Self { out, world: World::new(), rest: Vec::new() }
    }
}

impl<W: Write> Write for InWords<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest.extend_from_slice(bytes);
        let mut rest = &self.rest[..];
        while let Some((event, payload)) = frame::take_event(&mut rest).map_err(io::Error::other)? {
            self.world.apply(&event, payload);
            let sentence = describe(&event, payload, &self.world);
            writeln!(self.out, "{:>12}  {sentence}", event.at.to_string())?;
        }
        let used = self.rest.len() - rest.len();
        self.rest.drain(..used);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
