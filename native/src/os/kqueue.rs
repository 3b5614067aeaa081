//! `kqueue(2)` on the BSDs and macOS. It is compiled for them and was not run: Linux has none.

use std::mem::MaybeUninit;
use std::os::fd::IntoRawFd;

use loopscope_shared::errno::Errno;
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{Filter, Kevent, KeventFlags, Kqueue, Timeout};
use rustix::event::kqueue::{self, Event, EventFilter, EventFlags};

use super::{Os, borrowed, errno, retry_wait};

impl Kqueue for Os {
    async fn kqueue(&self) -> Result<Fd, Errno> {
        let queue = kqueue::kqueue().map_err(errno::of)?;
        rustix::io::fcntl_setfd(&queue, rustix::io::FdFlags::CLOEXEC).map_err(errno::of)?;
        Ok(Fd(queue.into_raw_fd()))
    }

    async fn kevent(
        &self,
        kqueue: Fd,
        changes: &[Kevent],
        events: &mut Vec<Kevent>,
        most: usize,
        timeout: Timeout,
    ) -> Result<usize, Errno> {
        let queue = borrowed(&kqueue)?;
        let changes: Vec<Event> = changes.iter().map(down).collect();
        let mut left_to_make = changes.as_slice();
        let mut room = vec![MaybeUninit::uninit(); most];
        events.clear();
        retry_wait(timeout, |left| {
            // If the wait is interrupted, the changes have been made all the same.
            let changes = std::mem::take(&mut left_to_make);
            // SAFETY: every change names a descriptor by number, as the call takes it, and none is of another
            // kind, whose number would have to be a valid process or address.
            let reported = unsafe { kqueue::kevent(queue, changes, room.as_mut_slice(), left) }?;
            events.extend(reported.0.iter().filter_map(up));
            Ok(events.len())
        })
    }
}

/// A change as the kernel reads it. The bits of the flags are the same on all these systems.
fn down(change: &Kevent) -> Event {
    let filter = match change.filter {
        Filter::Read => EventFilter::Read(change.fd.0),
        Filter::Write => EventFilter::Write(change.fd.0),
    };
    let flags = EventFlags::from_bits_retain(change.flags.bits() as u16);
    // The program's number goes where a pointer may: nothing is read through it.
    Event::new(filter, flags, std::ptr::without_provenance_mut(change.user as usize))
}

/// An event as a program reads it; `None` for a filter that none of ours asks for.
fn up(event: &Event) -> Option<Kevent> {
    let (fd, filter) = match event.filter() {
        EventFilter::Read(fd) => (Fd(fd), Filter::Read),
        EventFilter::Write(fd) => (Fd(fd), Filter::Write),
        _ => return None,
    };
    let flags = KeventFlags::from_bits_retain(u32::from(event.flags().bits()));
    let data = event.data();
    // What failed says so in `data`. The socket's error (`fflags`) is not handed out by the library.
    let failed = flags.contains(KeventFlags::ERROR) && data != 0;
    let error = failed.then(|| errno::of(rustix::io::Errno::from_raw_os_error(data as i32)));
    let data = u32::try_from(data).unwrap_or(u32::MAX);
    Some(Kevent { fd, filter, flags, error, data, user: event.udata() as usize as u64 })
}
