//! A kernel that tells: [`Traced`] wraps another kernel, is itself one, and turns every call into events.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::Location;
use std::rc::Rc;

use crate::errno::Errno;
use crate::event::{CAPTURE_MAX, Call, Event, Place, Ret, What};
use crate::ids::{Fd, TaskId};
use crate::kernel::{
    Accepted, Clock, CtlOp, Epoll, EpollEvent, FOREVER, FdSets, Gauge, Interest, Kevent, Mode, Note, Select,
    Selector, SelectorKind, Shutdown, Sockets, Tasks, Tells, Timeout, Token,
};
use crate::servers;
use crate::time::Nanos;

/// How much is told.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
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

    /// Takes one event with its payload.
    fn record(&self, event: Event, payload: &[u8]);

    /// A new task begins: its number, and the sink for its events.
    fn fork(&self) -> (TaskId, Self)
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
    children: RefCell<BTreeMap<TaskId, TaskId>>,
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

    fn record(&self, what: What, payload: &[u8]) {
        if self.0.sink.level() > Level::Off {
            let event =
                Event { at: self.0.kernel.now(), task: self.0.task, what, payload_len: payload.len() as u32 };
            self.0.sink.record(event, payload);
        }
    }

    fn enter(&self, call: Call, location: &'static Location<'static>, down: &[u8]) {
        if self.0.sink.level() > Level::Off {
            self.record(What::Enter { call, place: self.place(location) }, down);
        }
    }

    fn exit(&self, ret: Ret, lines: u32, up: &[u8]) {
        self.record(What::Exit { ret, lines }, up);
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
        self.exit(result.as_ref().map(value).map_err(|errno| *errno), 0, &[]);
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

    async fn wait(
        &self,
        call: Call,
        location: &'static Location<'static>,
        events: &mut Vec<EpollEvent>,
        made: impl AsyncFnOnce(&mut Vec<EpollEvent>) -> Result<usize, Errno>,
    ) -> Result<usize, Errno> {
        self.enter(call, location, &[]);
        let result = made(events).await;
        let up: Vec<u8> = match self.0.sink.level() {
            Level::Off => Vec::new(),
            _ => events.iter().flat_map(|event| event.to_bytes()).collect(),
        };
        self.exit(result.map(|count| count as u32), 0, &up);
        self.sample(events.iter().map(|event| event.fd()));
        result
    }
}

fn head(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(CAPTURE_MAX)]
}

fn line_feeds(bytes: &[u8]) -> u32 {
    memchr::memchr_iter(b'\n', bytes).count() as u32
}

/// `kevent(2)` that only changes, with what goes down.
fn kevent_change(kqueue: Fd, changes: &[Kevent]) -> (Call, Vec<u8>) {
    let down = postcard::to_stdvec(changes).unwrap_or_default();
    (Call::Kevent { kqueue, changes: changes.len() as u32, most: 0, timeout: FOREVER }, down)
}

fn nothing<T>(_: &T) -> u32 {
    0
}

impl<K: Sockets + Clock, S: Sink> Sockets for Traced<K, S> {
    #[track_caller]
    fn accept(&self, listener: Fd, mode: Mode) -> impl Future<Output = Result<Accepted, Errno>> {
        let location = Location::caller();
        async move {
            self.enter(Call::Accept { fd: listener }, location, &[]);
            let result = self.0.kernel.accept(listener, mode).await;
            let from = result.ok().and_then(|accepted| postcard::to_stdvec(&accepted.from).ok());
            self.exit(result.map(|accepted| accepted.fd.0 as u32), 0, from.as_deref().unwrap_or_default());
            result
        }
    }

    #[track_caller]
    fn recv(&self, fd: Fd, buffer: &mut [u8]) -> impl Future<Output = Result<usize, Errno>> {
        let location = Location::caller();
        async move {
            self.enter(Call::Recv { fd, len: buffer.len() as u32 }, location, &[]);
            let result = self.0.kernel.recv(fd, buffer).await;
            let up = &buffer[..result.unwrap_or(0)];
            let lines = if self.0.sink.level() > Level::Off { line_feeds(up) } else { 0 };
            self.exit(result.map(|count| count as u32), lines, head(up));
            result
        }
    }

    #[track_caller]
    fn send(&self, fd: Fd, bytes: &[u8]) -> impl Future<Output = Result<usize, Errno>> {
        let location = Location::caller();
        async move {
            self.enter(Call::Send { fd, len: bytes.len() as u32 }, location, head(bytes));
            let result = self.0.kernel.send(fd, bytes).await;
            let taken = &bytes[..result.unwrap_or(0)];
            let lines = if self.0.sink.level() > Level::Off { line_feeds(taken) } else { 0 };
            self.exit(result.map(|count| count as u32), lines, &[]);
            result
        }
    }

    #[track_caller]
    fn shutdown(&self, fd: Fd, how: Shutdown) -> impl Future<Output = Result<(), Errno>> {
        self.plain(Call::Shutdown { fd, how }, Location::caller(), self.0.kernel.shutdown(fd, how), nothing)
    }

    #[track_caller]
    fn close(&self, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        self.plain(Call::Close { fd }, Location::caller(), self.0.kernel.close(fd), nothing)
    }

    #[track_caller]
    fn set_nodelay(&self, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        self.plain(Call::SetNodelay { fd }, Location::caller(), self.0.kernel.set_nodelay(fd), nothing)
    }

    #[track_caller]
    fn set_nonblocking(&self, fd: Fd, on: bool) -> impl Future<Output = Result<(), Errno>> {
        let made = self.0.kernel.set_nonblocking(fd, on);
        self.plain(Call::SetNonblocking { fd, on }, Location::caller(), made, nothing)
    }
}

impl<K: Tasks + Clock + 'static, S: Sink + Send + 'static> Tasks for Traced<K, S> {
    #[track_caller]
    fn spawn_thread<F, Fut>(&self, start: F) -> impl Future<Output = Result<TaskId, Errno>>
    where
        F: FnOnce(Self) -> Fut + Send + 'static,
        Fut: Future<Output = ()> + 'static,
    {
        let location = Location::caller();
        let parent = self.0.task;
        async move {
            self.enter(Call::SpawnThread, location, &[]);
            let (task, sink) = self.0.sink.fork();
            let made = self.0.kernel.spawn_thread(move |kernel| async move {
                let traced = Self::new(kernel, sink, task);
                traced.begin(parent, true, "thread");
                start(traced.clone()).await;
                traced.end(0);
            });
            let result = made.await;
            self.exit(result.map(|_| task.0), 0, &[]);
            result
        }
    }

    #[track_caller]
    fn fork<F, Fut>(&self, child: F) -> impl Future<Output = Result<TaskId, Errno>>
    where
        F: FnOnce(Self) -> Fut + 'static,
        Fut: Future<Output = i32> + 'static,
    {
        let location = Location::caller();
        let parent = self.0.task;
        async move {
            self.enter(Call::Fork, location, &[]);
            let (task, sink) = self.0.sink.fork();
            let made = self.0.kernel.fork(move |kernel| async move {
                let traced = Self::new(kernel, sink, task);
                traced.begin(parent, false, "child");
                let status = child(traced.clone()).await;
                traced.end(status);
                status
            });
            let result = made.await;
            if let Ok(number) = result {
                self.0.children.borrow_mut().insert(number, task);
            }
            self.exit(result.map(|_| task.0), 0, &[]);
            result
        }
    }

    #[track_caller]
    fn wait(&self, mode: Mode) -> impl Future<Output = Result<Option<(TaskId, i32)>, Errno>> {
        let location = Location::caller();
        async move {
            self.enter(Call::Wait { mode }, location, &[]);
            let result = self.0.kernel.wait(mode).await;
            let status = result.ok().flatten().map(|(_, status)| status.to_le_bytes());
            let number = |ended| self.0.children.borrow_mut().remove(&ended).unwrap_or(ended);
            let ret = result.map(|ended| ended.map_or(0, |(task, _)| number(task).0));
            self.exit(ret, 0, status.as_ref().map_or(&[], |status| status.as_slice()));
            result
        }
    }
}

impl<K: Clock, S: Sink> Clock for Traced<K, S> {
    fn now(&self) -> Nanos {
        self.0.kernel.now()
    }

    #[track_caller]
    fn sleep(&self, span: Nanos) -> impl Future<Output = ()> {
        let location = Location::caller();
        async move {
            self.enter(Call::Sleep { span }, location, &[]);
            self.0.kernel.sleep(span).await;
            self.exit(Ok(0), 0, &[]);
        }
    }
}

impl<K: Select + Clock + Gauge, S: Sink> Select for Traced<K, S> {
    #[track_caller]
    fn select(&self, sets: &mut FdSets, timeout: Timeout) -> impl Future<Output = Result<usize, Errno>> {
        let location = Location::caller();
        async move {
            let nfds = sets.nfds();
            let mut crossing = Vec::new();
            sets.to_bytes(nfds, &mut crossing);
            self.enter(Call::Select { nfds: nfds as u32, timeout }, location, &crossing);
            let result = self.0.kernel.select(sets, timeout).await;
            crossing.clear();
            if result.is_ok() {
                sets.to_bytes(nfds, &mut crossing);
            }
            self.exit(result.map(|bits| bits as u32), 0, &crossing);
            self.sample(sets.read.iter().filter(|_| result.is_ok()));
            result
        }
    }
}

impl<K: Epoll + Clock + Gauge, S: Sink> Epoll for Traced<K, S> {
    #[track_caller]
    fn epoll_create(&self) -> impl Future<Output = Result<Fd, Errno>> {
        self.plain(Call::EpollCreate, Location::caller(), self.0.kernel.epoll_create(), |fd| fd.0 as u32)
    }

    #[track_caller]
    fn epoll_ctl(
        &self,
        epoll: Fd,
        op: CtlOp,
        fd: Fd,
        event: EpollEvent,
    ) -> impl Future<Output = Result<(), Errno>> {
        let location = Location::caller();
        async move {
            let down = if op == CtlOp::Del { Vec::new() } else { event.to_bytes().to_vec() };
            self.enter(Call::EpollCtl { epoll, op, fd, events: event.events }, location, &down);
            let result = self.0.kernel.epoll_ctl(epoll, op, fd, event).await;
            self.exit(result.map(|()| 0), 0, &[]);
            result
        }
    }

    #[track_caller]
    fn epoll_wait(
        &self,
        epoll: Fd,
        events: &mut Vec<EpollEvent>,
        most: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let call = Call::EpollWait { epoll, most: most as u32, timeout };
        let made = async move |events: &mut Vec<EpollEvent>| {
            self.0.kernel.epoll_wait(epoll, events, most, timeout).await
        };
        self.wait(call, Location::caller(), events, made)
    }
}

impl<K: Selector + Clock + Gauge, S: Sink> Selector for Traced<K, S> {
    fn selector_kind(&self) -> SelectorKind {
        self.0.kernel.selector_kind()
    }

    #[track_caller]
    fn selector_create(&self) -> impl Future<Output = Result<Fd, Errno>> {
        let call = match self.selector_kind() {
            SelectorKind::Epoll => Call::EpollCreate,
            SelectorKind::Kqueue => Call::Kqueue,
        };
        self.plain(call, Location::caller(), self.0.kernel.selector_create(), |fd| fd.0 as u32)
    }

    #[track_caller]
    fn selector_register(
        &self,
        selector: Fd,
        fd: Fd,
        token: Token,
        interest: Interest,
    ) -> impl Future<Output = Result<(), Errno>> {
        let location = Location::caller();
        async move {
            let event = EpollEvent { events: interest.epoll_mask(), data: token.0 };
            let (call, down) = match self.selector_kind() {
                SelectorKind::Epoll => {
                    let call = Call::EpollCtl { epoll: selector, op: CtlOp::Add, fd, events: event.events };
                    (call, event.to_bytes().to_vec())
                }
                SelectorKind::Kqueue => kevent_change(selector, &interest.kevents(fd, token)),
            };
            self.enter(call, location, &down);
            let result = self.0.kernel.selector_register(selector, fd, token, interest).await;
            self.exit(result.map(|()| 0), 0, &[]);
            result
        }
    }

    #[track_caller]
    fn selector_deregister(&self, selector: Fd, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        let location = Location::caller();
        async move {
            let (call, down) = match self.selector_kind() {
                SelectorKind::Epoll => {
                    let events = EpollEvent::default().events;
                    (Call::EpollCtl { epoll: selector, op: CtlOp::Del, fd, events }, Vec::new())
                }
                SelectorKind::Kqueue => kevent_change(selector, &Interest::end_of(fd)),
            };
            self.enter(call, location, &down);
            let result = self.0.kernel.selector_deregister(selector, fd).await;
            self.exit(result.map(|()| 0), 0, &[]);
            result
        }
    }

    #[track_caller]
    fn selector_wait(
        &self,
        selector: Fd,
        events: &mut Vec<EpollEvent>,
        most: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let call = match self.selector_kind() {
            SelectorKind::Epoll => Call::EpollWait { epoll: selector, most: most as u32, timeout },
            SelectorKind::Kqueue => Call::Kevent { kqueue: selector, changes: 0, most: most as u32, timeout },
        };
        let made = async move |events: &mut Vec<EpollEvent>| {
            self.0.kernel.selector_wait(selector, events, most, timeout).await
        };
        self.wait(call, Location::caller(), events, made)
    }
}

impl<K: Clock, S: Sink> Tells for Traced<K, S> {
    #[track_caller]
    fn tell(&self, note: Note) {
        if self.0.sink.level() > Level::Off {
            let place = self.place(Location::caller());
            self.record(What::Note { note, place }, &[]);
        }
    }
}
