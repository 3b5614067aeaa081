//! What crosses the network between two ends of a connection, and what it does where it arrives.
//!
//! What leaves one end is scheduled to arrive at the other after the time that the line needs. Without latency
//! everything arrives at the same instant, and in the order in which Linux's loopback delivers it: first what
//! a call sent, then what it changes at its own end (observed).

use crate::errno::Errno;
use crate::event::{CAPTURE_MAX, Inside};
use crate::ids::{FileId, PeerId};
use crate::kernel::{Mask, MsgFlags};
use crate::sim::machine::{Due, Machine};
use crate::sim::rules::Flip;
use crate::sim::tcp::{State, slices};
use crate::sim::waitq::STATE_CHANGE;
use crate::time::Nanos;

/// A receiver with less room than this part of its buffer does not tell of it: the sender would fill it with tiny
/// segments (silly window syndrome, RFC 9293 3.8.6.2; the sixteenth is Linux's).
const SILLY_WINDOW: usize = 16;

impl Machine {
    /// Schedules something that leaves one end of a connection behind all that has left it.
    pub(super) fn cross_from(&mut self, from: FileId, due: Due) {
        let free = self.tcp(from).map_or(Nanos::ZERO, |tcp| tcp.line_free);
        let at = self.clock.max(free) + self.network.latency;
        self.schedule_crossing(at, due);
    }

    /// Reads from one end.
    pub(super) fn take(&mut self, id: FileId, buffer: &mut [u8]) -> Result<usize, Errno> {
        self.take_with(id, buffer, MsgFlags::empty())
    }

    /// Reads from one end; the other learns that there is room, if it waits for some.
    pub(super) fn take_with(
        &mut self,
        id: FileId,
        buffer: &mut [u8],
        flags: MsgFlags,
    ) -> Result<usize, Errno> {
        let tcp = self.tcp(id).ok_or(Errno::EBADF)?;
        let result = tcp.take(buffer, flags);
        if !matches!(result, Ok(0) | Err(Errno::EAGAIN)) {
            self.changed();
        }
        if result != Err(Errno::EAGAIN) {
            self.changed();
            self.acknowledge_what_was_read(id);
            self.tell_window(id);
            self.tell_ready(id);
        }
        result
    }

    fn tell_window(&mut self, id: FileId) {
        let Some(tcp) = self.tcp(id).filter(|tcp| !tcp.window_told) else { return };
        let (Some(to), room) = (tcp.other, tcp.window()) else { return };
        if room == 0 || room < tcp.recv_capacity / SILLY_WINDOW {
            return;
        }
        if self.tcp(to).is_some_and(|other| other.left < other.send.len()) {
            if let Some(tcp) = self.tcp(id) {
                tcp.window_told = true;
            }
            self.cross_from(id, Due::Window { to });
        }
    }

    /// Writes to one end; what has room at the other leaves at once.
    pub(super) fn put(&mut self, id: FileId, bytes: &[u8]) -> Result<usize, Errno> {
        let result = self.tcp(id).ok_or(Errno::EBADF)?.put(bytes);
        if result.is_ok_and(|count| count > 0) {
            self.changed();
            self.transmit(id);
        }
        self.tell_ready(id);
        result
    }

    /// Sends what may leave, and the FIN once everything has.
    pub(super) fn transmit(&mut self, id: FileId) {
        while let Some((to, count)) = self.next_segment(id) {
            self.send_segment(id, to, count);
        }
        let Some(tcp) = self.tcp(id) else { return };
        let ends = matches!(tcp.state, State::FinWait1 | State::LastAck | State::Closing);
        if let (true, false, Some(to)) = (ends && tcp.left == tcp.send.len(), tcp.fin_sent, tcp.other) {
            tcp.fin_sent = true;
            self.acknowledge(id);
            self.cross_from(id, Due::Fin { from: id, to });
        }
    }

    /// Where the next segment goes, and how many bytes it has: as far as the other end has room, and as large
    /// as a segment may be where the line takes its time.
    fn next_segment(&mut self, id: FileId) -> Option<(FileId, usize)> {
        let network = self.network;
        let tcp = self.tcp(id)?;
        let unsent = tcp.send.len() - tcp.left;
        if unsent == 0 || !tcp.may_transmit() {
            return None;
        }
        let to = tcp.other?;
        // To an end that is gone it may send what it likes: the answer is a reset.
        let window = self.tcp(to).map_or(unsent, |other| other.window());
        let size = network.segment.max(1) as usize;
        let piece = if network.bandwidth.is_some() { size } else { usize::MAX };
        let mut count = unsent.min(window).min(piece);
        let tcp = self.tcp(id)?;
        // Nagle's algorithm (RFC 896, as Linux has it): a last, small segment waits while another small one is
        // under way. What is followed by a FIN does not wait.
        let holds = network.nagle && !tcp.nodelay && tcp.small > 0 && tcp.is_open();
        if holds && count == unsent {
            count -= count % size;
        }
        (count > 0).then_some((to, count))
    }

    fn send_segment(&mut self, id: FileId, to: FileId, count: usize) {
        let (size, bandwidth) = (self.network.segment.max(1) as usize, self.network.bandwidth);
        if let Some((sender, receiver)) = self.both_ends(id, to) {
            // From now on the receiver's room for them is taken.
            for part in slices(&sender.send, sender.left, count) {
                receiver.wire.extend(part);
            }
        }
        let clock = self.clock;
        let Some(tcp) = self.tcp(id) else { return };
        tcp.left += count;
        if !count.is_multiple_of(size) {
            tcp.small = tcp.left;
        }
        if let Some(bytes_a_second) = bandwidth {
            let span = count as u64 * 1_000_000_000 / bytes_a_second.max(1);
            tcp.line_free = clock.max(tcp.line_free) + Nanos(span);
        }
        let ack = self.take_acks(id);
        self.cross_from(id, Due::Segment { from: id, to, bytes: count as u32, ack });
    }

    /// Bytes arrive, and with them word of how many of this end's have. An end that takes nothing any more
    /// answers with a reset.
    pub(super) fn segment_arrives(
        &mut self,
        from: FileId,
        to: FileId,
        bytes: usize,
        ack: Option<(u32, bool)>,
    ) {
        if let Some((bytes, fin)) = ack {
            self.note_ack(to, bytes, fin);
        }
        let Some(tcp) = self.tcp(to) else { return self.refuse(from) };
        if tcp.state == State::Closed {
            tcp.wire.clear();
            return self.refuse(from);
        }
        if tcp.state == State::SynReceived {
            tcp.held += bytes;
            return;
        }
        // After the last word of both calls, `shutdown` of both directions or `close`, nobody would read it: the
        // connection is thrown away (RFC 1122 4.2.2.13; Linux does it from FIN_WAIT on).
        if tcp.read_shut && matches!(tcp.state, State::FinWait1 | State::FinWait2) {
            self.refuse(from);
            return self.rst_arrives(to);
        }
        let was_empty = tcp.recv.is_empty();
        let bytes = bytes.min(tcp.wire.len());
        let mut head = [0; CAPTURE_MAX];
        let told = bytes.min(CAPTURE_MAX);
        let mut filled = 0;
        for part in slices(&tcp.wire, 0, told) {
            head[filled..filled + part.len()].copy_from_slice(part);
            filled += part.len();
        }
        tcp.window_told = false;
        if tcp.read_shut && tcp.flip.contains(Flip::SHUT_RD_DISCARDS) {
            tcp.wire.drain(..bytes);
        } else {
            tcp.arrive(bytes);
        }
        let wakes = tcp.is_readable() && (was_empty || !tcp.flip.contains(Flip::EDGE_ON_CHANGE));
        self.owe_ack(to, bytes);
        match self.peer_of(to) {
            Some(peer) => self.peer_hears(peer),
            None => {
                self.tell_cause(Inside::Arrived { file: to, bytes: bytes as u32 }, &head[..told]);
                if wakes {
                    self.wake(to, Mask::IN);
                }
            }
        }
    }

    /// One end learns that there is room at the other.
    pub(super) fn window_arrives(&mut self, id: FileId) {
        self.transmit(id);
        if self.flip.contains(Flip::READING_IS_EDGE) {
            self.wake(id, Mask::OUT);
        }
    }

    /// The other end sends no more.
    pub(super) fn fin_arrives(&mut self, from: FileId, to: FileId) {
        let Some(tcp) = self.tcp(to) else { return self.refuse(from) };
        let state = tcp.state;
        match state {
            State::Established => tcp.state = State::CloseWait,
            State::FinWait1 => tcp.state = State::Closing,
            State::FinWait2 => {}
            State::SynReceived => {
                tcp.end_held = true;
                return;
            }
            _ => return self.refuse(from),
        }
        tcp.end_received = true;
        tcp.read_shut = true;
        self.owe_ack_of_fin(to, state != State::Established);
        if state == State::FinWait2 {
            self.keep_port(to);
            self.connection_ended(to);
        }
        match self.peer_of(to) {
            Some(peer) => self.peer_hears(peer),
            None => {
                self.tell_cause(Inside::InputEnded { file: to }, &[]);
                self.wake(to, STATE_CHANGE);
            }
        }
    }

    /// The other end has thrown the connection away, or refuses it.
    pub(super) fn rst_arrives(&mut self, id: FileId) {
        let Some(tcp) = self.tcp(id) else { return };
        match tcp.state {
            State::Closed | State::Listening => return,
            State::SynReceived if tcp.answered => {
                tcp.reset_held = true;
                return;
            }
            State::SynReceived => return self.forget_half_open(id),
            _ => {}
        }
        tcp.reset();
        let (orphan, parent) = (tcp.orphan, tcp.parent);
        if self.flip.contains(Flip::RESET_LEAVES_QUEUE)
            && let Some(listener) = parent.and_then(|parent| self.listener(parent))
        {
            listener.queue.retain(|child| *child != id);
        }
        match self.peer_of(id) {
            Some(peer) => self.peer_was_reset(peer),
            None if orphan => self.destroy(id),
            None => {
                self.give_up_port(id);
                self.tell_cause(Inside::Reset { file: id }, &[]);
                self.wake(id, STATE_CHANGE);
            }
        }
    }

    /// Answers what cannot be taken with a reset.
    fn refuse(&mut self, from: FileId) {
        self.cross_from(from, Due::Rst { to: from });
    }

    /// Both directions have ended, and both ends know.
    pub(super) fn connection_ended(&mut self, id: FileId) {
        let Some(tcp) = self.tcp(id) else { return };
        tcp.end();
        if tcp.orphan {
            return self.destroy(id);
        }
        self.give_up_port(id);
        self.wake(id, STATE_CHANGE);
    }

    pub(super) fn peer_of(&self, id: FileId) -> Option<PeerId> {
        self.files.get(id)?.peer
    }
}
