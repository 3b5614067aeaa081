//! Which socket has which address and port.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::errno::Errno;
use crate::ids::FileId;
use crate::sim::machine::Machine;
use crate::sim::tcp::State;
use crate::sorted::{SortedMap, SortedSet};
use crate::time::Nanos;

/// The machine's own address on the network of the simulated clients, and where its listener listens.
pub(super) const OWN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 255, 0, 1)), 7);

/// The ports that are given to whoever asks for any (`ip_local_port_range`, `ip(7)`: Linux's default).
const EPHEMERAL: std::ops::RangeInclusive<u16> = 32_768..=60_999;

/// How long the address of a connection stays taken after its end (`TCP_TIMEWAIT_LEN` of Linux).
const TIME_WAIT: Nanos = Nanos::from_millis(60_000);

/// The ports in use on the simulated machine, and by whom.
#[derive(Debug, Default)]
pub(super) struct Ports {
    /// Sockets by their port.
    taken: SortedSet<(u16, FileId)>,
    /// How many ports were given to whoever asked for any.
    given: usize,
    /// Addresses of connections that ended a short time ago, by port: each with whether it may be shared, and
    /// until when it is kept (`TIME_WAIT`).
    kept: SortedMap<u16, Vec<(IpAddr, bool, Nanos)>>,
    /// The scripts of a laboratory are given ports of their own, not any.
    pub(super) own: bool,
}

impl Ports {
    fn holders(&self, port: u16) -> impl Iterator<Item = FileId> {
        self.taken.range((port, FileId(0))..=(port, FileId(u32::MAX))).map(|(_, file)| *file)
    }

    /// The address stays taken for a while.
    fn keep(&mut self, address: SocketAddr, shares: bool, now: Nanos) {
        let kept = self.kept.entry(address.port()).or_default();
        kept.retain(|(.., until)| *until > now);
        kept.push((address.ip(), shares, now + TIME_WAIT));
    }

    /// Whether a connection that ended a short time ago is in the way.
    fn is_kept(&self, address: SocketAddr, shares: bool, now: Nanos) -> bool {
        let in_the_way = |(ip, shared, until): &(IpAddr, bool, Nanos)| {
            *until > now && !(shares && *shared) && overlap(*ip, address.ip())
        };
        self.kept.get(&address.port()).is_some_and(|kept| kept.iter().any(in_the_way))
    }

    /// A port that nobody has, each time another.
    ///
    /// # Errors
    /// `EADDRINUSE` if there is none.
    pub(super) fn any(&mut self) -> Result<u16, Errno> {
        for _ in EPHEMERAL {
            let port = EPHEMERAL.start() + (self.given % EPHEMERAL.len()) as u16;
            self.given += 1;
            if self.holders(port).next().is_none() {
                return Ok(port);
            }
        }
        Err(Errno::EADDRINUSE)
    }
}

impl Machine {
    /// Gives a socket a port of its address, any for port 0, unless another has it (`EADDRINUSE`).
    pub(super) fn take_port(&mut self, id: FileId, mut address: SocketAddr) -> Result<SocketAddr, Errno> {
        let kept = address.port() != 0;
        if !kept {
            address.set_port(self.ports.any()?);
        }
        self.check_port(id, address)?;
        self.ports.taken.insert((address.port(), id));
        if let Some(tcp) = self.tcp(id) {
            tcp.local = Some(address);
            tcp.port_kept = kept;
        }
        Ok(address)
    }

    /// An accepted connection shares its listener's port.
    pub(super) fn share_port(&mut self, id: FileId, address: SocketAddr) {
        self.ports.taken.insert((address.port(), id));
    }

    /// Whether another socket is in the way: one of the same address, unless both said that they share it
    /// (`SO_REUSEADDR`) and it does not listen, or both said that they share it even so (`SO_REUSEPORT`,
    /// `socket(7)`).
    pub(super) fn check_port(&mut self, id: FileId, address: SocketAddr) -> Result<(), Errno> {
        let (shares, listens_too) =
            self.tcp(id).map_or((false, false), |tcp| (tcp.reuse_address, tcp.reuse_port));
        for other in self.holders(address.port()).into_iter().filter(|other| *other != id) {
            let Some(other) = self.tcp(other) else { continue };
            let Some(taken) = other.local else { continue };
            let shared = shares && other.reuse_address && other.state != State::Listening
                || listens_too && other.reuse_port;
            if !shared && overlap(taken.ip(), address.ip()) {
                return Err(Errno::EADDRINUSE);
            }
        }
        if self.ports.is_kept(address, shares, self.clock) { Err(Errno::EADDRINUSE) } else { Ok(()) }
    }

    /// A connection that this end was the first to end keeps its address for a while, lest somebody else gets
    /// what is still under way. Of `TIME_WAIT` that is all that there is here.
    pub(super) fn keep_port(&mut self, id: FileId) {
        let Some((Some(local), shares)) = self.tcp(id).map(|tcp| (tcp.local, tcp.reuse_address)) else {
            return;
        };
        let now = self.clock;
        self.ports.keep(local, shares, now);
    }

    /// A socket whose connection has ended gives its port back, unless the program asked for that very port.
    pub(super) fn give_up_port(&mut self, id: FileId) {
        let Some(tcp) = self.tcp(id) else { return };
        if tcp.port_kept {
            return;
        }
        if let Some(local) = tcp.local.as_mut() {
            let port = local.port();
            local.set_port(0);
            self.ports.taken.remove(&(port, id));
        }
    }

    /// The socket is no more.
    pub(super) fn forget_port(&mut self, id: FileId, local: Option<SocketAddr>) {
        if let Some(local) = local {
            self.ports.taken.remove(&(local.port(), id));
        }
    }

    /// The sockets of a port. The listener that was there from the start is one, though nobody bound it.
    fn holders(&mut self, port: u16) -> Vec<FileId> {
        let first = self.listener;
        let local = self.tcp(first).and_then(|tcp| tcp.local);
        let first = local.is_some_and(|local| local.port() == port).then_some(first);
        first.into_iter().chain(self.ports.holders(port)).collect()
    }

    /// Who listens at an address. Of several it is the one that `from` falls to: a client that tries again comes
    /// to the same (`SO_REUSEPORT`; Linux takes a hash of both addresses, too, though another).
    pub(super) fn listener_at(&mut self, address: SocketAddr, from: Option<SocketAddr>) -> Option<FileId> {
        let mut listening = self.holders(address.port());
        listening.retain(|id| {
            let Some(tcp) = self.tcp(*id) else { return false };
            tcp.state == State::Listening && tcp.local.is_some_and(|local| overlap(local.ip(), address.ip()))
        });
        let alone = !listening.first().is_some_and(|id| self.tcp(*id).is_some_and(|tcp| tcp.reuse_port));
        match from {
            Some(from) if !alone => listening.get(hash(from) as usize % listening.len()).copied(),
            _ => listening.first().copied(),
        }
    }
}

/// A number that differs from address to address, the same on every platform (FNV-1a, 32 bits).
fn hash(address: SocketAddr) -> u32 {
    let ip = match address.ip() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    };
    let bytes = ip.octets().into_iter().chain(address.port().to_be_bytes());
    let mixed = bytes.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    // The low bits of it change with the last byte alone.
    mixed ^ (mixed >> 16)
}

/// Whether two addresses can be the same: they are, or one of them is the unspecified one of its family; that
/// of IPv6 stands for IPv4, too (`IPV6_V6ONLY` off, `ipv6(7)`).
fn overlap(a: IpAddr, b: IpAddr) -> bool {
    let covers = |wide: IpAddr, other: IpAddr| wide.is_unspecified() && (wide.is_ipv6() || other.is_ipv4());
    a == b || covers(a, b) || covers(b, a)
}
