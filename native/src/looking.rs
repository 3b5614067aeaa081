//! A look at the kernel's buffers from beside the served thread, while somebody looks: how full those of each
//! connection are, and how many clients wait to be accepted. So it is seen what waits for a program that is stuck.

use std::collections::BTreeMap;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use loopscope_shared::event::{CAPTURE_MAX, Event, What};
use loopscope_shared::ids::{Fd, TaskId};
use loopscope_shared::kernel::Levels;
use loopscope_shared::time::Nanos;

use crate::frame;
use crate::os::gauge;

/// How often it looks.
pub const LOOK_PERIOD: Duration = Duration::from_millis(100);

/// At how many descriptors it looks each time, at most: the lowest. A picture has no place for more, and each takes
/// some microseconds.
const LOOKED_AT_MAX: usize = 256;

/// What was seen of a socket.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Queue(u32),
    Buffers(Levels, Vec<u8>),
}

/// Looks, and remembers what it saw: what is as before is not told again.
#[derive(Debug)]
pub struct Look {
    start: Instant,
    seen: BTreeMap<i32, Seen>,
    last: Option<Instant>,
}

impl Look {
    /// Nothing was seen yet, by a clock that began then.
    pub fn since(start: Instant) -> Self {
        Self { start, seen: BTreeMap::new(), last: None }
    }

    /// How long until it is to look again.
    pub fn due(&self) -> Duration {
        self.last.map_or(Duration::ZERO, |last| LOOK_PERIOD.saturating_sub(last.elapsed()))
    }

    /// Forgets what was seen: nobody looks for a while.
    pub fn away(&mut self) {
        self.seen.clear();
    }

    /// Looks at the sockets of this process, in the name of its first task, and returns frames for what is not as
    /// it was.
    pub fn look(&mut self, task: TaskId) -> Vec<u8> {
        self.last = Some(Instant::now());
        let mut seen = BTreeMap::new();
        let mut frames = Vec::new();
        for number in gauge::tcp_sockets().into_iter().take(LOOKED_AT_MAX) {
            // SAFETY: the number is not -1. If it names another file by now, or none, the calls say so.
            let fd = unsafe { BorrowedFd::borrow_raw(number) };
            let Some(sight) = sight(fd) else { continue };
            if self.seen.get(&number) != Some(&sight) {
                let at = Nanos(u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX));
                let (what, payload) = match &sight {
                    Seen::Queue(waiting) => (What::Queue { fd: Fd(number), waiting: *waiting }, &[][..]),
                    Seen::Buffers(levels, head) => {
                        (What::Sample { fd: Fd(number), levels: *levels }, head.as_slice())
                    }
                };
                frame::put_event(&mut frames, &Event { at, task, what, payload_len: 0 }, payload);
            }
            seen.insert(number, sight);
        }
        self.seen = seen;
        frames
    }
}

fn sight(fd: BorrowedFd<'_>) -> Option<Seen> {
    if let Some(waiting) = gauge::accept_queue(fd) {
        return Some(Seen::Queue(waiting));
    }
    let mut peek = [0; CAPTURE_MAX];
    let levels = gauge::levels(fd, &mut peek)?;
    Some(Seen::Buffers(levels, peek[..levels.peeked as usize].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsRawFd as _;

    /// What is told of a descriptor.
    fn told(look: &mut Look, fd: &impl std::os::fd::AsRawFd) -> Option<(What, Vec<u8>)> {
        let frames = look.look(TaskId::FIRST);
        let mut rest = &frames[..];
        let mut found = None;
        while let Some((event, payload)) = frame::take_event(&mut rest).unwrap() {
            assert_eq!(event.task, TaskId::FIRST);
            if let What::Queue { fd: of, .. } | What::Sample { fd: of, .. } = event.what
                && of.0 == fd.as_raw_fd()
            {
                found = Some((event.what, payload.to_vec()));
            }
        }
        found
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn who_waits_to_be_accepted_and_what_waits_to_be_read_is_seen_and_told_once() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut look = Look::since(Instant::now());
        let queue = |waiting| Some((What::Queue { fd: Fd(listener.as_raw_fd()), waiting }, vec![]));
        assert_eq!(told(&mut look, &listener), queue(0));
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert_eq!(told(&mut look, &listener), queue(1));
        assert_eq!(told(&mut look, &listener), None, "it is as it was");
        let (server, _) = listener.accept().unwrap();
        assert_eq!(told(&mut look, &listener), queue(0));
        client.write_all(b"Hello\n").unwrap();
        // It has arrived when it can be read without sleeping.
        server.peek(&mut [0; 6]).unwrap();
        let (what, head) = told(&mut look, &server).unwrap();
        assert_eq!(head, b"Hello\n");
        let What::Sample { levels, .. } = what else { panic!("{what:?}") };
        assert_eq!((levels.recv, levels.send, levels.peeked), (6, 0, 6));
        look.away();
        assert!(told(&mut look, &server).is_some(), "whoever looks anew sees it again");
    }
}
