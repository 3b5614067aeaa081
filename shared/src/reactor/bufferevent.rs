//! A connection with buffers: it reads and writes by itself, and calls back when there is something to be
//! worked on. Who uses it never sees a partial read, a partial write, or `EAGAIN`.

use std::net::SocketAddr;

use super::{Buffer, Due, EventBase, EventId, On, ReactorKernel};
use crate::errno::Errno;
use crate::ids::Fd;
use crate::kernel::{Connect, FOREVER, Mode, Note, Shutdown, Timeout};

/// How many bytes one read is offered at most. One read a turn: the others have theirs before the next.
const READ_MAX: usize = 16_384;

bitflags::bitflags! {
    /// What else happened on a connection, beside bytes that came and went.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Happened: u8 {
        /// While reading.
        const READING = 1;
        /// While writing.
        const WRITING = 2;
        /// The other end sends no more.
        const EOF = 4;
        /// A call failed: [`BufferEvent::error`].
        const ERROR = 8;
        /// Nothing came, or nothing went out, for as long as it was given. That direction is disabled.
        const TIMEOUT = 16;
        /// The connection is made.
        const CONNECTED = 32;
    }
}

/// What is called back. `X` is the program's own state of the connection, [`BufferEvent::context`].
///
/// These are plain functions: they work on the buffers, and what they ask for is done when they return.
#[derive(Clone, Copy, Debug)]
pub struct BufferCallbacks<X> {
    /// Bytes have come.
    pub read: Option<fn(&mut BufferEvent<X>)>,
    /// The output has drained to its low-water mark.
    pub write: Option<fn(&mut BufferEvent<X>)>,
    /// Something else happened.
    pub event: Option<fn(&mut BufferEvent<X>, Happened)>,
}

/// Whether a connection is still there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is.
    Open,
    /// It was freed: its descriptor is closed and its events are gone.
    Freed,
}

/// A connection with buffers.
#[derive(Debug)]
pub struct BufferEvent<X> {
    /// What has come and was not used yet.
    pub input: Buffer,
    /// What is to be sent.
    pub output: Buffer,
    /// The program's own state of the connection.
    pub context: X,
    fd: Fd,
    callbacks: BufferCallbacks<X>,
    /// The events of the loop, of which one is waited for while it reads and one while the socket is full.
    reading: EventId,
    writing: EventId,
    enabled: On,
    read_timeout: Timeout,
    write_timeout: Timeout,
    /// The read callback is called from so many bytes of input on.
    read_low: usize,
    /// Nothing more is read while there are so many bytes of input.
    read_high: Option<usize>,
    /// The write callback is called when the output has drained to so many bytes.
    write_low: usize,
    /// Nothing more is read while there are so many bytes of output.
    output_bound: Option<usize>,
    /// Output is sent when it is made, without asking first whether there is room.
    eager: bool,
    connection: Connection,
    end: End,
    error: Option<Errno>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connection {
    Connecting,
    Connected,
    /// The program wants to be rid of it.
    Freed,
}

/// How far the end of the output has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    No,
    /// When the output has drained, the other end is to be told.
    Due,
    Told,
}

impl<X> BufferEvent<X> {
    /// Puts buffers around a connection that does not block. Both directions are disabled; `callback` is how
    /// the program tells the loop's callbacks about it from others, and must lead to [`BufferEvent::handle`].
    pub fn new<C: Copy>(
        base: &mut EventBase<C>,
        fd: Fd,
        callback: C,
        callbacks: BufferCallbacks<X>,
        context: X,
    ) -> Self {
        Self {
            input: Buffer::new(),
            output: Buffer::new(),
            context,
            fd,
            callbacks,
            reading: base.event(fd, On::READ | On::PERSIST, callback),
            writing: base.event(fd, On::WRITE | On::PERSIST, callback),
            enabled: On::empty(),
            read_timeout: FOREVER,
            write_timeout: FOREVER,
            read_low: 0,
            read_high: None,
            write_low: 0,
            output_bound: None,
            eager: true,
            connection: Connection::Connected,
            end: End::No,
            error: None,
        }
    }

    /// Makes a socket and begins to connect it. Whether that came to something is told to the event callback,
    /// with [`Happened::CONNECTED`] or [`Happened::ERROR`].
    ///
    /// # Errors
    /// Those of `socket(2)`, and those with which `connect(2)` fails at once.
    pub async fn connect<K: ReactorKernel + Connect, C: Copy>(
        k: &K,
        base: &mut EventBase<C>,
        to: SocketAddr,
        callback: C,
        callbacks: BufferCallbacks<X>,
        context: X,
    ) -> Result<Self, Errno> {
        let fd = k.socket(to, Mode::NonBlocking).await?;
        match k.connect(fd, to).await {
            Ok(()) | Err(Errno::EINPROGRESS) => {}
            Err(errno) => {
                k.close(fd).await?;
                return Err(errno);
            }
        }
        let mut made = Self::new(base, fd, callback, callbacks, context);
        made.connection = Connection::Connecting;
        base.add(k, made.writing, FOREVER).await?;
        Ok(made)
    }

    /// The descriptor.
    pub fn fd(&self) -> Fd {
        self.fd
    }

    /// Why a call failed, after [`Happened::ERROR`].
    pub fn error(&self) -> Option<Errno> {
        self.error
    }

    /// Reads, or writes, or both, from now on.
    pub fn enable(&mut self, directions: On) {
        self.enabled |= directions & On::READINESS;
    }

    /// Reads, or writes, or both, no longer.
    pub fn disable(&mut self, directions: On) {
        self.enabled &= !directions;
    }

    /// The read callback is called from `low` bytes of input on; nothing more is read while there are `high`.
    pub fn set_read_marks(&mut self, low: usize, high: Option<usize>) {
        (self.read_low, self.read_high) = (low, high);
    }

    /// The write callback is called when the output has drained to `low` bytes.
    pub fn set_write_mark(&mut self, low: usize) {
        self.write_low = low;
    }

    /// Nothing more is read while there are so many bytes of output: whoever does not take its answers asks
    /// no more questions.
    pub fn set_output_bound(&mut self, bound: Option<usize>) {
        self.output_bound = bound;
    }

    /// How long it may take until something comes, and until something goes out when there is no room.
    pub fn set_timeouts(&mut self, read: Timeout, write: Timeout) {
        (self.read_timeout, self.write_timeout) = (read, write);
    }

    /// Whether output is sent at once, as it is unless told otherwise, or only when the back-end has said that
    /// there is room.
    pub fn set_eager(&mut self, eager: bool) {
        self.eager = eager;
    }

    /// Nothing more will be written: when the output has drained, the other end is told (`shutdown(2)`).
    pub fn finish(&mut self) {
        if self.end == End::No {
            self.end = End::Due;
        }
    }

    /// Closes the connection, whatever there is in the buffers.
    pub fn free(&mut self) {
        self.connection = Connection::Freed;
    }

    /// Does what is to be done when an event of the loop about this connection has come: reads or writes,
    /// and calls back.
    ///
    /// # Errors
    /// Those of the loop's own calls. What goes wrong on the connection is told to the event callback.
    pub async fn handle<K: ReactorKernel, C: Copy>(
        &mut self,
        k: &K,
        base: &mut EventBase<C>,
        due: Due<C>,
    ) -> Result<Fate, Errno> {
        if due.on.contains(On::READ) {
            self.read(k).await;
        }
        if due.on.contains(On::WRITE) && self.connection == Connection::Connecting {
            self.find_out_whether_connected(k).await;
        } else if due.on.contains(On::WRITE) {
            self.write(k).await;
        }
        if due.on == On::TIMEOUT {
            let (direction, which) = match due.event == self.reading {
                true => (On::READ, Happened::READING),
                false => (On::WRITE, Happened::WRITING),
            };
            self.disable(direction);
            self.happened(which | Happened::TIMEOUT);
        }
        self.settle(k, base).await
    }

    /// Does what was asked for since the last time: sends what was made, waits for what is wanted now,
    /// closes. To be called after anything was asked for outside of a callback.
    ///
    /// # Errors
    /// Those of the loop's own calls.
    pub async fn settle<K: ReactorKernel, C: Copy>(
        &mut self,
        k: &K,
        base: &mut EventBase<C>,
    ) -> Result<Fate, Errno> {
        // While it is waited for that there is room again, there is no use in trying.
        if self.eager && self.wants_write() && !base.is_added(self.writing) {
            self.write(k).await;
        }
        if self.end == End::Due && self.output.is_empty() && self.connection == Connection::Connected {
            self.end = End::Told;
            // A connection that is over by now need not be told.
            let _ = k.shutdown(self.fd, Shutdown::Write).await;
        }
        if self.connection == Connection::Freed {
            self.tell_what_is_lost(k);
            base.close_fd(k, self.fd).await?;
            return Ok(Fate::Freed);
        }
        let (input, output) = (self.input.len() as u32, self.output.len() as u32);
        k.tell(Note::Buffered { fd: self.fd, input, output });
        base.want(k, self.reading, self.wants_read(), self.read_timeout).await?;
        let connecting = self.connection == Connection::Connecting;
        base.want(k, self.writing, connecting || self.wants_write(), self.write_timeout).await?;
        Ok(Fate::Open)
    }

    /// What is freed while the connection still works is thrown away by choice: somebody waits for it.
    fn tell_what_is_lost<K: ReactorKernel>(&mut self, k: &K) {
        let bytes = self.output.len();
        if bytes > 0 && self.error().is_none() {
            let mut lines = 0;
            self.output
                .change_first(bytes, |piece| lines += memchr::memchr_iter(b'\n', piece).count() as u32);
            k.tell(Note::Discarded { fd: self.fd, bytes: bytes as u32, lines });
        }
    }

    /// Takes what has come, as much as one read gives, and calls back.
    pub async fn read<K: ReactorKernel>(&mut self, k: &K) {
        if !self.wants_read() {
            return;
        }
        let most = self.read_high.map_or(READ_MAX, |high| READ_MAX.min(high - self.input.len()));
        match k.recv(self.fd, self.input.room(most)).await {
            Ok(0) => {
                self.disable(On::READ);
                self.happened(Happened::READING | Happened::EOF);
            }
            Ok(count) => {
                self.input.filled(count);
                if self.input.len() >= self.read_low
                    && let Some(callback) = self.callbacks.read
                {
                    callback(self);
                }
            }
            Err(Errno::EAGAIN) => {}
            Err(errno) => self.failed(Happened::READING, errno),
        }
    }

    /// Sends what there is, as far as there is room, and calls back.
    async fn write<K: ReactorKernel>(&mut self, k: &K) {
        let before = self.output.len();
        while self.wants_write() {
            let piece = self.output.first();
            match k.send(self.fd, piece).await {
                Ok(count) => {
                    let full = count < piece.len();
                    self.output.drain(count);
                    if full {
                        break;
                    }
                }
                Err(Errno::EAGAIN) => break,
                Err(errno) => return self.failed(Happened::WRITING, errno),
            }
        }
        if self.output.len() < before
            && self.output.len() <= self.write_low
            && let Some(callback) = self.callbacks.write
        {
            callback(self);
        }
    }

    /// The socket has become writable: it is connected, or it is not and says why. Sending nothing asks.
    async fn find_out_whether_connected<K: ReactorKernel>(&mut self, k: &K) {
        match k.send(self.fd, &[]).await {
            Ok(_) => {
                self.connection = Connection::Connected;
                self.happened(Happened::CONNECTED);
            }
            Err(Errno::EAGAIN) => {}
            Err(errno) => self.failed(Happened::WRITING, errno),
        }
    }

    fn wants_read(&self) -> bool {
        self.connection == Connection::Connected
            && self.enabled.contains(On::READ)
            && self.read_high.is_none_or(|high| self.input.len() < high)
            && self.output_bound.is_none_or(|bound| self.output.len() < bound)
    }

    fn wants_write(&self) -> bool {
        self.connection == Connection::Connected
            && self.enabled.contains(On::WRITE)
            && !self.output.is_empty()
    }

    /// A call failed: nothing more will be done with the connection but what the program asks for.
    fn failed(&mut self, direction: Happened, errno: Errno) {
        self.error = Some(errno);
        self.disable(On::READINESS);
        self.happened(direction | Happened::ERROR);
    }

    fn happened(&mut self, what: Happened) {
        if let Some(callback) = self.callbacks.event {
            callback(self, what);
        }
    }
}
