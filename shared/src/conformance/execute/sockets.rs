//! The steps that are about one descriptor.

use super::{Bench, Outcome, Stop, Tested};
use crate::conformance::step::{How, Op};
use crate::conformance::{Name, Reply};
use crate::errno::Errno;
use crate::kernel::{Mode, MsgFlags, Opt, Shutdown};

/// How much `fill` sends at a time, in bytes.
const FILL_CHUNK: usize = 1 << 16;

/// How much `drain` takes at a time, in bytes.
const DRAIN_CHUNK: usize = 1 << 20;

/// How often `fill` and `drain` must find that nothing goes, the network at rest before each time.
const IDLE_TIMES: u32 = 2;

impl<K: Tested> Bench<'_, K> {
    pub(super) async fn socket_call(&self, op: &Op) -> Outcome {
        match op {
            Op::Socket { name, nonblocking } => self.socket(name, mode(*nonblocking)).await,
            Op::Bind { on } => self.bind(on).await,
            Op::Listen { name: Some(name), backlog, nonblocking, .. } => {
                self.socket(name, mode(*nonblocking)).await?;
                self.bind(&Name::of(name)).await?;
                self.listen(&Name::of(name), *backlog).await
            }
            Op::Listen { on: Some(on), backlog, .. } => self.listen(on, *backlog).await,
            Op::Connect { name: Some(name), to, nonblocking, .. } => {
                self.world.lock().address(to).map_err(Stop::Impossible)?;
                self.socket(name, mode(*nonblocking)).await?;
                self.connect(&Name::of(name), to).await
            }
            Op::Connect { on: Some(on), to, .. } => self.connect(on, to).await,
            Op::Accept { on, name, nonblocking } => {
                let accepted = self.k.accept(self.fd(on)?, mode(*nonblocking)).await?;
                self.world.lock().add(name, accepted.fd);
                Ok(Reply::Done)
            }
            Op::Shutdown { on, how } => {
                let how = match how {
                    How::Rd => Shutdown::Read,
                    How::Wr => Shutdown::Write,
                    How::Rdwr => Shutdown::Both,
                };
                self.k.shutdown(self.fd(on)?, how).await?;
                Ok(Reply::Done)
            }
            Op::Close { on } => self.close(on).await,
            Op::Reset { on } => {
                // What it says is not asked for: on a pipe it fails, and the close does what it does.
                let _ = self.k.set_linger_zero(self.fd(on)?).await;
                self.close(on).await
            }
            Op::Dup { on, name } => {
                let fd = self.k.dup(self.fd(on)?).await?;
                self.world.lock().add(name, fd);
                Ok(Reply::Done)
            }
            Op::SameFd { a, b } => Ok(Reply::Same(self.fd(a)? == self.fd(b)?)),
            Op::Pipe { names: [reads, writes] } => {
                let (end, other) = self.k.pipe().await?;
                let mut world = self.world.lock();
                world.add(reads, end);
                world.add(writes, other);
                Ok(Reply::Done)
            }
            Op::OpenFile { name } => {
                let fd = self.k.open_file().await?;
                self.world.lock().add(name, fd);
                Ok(Reply::Done)
            }
            other => self.bytes_call(other).await,
        }
    }

    async fn bytes_call(&self, op: &Op) -> Outcome {
        match op {
            Op::Send { on, data, size, flags } => {
                let sent = self.k.send_with(self.fd(on)?, &bytes(data.as_deref(), *size), flags.0).await?;
                Ok(Reply::Ret(sent as i64))
            }
            Op::Write { on, data, size } => {
                let written = self.k.write(self.fd(on)?, &bytes(data.as_deref(), *size)).await?;
                Ok(Reply::Ret(written as i64))
            }
            Op::Recv { on, len, flags } => {
                let mut buffer = vec![0; *len as usize];
                let count = self.k.recv_with(self.fd(on)?, &mut buffer, flags.0).await?;
                Ok(if flags.0.contains(MsgFlags::TRUNC) {
                    Reply::Ret(count as i64)
                } else {
                    data(buffer, count)
                })
            }
            Op::Read { on, len } => {
                let mut buffer = vec![0; *len as usize];
                let count = self.k.read(self.fd(on)?, &mut buffer).await?;
                Ok(data(buffer, count))
            }
            Op::Fill { on } => self.fill(on).await,
            Op::Drain { on } => self.drain(on).await,
            Op::SoError { on } => {
                let number = self.k.option(self.fd(on)?, Opt::Error).await?;
                Ok(Reply::Pending((number != 0).then(|| Errno::of_linux(number))))
            }
            Op::Setopt { on, opt, value } => {
                self.k.set_option(self.fd(on)?, opt.0, *value).await?;
                Ok(Reply::Done)
            }
            Op::Getopt { on, opt } => Ok(Reply::Value(self.k.option(self.fd(on)?, opt.0).await?.into())),
            Op::Fionread { on } => Ok(Reply::Value(self.k.unread(self.fd(on)?).await?.into())),
            other => Err(Stop::Impossible(format!("{other:?} lacks a descriptor"))),
        }
    }

    async fn socket(&self, name: &str, mode: Mode) -> Outcome {
        let fd = self.k.socket(self.k.free_address(), mode).await?;
        self.world.lock().add(name, fd);
        Ok(Reply::Done)
    }

    async fn bind(&self, on: &Name) -> Outcome {
        let address = self.k.bind(self.fd(on)?, self.k.free_address()).await?;
        self.world.lock().set_address(on, address, true);
        Ok(Reply::Done)
    }

    async fn listen(&self, on: &Name, backlog: i32) -> Outcome {
        let fd = self.fd(on)?;
        // The system takes the number as one without a sign.
        self.k.listen(fd, backlog as u32).await?;
        // A socket that had no port, or lost it when it was shut down, has one now.
        let mut address = self.k.local_address(fd).await?;
        if address.ip().is_unspecified() {
            address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        self.world.lock().set_address(on, address, true);
        Ok(Reply::Done)
    }

    async fn connect(&self, on: &Name, to: &Name) -> Outcome {
        let fd = self.fd(on)?;
        let address = self.world.lock().address(to).map_err(Stop::Impossible)?;
        let result = self.k.connect(fd, address).await;
        if let Ok(own) = self.k.local_address(fd).await {
            let mut world = self.world.lock();
            world.set_address(on, own, false);
            world.calls_itself |= own == address && matches!(result, Ok(()) | Err(Errno::EINPROGRESS));
        }
        result.map(|()| Reply::Done).map_err(Stop::Errno)
    }

    async fn close(&self, on: &Name) -> Outcome {
        let result = self.k.close(self.fd(on)?).await;
        self.world.lock().closed(on);
        result.map(|()| Reply::Done).map_err(Stop::Errno)
    }

    /// Sends until nothing goes any more, with the network at rest.
    async fn fill(&self, on: &Name) -> Outcome {
        let (fd, chunk) = (self.fd(on)?, vec![b'x'; FILL_CHUNK]);
        let (mut total, mut idle) = (0, 0);
        while idle < IDLE_TIMES {
            match self.k.send_with(fd, &chunk, MsgFlags::DONTWAIT).await {
                Ok(count) => (total, idle) = (total + count as i64, 0),
                Err(Errno::EAGAIN) => {
                    self.rest(idle).await;
                    idle += 1;
                }
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(Reply::Ret(total))
    }

    /// Takes until nothing comes any more, with the network at rest, or the end.
    async fn drain(&self, on: &Name) -> Outcome {
        let (fd, mut buffer) = (self.fd(on)?, vec![0; DRAIN_CHUNK]);
        let (mut total, mut idle) = (0, 0);
        while idle < IDLE_TIMES {
            match self.k.recv_with(fd, &mut buffer, MsgFlags::DONTWAIT).await {
                Ok(0) => break,
                Ok(count) => (total, idle) = (total + count as i64, 0),
                Err(Errno::EAGAIN) => {
                    self.rest(idle).await;
                    idle += 1;
                }
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(Reply::Ret(total))
    }

    /// Before the first of the times that nothing goes, the network comes to rest for good; before the others
    /// there is nothing left to wait for but what is under way.
    async fn rest(&self, idle: u32) {
        match idle {
            0 => self.settle_full().await,
            _ => self.settle().await,
        }
    }
}

fn mode(nonblocking: bool) -> Mode {
    if nonblocking { Mode::NonBlocking } else { Mode::Blocking }
}

/// The bytes that a step sends: text, or so many times an x.
fn bytes(data: Option<&str>, size: Option<u32>) -> Vec<u8> {
    match (data, size) {
        (Some(data), _) => data.as_bytes().to_vec(),
        (None, size) => vec![b'x'; size.unwrap_or(0) as usize],
    }
}

fn data(mut buffer: Vec<u8>, count: usize) -> Reply {
    buffer.truncate(count);
    Reply::Data(buffer)
}
