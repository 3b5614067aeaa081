//! How a connection ends: `shutdown`, `close`, and being thrown away.

use crate::errno::Errno;
use crate::ids::FileId;
use crate::kernel::Shutdown;
use crate::sim::machine::{Due, Machine};
use crate::sim::rules::Flip;
use crate::sim::tcp::{Stage, State};

impl Machine {
    /// `shutdown(2)`. It marks even what it says `ENOTCONN` to, ends a connection attempt, and makes a listener
    /// an ordinary socket again.
    pub(super) fn shutdown(&mut self, id: FileId, how: Shutdown) -> Result<(), Errno> {
        let tcp = self.stream(id)?;
        let (reads, writes) = (how != Shutdown::Write, how != Shutdown::Read);
        if tcp.stage == Stage::Connecting {
            let open = !matches!(tcp.state, State::SynSent | State::SynReceived | State::Closed);
            tcp.stage = if open { Stage::Connected } else { Stage::Disconnecting };
        }
        let state = tcp.state;
        match state {
            State::Listening if reads => {
                self.stop_listening(id);
                self.disconnect(id);
            }
            State::Listening => {}
            State::SynSent => {
                tcp.stage = Stage::Unconnected;
                tcp.error = Some(Errno::ECONNRESET);
                self.disconnect(id);
            }
            _ => {
                tcp.read_shut |= reads;
                tcp.write_shut |= writes;
                if writes {
                    self.say_last(id);
                }
                if reads && !writes && self.flip.contains(Flip::SHUT_RD_IS_TOLD) {
                    self.tell_reset(id);
                }
            }
        }
        self.tell_ready(id);
        self.schedule(self.clock, Due::Changed { file: id, cause: self.cause });
        if state == State::Closed { Err(Errno::ENOTCONN) } else { Ok(()) }
    }

    /// Makes a fresh socket of it.
    fn disconnect(&mut self, id: FileId) {
        if let Some(tcp) = self.tcp(id) {
            tcp.disconnect();
        }
        self.give_up_port(id);
    }

    /// Sends a FIN, behind all that is still to be sent.
    pub(super) fn say_last(&mut self, id: FileId) {
        let Some(tcp) = self.tcp(id) else { return };
        tcp.state = match tcp.state {
            State::Established => State::FinWait1,
            State::CloseWait => State::LastAck,
            said => said,
        };
        self.transmit(id);
    }

    /// The last descriptor of a connection is closed: with unread bytes that is a reset, else a FIN after all
    /// that was sent.
    pub(super) fn close_stream(&mut self, id: FileId) {
        let Some(tcp) = self.tcp(id) else { return };
        tcp.orphan = true;
        let unread = !tcp.recv.is_empty() && !tcp.flip.contains(Flip::CLOSE_NEVER_RESETS);
        match tcp.state {
            State::Listening => {
                self.stop_listening(id);
                self.destroy(id);
            }
            State::Closed | State::SynSent | State::SynReceived => self.destroy(id),
            _ if unread || tcp.linger_zero => self.reset_stream(id),
            _ => {
                tcp.recv.clear();
                tcp.read_shut = true;
                tcp.write_shut = true;
                self.say_last(id);
            }
        }
    }

    /// Throws a connection away, and its end with it.
    pub(super) fn reset_stream(&mut self, id: FileId) {
        self.tell_reset(id);
        self.destroy(id);
    }

    fn tell_reset(&mut self, id: FileId) {
        let Some(tcp) = self.tcp(id).filter(|tcp| tcp.state != State::Closed) else { return };
        if let Some(to) = tcp.other {
            self.cross_from(id, Due::Rst { to });
        }
    }

    /// Takes a socket away that nobody names any more.
    pub(super) fn destroy(&mut self, id: FileId) {
        let local = self.tcp(id).and_then(|tcp| tcp.local);
        self.forget_port(id, local);
        self.files.remove(id);
    }
}
