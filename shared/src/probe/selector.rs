//! The traced selector: told as the calls that mio makes underneath, of epoll or kqueue.

use std::borrow::Cow;
use std::future::Future;
use std::panic::Location;

use super::readiness::{EPOLL_EVENTS, Ready};
use super::{Sink, Traced, nothing, number, told, written};
use crate::errno::Errno;
use crate::event::Call;
use crate::ids::Fd;
use crate::kernel::{
    Clock, CtlOp, EpollEvent, FOREVER, Filter, Gauge, Interest, Kevent, KeventFlags, Mask, Selector,
    SelectorKind, Timeout, Token,
};

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
        self.plain(call, Location::caller(), self.0.kernel.selector_create(), number)
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
            self.exit(told(&result, nothing), 0, &[]);
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
            self.exit(told(&result, nothing), 0, &[]);
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
        let (call, ready) = match self.selector_kind() {
            SelectorKind::Epoll => {
                (Call::EpollWait { epoll: selector, most: most as u32, timeout }, EPOLL_EVENTS)
            }
            SelectorKind::Kqueue => {
                (Call::Kevent { kqueue: selector, changes: 0, most: most as u32, timeout }, AS_KEVENTS)
            }
        };
        let made = async move |events: &mut Vec<EpollEvent>| {
            self.0.kernel.selector_wait(selector, events, most, timeout).await
        };
        self.waiting(call, Location::caller(), Cow::default, events, made, ready)
    }
}

/// What mio hands on of the events of a kqueue, as the kevents that they were.
const AS_KEVENTS: Ready<EpollEvent> = Ready {
    payload: |events| written(&events.iter().map(as_kevent).collect::<Vec<_>>()),
    fd: |event| event.fd(),
};

/// mio hands each kevent on as an event of its own, without its count (`data`), and says with
/// which number of the program's it was registered: programs register a descriptor under its own number.
fn as_kevent(event: &EpollEvent) -> Kevent {
    let is = |mask| event.events.intersects(mask);
    let (filter, ended) = match is(Mask::OUT | Mask::HUP) && !is(Mask::IN | Mask::RDHUP) {
        true => (Filter::Write, is(Mask::HUP)),
        false => (Filter::Read, is(Mask::RDHUP)),
    };
    let flags = if ended { KeventFlags::CLEAR | KeventFlags::EOF } else { KeventFlags::CLEAR };
    Kevent { user: event.data, ..Kevent::change(event.fd(), filter, flags) }
}

/// `kevent(2)` that only changes, with what goes down.
fn kevent_change(kqueue: Fd, changes: &[Kevent]) -> (Call, Vec<u8>) {
    let call = Call::Kevent { kqueue, changes: changes.len() as u32, most: 0, timeout: FOREVER };
    (call, written(changes))
}
