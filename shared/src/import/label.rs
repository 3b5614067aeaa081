//! What strace says of a descriptor in angle brackets (`-y`, `-yy`): a path, a socket with its addresses, an
//! anonymous inode.

use std::net::{IpAddr, SocketAddr};

use crate::event::{Details, Thing};
use crate::ids::Fd;

use super::value::unescaped;

/// The longest label that is kept, in bytes: a path may have 4096, and a table of them is read by people.
const LABEL_MAX: usize = 200;

/// What a line says of a descriptor.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Seen {
    /// The descriptor.
    pub(super) fd: Fd,
    /// What it names.
    pub(super) thing: Thing,
    /// Whether its calls fail instead of sleeping.
    pub(super) nonblocking: Option<bool>,
    /// Whether it is closed at `execve`.
    pub(super) close_on_exec: Option<bool>,
    /// What else is known.
    pub(super) details: Details,
}

impl Seen {
    /// A descriptor of which no more is known than this.
    pub(super) fn new(fd: Fd, thing: Thing) -> Self {
        Self { fd, thing, nonblocking: None, close_on_exec: None, details: Details::default() }
    }

    /// A descriptor with what strace says of it.
    pub(super) fn labelled(fd: Fd, label: &[u8]) -> Self {
        // Letters that would be taken for others are escaped, and with -xx all of them.
        let plain = label.contains(&b'\\').then(|| unescaped(label));
        let label = plain.as_deref().unwrap_or(label);
        let label = label.strip_suffix(b" (deleted)").unwrap_or(label);
        let mut seen = Self::new(fd, Thing::Unknown);
        match label {
            [b'/', ..] => seen.path(label),
            _ => seen.thing = named(label).unwrap_or(Thing::Unknown),
        }
        match seen.thing {
            Thing::Socket | Thing::Datagrams => seen.socket(label),
            Thing::Unknown => seen.say(label),
            _ => {}
        }
        seen
    }

    fn path(&mut self, label: &[u8]) {
        let (path, device) = match label.iter().position(|byte| *byte == b'<') {
            Some(at) => {
                (&label[..at], label[at..].starts_with(b"<char") || label[at..].starts_with(b"<block"))
            }
            None => (label, label.starts_with(b"/dev/") && !label.starts_with(b"/dev/shm/")),
        };
        self.thing = match () {
            () if device => Thing::Device,
            () if path.starts_with(b"/memfd:") => Thing::Memory,
            () => Thing::File,
        };
        self.say(path);
    }

    /// `TCP:[127.0.0.1:80->127.0.0.1:5000]`, `UNIX-STREAM:[1->2,"/run/x"]`, `TCP:[12345]`.
    fn socket(&mut self, label: &[u8]) {
        let inside = label.split(|byte| *byte == b'[').next().map_or(0, <[u8]>::len);
        let inside = label.get(inside + 1..).unwrap_or_default();
        let inside = inside.strip_suffix(b"]").unwrap_or(inside);
        let text = String::from_utf8_lossy(inside);
        if label.starts_with(b"UNIX") {
            if let Some(quote) = text.find('"') {
                self.say(text[quote..].trim_matches('"').as_bytes());
            }
            if text.contains("->") && self.thing == Thing::Socket {
                self.thing = Thing::Connection;
            }
            return;
        }
        match text.split_once("->") {
            Some((local, remote)) => {
                (self.details.local, self.details.remote) = (address(local), address(remote));
                if self.thing == Thing::Socket {
                    self.thing = Thing::Connection;
                }
            }
            None => self.details.local = address(&text),
        }
        if self.details.local.is_some() {
            self.say(inside);
        }
    }

    fn say(&mut self, label: &[u8]) {
        self.details.label = String::from_utf8_lossy(&label[..label.len().min(LABEL_MAX)]).into_owned();
    }
}

/// The kinds that have a name of their own.
fn named(label: &[u8]) -> Option<Thing> {
    let kinds: [(&str, Thing); 22] = [
        ("TCP", Thing::Socket),
        ("MPTCP", Thing::Socket),
        ("UNIX-STREAM:", Thing::Socket),
        ("UNIX-DGRAM:", Thing::Datagrams),
        ("UNIX-SEQPACKET:", Thing::Connection),
        ("UNIX:", Thing::Socket),
        ("socket:", Thing::Socket),
        ("UDP", Thing::Datagrams),
        ("RAW", Thing::Datagrams),
        ("PACKET", Thing::Datagrams),
        ("NETLINK", Thing::Datagrams),
        ("pipe:", Thing::Pipe),
        ("anon_inode:[eventpoll]", Thing::Epoll),
        ("anon_inode:[eventfd", Thing::EventFd),
        ("anon_inode:[timerfd", Thing::TimerFd),
        ("anon_inode:[signalfd", Thing::SignalFd),
        ("anon_inode:[io_uring]", Thing::Rings),
        ("anon_inode:[pidfd]", Thing::PidFd),
        ("anon_inode:inotify", Thing::Inotify),
        ("anon_inode:[fanotify]", Thing::Inotify),
        ("signalfd:", Thing::SignalFd),
        ("pid:", Thing::PidFd),
    ];
    kinds.iter().find_map(|(prefix, thing)| label.starts_with(prefix.as_bytes()).then_some(*thing))
}

/// An address as strace writes it: of version 6 in brackets, with `::ffff:127.0.0.1:80` where `-yy` leaves them
/// out.
fn address(text: &str) -> Option<SocketAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let (host, port) = text.rsplit_once(':')?;
    let host: IpAddr = host.trim_matches(['[', ']']).parse().ok()?;
    Some(SocketAddr::new(host, port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_say_what_a_descriptor_names() {
        let check = |label: &str, thing, said: &str| {
            let seen = Seen::labelled(Fd(3), label.as_bytes());
            assert_eq!((seen.thing, seen.details.label.as_str()), (thing, said), "{label}");
        };
        check("/tmp/x", Thing::File, "/tmp/x");
        check("/tmp/x (deleted)", Thing::File, "/tmp/x");
        check("/dev/null<char 1:3>", Thing::Device, "/dev/null");
        check("\\x2f\\x74<char 1:3>", Thing::Device, "/t");
        check("/tmp/a\\76b", Thing::File, "/tmp/a>b");
        check("/dev/pts/0", Thing::Device, "/dev/pts/0");
        check("/memfd:jit (deleted)", Thing::Memory, "/memfd:jit");
        check("pipe:[123]", Thing::Pipe, "");
        check("anon_inode:[eventpoll]", Thing::Epoll, "");
        check("anon_inode:[eventfd]", Thing::EventFd, "");
        check("anon_inode:inotify", Thing::Inotify, "");
        check("TCP:[30918571]", Thing::Socket, "");
        check("TCP:[127.0.0.1:18777]", Thing::Socket, "127.0.0.1:18777");
        check("UNIX-STREAM:[1->2,\"/run/redis.sock\"]", Thing::Connection, "/run/redis.sock");
        check("UNIX-DGRAM:[7]", Thing::Datagrams, "");
        check("NETLINK:[ROUTE:123]", Thing::Datagrams, "");
        check("anon_inode:[of next year]", Thing::Unknown, "anon_inode:[of next year]");
    }

    #[test]
    fn a_connection_has_two_addresses() {
        let seen = Seen::labelled(Fd(3), b"TCP:[127.0.0.1:80->127.0.0.1:5000]");
        assert_eq!(seen.thing, Thing::Connection);
        assert_eq!(seen.details.remote, "127.0.0.1:5000".parse().ok());
        let seen = Seen::labelled(Fd(3), b"TCPv6:[[::1]:80->[::1]:5000]");
        assert_eq!(seen.details.remote, "[::1]:5000".parse().ok());
        assert_eq!(seen.details.local, "[::1]:80".parse().ok());
    }
}
