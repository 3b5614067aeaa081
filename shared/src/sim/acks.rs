//! When what came is acknowledged, and what an acknowledgement does at the other end.
//!
//! The rules are Linux's, as they were seen in which small segments Nagle's algorithm holds back: the first
//! segments of a connection are acknowledged at once; once this end has answered something, it waits for the next
//! answer to carry the acknowledgement along, up to the scenario's `delayed_ack`; more than one full segment, or
//! reading all after two small ones, does not wait (`tcp_input.c`; RFC 1122 4.2.3.2).

use crate::event::Inside;
use crate::ids::FileId;
use crate::kernel::Mask;
use crate::sim::machine::{Due, Machine};
use crate::sim::rules::Flip;
use crate::sim::tcp::State;
use crate::sim::waitq::STATE_CHANGE;
use crate::time::Nanos;

/// So many segments at the beginning are acknowledged at once (Linux's `TCP_MAX_QUICKACKS`).
const QUICK: u32 = 16;

/// What one end owes the other.
#[derive(Debug, Default)]
pub(super) struct Acks {
    /// Bytes that came and are not acknowledged yet.
    bytes: usize,
    /// The other end's FIN is not.
    fin: bool,
    /// It is scheduled that they are.
    due: bool,
    /// How many more are acknowledged at once; counted from the first segment on.
    quick: Option<u32>,
    /// This end answers what it gets: an answer may carry the next acknowledgement along.
    answers: bool,
    /// How many segments came since the last acknowledgement.
    segments: u32,
    /// When the last bytes came.
    received: Nanos,
}

impl Acks {
    /// Takes what is owed, to be sent.
    fn take(&mut self) -> Option<(u32, bool)> {
        if self.bytes == 0 && !self.fin {
            return None;
        }
        self.quick = self.quick.map(|quick| quick.saturating_sub(1));
        self.segments = 0;
        Some((std::mem::take(&mut self.bytes) as u32, std::mem::take(&mut self.fin)))
    }

    fn is_quick(&self) -> bool {
        !self.answers && self.quick.unwrap_or(0) > 0
    }
}

impl Machine {
    /// Bytes came, which are to be acknowledged: by what this end sends now, at once, or in time.
    pub(super) fn owe_ack(&mut self, id: FileId, bytes: usize) {
        let (clock, size) = (self.clock, self.network.segment as usize);
        let Some(tcp) = self.tcp(id) else { return };
        tcp.acks.bytes += bytes;
        tcp.acks.segments += 1;
        tcp.acks.received = clock;
        tcp.acks.quick.get_or_insert(QUICK);
        self.transmit(id);
        let Some(tcp) = self.tcp(id) else { return };
        let now = tcp.acks.is_quick() || tcp.acks.bytes > size;
        if tcp.acks.bytes > 0 {
            self.acknowledge_in_time(id, now);
        }
    }

    /// A FIN came. Where nothing more will come, there is no need to hurry.
    pub(super) fn owe_ack_of_fin(&mut self, id: FileId, now: bool) {
        let Some(tcp) = self.tcp(id) else { return };
        tcp.acks.fin = true;
        tcp.acks.answers = true;
        self.acknowledge_in_time(id, now);
    }

    fn acknowledge_in_time(&mut self, id: FileId, now: bool) {
        let at = self.clock + self.network.delayed_ack;
        if now || self.network.delayed_ack == Nanos::ZERO {
            return self.acknowledge(id);
        }
        let Some(tcp) = self.tcp(id) else { return };
        if !std::mem::replace(&mut tcp.acks.due, true) {
            self.schedule(at, Due::AckTimer { file: id });
        }
    }

    /// The program has read all that came.
    pub(super) fn acknowledge_what_was_read(&mut self, id: FileId) {
        let Some(tcp) = self.tcp(id) else { return };
        let acks = &tcp.acks;
        if acks.bytes > 0 && tcp.recv.is_empty() && (acks.segments > 1 || !acks.answers) {
            self.acknowledge(id);
        }
    }

    /// Bytes leave this end: what is owed goes with them. An answer soon after what it answers makes this an end
    /// that answers.
    pub(super) fn take_acks(&mut self, id: FileId) -> Option<(u32, bool)> {
        let (clock, delay) = (self.clock, self.network.delayed_ack);
        let acks = &mut self.tcp(id)?.acks;
        acks.answers |= acks.quick.is_some() && clock.since(acks.received) < delay;
        acks.take()
    }

    /// The time for an acknowledgement is over.
    pub(super) fn ack_timer(&mut self, id: FileId) {
        let Some(tcp) = self.tcp(id) else { return };
        tcp.acks.due = false;
        self.acknowledge(id);
    }

    /// Sends what is owed, if anything is.
    pub(super) fn acknowledge(&mut self, id: FileId) {
        let Some(tcp) = self.tcp(id) else { return };
        let (Some((bytes, fin)), Some(to)) = (tcp.acks.take(), tcp.other) else { return };
        self.cross_from(id, Due::Ack { to, bytes, fin });
    }

    /// An acknowledgement comes, and nothing with it.
    pub(super) fn ack_arrives(&mut self, id: FileId, bytes: u32, fin: bool) {
        self.note_ack(id, bytes, fin);
        self.transmit(id);
    }

    /// Bytes are acknowledged: they leave the send buffer. Whoever found it full is told when a third is free.
    /// An acknowledged FIN brings the state on.
    pub(super) fn note_ack(&mut self, id: FileId, bytes: u32, fin: bool) {
        let Some(tcp) = self.tcp(id) else { return };
        if tcp.state == State::Closed {
            return;
        }
        let bytes = (bytes as usize).min(tcp.send.len());
        tcp.send.drain(..bytes);
        tcp.left = tcp.left.saturating_sub(bytes);
        tcp.small = tcp.small.saturating_sub(bytes);
        let edge = (tcp.no_space && tcp.is_writable()) || tcp.flip.contains(Flip::READING_IS_EDGE);
        tcp.no_space &= !edge;
        let orphan = tcp.orphan;
        match self.peer_of(id) {
            Some(peer) if bytes > 0 => self.peer_goes_on(peer),
            None if bytes > 0 && !orphan => {
                self.tell_cause(Inside::Drained { file: id, bytes: bytes as u32 }, &[]);
                match edge {
                    true => self.wake(id, Mask::OUT),
                    false => {
                        self.tell_ready(id);
                        self.room_grows(id);
                    }
                }
            }
            _ => {}
        }
        if fin {
            self.fin_is_acknowledged(id);
        }
    }

    fn fin_is_acknowledged(&mut self, id: FileId) {
        let Some(tcp) = self.tcp(id) else { return };
        match tcp.state {
            State::FinWait1 => {
                tcp.state = State::FinWait2;
                self.wake(id, STATE_CHANGE);
            }
            State::Closing => {
                self.keep_port(id);
                self.connection_ended(id);
            }
            State::LastAck => self.connection_ended(id),
            _ => {}
        }
    }
}
