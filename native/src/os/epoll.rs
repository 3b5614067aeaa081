//! `epoll(7)` on the real kernel.

use std::fmt;
use std::os::fd::IntoRawFd;

use loopscope_shared::errno::Errno;
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{CtlOp, Epoll, EpollEvent, Mask, Timeout};
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

use super::{Os, borrowed, errno, retry, retry_wait};

impl Epoll for Os {
    async fn epoll_create(&self) -> Result<Fd, Errno> {
        let epoll = epoll::create(CreateFlags::CLOEXEC).map_err(errno::of)?;
        Ok(Fd(epoll.into_raw_fd()))
    }

    async fn epoll_ctl(&self, epoll: Fd, op: CtlOp, fd: Fd, event: EpollEvent) -> Result<(), Errno> {
        let (epoll, fd) = (borrowed(&epoll)?, borrowed(&fd)?);
        let (data, flags) =
            (EventData::new_u64(event.data), EventFlags::from_bits_retain(event.events.bits()));
        retry(|| match op {
            CtlOp::Add => epoll::add(epoll, fd, data, flags),
            CtlOp::Mod => epoll::modify(epoll, fd, data, flags),
            CtlOp::Del => epoll::delete(epoll, fd),
        })
    }

    async fn epoll_wait(
        &self,
        epoll: Fd,
        events: &mut Vec<EpollEvent>,
        most: usize,
        timeout: Timeout,
    ) -> Result<usize, Errno> {
        let epoll = borrowed(&epoll)?;
        let mut ready = self.epoll_ready.borrow_mut();
        let room = ready.room(most);
        events.clear();
        let count = retry_wait(timeout, |left| {
            let left = left
                .map(|left| Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() });
            epoll::wait(epoll, &mut *room, left.as_ref())
        })?;
        // By value, because the structure is packed: its fields cannot be borrowed.
        events.extend(room[..count].iter().copied().map(|event| {
            let (flags, data) = (event.flags, event.data);
            EpollEvent { events: Mask::from_bits_retain(flags.bits()), data: data.u64() }
        }));
        Ok(events.len())
    }
}

/// Where the kernel writes what is ready, kept from call to call.
#[derive(Default)]
pub(super) struct Ready(Vec<Event>);

impl Ready {
    /// Room for exactly so many events.
    fn room(&mut self, most: usize) -> &mut [Event] {
        let nothing = Event { flags: EventFlags::empty(), data: EventData::new_u64(0) };
        self.0.resize(most, nothing);
        &mut self.0
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "room for {} events", self.0.len())
    }
}
