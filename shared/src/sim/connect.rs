//! How a connection begins: sockets are made, bound, listen and connect; the three steps of the handshake; the
//! queue of a listener.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::errno::Errno;
use crate::event::Inside;
use crate::ids::{Fd, FileId, PeerId};
use crate::kernel::{Accepted, Mask, Mode};
use crate::sim::files::{File, Kind};
use crate::sim::machine::{Due, Machine};
use crate::sim::rules::Flip;
use crate::sim::tcp::{Listener, Stage, State, Tcp};
use crate::sim::waitq::STATE_CHANGE;

/// So many handshakes may be under way at a listener, or as many as its backlog says.
const HALF_OPEN_MIN: usize = 16;

/// How often a SYN is sent again before the attempt is given up (`tcp_syn_retries`, `tcp(7)`: Linux's default).
const SYN_RETRIES: u32 = 6;

impl Machine {
    /// A socket with the buffers that the scenario says.
    pub(super) fn new_tcp(&self) -> Tcp {
        Tcp::new(self.network.recv_buffer as usize, self.network.send_buffer as usize, self.flip)
    }

    /// `socket(2)`. `like` says of which family.
    pub(super) fn socket(&mut self, like: SocketAddr, mode: Mode) -> Result<Fd, Errno> {
        let mut tcp = self.new_tcp();
        let unspecified: IpAddr = match like {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        tcp.local = Some(SocketAddr::new(unspecified, 0));
        let nonblocking = mode == Mode::NonBlocking;
        self.install_new(File { nonblocking, ..File::new(Kind::Socket(Box::new(tcp)), None) })
    }

    /// `bind(2)`.
    pub(super) fn bind(&mut self, id: FileId, address: SocketAddr) -> Result<SocketAddr, Errno> {
        let tcp = self.stream(id)?;
        if tcp.state != State::Closed || tcp.local.is_some_and(|local| local.port() != 0) {
            return Err(Errno::EINVAL);
        }
        self.take_port(id, address)
    }

    /// `listen(2)`. It changes the backlog of one that listens already.
    pub(super) fn listen(&mut self, id: FileId, backlog: u32) -> Result<(), Errno> {
        let tcp = self.stream(id)?;
        if tcp.stage != Stage::Unconnected {
            return Err(Errno::EINVAL);
        }
        match (tcp.state, &mut tcp.listener) {
            (State::Listening, Some(listener)) => listener.backlog = backlog,
            (State::Closed, _) => {
                match tcp.local {
                    Some(local) if local.port() != 0 => self.check_port(id, local)?,
                    Some(local) => drop(self.take_port(id, local)?),
                    None => return Err(Errno::EINVAL),
                }
                let tcp = self.stream(id)?;
                tcp.state = State::Listening;
                tcp.listener = Some(Box::new(Listener { backlog, ..Listener::default() }));
                self.tell_ready(id);
            }
            _ => return Err(Errno::EINVAL),
        }
        Ok(())
    }

    pub(super) fn listener(&mut self, id: FileId) -> Option<&mut Listener> {
        self.tcp(id)?.listener.as_deref_mut()
    }

    /// `connect(2)`: begins an attempt, or says how the one that was begun has gone. `EINPROGRESS` and
    /// `EALREADY` are to be waited for.
    pub(super) fn connect(&mut self, id: FileId, to: SocketAddr) -> Result<(), Errno> {
        let tcp = self.stream(id)?;
        match (tcp.stage, tcp.state) {
            (Stage::Connected, _) => Err(Errno::EISCONN),
            (Stage::Disconnecting, _) => Err(Errno::EINVAL),
            (Stage::Connecting, State::SynSent | State::SynReceived) => Err(Errno::EALREADY),
            (Stage::Connecting, State::Closed) => {
                let errno = tcp.take_error().unwrap_or(Errno::ECONNABORTED);
                tcp.stage = Stage::Unconnected;
                tcp.disconnect();
                self.give_up_port(id);
                self.wake(id, Mask::ERR);
                Err(errno)
            }
            (Stage::Connecting, _) => {
                tcp.stage = Stage::Connected;
                Ok(())
            }
            (Stage::Unconnected, State::Closed) => {
                self.begin_connect(id, to)?;
                if self.flip.contains(Flip::CONNECT_AT_ONCE) {
                    self.stream(id)?.stage = Stage::Connected;
                    return Ok(());
                }
                Err(Errno::EINPROGRESS)
            }
            (Stage::Unconnected, _) => Err(Errno::EISCONN),
        }
    }

    fn begin_connect(&mut self, id: FileId, to: SocketAddr) -> Result<(), Errno> {
        let local = self.stream(id)?.local;
        if local.is_none_or(|local| local.port() == 0) {
            let own = if to.ip().is_loopback() { to.ip() } else { OWN_ADDRESS };
            let port = self.take_port(id, SocketAddr::new(own, 0))?;
            debug_assert_ne!(port.port(), 0);
        }
        let tcp = self.stream(id)?;
        tcp.remote = Some(to);
        tcp.stage = Stage::Connecting;
        tcp.state = State::SynSent;
        tcp.syn_tries = 0;
        // What came of an earlier attempt is forgotten.
        (tcp.error, tcp.end_received) = (None, false);
        self.tell_ready(id);
        self.cross_from(id, Due::Syn { client: id });
        Ok(())
    }

    /// A SYN comes to whom it is for. Nobody there: a reset goes back. The accept queue holds one more
    /// connection than the backlog says; if it is full, or too many handshakes are under way, the SYN is dropped
    /// without a word.
    pub(super) fn syn_arrives(&mut self, client: FileId) {
        let exact = u32::from(self.flip.contains(Flip::BACKLOG_EXACT)) as usize;
        let Some(tcp) = self.tcp(client) else { return };
        let (State::SynSent, Some(to), from) = (tcp.state, tcp.remote, tcp.local) else { return };
        let Some(id) = self.listener_at(to, from) else {
            let due = match self.host_accepts(to, client) {
                Some(child) => Due::SynAck { client, child },
                None => Due::Rst { to: client },
            };
            return self.cross_from(client, due);
        };
        let Some(listener) = self.listener(id) else { return };
        let half_open_max = HALF_OPEN_MIN.max(listener.backlog as usize);
        if listener.queue.len() + exact > listener.backlog as usize
            || listener.half_open.len() >= half_open_max
        {
            return self.drop_syn(id, client);
        }
        let Some(parent) = self.tcp(id) else { return };
        let mut child = Tcp::new(parent.recv_capacity, parent.send_capacity, parent.flip);
        child.reuse_address = parent.reuse_address;
        child.reuse_port = parent.reuse_port;
        child.lowat = parent.lowat;
        child.nodelay = parent.nodelay;
        child.linger_zero = parent.linger_zero;
        // What was shut down before it listened is shut down in each of its connections.
        (child.read_shut, child.write_shut) = (parent.read_shut, parent.write_shut);
        (child.state, child.stage) = (State::SynReceived, Stage::Connected);
        (child.local, child.remote) = (Some(to), from);
        (child.other, child.parent) = (Some(client), Some(id));
        let child = self.add_file(File::new(Kind::Socket(Box::new(child)), None));
        if self.listener != id {
            self.share_port(child, to);
        }
        if let Some(listener) = self.listener(id) {
            listener.half_open.push_back(child);
        }
        self.cross_from(child, Due::SynAck { client, child });
    }

    fn drop_syn(&mut self, listener: FileId, client: FileId) {
        let peer = self.peer_of(client).unwrap_or(PeerId::OWN);
        self.tell_cause(Inside::SynDropped { listener, peer }, &[]);
        if self.flip.contains(Flip::BACKLOG_REFUSES) {
            return self.cross_from(client, Due::Rst { to: client });
        }
        let retry = self.network.syn_retry;
        let Some(tcp) = self.tcp(client) else { return };
        let wait = crate::time::Nanos(retry.0 << tcp.syn_tries);
        tcp.syn_tries += 1;
        let due = match tcp.syn_tries > SYN_RETRIES {
            true => Due::SynsInVain { client },
            false => Due::Syn { client },
        };
        self.schedule(self.clock + wait, due);
    }

    /// No SYN was answered: the attempt is given up.
    pub(super) fn syns_in_vain(&mut self, client: FileId) {
        if self.tcp(client).is_some_and(|tcp| tcp.state == State::SynSent) {
            self.rst_arrives(client);
            if let Some(tcp) = self.tcp(client) {
                tcp.error = Some(Errno::ETIMEDOUT);
            }
        }
    }

    /// Whoever connects learns that it is answered: for it, the connection is there.
    pub(super) fn syn_ack_arrives(&mut self, client: FileId, child: FileId) {
        let Some(tcp) = self.tcp(client).filter(|tcp| tcp.state == State::SynSent) else {
            return self.cross_from(child, Due::Rst { to: child });
        };
        tcp.state = State::Established;
        tcp.other = Some(child);
        let (recv_capacity, send_capacity) = (tcp.recv_capacity as u32, tcp.send_capacity as u32);
        self.cross_from(client, Due::Open { child });
        match self.peer_of(client) {
            Some(peer) => self.peer_connected(peer),
            None => {
                self.tell_cause(Inside::Established { file: client, recv_capacity, send_capacity }, &[]);
                self.wake(client, STATE_CHANGE);
            }
        }
    }

    /// The last step of the handshake comes. A connection that finds the queue full waits until there is room:
    /// on Linux the step is lost and taken again, while the client believes that it is connected.
    pub(super) fn handshake_ends(&mut self, child: FileId) {
        let Some(tcp) = self.tcp(child).filter(|tcp| tcp.state == State::SynReceived) else { return };
        tcp.answered = true;
        if let Some(parent) = tcp.parent {
            self.fill_queue(parent);
        }
    }

    /// Lets connections whose handshake is complete into the accept queue, as far as there is room.
    fn fill_queue(&mut self, id: FileId) {
        while let Some(listener) = self.listener(id).filter(|listener| listener.has_room()) {
            let half_open = listener.half_open.clone();
            let answered = |child: &FileId| self.tcp(*child).is_some_and(|tcp| tcp.answered);
            let Some(child) = half_open.into_iter().find(answered) else { return };
            self.let_in(id, child);
        }
    }

    /// The connection waits to be accepted. What it was sent meanwhile arrives.
    fn let_in(&mut self, id: FileId, child: FileId) {
        let Some(tcp) = self.tcp(child) else { return };
        tcp.state = State::Established;
        let (held, ends, resets) = (std::mem::take(&mut tcp.held), tcp.end_held, tcp.reset_held);
        let (recv_capacity, send_capacity) = (tcp.recv_capacity as u32, tcp.send_capacity as u32);
        let (client, says_last) = (tcp.other, tcp.write_shut);
        let peer = client.and_then(|client| self.peer_of(client)).unwrap_or(PeerId::OWN);
        let Some(listener) = self.listener(id) else { return };
        listener.half_open.retain(|waiting| *waiting != child);
        listener.queue.push_back(child);
        let queued = Inside::Queued { listener: id, file: child, peer, recv_capacity, send_capacity };
        self.tell_cause(queued, &[]);
        self.wake(id, Mask::IN);
        if says_last {
            self.say_last(child);
        }
        if let (true, Some(client)) = (held > 0, client) {
            self.segment_arrives(client, child, held, None);
        }
        if let (true, Some(client)) = (ends, client) {
            self.fin_arrives(client, child);
        }
        if resets {
            self.rst_arrives(child);
        }
    }

    /// A connection whose handshake was under way is no more.
    pub(super) fn forget_half_open(&mut self, child: FileId) {
        let parent = self.tcp(child).and_then(|tcp| tcp.parent);
        if let Some(listener) = parent.and_then(|parent| self.listener(parent)) {
            listener.half_open.retain(|waiting| *waiting != child);
        }
        self.destroy(child);
    }

    /// Stops listening: connections that nobody has accepted are reset.
    pub(super) fn stop_listening(&mut self, id: FileId) {
        let Some(listener) = self.tcp(id).and_then(|tcp| tcp.listener.take()) else { return };
        for child in listener.queue.into_iter().chain(listener.half_open) {
            self.reset_stream(child);
        }
    }

    /// `accept4(2)`: gives the connection that has waited longest the lowest free number.
    pub(super) fn accept(&mut self, id: FileId, mode: Mode) -> Result<Accepted, Errno> {
        self.may_install()?;
        let (child, from) = self.next_connection(id)?;
        let inherits = self.flip.contains(Flip::ACCEPT_INHERITS) && self.is_nonblocking(id);
        self.set_nonblocking(child, mode == Mode::NonBlocking || inherits);
        let fd = self.install(child)?;
        Ok(Accepted { fd, from })
    }

    /// Takes the connection that has waited longest out of the queue.
    ///
    /// # Errors
    /// `EINVAL` if the socket does not listen, `EAGAIN` if the queue is empty.
    pub(super) fn next_connection(&mut self, id: FileId) -> Result<(FileId, SocketAddr), Errno> {
        self.stream(id)?;
        let listener = self.listener(id).ok_or(Errno::EINVAL)?;
        let child = listener.queue.pop_front().ok_or(Errno::EAGAIN)?;
        self.fill_queue(id);
        self.tell_ready(id);
        let tcp = self.stream(child)?;
        tcp.parent = None;
        Ok((child, tcp.remote.unwrap_or(super::addresses::OWN)))
    }
}

/// Where a socket is that was not bound before it called the network.
const OWN_ADDRESS: IpAddr = super::addresses::OWN.ip();
