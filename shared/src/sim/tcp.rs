//! One end of a connection: its buffers, its state, and what is ready on it.

use std::collections::VecDeque;

use crate::errno::Errno;
use crate::ids::FileId;
use crate::kernel::Mask;

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// A SYN is on its way.
    Connecting,
    /// Both ends know of each other.
    Open,
    /// Reset, or refused.
    Over,
}

/// One end of a connection (`tcp(7)`).
#[derive(Debug)]
pub(super) struct Tcp {
    pub(super) state: State,
    /// The other end.
    pub(super) other: Option<FileId>,
    /// Received and not yet read.
    pub(super) recv: VecDeque<u8>,
    pub(super) recv_capacity: usize,
    /// Bytes on their way here: they have their room in `recv` already.
    pub(super) coming: usize,
    /// Sent by the program and not yet acknowledged.
    pub(super) send: VecDeque<u8>,
    pub(super) send_capacity: usize,
    /// How many bytes at the front of `send` have left.
    pub(super) left: usize,
    /// The other end has ended its direction, and that has arrived.
    pub(super) fin_received: bool,
    /// `shutdown(SHUT_RD)` was called.
    pub(super) read_shut: bool,
    /// `shutdown(SHUT_WR)` or `close` was called.
    pub(super) write_shut: bool,
    /// The FIN has left.
    pub(super) fin_sent: bool,
    /// No program holds a descriptor any more.
    pub(super) orphan: bool,
    /// The error that the next call gets, once.
    pub(super) error: Option<Errno>,
    /// A send found no room: there is an edge when there is some again.
    pub(super) no_space: bool,
}

impl Tcp {
    pub(super) fn new(state: State, recv_capacity: u32, send_capacity: u32) -> Self {
        Self {
            state,
            other: None,
            recv: VecDeque::new(),
            recv_capacity: recv_capacity as usize,
            coming: 0,
            send: VecDeque::new(),
            send_capacity: send_capacity as usize,
            left: 0,
            fin_received: false,
            read_shut: false,
            write_shut: false,
            fin_sent: false,
            orphan: false,
            error: None,
            no_space: false,
        }
    }

    /// What a wait would say: one formula, which reproduces what Linux was seen to say in every state.
    pub(super) fn ready(&self) -> Mask {
        let over = self.state == State::Over;
        let read_over = self.fin_received || self.read_shut || over;
        let write_over = self.write_shut || over;
        let mut mask = Mask::empty();
        mask.set(Mask::HUP, (read_over && write_over) || over);
        mask.set(Mask::IN | Mask::RDHUP, read_over);
        if self.state != State::Connecting {
            mask |= if self.recv.is_empty() { Mask::empty() } else { Mask::IN };
            mask |= if write_over || self.is_writable() { Mask::OUT } else { Mask::empty() };
        }
        mask.set(Mask::ERR, self.error.is_some());
        mask
    }

    /// Writable means that a third of the send buffer is free: not at the first byte of room.
    pub(super) fn is_writable(&self) -> bool {
        let free = self.send_capacity.saturating_sub(self.send.len());
        free > 0 && free >= self.send.len() / 2
    }

    /// `recv(2)`: queued data first, then a pending error once, then the end of input for ever.
    pub(super) fn take(&mut self, buffer: &mut [u8]) -> Result<usize, Errno> {
        if !self.recv.is_empty() {
            let count = buffer.len().min(self.recv.len());
            for (to, from) in buffer.iter_mut().zip(self.recv.drain(..count)) {
                *to = from;
            }
            return Ok(count);
        }
        // An error that came after the end of input is left for others to find.
        if !self.fin_received
            && let Some(errno) = self.error.take()
        {
            return Err(errno);
        }
        match self.fin_received || self.read_shut || self.state == State::Over {
            true => Ok(0),
            false => Err(Errno::EAGAIN),
        }
    }

    /// `send(2)`: a pending error once, then `EPIPE`; else as much as there is room for.
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        if self.state == State::Over || self.write_shut {
            return Err(self.error.take().unwrap_or(Errno::EPIPE));
        }
        let room = self.send_capacity.saturating_sub(self.send.len());
        let count = if self.state == State::Connecting { 0 } else { room.min(bytes.len()) };
        self.send.extend(&bytes[..count]);
        self.no_space |= count < bytes.len();
        if count == 0 && !bytes.is_empty() { Err(Errno::EAGAIN) } else { Ok(count) }
    }

    /// The connection is thrown away by the other end. What had arrived can still be read.
    pub(super) fn reset(&mut self) {
        self.error = Some(if self.fin_received { Errno::EPIPE } else { Errno::ECONNRESET });
        self.state = State::Over;
        self.send.clear();
        self.left = 0;
    }

    /// How many bytes may leave now: what has not left, as far as the other end has room.
    pub(super) fn may_leave(&self, window: usize) -> usize {
        (self.send.len() - self.left).min(window)
    }

    /// How many more bytes the other end may send.
    pub(super) fn window(&self) -> usize {
        self.recv_capacity.saturating_sub(self.recv.len() + self.coming)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> Tcp {
        Tcp::new(State::Open, 4096, 4096)
    }

    #[track_caller]
    fn check(tcp: &Tcp, expect: Mask) {
        assert_eq!(tcp.ready(), expect);
    }

    #[test]
    fn readiness_in_the_states_that_linux_was_seen_in() {
        check(&Tcp::new(State::Connecting, 1, 1), Mask::empty());
        let mut tcp = open();
        check(&tcp, Mask::OUT);
        tcp.recv.extend(b"abc");
        check(&tcp, Mask::IN | Mask::OUT);
        tcp.fin_received = true;
        check(&tcp, Mask::IN | Mask::OUT | Mask::RDHUP);
        tcp.write_shut = true;
        check(&tcp, Mask::IN | Mask::OUT | Mask::RDHUP | Mask::HUP);
        let mut tcp = open();
        tcp.reset();
        check(&tcp, Mask::IN | Mask::OUT | Mask::RDHUP | Mask::HUP | Mask::ERR);
    }

    #[test]
    fn a_reset_is_told_once_and_after_the_data() {
        let mut tcp = open();
        tcp.recv.extend(b"abc");
        tcp.reset();
        let mut buffer = [0; 8];
        assert_eq!(tcp.take(&mut buffer), Ok(3));
        assert_eq!(tcp.take(&mut buffer), Err(Errno::ECONNRESET));
        assert_eq!(tcp.take(&mut buffer), Ok(0));
        assert_eq!(tcp.put(b"x"), Err(Errno::EPIPE));
    }

    #[test]
    fn out_is_gone_before_the_buffer_is_full_and_comes_back_at_a_third() {
        let mut tcp = open();
        assert_eq!(tcp.put(&[0; 2732]), Ok(2732));
        assert!(!tcp.ready().contains(Mask::OUT));
        assert_eq!(tcp.put(&[0; 4096]), Ok(1364));
        assert_eq!(tcp.put(b"x"), Err(Errno::EAGAIN));
        assert!(tcp.no_space);
        tcp.send.drain(..1366);
        assert!(tcp.ready().contains(Mask::OUT));
    }
}
