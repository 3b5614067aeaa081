//! One end of a connection, or what may become one: its buffers, its state, and what is ready on it.
//!
//! The states are those of RFC 9293. What is ready follows from them by one formula ([`Tcp::ready`]), which
//! gives what Linux was seen to say in every state.

use std::collections::VecDeque;
use std::net::SocketAddr;

use crate::errno::Errno;
use crate::ids::FileId;
use crate::kernel::{Mask, MsgFlags};
use crate::sim::acks::Acks;
use crate::sim::rules::Flip;
use crate::time::Nanos;

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// There is none: fresh, reset, refused, or ended in both directions.
    Closed,
    /// The socket listens.
    Listening,
    /// A SYN is on its way.
    SynSent,
    /// The SYN of a client has come, and has been answered.
    SynReceived,
    /// Both ends know of each other.
    Established,
    /// The other end has sent its last.
    CloseWait,
    /// This end has sent its last, and the other has not acknowledged that.
    FinWait1,
    /// This end has sent its last, and the other knows.
    FinWait2,
    /// Both have sent their last at the same time.
    Closing,
    /// The other end has sent its last, then this one; the acknowledgement is missing.
    LastAck,
}

/// What `connect` and `listen` go by, beside the state: a failed attempt is remembered until it is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Unconnected,
    Connecting,
    Connected,
    /// Shut down in the middle of an attempt: of no more use.
    Disconnecting,
}

/// What a listener has beside.
#[derive(Debug, Default)]
pub(super) struct Listener {
    pub(super) backlog: u32,
    /// Connections whose handshake is complete, the oldest first.
    pub(super) queue: VecDeque<FileId>,
    /// Connections whose handshake is under way (the SYN queue).
    pub(super) half_open: VecDeque<FileId>,
}

impl Listener {
    /// Whether one more connection may wait to be accepted: one more than the backlog says.
    pub(super) fn has_room(&self) -> bool {
        self.queue.len() <= self.backlog as usize
    }
}

/// A stream socket (`tcp(7)`).
#[derive(Debug)]
pub(super) struct Tcp {
    pub(super) state: State,
    pub(super) stage: Stage,
    /// There while it listens.
    pub(super) listener: Option<Box<Listener>>,
    /// The listener through which it came, until it is accepted.
    pub(super) parent: Option<FileId>,
    /// Its handshake is complete, and there was no room for it in the accept queue: so many bytes, the end of
    /// input and a reset wait with it.
    pub(super) answered: bool,
    pub(super) held: usize,
    pub(super) end_held: bool,
    pub(super) reset_held: bool,
    pub(super) local: Option<SocketAddr>,
    pub(super) remote: Option<SocketAddr>,
    /// The program asked for this very port: it stays when a connection ends.
    pub(super) port_kept: bool,
    /// The other end.
    pub(super) other: Option<FileId>,
    /// SYNs sent in vain.
    pub(super) syn_tries: u32,
    /// Received and not yet read.
    pub(super) recv: VecDeque<u8>,
    pub(super) recv_capacity: usize,
    /// Bytes on their way here: they have their room in `recv` already.
    pub(super) wire: VecDeque<u8>,
    /// How many bytes must wait for the socket to count as readable (`SO_RCVLOWAT`).
    pub(super) lowat: usize,
    /// What it owes the other end.
    pub(super) acks: Acks,
    /// The sender was told that there is room, and has not used it yet.
    pub(super) window_told: bool,
    /// Sent by the program and not yet acknowledged.
    pub(super) send: VecDeque<u8>,
    pub(super) send_capacity: usize,
    /// How many bytes at the front of `send` have left.
    pub(super) left: usize,
    /// Up to where in `send` the last small segment went that is not acknowledged (Nagle's algorithm).
    pub(super) small: usize,
    /// When the line to the other end is free again.
    pub(super) line_free: Nanos,
    pub(super) nodelay: bool,
    /// The other end's FIN has come.
    pub(super) end_received: bool,
    /// No more is to be received: FIN, `shutdown(SHUT_RD)`, or over.
    pub(super) read_shut: bool,
    /// No more is to be sent: `shutdown(SHUT_WR)`, `close`, or over.
    pub(super) write_shut: bool,
    pub(super) fin_sent: bool,
    /// No program holds a descriptor any more.
    pub(super) orphan: bool,
    /// The error that the next call gets, once.
    pub(super) error: Option<Errno>,
    /// A send found no room, or a wait found it missing: there is an edge when there is some again.
    pub(super) no_space: bool,
    pub(super) linger_zero: bool,
    pub(super) reuse_address: bool,
    /// Other listeners that say the same may have its port, too (`SO_REUSEPORT`).
    pub(super) reuse_port: bool,
    pub(super) flip: Flip,
}

impl Tcp {
    pub(super) fn new(recv_capacity: usize, send_capacity: usize, flip: Flip) -> Self {
        Self {
            state: State::Closed,
            stage: Stage::Unconnected,
            listener: None,
            parent: None,
            answered: false,
            held: 0,
            end_held: false,
            reset_held: false,
            local: None,
            remote: None,
            port_kept: false,
            other: None,
            syn_tries: 0,
            recv: VecDeque::new(),
            recv_capacity,
            wire: VecDeque::new(),
            lowat: 1,
            acks: Acks::default(),
            window_told: false,
            send: VecDeque::new(),
            send_capacity,
            left: 0,
            small: 0,
            line_free: Nanos::ZERO,
            nodelay: false,
            end_received: false,
            read_shut: false,
            write_shut: false,
            fin_sent: false,
            orphan: false,
            error: None,
            no_space: false,
            linger_zero: false,
            reuse_address: false,
            reuse_port: false,
            flip,
        }
    }

    /// What a wait would say.
    pub(super) fn ready(&self) -> Mask {
        if let Some(listener) = self.listener.as_ref().filter(|_| self.state == State::Listening) {
            return if listener.queue.is_empty() { Mask::empty() } else { Mask::IN };
        }
        let mut mask = Mask::empty();
        let closed = self.state == State::Closed;
        if closed && self.flip.contains(Flip::FRESH_IS_SILENT) && !self.read_shut {
            return mask;
        }
        mask.set(Mask::HUP, (self.read_shut && self.write_shut) || closed);
        mask.set(Mask::IN | Mask::RDHUP, self.read_shut);
        if !matches!(self.state, State::SynSent | State::SynReceived) {
            mask |= if self.is_readable() { Mask::IN } else { Mask::empty() };
            mask |= if self.write_shut || self.is_writable() { Mask::OUT } else { Mask::empty() };
        }
        mask.set(Mask::ERR, self.error.is_some());
        if self.end_received && self.flip.contains(Flip::FIN_IS_HUP) {
            mask |= Mask::HUP;
        }
        mask
    }

    pub(super) fn is_readable(&self) -> bool {
        !self.recv.is_empty() && self.recv.len() >= self.lowat
    }

    /// Writable means that a third of the send buffer is free: not at the first byte of room.
    pub(super) fn is_writable(&self) -> bool {
        let free = self.send_capacity.saturating_sub(self.send.len());
        free > 0 && (free >= self.send.len() / 2 || self.flip.contains(Flip::OUT_AT_FIRST_BYTE))
    }

    /// Whether neither end has said its last, or only the other one has.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Established | State::CloseWait)
    }

    /// Whether what is in the send buffer still goes out.
    pub(super) fn may_transmit(&self) -> bool {
        self.is_open() || matches!(self.state, State::FinWait1 | State::Closing | State::LastAck)
    }

    /// The first bytes on the line have arrived.
    pub(super) fn arrive(&mut self, bytes: usize) {
        if self.recv.is_empty() && bytes == self.wire.len() {
            return std::mem::swap(&mut self.recv, &mut self.wire);
        }
        for part in slices(&self.wire, 0, bytes) {
            self.recv.extend(part);
        }
        self.wire.drain(..bytes);
    }

    /// The pending error, taken.
    pub(super) fn take_error(&mut self) -> Option<Errno> {
        if self.flip.contains(Flip::ERROR_STAYS) { self.error } else { self.error.take() }
    }

    /// Whether nothing more will come: a call that waits for more gives up.
    pub(super) fn input_over(&self) -> bool {
        self.error.is_some() || self.read_shut || self.state == State::Closed
    }

    /// How many bytes a call that sleeps waits for.
    pub(super) fn target(&self, len: usize, flags: MsgFlags) -> usize {
        let most = if flags.contains(MsgFlags::WAITALL) { len } else { self.lowat.min(len) };
        most.max(1)
    }

    /// `recv(2)`: queued data first, then the end of input, or a pending error once and then the end.
    pub(super) fn take(&mut self, buffer: &mut [u8], flags: MsgFlags) -> Result<usize, Errno> {
        if self.state == State::Listening {
            return Err(Errno::ENOTCONN);
        }
        if !self.recv.is_empty() {
            let count = buffer.len().min(self.recv.len());
            if !flags.contains(MsgFlags::TRUNC) {
                let [first, second] = slices(&self.recv, 0, count);
                buffer[..first.len()].copy_from_slice(first);
                buffer[first.len()..count].copy_from_slice(second);
            }
            if !flags.contains(MsgFlags::PEEK) {
                self.recv.drain(..count);
            }
            return Ok(count);
        }
        // An error that came after the end of input is left for others to find.
        if self.end_received {
            return Ok(0);
        }
        if let Some(errno) = self.take_error() {
            return Err(errno);
        }
        match (self.read_shut, self.state) {
            (true, _) => Ok(0),
            (_, State::Closed) => Err(Errno::ENOTCONN),
            _ => Err(Errno::EAGAIN),
        }
    }

    /// `send(2)`: a pending error once, then `EPIPE`; else as much as there is room for.
    pub(super) fn put(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        match self.state {
            State::SynSent | State::SynReceived => return Err(self.take_error().unwrap_or(Errno::EAGAIN)),
            State::Established | State::CloseWait if !self.write_shut && self.error.is_none() => {}
            _ => return Err(self.take_error().unwrap_or(Errno::EPIPE)),
        }
        let room = self.send_capacity.saturating_sub(self.send.len());
        let count = room.min(bytes.len());
        self.send.extend(&bytes[..count]);
        self.no_space |= count < bytes.len();
        if count == 0 && !bytes.is_empty() { Err(Errno::EAGAIN) } else { Ok(count) }
    }

    /// Whether `put` can take nothing more, ever.
    pub(super) fn output_over(&self) -> bool {
        let open = self.is_open() || matches!(self.state, State::SynSent | State::SynReceived);
        !open || self.write_shut || self.error.is_some()
    }

    /// From now on both directions are over.
    pub(super) fn end(&mut self) {
        self.state = State::Closed;
        (self.read_shut, self.write_shut) = (true, true);
    }

    /// The connection is thrown away by the other end. What had arrived can still be read.
    pub(super) fn reset(&mut self) {
        self.error = Some(match self.state {
            State::SynSent => Errno::ECONNREFUSED,
            State::CloseWait if !self.flip.contains(Flip::RESET_AFTER_FIN) => Errno::EPIPE,
            _ => Errno::ECONNRESET,
        });
        self.end();
        self.forget_unsent();
    }

    /// Back to a fresh socket (Linux's `tcp_disconnect`); the options stay.
    pub(super) fn disconnect(&mut self) {
        self.state = State::Closed;
        self.listener = None;
        (self.other, self.remote) = (None, None);
        self.recv.clear();
        self.wire.clear();
        self.acks = Acks::default();
        (self.window_told, self.syn_tries) = (false, 0);
        (self.end_received, self.read_shut, self.write_shut, self.fin_sent) = (false, false, false, false);
        self.forget_unsent();
    }

    pub(super) fn forget_unsent(&mut self) {
        self.send.clear();
        (self.left, self.small) = (0, 0);
    }

    /// How many more bytes the other end may send.
    pub(super) fn window(&self) -> usize {
        self.recv_capacity.saturating_sub(self.recv.len() + self.wire.len())
    }
}

/// So many bytes of a queue from there on, in the two pieces in which they lie in memory.
pub(super) fn slices(queue: &VecDeque<u8>, from: usize, count: usize) -> [&[u8]; 2] {
    let (first, second) = queue.as_slices();
    let to = from + count;
    let split = first.len();
    [&first[from.min(split)..to.min(split)], &second[from.max(split) - split..to.max(split) - split]]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open() -> Tcp {
        Tcp { state: State::Established, ..Tcp::new(4096, 4096, Flip::empty()) }
    }

    fn take(tcp: &mut Tcp) -> Result<usize, Errno> {
        tcp.take(&mut [0; 8], MsgFlags::empty())
    }

    #[track_caller]
    fn check(tcp: &Tcp, expect: Mask) {
        assert_eq!(tcp.ready(), expect);
    }

    #[test]
    fn readiness_in_the_states_that_linux_was_seen_in() {
        check(&Tcp::new(1, 1, Flip::empty()), Mask::OUT | Mask::HUP);
        check(&Tcp { state: State::SynSent, ..open() }, Mask::empty());
        let mut tcp = open();
        check(&tcp, Mask::OUT);
        tcp.recv.extend(b"abc");
        check(&tcp, Mask::IN | Mask::OUT);
        (tcp.end_received, tcp.read_shut) = (true, true);
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
        assert_eq!(take(&mut tcp), Ok(3));
        assert_eq!(take(&mut tcp), Err(Errno::ECONNRESET));
        assert_eq!(take(&mut tcp), Ok(0));
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
