//! Traced waits for readiness: `select`, `poll`, epoll, kqueue, event ports, `/dev/poll`.

use std::borrow::Cow;
use std::future::Future;
use std::panic::Location;

use super::{Sink, Traced, count, nothing, number, told, written};
use crate::errno::Errno;
use crate::event::Call;
use crate::ids::Fd;
use crate::kernel::{
    Clock, CtlOp, DevPoll, Epoll, EpollEvent, EventPorts, FdSets, Gauge, Kevent, Kqueue, Mask, Poll, PollFd,
    PortEvent, Select, Timeout,
};

impl<K: Clock + Gauge, S: Sink> Traced<K, S> {
    /// Makes a call that waits and fills `events`: how they are written into the payload, and which
    /// descriptors they say are ready, is the interface's.
    pub(super) async fn waiting<'a, E>(
        &self,
        call: Call,
        location: &'static Location<'static>,
        down: impl FnOnce() -> Cow<'a, [u8]>,
        events: &mut Vec<E>,
        made: impl AsyncFnOnce(&mut Vec<E>) -> Result<usize, Errno>,
        ready: Ready<E>,
    ) -> Result<usize, Errno> {
        self.enter_with(call, location, down);
        let result = made(events).await;
        self.exit_with(told(&result, count), 0, || (ready.payload)(events).into());
        self.sample(events.iter().map(ready.fd));
        result
    }
}

/// What is told of the events of a wait.
pub(super) struct Ready<E> {
    /// All of them, as they cross the line.
    pub(super) payload: fn(&[E]) -> Vec<u8>,
    /// The descriptor of one.
    pub(super) fd: fn(&E) -> Fd,
}

pub(super) const EPOLL_EVENTS: Ready<EpollEvent> = Ready {
    payload: |events| events.iter().flat_map(|event| event.to_bytes()).collect(),
    fd: |event| event.fd(),
};

const KEVENTS: Ready<Kevent> = Ready { payload: written, fd: |event| event.fd };

const PORT_EVENTS: Ready<PortEvent> = Ready { payload: written, fd: |event| event.fd };

const POLL_FDS: Ready<PollFd> = Ready { payload: crossing, fd: |entry| entry.fd };

/// The three sets of `select` as they cross.
fn bitmaps<'a>(sets: &FdSets, nfds: usize) -> Cow<'a, [u8]> {
    let mut bytes = Vec::new();
    sets.to_bytes(nfds, &mut bytes);
    bytes.into()
}

/// The array of `struct pollfd` as it crosses.
fn crossing(entries: &[PollFd]) -> Vec<u8> {
    entries.iter().flat_map(|entry| entry.to_bytes()).collect()
}

impl<K: Select + Clock + Gauge, S: Sink> Select for Traced<K, S> {
    #[track_caller]
    fn select(&self, sets: &mut FdSets, timeout: Timeout) -> impl Future<Output = Result<usize, Errno>> {
        let location = Location::caller();
        async move {
            let nfds = sets.nfds();
            self.enter_with(Call::Select { nfds: nfds as u32, timeout }, location, || bitmaps(sets, nfds));
            let result = self.0.kernel.select(sets, timeout).await;
            let up = || if result.is_ok() { bitmaps(sets, nfds) } else { Cow::default() };
            self.exit_with(told(&result, count), 0, up);
            self.sample(sets.read.iter().filter(|_| result.is_ok()));
            result
        }
    }
}

impl<K: Poll + Clock + Gauge, S: Sink> Poll for Traced<K, S> {
    #[track_caller]
    fn poll(&self, fds: &mut [PollFd], timeout: Timeout) -> impl Future<Output = Result<usize, Errno>> {
        let location = Location::caller();
        async move {
            self.enter_with(Call::Poll { count: fds.len() as u32, timeout }, location, || {
                crossing(fds).into()
            });
            let result = self.0.kernel.poll(fds, timeout).await;
            let up = || if result.is_ok() { crossing(fds).into() } else { Cow::default() };
            self.exit_with(told(&result, count), 0, up);
            let ready = fds.iter().filter(|entry| entry.revents.intersects(Mask::READINESS));
            self.sample(ready.map(|entry| entry.fd).filter(|_| result.is_ok()));
            result
        }
    }
}

impl<K: Epoll + Clock + Gauge, S: Sink> Epoll for Traced<K, S> {
    #[track_caller]
    fn epoll_create(&self) -> impl Future<Output = Result<Fd, Errno>> {
        self.plain(Call::EpollCreate, Location::caller(), self.0.kernel.epoll_create(), number)
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
            let down = event.to_bytes();
            let down = if op == CtlOp::Del { &[] } else { down.as_slice() };
            self.enter(Call::EpollCtl { epoll, op, fd, events: event.events }, location, down);
            let result = self.0.kernel.epoll_ctl(epoll, op, fd, event).await;
            self.exit(told(&result, nothing), 0, &[]);
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
        self.waiting(call, Location::caller(), Cow::default, events, made, EPOLL_EVENTS)
    }
}

impl<K: Kqueue + Clock + Gauge, S: Sink> Kqueue for Traced<K, S> {
    #[track_caller]
    fn kqueue(&self) -> impl Future<Output = Result<Fd, Errno>> {
        self.plain(Call::Kqueue, Location::caller(), self.0.kernel.kqueue(), number)
    }

    #[track_caller]
    fn kevent(
        &self,
        kqueue: Fd,
        changes: &[Kevent],
        events: &mut Vec<Kevent>,
        most: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let location = Location::caller();
        let call = Call::Kevent { kqueue, changes: changes.len() as u32, most: most as u32, timeout };
        async move {
            let made = async move |events: &mut Vec<Kevent>| {
                self.0.kernel.kevent(kqueue, changes, events, most, timeout).await
            };
            self.waiting(call, location, || written(changes).into(), events, made, KEVENTS).await
        }
    }
}

impl<K: EventPorts + Clock + Gauge, S: Sink> EventPorts for Traced<K, S> {
    #[track_caller]
    fn port_create(&self) -> impl Future<Output = Result<Fd, Errno>> {
        self.plain(Call::PortCreate, Location::caller(), self.0.kernel.port_create(), number)
    }

    #[track_caller]
    fn port_associate(
        &self,
        port: Fd,
        fd: Fd,
        events: Mask,
        user: u64,
    ) -> impl Future<Output = Result<(), Errno>> {
        let call = Call::PortAssociate { port, fd, events };
        let made = self.0.kernel.port_associate(port, fd, events, user);
        self.plain(call, Location::caller(), made, nothing)
    }

    #[track_caller]
    fn port_dissociate(&self, port: Fd, fd: Fd) -> impl Future<Output = Result<(), Errno>> {
        let made = self.0.kernel.port_dissociate(port, fd);
        self.plain(Call::PortDissociate { port, fd }, Location::caller(), made, nothing)
    }

    #[track_caller]
    fn port_getn(
        &self,
        port: Fd,
        events: &mut Vec<PortEvent>,
        most: usize,
        at_least: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let call = Call::PortGetn { port, most: most as u32, at_least: at_least as u32, timeout };
        let made = async move |events: &mut Vec<PortEvent>| {
            self.0.kernel.port_getn(port, events, most, at_least, timeout).await
        };
        self.waiting(call, Location::caller(), Cow::default, events, made, PORT_EVENTS)
    }
}

impl<K: DevPoll + Clock + Gauge, S: Sink> DevPoll for Traced<K, S> {
    #[track_caller]
    fn devpoll_open(&self) -> impl Future<Output = Result<Fd, Errno>> {
        self.plain(Call::DevPollOpen, Location::caller(), self.0.kernel.devpoll_open(), number)
    }

    #[track_caller]
    fn devpoll_write(&self, dev: Fd, entries: &[PollFd]) -> impl Future<Output = Result<(), Errno>> {
        let location = Location::caller();
        async move {
            let call = Call::DevPollWrite { dev, count: entries.len() as u32 };
            self.enter_with(call, location, || crossing(entries).into());
            let result = self.0.kernel.devpoll_write(dev, entries).await;
            self.exit(told(&result, nothing), 0, &[]);
            result
        }
    }

    #[track_caller]
    fn devpoll_wait(
        &self,
        dev: Fd,
        ready: &mut Vec<PollFd>,
        most: usize,
        timeout: Timeout,
    ) -> impl Future<Output = Result<usize, Errno>> {
        let call = Call::DevPollWait { dev, most: most as u32, timeout };
        let made =
            async move |ready: &mut Vec<PollFd>| self.0.kernel.devpoll_wait(dev, ready, most, timeout).await;
        self.waiting(call, Location::caller(), Cow::default, ready, made, POLL_FDS)
    }
}
