//! What crosses the network, and what it does where it arrives.

use crate::errno::Errno;
use crate::event::Inside;
use crate::ids::{FileId, PeerId};
use crate::kernel::{Accepted, Mask, Mode, Shutdown};
use crate::sim::files::{File, Kind};
use crate::sim::machine::{Due, Machine};
use crate::sim::peers;
use crate::sim::tcp::{State, Tcp};
use crate::time::Nanos;

/// A client whose SYN was dropped tries again after a second (`tcp_syn_retries`, `tcp(7)`; 1.00 s was seen).
const SYN_RETRY: Nanos = Nanos::from_millis(1_000);

/// A change of state: sleepers and epoll items are told whatever they wait for.
const STATE_CHANGE: Mask = Mask::READINESS;

impl Machine {
    /// A SYN comes to the listener: the connection goes into the accept queue, which holds one more than the
    /// backlog says. If that is full, the SYN is dropped without a word.
    pub(super) fn syn_arrives(&mut self, peer: PeerId) {
        let listener = self.listener;
        let Some(Kind::Listener { backlog, queue, shut }) = self.files.get(&listener).map(|file| &file.kind)
        else {
            return;
        };
        if *shut || queue.len() > *backlog as usize {
            self.tell_cause(Inside::SynDropped { listener, peer }, &[]);
            self.schedule(self.clock + SYN_RETRY, Due::Syn(peer));
            return;
        }
        let Some(client_end) = self.peers.get(&peer).and_then(|peer| peer.file) else { return };
        let mut tcp = Tcp::new(State::Open, self.network.recv_buffer, self.network.send_buffer);
        tcp.other = Some(client_end);
        let file = self.add_file(File::new(Kind::Stream(Box::new(tcp)), None));
        if let Some(client) = self.tcp(client_end) {
            client.other = Some(file);
        }
        if let Some(Kind::Listener { queue, .. }) = self.files.get_mut(&listener).map(|file| &mut file.kind) {
            queue.push_back(file);
        }
        let (recv_capacity, send_capacity) = (self.network.recv_buffer, self.network.send_buffer);
        self.tell_cause(Inside::Queued { listener, file, peer, recv_capacity, send_capacity }, &[]);
        self.cross(Due::SynAck(peer));
        self.wake(listener, Mask::IN);
    }

    /// `accept4(2)`.
    pub(super) fn accept(&mut self, listener: FileId, mode: Mode) -> Result<Accepted, Errno> {
        let Some(Kind::Listener { queue, shut, .. }) =
            self.files.get_mut(&listener).map(|file| &mut file.kind)
        else {
            return Err(Errno::EINVAL);
        };
        if *shut {
            return Err(Errno::EINVAL);
        }
        let file = *queue.front().ok_or(Errno::EAGAIN)?;
        let fd = self.install(file)?;
        self.set_nonblocking(file, mode == Mode::NonBlocking);
        if let Some(Kind::Listener { queue, .. }) = self.files.get_mut(&listener).map(|file| &mut file.kind) {
            queue.pop_front();
        }
        self.tell_ready(listener);
        let client_end = self.tcp(file).and_then(|tcp| tcp.other);
        let peer = client_end.and_then(|end| self.files.get(&end)).and_then(|end| end.peer);
        Ok(Accepted { fd, from: peers::address(peer.unwrap_or(PeerId(0))) })
    }

    /// `shutdown(2)`.
    pub(super) fn shutdown(&mut self, id: FileId, how: Shutdown) -> Result<(), Errno> {
        match self.files.get_mut(&id).map(|file| &mut file.kind) {
            Some(Kind::Listener { shut, .. }) => {
                // A listener has only a reading side: ending it ends the listening.
                *shut |= how != Shutdown::Write;
                self.wake(id, STATE_CHANGE);
                Ok(())
            }
            Some(Kind::Stream(tcp)) => {
                if tcp.state == State::Over {
                    return Err(Errno::ENOTCONN);
                }
                tcp.read_shut |= how != Shutdown::Write;
                tcp.write_shut |= how != Shutdown::Read;
                self.transmit(id);
                self.wake(id, STATE_CHANGE);
                Ok(())
            }
            _ => Err(Errno::ENOTSOCK),
        }
    }

    /// Reads from one end; the other learns that there is room.
    pub(super) fn take(&mut self, id: FileId, buffer: &mut [u8]) -> Result<usize, Errno> {
        let tcp = self.tcp(id).ok_or(Errno::EBADF)?;
        let result = tcp.take(buffer);
        let other = tcp.other.filter(|_| result.is_ok_and(|count| count > 0));
        if let Some(to) = other.filter(|other| self.is_held_back(*other)) {
            self.cross(Due::Window { to });
        }
        self.tell_ready(id);
        result
    }

    /// Writes to one end; what has room at the other leaves at once.
    pub(super) fn put(&mut self, id: FileId, bytes: &[u8]) -> Result<usize, Errno> {
        let result = self.tcp(id).ok_or(Errno::EBADF)?.put(bytes);
        self.transmit(id);
        self.tell_ready(id);
        result
    }

    /// Sends what may leave, and the FIN once everything has.
    pub(super) fn transmit(&mut self, id: FileId) {
        let Some(other) = self.tcp(id).and_then(|tcp| tcp.other) else { return };
        let window = self.tcp(other).map_or(usize::MAX, |tcp| tcp.window());
        let Some(tcp) = self.tcp(id) else { return };
        if tcp.state != State::Open {
            return;
        }
        let count = tcp.may_leave(window);
        let bytes: Vec<u8> = tcp.send.range(tcp.left..tcp.left + count).copied().collect();
        tcp.left += count;
        let fin = tcp.write_shut && !tcp.fin_sent && tcp.left == tcp.send.len();
        tcp.fin_sent |= fin;
        if count > 0 {
            if let Some(receiver) = self.tcp(other) {
                receiver.coming += count;
            }
            self.cross(Due::Segment { to: other, bytes });
        }
        if fin {
            self.cross(Due::Fin { to: other });
        }
    }

    /// Bytes arrive. An end that nobody holds any more answers with a reset.
    pub(super) fn segment_arrives(&mut self, id: FileId, bytes: &[u8]) {
        let Some(tcp) = self.tcp(id) else { return };
        let from = tcp.other;
        tcp.coming = tcp.coming.saturating_sub(bytes.len());
        if tcp.orphan || tcp.state == State::Over {
            if let Some(to) = from {
                self.cross(Due::Rst { to });
            }
            return;
        }
        tcp.recv.extend(bytes);
        if let Some(to) = from {
            self.cross(Due::Ack { to, bytes: bytes.len() });
        }
        match self.files.get(&id).and_then(|file| file.peer) {
            Some(peer) => self.peer_hears(peer),
            None => {
                self.tell_cause(Inside::Arrived { file: id, bytes: bytes.len() as u32 }, bytes);
                self.wake(id, Mask::IN);
            }
        }
    }

    /// Bytes are acknowledged: they leave the send buffer. Whoever found it full is told when a third is free.
    pub(super) fn ack_arrives(&mut self, id: FileId, bytes: usize) {
        let Some(tcp) = self.tcp(id) else { return };
        if tcp.state != State::Open {
            return;
        }
        tcp.send.drain(..bytes.min(tcp.send.len()));
        tcp.left = tcp.left.saturating_sub(bytes);
        let edge = tcp.no_space && tcp.is_writable();
        tcp.no_space &= !edge;
        match self.files.get(&id).and_then(|file| file.peer) {
            Some(peer) => self.peer_goes_on(peer),
            None => {
                self.tell_cause(Inside::Drained { file: id, bytes: bytes as u32 }, &[]);
                match edge {
                    true => self.wake(id, Mask::OUT),
                    false => {
                        self.tell_ready(id);
                        self.room_grows(id);
                    }
                }
            }
        }
        self.transmit(id);
    }

    /// The other end sends no more.
    pub(super) fn fin_arrives(&mut self, id: FileId) {
        let Some(tcp) = self.tcp(id) else { return };
        if tcp.state == State::Over {
            return;
        }
        tcp.fin_received = true;
        match self.files.get(&id).and_then(|file| file.peer) {
            Some(peer) => self.peer_hears(peer),
            None => {
                self.tell_cause(Inside::InputEnded { file: id }, &[]);
                self.wake(id, STATE_CHANGE);
            }
        }
    }

    /// The other end has thrown the connection away.
    pub(super) fn rst_arrives(&mut self, id: FileId) {
        let Some(tcp) = self.tcp(id) else { return };
        if tcp.state == State::Over {
            return;
        }
        tcp.reset();
        match self.files.get(&id).and_then(|file| file.peer) {
            Some(peer) => self.peer_was_reset(peer),
            None => {
                self.tell_cause(Inside::Reset { file: id }, &[]);
                self.wake(id, STATE_CHANGE);
            }
        }
    }

    /// The last descriptor of a connection is closed: with unread bytes that is a reset, else a FIN after all
    /// that was sent.
    pub(super) fn close_stream(&mut self, id: FileId) {
        let Some(tcp) = self.tcp(id) else { return };
        tcp.orphan = true;
        let unread = !tcp.recv.is_empty();
        tcp.recv.clear();
        if unread {
            self.reset_stream(id);
        } else if let Some(tcp) = self.tcp(id) {
            tcp.write_shut = true;
            self.transmit(id);
        }
    }

    /// Throws a connection away.
    pub(super) fn reset_stream(&mut self, id: FileId) {
        let Some(tcp) = self.tcp(id) else { return };
        let other = tcp.other.filter(|_| tcp.state == State::Open);
        tcp.state = State::Over;
        tcp.orphan = true;
        tcp.send.clear();
        tcp.left = 0;
        if let Some(to) = other {
            self.cross(Due::Rst { to });
        }
    }

    /// Whether an end has bytes that wait for room at the other.
    fn is_held_back(&mut self, id: FileId) -> bool {
        self.tcp(id).is_some_and(|tcp| tcp.left < tcp.send.len())
    }
}
