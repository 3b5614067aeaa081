//! mio's selector: epoll on Linux, kqueue on the BSDs and macOS.

use std::os::fd::AsRawFd;

use loopscope_shared::errno::Errno;
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{EpollEvent, Interest, Mask, Selector, SelectorKind, Timeout, Token};
use mio::unix::SourceFd;

use super::{Os, errno, retry, retry_wait};

/// A selector of mio's, and where its waits write.
#[derive(Debug)]
pub(super) struct Waiting {
    poll: mio::Poll,
    events: mio::Events,
    /// How many events one wait may bring up: the room in `events`.
    most: usize,
}

impl Selector for Os {
    fn selector_kind(&self) -> SelectorKind {
        if cfg!(target_os = "linux") { SelectorKind::Epoll } else { SelectorKind::Kqueue }
    }

    async fn selector_create(&self) -> Result<Fd, Errno> {
        let poll = mio::Poll::new().map_err(|error| errno::of_io(&error))?;
        let fd = Fd(poll.as_raw_fd());
        let waiting = Waiting { poll, events: mio::Events::with_capacity(0), most: 0 };
        self.selectors.borrow_mut().insert(fd, waiting);
        Ok(fd)
    }

    async fn selector_register(
        &self,
        selector: Fd,
        fd: Fd,
        token: Token,
        interest: Interest,
    ) -> Result<(), Errno> {
        let interest = match interest {
            Interest::Read => mio::Interest::READABLE,
            Interest::ReadWrite => mio::Interest::READABLE | mio::Interest::WRITABLE,
        };
        let token = mio::Token(usize::try_from(token.0).map_err(|_| Errno::EINVAL)?);
        self.with_registry(selector, |registry| registry.register(&mut SourceFd(&fd.0), token, interest))
    }

    async fn selector_deregister(&self, selector: Fd, fd: Fd) -> Result<(), Errno> {
        self.with_registry(selector, |registry| registry.deregister(&mut SourceFd(&fd.0)))
    }

    async fn selector_wait(
        &self,
        selector: Fd,
        events: &mut Vec<EpollEvent>,
        most: usize,
        timeout: Timeout,
    ) -> Result<usize, Errno> {
        let mut selectors = self.selectors.borrow_mut();
        let waiting = selectors.get_mut(&selector).ok_or(Errno::EBADF)?;
        if waiting.most != most {
            waiting.events = mio::Events::with_capacity(most);
            waiting.most = most;
        }
        events.clear();
        retry_wait(timeout, |left| {
            waiting.poll.poll(&mut waiting.events, left).map_err(|error| errno::raw(&error))
        })?;
        events.extend(waiting.events.iter().map(told));
        Ok(events.len())
    }
}

impl Os {
    fn with_registry(
        &self,
        selector: Fd,
        call: impl Fn(&mio::Registry) -> std::io::Result<()>,
    ) -> Result<(), Errno> {
        let selectors = self.selectors.borrow();
        let registry = selectors.get(&selector).ok_or(Errno::EBADF)?.poll.registry();
        retry(|| call(registry).map_err(|error| errno::raw(&error)))
    }
}

/// What mio says of a descriptor, in the words of epoll.
fn told(event: &mio::event::Event) -> EpollEvent {
    let mut events = Mask::empty();
    events.set(Mask::IN, event.is_readable());
    events.set(Mask::OUT, event.is_writable());
    events.set(Mask::RDHUP, event.is_read_closed());
    events.set(Mask::HUP, event.is_write_closed());
    events.set(Mask::ERR, event.is_error());
    EpollEvent { events, data: event.token().0 as u64 }
}
