//! A kernel that tells: [`Traced`] wraps another kernel, is itself one, and turns every call into events.
//!
//! Here is what all calls have in common; the traits are implemented in the files below, by their kind.

mod completion;
mod descriptors;
mod readiness;
mod selector;
mod sockets;
mod tasks;

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::Location;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::errno::Errno;
use crate::event::{CAPTURE_MAX, Call, Place, Ret, What};
use crate::ids::{Fd, TaskId};
use crate::kernel::{Clock, Gauge};
use crate::servers;
use crate::sorted::SortedMap;
use crate::time::Nanos;

/// How much is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Level {
    /// Nothing.
    Off,
    /// Calls.
    #[default]
    Calls,
    /// Calls, and, after each wait, a look at the buffers of what is ready ([`Gauge`]).
    Buffers,
}

/// Where events go. Telling must not block: what cannot be kept is dropped and counted.
pub trait Sink {
    /// How much is wanted now.
    fn level(&self) -> Level;

    /// Takes what happens to a task, or counts it. To read the clock and to write a payload down costs more than
    /// to count, so both are asked for only if they are needed.
    fn record<'a>(
        &self,
        task: TaskId,
        what: What,
        payload: impl FnOnce() -> Cow<'a, [u8]>,
        now: impl Fn() -> Nanos,
    );

    /// A new thread begins: its number, and the sink for its events.
    fn thread(&self) -> (TaskId, Self)
    where
        Self: Sized;

    /// A new process begins: its number, and what makes the sink for its events when it is called there.
    fn process(&self) -> (TaskId, impl FnOnce() -> Self + 'static)
    where
        Self: Sized;
}

/// A kernel whose calls are told to a sink. It adds no behaviour and loses none. Clones are the same handle.
#[derive(Debug)]
pub struct Traced<K, S>(Rc<Inner<K, S>>);

#[derive(Debug)]
struct Inner<K, S> {
    kernel: K,
    sink: S,
    task: TaskId,
    /// The source that was named last, with its index: the text of the name lies at one address.
    source: Cell<(usize, u8)>,
    /// The children of this task: the kernel's number, and ours.
    children: RefCell<SortedMap<TaskId, TaskId>>,
}

impl<K, S> Clone for Traced<K, S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: Clock, S: Sink> Traced<K, S> {
    /// Wraps the kernel of one task.
    pub fn new(kernel: K, sink: S, task: TaskId) -> Self {
        let (source, children) = (Cell::new((0, u8::MAX)), RefCell::default());
        Self(Rc::new(Inner { kernel, sink, task, source, children }))
    }

    /// The kernel inside.
    pub fn kernel(&self) -> &K {
        &self.0.kernel
    }

    /// Tells that the task begins.
    pub fn begin(&self, parent: TaskId, thread: bool, name: &str) {
        self.record(What::TaskBegin { parent, thread }, name.as_bytes());
    }

    /// Tells of a listener that the task has from the start.
    pub fn listening(&self, fd: Fd, backlog: u32) {
        self.record(What::Listening { fd, backlog }, &[]);
    }

    /// Tells that the task ends.
    pub fn end(&self, status: i32) {
        self.record(What::TaskEnd { status }, &[]);
    }

    /// Whether anything is wanted: what nobody wants is not even prepared.
    fn is_watched(&self) -> bool {
        self.0.sink.level() > Level::Off
    }

    fn record(&self, what: What, payload: &[u8]) {
        if self.is_watched() {
            self.tell(what, || Cow::Borrowed(payload));
        }
    }

    /// Tells what happens, while somebody watches.
    fn tell<'a>(&self, what: What, payload: impl FnOnce() -> Cow<'a, [u8]>) {
        self.0.sink.record(self.0.task, what, payload, || self.0.kernel.now());
    }

    fn enter(&self, call: Call, location: &'static Location<'static>, down: &[u8]) {
        self.enter_with(call, location, || Cow::Borrowed(down));
    }

    fn exit(&self, ret: Ret, lines: u32, up: &[u8]) {
        self.exit_with(ret, lines, || Cow::Borrowed(up));
    }

    /// As `enter`, with what goes down written only if it is kept.
    fn enter_with<'a>(
        &self,
        call: Call,
        location: &'static Location<'static>,
        down: impl FnOnce() -> Cow<'a, [u8]>,
    ) {
        if self.is_watched() {
            self.tell(What::Enter { call, place: self.place(location) }, down);
        }
    }

    /// As `exit`, with what comes up written only if it is kept.
    fn exit_with<'a>(&self, ret: Ret, lines: u32, up: impl FnOnce() -> Cow<'a, [u8]>) {
        if self.is_watched() {
            self.tell(What::Exit { ret, lines }, up);
        }
    }

    /// Makes a call that moves nothing but its arguments and its result.
    async fn plain<T>(
        &self,
        call: Call,
        location: &'static Location<'static>,
        made: impl Future<Output = Result<T, Errno>>,
        value: impl FnOnce(&T) -> u32,
    ) -> Result<T, Errno> {
        self.enter(call, location, &[]);
        let result = made.await;
        self.exit(told(&result, value), 0, &[]);
        result
    }

    /// Makes a call that moves data up into `buffer`.
    async fn taking(
        &self,
        call: Call,
        location: &'static Location<'static>,
        buffer: &mut [u8],
        made: impl AsyncFnOnce(&mut [u8]) -> Result<usize, Errno>,
    ) -> Result<usize, Errno> {
        self.enter(call, location, &[]);
        let result = made(buffer).await;
        if self.is_watched() {
            let up = &buffer[..result.unwrap_or(0).min(buffer.len())];
            self.exit(told(&result, count), line_feeds(up), head(up));
        }
        result
    }

    /// Makes a call that moves `bytes` down, or a part of them.
    async fn giving(
        &self,
        call: Call,
        location: &'static Location<'static>,
        bytes: &[u8],
        made: impl Future<Output = Result<usize, Errno>>,
    ) -> Result<usize, Errno> {
        self.enter(call, location, head(bytes));
        let result = made.await;
        if self.is_watched() {
            let lines = line_feeds(&bytes[..result.unwrap_or(0).min(bytes.len())]);
            self.exit(told(&result, count), lines, &[]);
        }
        result
    }

    fn place(&self, location: &'static Location<'static>) -> Place {
        let file = location.file();
        let address = file.as_ptr() as usize;
        if self.0.source.get().0 != address {
            self.0.source.set((address, servers::source_index(file)));
        }
        Place { source: self.0.source.get().1, line: location.line() }
    }
}

impl<K: Clock + Gauge, S: Sink> Traced<K, S> {
    /// Looks at the buffers of what a wait has found ready, if somebody wants to know.
    fn sample(&self, ready: impl Iterator<Item = Fd>) {
        if self.0.sink.level() < Level::Buffers {
            return;
        }
        for fd in ready {
            let mut peek = [0; CAPTURE_MAX];
            if let Some(levels) = self.0.kernel.levels(fd, &mut peek) {
                self.record(What::Sample { fd, levels }, &peek[..levels.peeked as usize]);
            }
        }
    }
}

/// Results as they are told: a number whose meaning is the call's.
fn told<T>(result: &Result<T, Errno>, value: impl FnOnce(&T) -> u32) -> Ret {
    result.as_ref().map(value).map_err(|errno| *errno)
}

/// The value of a call that returns nothing.
fn nothing<T>(_: &T) -> u32 {
    0
}

/// The value of a call that returns a count.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "it is the value of a result that is only looked at")]
fn count(count: &usize) -> u32 {
    *count as u32
}

/// The value of a call that returns a descriptor.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "it is the value of a result that is only looked at")]
fn number(fd: &Fd) -> u32 {
    fd.0 as u32
}

/// The first of the bytes: so many are kept.
fn head(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(CAPTURE_MAX)]
}

fn line_feeds(bytes: &[u8]) -> u32 {
    memchr::memchr_iter(b'\n', bytes).count() as u32
}

/// A list as it is written into a payload.
fn written<T: Serialize>(list: &[T]) -> Vec<u8> {
    postcard::to_stdvec(list).expect("what is told is made of types that postcard can write")
}
