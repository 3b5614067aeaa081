//! `poll(2)` on the real kernel.

use std::time::Duration;

use loopscope_shared::errno::Errno;
use loopscope_shared::ids::Fd;
use loopscope_shared::kernel::{Mask, Poll, PollFd, Timeout};

use super::{Os, errno, retry_wait};

impl Poll for Os {
    // Not rustix: its structure cannot hold a number that is not open, and here one may be asked for.
    async fn poll(&self, fds: &mut [PollFd], timeout: Timeout) -> Result<usize, Errno> {
        let mut crossing: Vec<libc::pollfd> = fds.iter().map(asked).collect();
        let count = retry_wait(timeout, |left| {
            let ms = left.map_or(-1, milliseconds);
            // SAFETY: the pointer and the length are those of a list that lives through the call.
            let count = unsafe { libc::poll(crossing.as_mut_ptr(), crossing.len() as libc::nfds_t, ms) };
            usize::try_from(count).map_err(|_| errno::last())
        })?;
        for (fd, answer) in fds.iter_mut().zip(&crossing) {
            fd.revents = Mask::from_bits_retain(u32::from(answer.revents as u16));
        }
        Ok(count)
    }
}

fn asked(fd: &PollFd) -> libc::pollfd {
    let PollFd { fd: Fd(number), events, .. } = *fd;
    libc::pollfd { fd: number, events: events.bits() as u16 as i16, revents: 0 }
}

/// The time in the unit of `poll(2)`, rounded up so that it does not return before.
fn milliseconds(left: Duration) -> i32 {
    i32::try_from(left.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX)
}
