//! Calls about sockets.

use std::net::{IpAddr, SocketAddr};

use crate::event::{Call, Details, Thing};
use crate::ids::Fd;
use crate::kernel::{Opt, Shutdown};

use super::super::label::Seen;
use super::super::value::Value;
use super::{Asked, Meant};

/// The calls that are understood here.
pub(super) const NAMES: &[&str] = &[
    "socket",
    "socketpair",
    "bind",
    "listen",
    "accept",
    "accept4",
    "connect",
    "shutdown",
    "getsockname",
    "getsockopt",
    "setsockopt",
];

pub(super) fn meaning(asked: &Asked<'_, '_>) -> Option<Meant> {
    match asked.name() {
        "socket" => {
            let (nonblocking, close_on_exec) = flags(asked, 1);
            Some(asked.making(Call::Socket, kind(asked)?, nonblocking, close_on_exec))
        }
        "socketpair" => Some(socketpair(asked)),
        "bind" => {
            let address = postcard(address(asked.arg(1)?));
            let mut meant = asked.plain(Call::Bind { fd: asked.fd(0)? }).down(address.clone());
            if let Some(back) = meant.back.as_mut().filter(|back| back.ret.is_ok()) {
                back.up = address;
                back.after.extend(path(asked.arg(1)?).map(|label| named(asked.fd(0), label)));
            }
            Some(meant)
        }
        "listen" => Some(asked.plain(Call::Listen { fd: asked.fd(0)?, backlog: asked.count(1)? })),
        "accept" | "accept4" => accept(asked),
        "connect" => {
            let down = postcard(address(asked.arg(1)?));
            let mut meant = asked.plain(Call::Connect { fd: asked.fd(0)? }).down(down);
            if let Some(back) = meant.back.as_mut().filter(|back| back.ret.is_ok()) {
                back.after.extend(path(asked.arg(1)?).map(|label| named(asked.fd(0), label)));
            }
            Some(meant)
        }
        "shutdown" => {
            let how = match asked.arg(1)?.raw()? {
                b"SHUT_RD" => Shutdown::Read,
                b"SHUT_WR" => Shutdown::Write,
                b"SHUT_RDWR" => Shutdown::Both,
                _ => return None,
            };
            Some(asked.plain(Call::Shutdown { fd: asked.fd(0)?, how }))
        }
        "getsockname" => {
            let mut meant = asked.plain(Call::LocalAddress { fd: asked.fd(0)? });
            if let Some(back) = meant.back.as_mut().filter(|back| back.ret.is_ok()) {
                back.up = postcard(asked.arg(1).and_then(address));
            }
            Some(meant)
        }
        "getsockopt" | "setsockopt" => option(asked),
        _ => None,
    }
}

/// A stream, or anything else.
fn kind(asked: &Asked<'_, '_>) -> Option<Thing> {
    let family = asked.arg(0)?.raw()?;
    let stream = asked.arg(1)?.has("SOCK_STREAM");
    let known = matches!(family, b"AF_INET" | b"AF_INET6" | b"AF_UNIX" | b"AF_LOCAL");
    Some(if stream && known { Thing::Socket } else { Thing::Datagrams })
}

/// What the type of a socket says beside.
fn flags(asked: &Asked<'_, '_>, index: usize) -> (Option<bool>, Option<bool>) {
    (Some(asked.has(index, "SOCK_NONBLOCK")), Some(asked.has(index, "SOCK_CLOEXEC")))
}

fn socketpair(asked: &Asked<'_, '_>) -> Meant {
    let mut meant = asked.plain(Call::SocketPair);
    let (nonblocking, close_on_exec) = flags(asked, 1);
    let ends = asked.arg(3).map_or(&[][..], Value::items);
    if let (Some(back), [one, other]) = (meant.back.as_mut().filter(|back| back.ret.is_ok()), ends)
        && let (Some(one), Some(other)) = (one.number(), other.number())
    {
        back.ret = Ok(one as u32);
        back.up = (other as i32).to_le_bytes().to_vec();
        let seen =
            |fd: i64| Seen { nonblocking, close_on_exec, ..Seen::new(Fd(fd as i32), Thing::Connection) };
        back.after.extend([seen(one), seen(other)]);
    }
    meant
}

fn accept(asked: &Asked<'_, '_>) -> Option<Meant> {
    let fd = asked.fd(0)?;
    let (nonblocking, close_on_exec) = match asked.name() {
        // Without its flags, which come last, a call that has not returned says nothing of them.
        "accept4" => flags(asked, 3),
        _ => (Some(false), Some(false)),
    };
    let mut meant = asked.making(Call::Accept { fd }, Thing::Connection, nonblocking, close_on_exec);
    let from = asked.arg(1).and_then(address);
    if let Some(back) = meant.back.as_mut().filter(|back| back.ret.is_ok()) {
        let said = back.after.first().and_then(|seen| seen.details.remote);
        back.up = postcard(from.or(said));
    }
    Some(meant)
}

fn option(asked: &Asked<'_, '_>) -> Option<Meant> {
    let fd = asked.fd(0)?;
    let name = asked.arg(2)?.raw()?;
    let option = match name {
        b"SO_ERROR" => Opt::Error,
        b"SO_SNDBUF" => Opt::SndBuf,
        b"SO_RCVBUF" => Opt::RcvBuf,
        b"SO_OOBINLINE" => Opt::OobInline,
        b"SO_RCVLOWAT" => Opt::RcvLowat,
        b"SO_ACCEPTCONN" => Opt::AcceptConn,
        b"SO_REUSEADDR" => Opt::ReuseAddr,
        b"SO_REUSEPORT" => Opt::ReusePort,
        b"TCP_NODELAY" => Opt::NoDelay,
        _ => return None,
    };
    let value = asked.arg(3)?.after().items().first();
    let number = value.and_then(Value::number);
    if asked.name() == "setsockopt" {
        let value = number? as i32;
        return Some(asked.plain(match (option, value) {
            (Opt::NoDelay, 1) => Call::SetNodelay { fd },
            _ => Call::SetOption { fd, option, value },
        }));
    }
    let mut meant = asked.plain(Call::GetOption { fd, option });
    if let Some(back) = meant.back.as_mut().filter(|back| back.ret.is_ok()) {
        // A pending error is written by its name.
        let error = value.and_then(Value::raw).and_then(|raw| std::str::from_utf8(raw).ok());
        let error = error.and_then(crate::errno::Errno::named).map(|errno| errno.linux_number().into());
        back.ret = Ok(number.or(error)? as u32);
    }
    Some(meant)
}

/// `{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}` and its kin of version 6.
fn address(value: &Value<'_>) -> Option<SocketAddr> {
    let function = |name| match value.field(name) {
        Some(Value::Function(_, values)) => values.first().and_then(Value::number),
        _ => None,
    };
    let port = function("sin_port").or_else(|| function("sin6_port"))?;
    let host = match value.field("sin_addr") {
        Some(Value::Function(_, values)) => values.first()?.text()?.0,
        // `inet_pton(AF_INET6, "::1", &sin6_addr)`, which has no name of its own.
        _ => match value {
            Value::Struct(fields) => fields.iter().find_map(|field| match field {
                Value::Function(b"inet_pton", values) => Some(values.get(1)?.text()?.0),
                _ => None,
            })?,
            _ => return None,
        },
    };
    let host: IpAddr = std::str::from_utf8(host).ok()?.parse().ok()?;
    Some(SocketAddr::new(host, u16::try_from(port).ok()?))
}

/// The path of a socket of the system's own (`unix(7)`).
fn path(value: &Value<'_>) -> Option<String> {
    let (path, _) = value.field("sun_path")?.text()?;
    Some(String::from_utf8_lossy(path).into_owned())
}

fn named(fd: Option<Fd>, label: String) -> Seen {
    let details = Details { label, ..Details::default() };
    Seen { details, ..Seen::new(fd.unwrap_or(Fd(-1)), Thing::Unknown) }
}

fn postcard(address: Option<SocketAddr>) -> Vec<u8> {
    let address = address.and_then(|address| postcard::to_stdvec(&address).ok());
    address.unwrap_or_default()
}
